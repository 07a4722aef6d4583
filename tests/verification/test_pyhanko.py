"""Agree with pyHanko, an independent implementation, in both directions."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

import pytest
from asn1crypto import cms, keys
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from pyhanko.sign.signers.pdf_cms import SimpleSigner
from pyhanko.sign.validation.generic_cms import async_validate_cms_signature
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from ehealth_ledger.entrypoints.demo.authority import Authority, Credential, KeyName
from ehealth_ledger.entrypoints.demo.cades import sign_cades
from ehealth_ledger.verification.containers import CMS
from ehealth_ledger.verification.verifier import Verifier

KEYS: list[tuple[KeyName, str]] = [
    ("ecdsa-p256", "sha256"),
    ("ecdsa-p384", "sha384"),
    ("rsa-2048", "sha256"),
    ("rsa-2048", "sha512"),
]


def parsed(der: bytes) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(der)


def sign_with_pyhanko(content: bytes, credential: Credential, digest: str) -> bytes:
    key = credential.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    store = SimpleCertificateStore()
    store.register_multiple([parsed(link) for link in credential.chain])
    signer = SimpleSigner(
        signing_cert=parsed(credential.certificate),
        signing_key=keys.PrivateKeyInfo.load(key),
        cert_registry=store,
    )
    info = asyncio.run(
        signer.async_sign_general_data(content, digest, detached=False, use_cades=True)
    )
    return bytes(info.dump())


@pytest.mark.parametrize(("key", "digest"), KEYS)
def test_what_pyhanko_signs_we_accept(
    key: KeyName,
    digest: str,
    authority: Authority,
    verifier: Verifier,
    content: bytes,
    now: datetime,
) -> None:
    """CAdES made by pyHanko opens, and the intermediate it embeds is taken."""
    credential = authority.issue("Вигадана Сторонна", "1212121212", key=key)
    container = sign_with_pyhanko(content, credential, digest)

    opened = verifier.open(container, CMS, at=now)

    assert opened.content == content
    assert opened.signer.tax_id == "1212121212"
    parts, certificate = opened.evidence.container, opened.evidence.certificate
    assert parts.head + content + parts.middle + certificate + parts.tail == container


@pytest.mark.parametrize("key", ["ecdsa-p256", "ecdsa-p384", "rsa-2048"])
@pytest.mark.parametrize("embed_chain", [True, False])
def test_what_we_sign_pyhanko_accepts(
    key: KeyName, embed_chain: bool, authority: Authority, content: bytes, now: datetime
) -> None:
    """pyHanko finds our CAdES intact, valid and trusted, and its certificate named rightly."""
    credential = authority.issue("Вигаданий Свій", "1313131313", key=key)
    container = sign_cades(content, credential, signing_time=now, embed_chain=embed_chain)
    signed_data = cms.ContentInfo.load(container, strict=True)["content"]
    context = ValidationContext(
        trust_roots=[parsed(authority.root.public_bytes(Encoding.DER))],
        other_certs=[parsed(link) for link in credential.chain],
        moment=now,
        allow_fetching=False,
    )

    status: Any = asyncio.run(
        async_validate_cms_signature(
            signed_data,
            validation_context=context,
            key_usage_settings=KeyUsageConstraints(key_usage={"non_repudiation"}),
        )
    )

    assert status.intact
    assert status.valid
    assert status.trusted
    assert status.signing_cert.dump() == credential.certificate
