"""Forge containers with asn1crypto, which shares no line with the code under test.

Every forgery is a sound and correctly signed container but for the one thing a test changes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from asn1crypto import algos, cms, tsp
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from ehealth_ledger.entrypoints.demo.authority import Credential

Attributes = list[cms.CMSAttribute]


def _same(attributes: Attributes) -> Attributes:
    return attributes


def _unchanged(info: cms.ContentInfo) -> None:
    """Leave the container as it is."""


def forge(
    content: bytes,
    credential: Credential,
    *,
    attributes: Callable[[Attributes], Attributes] = _same,
    digest: str = "sha256",
    signature: str = "sha256_ecdsa",
    key: Any = None,
    certificates: list[bytes] | None = None,
    after: Callable[[cms.ContentInfo], None] = _unchanged,
) -> bytes:
    """Make a container; `attributes` changes what is signed, `after` what is not.

    `signature` names the algorithm claimed, `key` signs instead of the credential's own.
    """
    certificate = asn1_x509.Certificate.load(credential.certificate)
    embedded = [credential.certificate] if certificates is None else certificates
    digest_algorithm = algos.DigestAlgorithm({"algorithm": digest})
    signed = cms.CMSAttributes(
        attributes(
            [
                cms.CMSAttribute({"type": "content_type", "values": ["data"]}),
                cms.CMSAttribute({"type": "message_digest", "values": [_hash(digest, content)]}),
                named_certificate(credential.certificate),
            ]
        )
    )
    signer = cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier(
                {
                    "issuer_and_serial_number": cms.IssuerAndSerialNumber(
                        {"issuer": certificate.issuer, "serial_number": certificate.serial_number}
                    )
                }
            ),
            "digest_algorithm": digest_algorithm,
            "signed_attrs": signed,
            "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": signature}),
            "signature": _sign(key or credential.key, digest, signed.dump()),
        }
    )
    info = cms.ContentInfo(
        {
            "content_type": "signed_data",
            "content": cms.SignedData(
                {
                    "version": "v1",
                    "digest_algorithms": [digest_algorithm],
                    "encap_content_info": {"content_type": "data", "content": content},
                    "certificates": [asn1_x509.Certificate.load(each) for each in embedded],
                    "signer_infos": [signer],
                }
            ),
        }
    )
    after(info)
    # Encoding by force would read the attributes back, and some are made not to be readable.
    return bytes(info.dump(force=after is not _unchanged))


def named_certificate(certificate: bytes, algorithm: str = "sha256") -> cms.CMSAttribute:
    """Make the attribute signing-certificate-v2 for a certificate."""
    named = tsp.ESSCertIDv2(
        {"hash_algorithm": {"algorithm": algorithm}, "cert_hash": _hash(algorithm, certificate)}
    )
    return cms.CMSAttribute(
        {
            "type": "signing_certificate_v2",
            "values": [tsp.SigningCertificateV2({"certs": [named]})],
        }
    )


def _hash(name: str, data: bytes) -> bytes:
    digest = hashes.Hash(_HASHES[name])
    digest.update(data)
    return digest.finalize()


def _sign(key: Any, digest: str, data: bytes) -> bytes:
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(data, ec.ECDSA(_HASHES[digest]))
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, padding.PKCS1v15(), _HASHES[digest])
    return bytes(key.sign(data))


_HASHES: dict[str, Any] = {
    "sha1": hashes.SHA1(),  # noqa: S303 - to be refused
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
