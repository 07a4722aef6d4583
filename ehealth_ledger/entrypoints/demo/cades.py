"""Sign as a hospital system does: CAdES-B with attached content, or compact JWS.

All signing of the project lives here. The structure is written out header by header, because the
verifier's own schema must not be what makes the bytes it is tested with.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from joserfc.jwk import ECKey, OKPKey
from joserfc.jws import JWSRegistry, serialize_compact

from ehealth_ledger.entrypoints.demo.authority import Credential, PrivateKey
from ehealth_ledger.verification import algorithms, certificates
from ehealth_ledger.verification.algorithms import Digest
from ehealth_ledger.verification.der import (
    CONTEXT_0,
    INTEGER,
    OBJECT_IDENTIFIER,
    OCTET_STRING,
    SEQUENCE,
    SET,
    UTC_TIME,
    encode,
)

# DER content of object identifiers (RFC 5652, RFC 5035).
_DATA: Final = bytes.fromhex("2a864886f70d010701")
_SIGNED_DATA: Final = bytes.fromhex("2a864886f70d010702")
_CONTENT_TYPE: Final = bytes.fromhex("2a864886f70d010903")
_MESSAGE_DIGEST: Final = bytes.fromhex("2a864886f70d010904")
_SIGNING_TIME: Final = bytes.fromhex("2a864886f70d010905")
_SIGNING_CERTIFICATE_V2: Final = bytes.fromhex("2a864886f70d010910022f")
_NULL: Final = b"\x05\x00"
_P256: Final = ec.ECDSA(hashes.SHA256())
_P384: Final = ec.ECDSA(hashes.SHA384())
_RSA: Final = padding.PKCS1v15()
_SHA256: Final = hashes.SHA256()


@dataclass(frozen=True, slots=True)
class _Stamp:
    """What is the same in every signature of one credential, encoded once."""

    digest: Digest
    sign: Callable[[bytes], bytes]
    before_content: bytes  # version and digestAlgorithms
    certificates: bytes
    signer_start: bytes  # SignerInfo up to its signed attributes
    signature_algorithm: bytes
    named_certificate: bytes  # the whole attribute signing-certificate-v2


def sign_cades(
    content: bytes,
    credential: Credential,
    *,
    signing_time: datetime | None = None,
    embed_chain: bool = False,
) -> bytes:
    """Sign content as CAdES-B (ETSI EN 319 122-1): DER, content attached, signing-certificate-v2.

    The authorities' certificates are embedded on request only: a trust store usually holds them.
    Raises ValueError for a key that signs JWS only.
    """
    stamp = _stamp(credential, embed_chain)
    attributes = [
        _attribute(_CONTENT_TYPE, _oid(_DATA)),
        _attribute(_MESSAGE_DIGEST, encode(OCTET_STRING, stamp.digest(content))),
        stamp.named_certificate,
    ]
    if signing_time is not None:
        moment = signing_time.astimezone(UTC).strftime("%y%m%d%H%M%SZ").encode("ascii")
        attributes.append(_attribute(_SIGNING_TIME, encode(UTC_TIME, moment)))
    attributes.sort()  # DER orders a SET OF by its encoded members
    signed = b"".join(attributes)
    signature = stamp.sign(encode(SET, signed))
    signer = encode(
        SEQUENCE,
        stamp.signer_start,
        encode(CONTEXT_0, signed),
        stamp.signature_algorithm,
        encode(OCTET_STRING, signature),
    )
    attached = encode(SEQUENCE, _oid(_DATA), encode(CONTEXT_0, encode(OCTET_STRING, content)))
    signed_data = encode(
        SEQUENCE, stamp.before_content, attached, stamp.certificates, encode(SET, signer)
    )
    return encode(SEQUENCE, _oid(_SIGNED_DATA), encode(CONTEXT_0, signed_data))


def sign_jws(content: bytes, credential: Credential, *, embed_chain: bool = False) -> str:
    """Sign content as compact JWS, ES256 or Ed25519, with the certificates in `x5c`.

    Raises ValueError for a key of another kind.
    """
    key: ECKey | OKPKey
    match credential.key:
        case ec.EllipticCurvePrivateKey(curve=ec.SECP256R1()) as private:
            algorithm, key = "ES256", ECKey.import_key(private)
        case ed25519.Ed25519PrivateKey() as private:
            algorithm, key = "Ed25519", OKPKey.import_key(private)
        case _:
            raise ValueError("no JWS algorithm for this kind of key")
    links = (credential.certificate, *(credential.chain if embed_chain else ()))
    chain = [b64encode(link).decode("ascii") for link in links]
    registry = JWSRegistry(algorithms=[algorithm])
    return serialize_compact({"alg": algorithm, "x5c": chain}, content, key, registry=registry)


@lru_cache(maxsize=4096)
def _stamp(credential: Credential, embed_chain: bool) -> _Stamp:
    digest_algorithm, signature_algorithm, digest, sign = _suite(credential.key)
    certificate = certificates.load(credential.certificate)
    chain = credential.chain if embed_chain else ()
    named = encode(SEQUENCE, encode(OCTET_STRING, certificate.digest))  # SHA-256 is the default
    return _Stamp(
        digest=digest,
        sign=sign,
        before_content=encode(INTEGER, b"\x01") + encode(SET, digest_algorithm),
        certificates=encode(CONTEXT_0, *sorted((credential.certificate, *chain))),
        signer_start=encode(INTEGER, b"\x01")
        + encode(SEQUENCE, certificate.issuer_and_serial)
        + digest_algorithm,
        signature_algorithm=signature_algorithm,
        named_certificate=_attribute(
            _SIGNING_CERTIFICATE_V2, encode(SEQUENCE, encode(SEQUENCE, named))
        ),
    )


def _suite(key: PrivateKey) -> tuple[bytes, bytes, Digest, Callable[[bytes], bytes]]:
    """Choose identifiers, hash and signing function by the kind of key."""
    match key:
        case ec.EllipticCurvePrivateKey(curve=ec.SECP256R1()):
            return (
                encode(SEQUENCE, algorithms.SHA256_OID),
                encode(SEQUENCE, algorithms.ECDSA_SHA256_OID),
                algorithms.sha_256,
                lambda data: key.sign(data, _P256),
            )
        case ec.EllipticCurvePrivateKey(curve=ec.SECP384R1()):
            return (
                encode(SEQUENCE, algorithms.SHA384_OID),
                encode(SEQUENCE, algorithms.ECDSA_SHA384_OID),
                algorithms.sha_384,
                lambda data: key.sign(data, _P384),
            )
        case rsa.RSAPrivateKey():
            return (
                encode(SEQUENCE, algorithms.SHA256_OID),
                encode(SEQUENCE, algorithms.RSA_SHA256_OID, _NULL),
                algorithms.sha_256,
                lambda data: key.sign(data, _RSA, _SHA256),
            )
        case _:
            raise ValueError("no CMS suite for this kind of key")


def _attribute(kind: bytes, value: bytes) -> bytes:
    return encode(SEQUENCE, _oid(kind), encode(SET, value))


def _oid(content: bytes) -> bytes:
    return encode(OBJECT_IDENTIFIER, content)
