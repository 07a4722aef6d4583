"""What is signed opens again, for every row of the table of suites and both containers."""

from __future__ import annotations

import ast
from base64 import b64encode
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

import ehealth_ledger
from ehealth_ledger.entrypoints.demo.authority import Authority, Credential, KeyName
from ehealth_ledger.entrypoints.demo.cades import sign_cades, sign_jws
from ehealth_ledger.errors import Refused
from ehealth_ledger.verification.algorithms import SUITES
from ehealth_ledger.verification.containers import (
    CMS,
    JOSE,
    decode_base64url,
    encode_base64url,
    reassemble,
    unwrap_base64,
)
from ehealth_ledger.verification.policy import POLICY
from ehealth_ledger.verification.revocation import RevocationLists
from ehealth_ledger.verification.trust_store import TrustStore
from ehealth_ledger.verification.verifier import Verifier
from tests.verification.forgery import forge

RSA = "rsa-2048"
# key | container | digest and signature identifiers, where the forger makes it | suite
ROUNDS = [
    pytest.param("ecdsa-p256", CMS, None, "ecdsa-p256-sha256", id="p256-cades"),
    pytest.param("ecdsa-p384", CMS, None, "ecdsa-p384-sha384", id="p384-cades"),
    pytest.param(RSA, CMS, None, "rsa-pkcs1-sha256", id="rsa-sha256-cades"),
    pytest.param(RSA, CMS, ("sha384", "sha384_rsa"), "rsa-pkcs1-sha384", id="rsa-sha384-cades"),
    pytest.param(RSA, CMS, ("sha512", "sha512_rsa"), "rsa-pkcs1-sha512", id="rsa-sha512-cades"),
    pytest.param(RSA, CMS, ("sha256", "rsassa_pkcs1v15"), "rsa-pkcs1-sha256", id="rsa-plain-cades"),
    pytest.param("ecdsa-p256", JOSE, None, "ecdsa-p256-sha256", id="p256-jws"),
    pytest.param("ed25519", JOSE, None, "ed25519", id="ed25519-jws"),
]


def sign(
    content: bytes, credential: Credential, media_type: str, forged: tuple[str, str] | None
) -> bytes:
    if forged is not None:
        return forge(content, credential, digest=forged[0], signature=forged[1])
    if media_type == CMS:
        return sign_cades(content, credential)
    return sign_jws(content, credential).encode("ascii")


@pytest.mark.parametrize(("key", "media_type", "forged", "suite"), ROUNDS)
def test_what_is_signed_opens_again(
    key: KeyName,
    media_type: str,
    forged: tuple[str, str] | None,
    suite: str,
    authority: Authority,
    verifier: Verifier,
    content: bytes,
    now: datetime,
) -> None:
    """Each accepted suite opens to the same content and names the signer and itself."""
    credential = authority.issue("Вигаданий Тарас Тестович", "1234567898", "87654321", key=key)
    container = sign(content, credential, media_type, forged)

    opened = verifier.open(container, media_type, at=now)

    assert opened.content == content
    assert opened.signer.tax_id == "1234567898"
    assert opened.signer.edrpou == "87654321"
    assert opened.evidence.suite == suite
    assert opened.evidence.policy == POLICY
    assert opened.evidence.trust_store == verifier.trust.digest
    assert opened.evidence.verified_at == now
    assert len(opened.evidence.revocation) == 2


def test_every_suite_is_tried() -> None:
    """No row of the table is without a round trip."""
    assert {round_.values[3] for round_ in ROUNDS} == set(SUITES)


@pytest.mark.parametrize("size", [1, 100, 127, 128, 255, 256, 65_535, 65_536, 200_000])
@pytest.mark.parametrize("embed_chain", [False, True])
@pytest.mark.parametrize("media_type", [CMS, JOSE])
def test_the_parts_make_the_exact_container_again(
    size: int,
    embed_chain: bool,
    media_type: str,
    doctor: Credential,
    verifier: Verifier,
    now: datetime,
) -> None:
    """Head, content, middle, certificate and tail are the bytes received."""
    content = b"x" * size
    container = (
        sign_cades(content, doctor, signing_time=now, embed_chain=embed_chain)
        if media_type == CMS
        else sign_jws(content, doctor, embed_chain=embed_chain).encode("ascii")
    )

    opened = verifier.open(container, media_type, at=now)
    parts, certificate = opened.evidence.container, opened.evidence.certificate

    assert certificate == doctor.certificate
    assert reassemble(parts, opened.content, certificate) == container
    if media_type == CMS:
        assert parts.head + content + parts.middle + certificate + parts.tail == container
    else:
        assert parts.head + encode_base64url(content) + parts.middle == container


def test_the_content_is_found_where_it_stands_and_not_where_it_is_repeated(
    doctor: Credential, verifier: Verifier, now: datetime
) -> None:
    """Content that equals bytes of the header is still cut out at its own place."""
    content = bytes.fromhex("300b")
    opened = verifier.open(sign_cades(content, doctor), CMS, at=now)

    assert opened.evidence.container.head.endswith(b"\x04\x02")


def test_a_signer_may_be_named_by_key_identifier(
    doctor: Credential, verifier: Verifier, content: bytes, now: datetime
) -> None:
    """SignerInfo version 3 names the certificate by subjectKeyIdentifier."""

    def by_key(info: object) -> None:
        data = info["content"]  # type: ignore[index]
        certificate = x509.load_der_x509_certificate(doctor.certificate)
        extension = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
        signer = data["signer_infos"][0]
        signer["version"] = "v3"
        signer["sid"] = type(signer["sid"])("subject_key_identifier", extension.value.digest)
        data["version"] = "v3"

    assert verifier.open(forge(content, doctor, after=by_key), CMS, at=now).content == content


def test_a_signing_time_is_carried_and_decides_nothing(
    doctor: Credential, verifier: Verifier, content: bytes, now: datetime
) -> None:
    """The claimed time of signing does not move the moment of the verdict."""
    container = sign_cades(content, doctor, signing_time=now - timedelta(days=3000))

    assert verifier.open(container, CMS, at=now).evidence.verified_at == now


def test_base64_is_unwrapped_to_the_container(cades: bytes) -> None:
    """The JSON form carries the same bytes."""
    assert unwrap_base64(b64encode(cades).decode("ascii")) == cades


def test_base64url_has_one_form() -> None:
    """Decoding undoes encoding at every remainder of three."""
    for size in range(8):
        data = bytes(range(250, 250 - size, -1))
        assert decode_base64url(encode_base64url(data)) == data


@pytest.mark.parametrize(
    ("case", "text"),
    [
        ("no padding", "QQ"),
        ("too much padding", "QQ==="),
        ("a line break", "QUJD\nREVG"),
        ("a space", "QUJD REVG"),
        ("the URL alphabet", "-_-_"),
        ("trailing bits", "QR=="),
        ("not ASCII", "QUЖЖ"),
        ("a lone surrogate", "QU\ud800J"),
    ],
)
def test_refuses_request__not_base64(case: str, text: str) -> None:
    """One sequence of bytes has one spelling in base64."""
    with pytest.raises(Refused) as refusal:
        unwrap_base64(text)
    assert refusal.value.code == "request.not_base64"
    assert refusal.value.path == "$.signed_data"


def test_an_authority_comes_back_from_its_folder(
    tmp_path: Path, content: bytes, now: datetime
) -> None:
    """Saved and loaded, an authority still issues, revokes and is trusted by the same file."""
    authority = Authority.create("Saved", now)
    before = authority.issue("Вигадана Ніна", "1234567890")
    authority.revoke(before, now)
    authority.save(tmp_path)
    before.save(tmp_path, "nina")

    loaded = Authority.load(tmp_path)
    after = loaded.issue("Вигадана Ада", "1234567891", key="ed25519")
    after.save(tmp_path, "ada")
    verifier = Verifier(TrustStore.load(authority.trust_store()), RevocationLists(loaded.crls(now)))

    assert loaded.trust_store() == authority.trust_store()
    ada = Credential.load(tmp_path, "ada")
    opened = verifier.open(sign_jws(content, ada).encode("ascii"), JOSE, at=now)
    assert opened.signer.tax_id == "1234567891"
    with pytest.raises(Refused, match=r"certificate\.revoked"):
        verifier.open(sign_cades(content, Credential.load(tmp_path, "nina")), CMS, at=now)


def test_only_the_verifiers_build_a_verified_command() -> None:
    """Trust is a type: no module but those of a person's and the ledger's signature makes one."""
    root = Path(ehealth_ledger.__file__).parent
    builders = {
        file.relative_to(root).as_posix()
        for file in root.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "Verified"
    }
    assert builders == {"verification/ledger_key.py", "verification/verifier.py"}
