"""Keep the closed table of signature suites: whatever is not a row here is refused.

A suite is a kind of key, a hash and an encoding that belong together; nothing is negotiated. In CMS
a row is found by the exact DER bytes of both AlgorithmIdentifiers (RFC 5754, RFC 5758), so a
parameter nobody expects is an unknown suite. DSTU 4145 will be further rows: its identifiers, its
kind of key, its `verify`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256, sha384, sha512
from types import MappingProxyType
from typing import Final, cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

from ehealth_ledger.errors import Refused
from ehealth_ledger.verification.policy import RSA_BITS_MIN

Digest = Callable[[bytes], bytes]
Verify = Callable[[CertificatePublicKeyTypes, bytes, bytes], None]

ECDSA_P256: Final = "ecdsa-p256"
ECDSA_P384: Final = "ecdsa-p384"
ED25519: Final = "ed25519"
RSA: Final = "rsa"


@dataclass(frozen=True, slots=True)
class Suite:
    """One accepted suite: its published name, the kind of key, and the hash of the content."""

    name: str
    key_kind: str
    digest: Digest
    verify: Verify


def kind_of(key: CertificatePublicKeyTypes) -> str | None:
    """Name the kind of a public key, or None for a kind, curve or size that no suite accepts."""
    match key:
        case ec.EllipticCurvePublicKey(curve=ec.SECP256R1()):
            return ECDSA_P256
        case ec.EllipticCurvePublicKey(curve=ec.SECP384R1()):
            return ECDSA_P384
        case ed25519.Ed25519PublicKey():
            return ED25519
        case rsa.RSAPublicKey(key_size=bits) if bits >= RSA_BITS_MIN:
            return RSA
        case _:
            return None


def cms_suite(digest_algorithm: bytes, signature_algorithm: bytes, key_kind: str | None) -> Suite:
    """Find the row of a CMS signer by the DER content of its AlgorithmIdentifiers and its key."""
    suite = _CMS_ROWS.get((digest_algorithm, signature_algorithm, key_kind))
    if suite is None:
        raise Refused(
            "container.algorithm_unknown",
            digest=digest_algorithm.hex(),
            signature=signature_algorithm.hex(),
            key=key_kind or "of another kind",
        )
    return suite


def jws_suite(algorithm: str, key_kind: str | None) -> Suite:
    """Find the row of a JWS signer by the name in `alg` (RFC 7518, RFC 9864) and its key."""
    suite = JWS_ROWS.get(algorithm)
    if suite is None or suite.key_kind != key_kind:
        raise Refused(
            "container.algorithm_unknown", alg=ascii(algorithm), key=key_kind or "of another kind"
        )
    return suite


def named_digest(algorithm: bytes | None) -> Digest | None:
    """Find the hash by its AlgorithmIdentifier's DER content; None is SHA-256 (RFC 5035)."""
    return sha_256 if algorithm is None else _DIGESTS.get(algorithm)


def sha_256(data: bytes) -> bytes:
    """Hash with SHA-256."""
    return sha256(data).digest()


def sha_384(data: bytes) -> bytes:
    """Hash with SHA-384."""
    return sha384(data).digest()


def sha_512(data: bytes) -> bytes:
    """Hash with SHA-512."""
    return sha512(data).digest()


def _ecdsa(hash_algorithm: hashes.HashAlgorithm) -> Verify:
    scheme = ec.ECDSA(hash_algorithm)

    def verify(key: CertificatePublicKeyTypes, signature: bytes, data: bytes) -> None:
        try:
            cast("ec.EllipticCurvePublicKey", key).verify(signature, data, scheme)
        except InvalidSignature:
            raise Refused("signature.invalid") from None

    return verify


def _rsa(hash_algorithm: hashes.HashAlgorithm) -> Verify:
    scheme = padding.PKCS1v15()

    def verify(key: CertificatePublicKeyTypes, signature: bytes, data: bytes) -> None:
        try:
            cast("rsa.RSAPublicKey", key).verify(signature, data, scheme, hash_algorithm)
        except InvalidSignature:
            raise Refused("signature.invalid") from None

    return verify


def _ed25519(key: CertificatePublicKeyTypes, signature: bytes, data: bytes) -> None:
    try:
        cast("ed25519.Ed25519PublicKey", key).verify(signature, data)
    except InvalidSignature:
        raise Refused("signature.invalid") from None


_P256 = Suite("ecdsa-p256-sha256", ECDSA_P256, sha_256, _ecdsa(hashes.SHA256()))
_P384 = Suite("ecdsa-p384-sha384", ECDSA_P384, sha_384, _ecdsa(hashes.SHA384()))
_RSA_256 = Suite("rsa-pkcs1-sha256", RSA, sha_256, _rsa(hashes.SHA256()))
_RSA_384 = Suite("rsa-pkcs1-sha384", RSA, sha_384, _rsa(hashes.SHA384()))
_RSA_512 = Suite("rsa-pkcs1-sha512", RSA, sha_512, _rsa(hashes.SHA512()))
_ED25519 = Suite("ed25519", ED25519, sha_512, _ed25519)

SUITES: Final[Mapping[str, Suite]] = MappingProxyType(
    {suite.name: suite for suite in (_P256, _P384, _RSA_256, _RSA_384, _RSA_512, _ED25519)}
)
JWS_ROWS: Final[Mapping[str, Suite]] = MappingProxyType({"ES256": _P256, "Ed25519": _ED25519})

# DER content of AlgorithmIdentifiers: an OBJECT IDENTIFIER and, with some encoders, a NULL.
_NULL: Final = b"\x05\x00"
SHA256_OID: Final = bytes.fromhex("0609608648016503040201")
SHA384_OID: Final = bytes.fromhex("0609608648016503040202")
SHA512_OID: Final = bytes.fromhex("0609608648016503040203")
ECDSA_SHA256_OID: Final = bytes.fromhex("06082a8648ce3d040302")
ECDSA_SHA384_OID: Final = bytes.fromhex("06082a8648ce3d040303")
RSA_OID: Final = bytes.fromhex("06092a864886f70d010101")  # rsaEncryption, the hash named apart
RSA_SHA256_OID: Final = bytes.fromhex("06092a864886f70d01010b")
RSA_SHA384_OID: Final = bytes.fromhex("06092a864886f70d01010c")
RSA_SHA512_OID: Final = bytes.fromhex("06092a864886f70d01010d")

_DIGESTS: Final[dict[bytes, Digest]] = {
    oid + parameters: digest
    for oid, digest in ((SHA256_OID, sha_256), (SHA384_OID, sha_384), (SHA512_OID, sha_512))
    for parameters in (b"", _NULL)
}
_CMS_TABLE: Final = (
    # content hash | signature identifiers                | suite
    (SHA256_OID, (ECDSA_SHA256_OID,), _P256),
    (SHA384_OID, (ECDSA_SHA384_OID,), _P384),
    (SHA256_OID, (RSA_OID + _NULL, RSA_SHA256_OID + _NULL), _RSA_256),
    (SHA384_OID, (RSA_OID + _NULL, RSA_SHA384_OID + _NULL), _RSA_384),
    (SHA512_OID, (RSA_OID + _NULL, RSA_SHA512_OID + _NULL), _RSA_512),
)
_CMS_ROWS: Final[dict[tuple[bytes, bytes, str | None], Suite]] = {
    (digest + parameters, signature, suite.key_kind): suite
    for digest, signatures, suite in _CMS_TABLE
    for signature in signatures
    for parameters in (b"", _NULL)
}
