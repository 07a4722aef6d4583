"""Say what a signed container yields once its form is checked, whatever its media type."""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from typing import Final, NamedTuple

from ehealth_ledger.commands.signed import Container
from ehealth_ledger.errors import Refused
from ehealth_ledger.verification.certificates import Certificate

CMS: Final = "application/pkcs7-mime"
JOSE: Final = "application/jose"


class NamedCertificate(NamedTuple):
    """Hold what the signed attributes say of the signer's certificate."""

    algorithm: bytes | None  # DER content of the AlgorithmIdentifier; None is SHA-256
    digest: bytes
    issuer_and_serial: bytes | None  # where given, it must name the same certificate


class SignedContainer(NamedTuple):
    """A container of sound form, its parts named; no signature has been checked yet."""

    content: bytes
    parts: Container
    certificate: Certificate
    embedded: tuple[bytes, ...]  # DER of the other certificates, in the container's order
    algorithms: tuple[bytes, bytes] | str  # CMS: digest and signature identifiers; JWS: `alg`
    named: NamedCertificate | None  # None: the signature covers the certificate itself
    content_digest: bytes | None  # None: the signature covers the content itself
    signed: bytes  # what the signature covers
    signature: bytes


def reassemble(parts: Container, content: bytes, certificate: bytes) -> bytes:
    """Put the exact bytes received together again from the parts that were stored once each."""
    if parts.media_type == JOSE:
        return parts.head + encode_base64url(content) + parts.middle + parts.tail
    return b"".join((parts.head, content, parts.middle, certificate, parts.tail))


def unwrap_base64(text: str) -> bytes:
    """Decode canonical base64 (RFC 4648, section 4: padded, no line breaks, zero trailing bits).

    Raises Refused("request.not_base64").
    """
    try:
        data = b64decode(text, validate=True)
    except ValueError:  # binascii.Error is one; so is a character that is not ASCII
        raise Refused("request.not_base64", "$.signed_data") from None
    if b64encode(data).decode("ascii") != text:
        raise Refused("request.not_base64", "$.signed_data", reason="not canonical")
    return data


def encode_base64url(data: bytes) -> bytes:
    """Encode as base64url without padding (RFC 7515, section 2)."""
    return binascii.b2a_base64(data, newline=False).rstrip(b"=").translate(_TO_URL)


def decode_base64url(data: bytes) -> bytes:
    """Decode base64url in its one canonical form; raises ValueError for every other."""
    decoded = b64decode(data.translate(_FROM_URL) + b"=" * (-len(data) % 4), validate=True)
    if encode_base64url(decoded) != data:
        raise ValueError("not canonical base64url")
    return decoded


_TO_URL: Final = bytes.maketrans(b"+/", b"-_")
_FROM_URL: Final = bytes.maketrans(b"-_", b"+/")  # a stray + or / survives and fails the comparison
