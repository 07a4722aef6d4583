"""Open JWS compact (RFC 7515) with the signer's certificate in its protected header.

Canonical form is checked here, before the library sees a byte: libraries accept encodings that
decode to the same bytes, and `b64` or `crit` would change what is signed. The header's members are
a closed list, so no address in it can ever be followed. The signature itself is joserfc's work.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import ECKey, OKPKey
from joserfc.jws import JWSRegistry, deserialize_compact

from ehealth_ledger.commands.signed import Container
from ehealth_ledger.commands.strict_json import read_object
from ehealth_ledger.errors import Refused
from ehealth_ledger.verification import certificates
from ehealth_ledger.verification.algorithms import JWS_ROWS
from ehealth_ledger.verification.certificates import Certificate
from ehealth_ledger.verification.containers import (
    JOSE,
    SignedContainer,
    decode_base64url,
    encode_base64url,
    unwrap_base64,
)
from ehealth_ledger.verification.policy import (
    CACHED_CERTIFICATES_MAX,
    CONTAINER_BYTES_MAX,
    EMBEDDED_CERTIFICATES_MAX,
    JWS_HEADER_BYTES_MAX,
)

_MEMBERS: Final = frozenset({"alg", "x5c", "x5t#S256", "typ", "cty", "kid"})


class _Registry(JWSRegistry):
    """Lift the library's size limits to those of the policy, which were checked before."""

    max_header_length = JWS_HEADER_BYTES_MAX
    max_payload_length = CONTAINER_BYTES_MAX
    max_signature_length = 1024


_REGISTRY: Final = _Registry(algorithms=list(JWS_ROWS))


def read(container: bytes) -> SignedContainer:
    """Open a compact JWS and name its parts; checks every rule of form and no signature.

    Raises Refused with a `container.*` or `signature.*` code, or "certificate.malformed".
    """
    # 1. Three segments, each in the one canonical encoding.
    segments = container.split(b".")
    if len(segments) != 3:
        raise Refused("container.not_jws", segments=len(segments))
    if len(segments[0]) > JWS_HEADER_BYTES_MAX:
        raise Refused("container.not_jws", reason="header too long")
    try:
        protected, content, signature = map(decode_base64url, segments)
    except ValueError as error:
        raise Refused("container.not_jws", reason=error) from error

    # 2. A header of known members only.
    header = _header(protected)
    if not content:
        raise Refused("container.content_missing")
    algorithm = header["alg"]
    if not isinstance(algorithm, str):
        raise Refused("container.not_jws", member="alg")

    # 3. The signer's certificate first, those above it after it.
    chain = _chain(header)
    if algorithm not in JWS_ROWS:
        raise Refused("container.algorithm_unknown", alg=ascii(algorithm))
    certificate = certificates.load(chain[0])
    if "x5t#S256" in header and header["x5t#S256"] != _thumbprint(chain[0]):
        raise Refused("signature.certificate_mismatch", member="x5t#S256")
    return SignedContainer(
        content=content,
        parts=Container(JOSE, head=segments[0] + b".", middle=b"." + segments[2], tail=b""),
        certificate=certificate,
        embedded=tuple(chain[1:]),
        algorithms=algorithm,
        named=None,
        content_digest=None,
        signed=segments[0] + b"." + segments[1],
        signature=signature,
    )


def check_signature(container: bytes, certificate: Certificate) -> None:
    """Check the signature over header and payload with the certificate's key.

    Raises Refused("signature.invalid").
    """
    try:
        deserialize_compact(container, _key(certificate), registry=_REGISTRY)
    except BadSignatureError:
        raise Refused("signature.invalid") from None
    except JoseError as error:  # stricter than `read` somewhere: then the library is right
        raise Refused("container.not_jws", reason=error) from error


@lru_cache(maxsize=CACHED_CERTIFICATES_MAX)
def _key(certificate: Certificate) -> ECKey | OKPKey:
    match certificate.key:
        case EllipticCurvePublicKey() as key:
            return ECKey.import_key(key)
        case Ed25519PublicKey() as key:
            return OKPKey.import_key(key)
        case _:
            raise Refused("container.algorithm_unknown", key=certificate.key_kind)


def _header(protected: bytes) -> dict[str, object]:
    """Parse the protected header: one JSON object, no key twice, no member that is not known."""
    try:
        header = read_object(protected)
    except Refused as refusal:
        raise Refused("container.not_jws", reason=f"header: {refusal.code}") from refusal
    for member in header:
        if member not in _MEMBERS:  # `crit`, `b64`, `jku`, `jwk`, `x5u` among them
            raise Refused("container.not_jws", member=ascii(member))
    if "alg" not in header:
        raise Refused("container.not_jws", member="alg")
    return header


def _chain(header: dict[str, object]) -> list[bytes]:
    """Decode `x5c` (RFC 7515, 4.1.6): base64, not base64url, of each certificate's DER."""
    entries = header.get("x5c")
    if not entries:
        raise Refused("container.certificate_missing")
    if not isinstance(entries, list) or len(entries) > EMBEDDED_CERTIFICATES_MAX:
        raise Refused("container.not_jws", member="x5c")
    try:
        return [unwrap_base64(entry) for entry in entries]
    except (Refused, TypeError) as error:
        raise Refused("container.not_jws", member="x5c") from error


def _thumbprint(certificate: bytes) -> str:
    return encode_base64url(sha256(certificate).digest()).decode("ascii")
