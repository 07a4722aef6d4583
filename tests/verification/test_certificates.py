"""Read who a certificate belongs to, and refuse certificates that are not for signing."""

from __future__ import annotations

from base64 import b64encode
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from ehealth_ledger.commands.signed import StaffSigner
from ehealth_ledger.entrypoints.demo.authority import Authority, Credential
from ehealth_ledger.entrypoints.demo.cades import sign_cades, sign_jws
from ehealth_ledger.errors import Refused
from ehealth_ledger.verification.certificates import load, signer_of
from ehealth_ledger.verification.containers import CMS, JOSE, encode_base64url
from ehealth_ledger.verification.der import encode
from ehealth_ledger.verification.verifier import Verifier

SUBJECT_DIRECTORY = ObjectIdentifier("2.5.29.9")
DRFO = bytes.fromhex("060c2a8624020101010b01040101")
EDRPOU = bytes.fromhex("060c2a8624020101010b01040201")
QUALIFIED = ObjectIdentifier("1.2.804.2.1.1.1.2.2")
PRINTABLE = 0x13
UTF8 = 0x0C


def usage(**on: bool) -> x509.KeyUsage:
    names = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{name: on.get(name, False) for name in names})


SIGNING = usage(digital_signature=True)


def directory(*attributes: tuple[bytes, int, str]) -> x509.UnrecognizedExtension:
    """Make subjectDirectoryAttributes of type, string tag and value."""
    encoded = [
        encode(0x30, oid, encode(0x31, encode(tag, value.encode())))
        for oid, tag, value in attributes
    ]
    return x509.UnrecognizedExtension(SUBJECT_DIRECTORY, encode(0x30, *encoded))


def certify(
    authority: Authority,
    *subject: tuple[ObjectIdentifier, str],
    key_usage: x509.KeyUsage | None = SIGNING,
    extensions: list[tuple[Any, bool]] | None = None,
) -> Credential:
    """Issue a certificate with exactly this subject and these extensions."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(oid, value) for oid, value in subject])
    start = authority.issuing.not_valid_before_utc
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(authority.issuing.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=100))
    )
    if key_usage is not None:
        builder = builder.add_extension(key_usage, critical=True)
    for extension, critical in extensions or []:
        builder = builder.add_extension(extension, critical=critical)
    return authority.certify(key, builder)


SERIAL = NameOID.SERIAL_NUMBER
ORGANISATION = NameOID.ORGANIZATION_IDENTIFIER
TIN = (SERIAL, "TINUA-1111111111")


@pytest.mark.parametrize(
    ("subject", "attributes", "tax_id", "edrpou"),
    [
        pytest.param([TIN], [], "1111111111", None, id="ETSI"),
        pytest.param(
            [TIN, (ORGANISATION, "NTRUA-12345678")], [], "1111111111", "12345678", id="ETSI, entity"
        ),
        pytest.param(
            [TIN, (ORGANISATION, "NTRUA-1111111111")],
            [],
            "1111111111",
            "1111111111",
            id="ETSI, sole trader",
        ),
        pytest.param([], [(DRFO, PRINTABLE, "1111111111")], "1111111111", None, id="DRFO"),
        pytest.param(
            [],
            [(DRFO, UTF8, "1111111111"), (EDRPOU, UTF8, "12345678")],
            "1111111111",
            "12345678",
            id="DRFO and EDRPOU",
        ),
        pytest.param(
            [TIN, (ORGANISATION, "NTRUA-12345678")],
            [(DRFO, PRINTABLE, "1111111111"), (EDRPOU, PRINTABLE, "12345678")],
            "1111111111",
            "12345678",
            id="both forms",
        ),
        pytest.param(
            [(SERIAL, "AB-42"), TIN, (ORGANISATION, "VATUA-1")],
            [],
            "1111111111",
            None,
            id="other numbers beside",
        ),
    ],
)
def test_the_signer_is_who_the_certificate_names(
    subject: list[tuple[ObjectIdentifier, str]],
    attributes: list[tuple[bytes, int, str]],
    tax_id: str,
    edrpou: str | None,
    authority: Authority,
) -> None:
    """Either form of the identity is read, and both together when they agree."""
    extensions = [(directory(*attributes), False)] if attributes else []
    certificate = load(certify(authority, *subject, extensions=extensions).certificate)

    assert signer_of(certificate) == StaffSigner(tax_id, edrpou, certificate.digest)


def test_the_same_bytes_are_parsed_once(doctor: Credential) -> None:
    """A second look at a certificate costs a look into a table."""
    assert load(doctor.certificate) is load(bytes(bytearray(doctor.certificate)))


def refused(credential: Credential) -> str:
    with pytest.raises(Refused) as refusal:
        signer_of(load(credential.certificate))
    return refusal.value.code


@pytest.mark.parametrize(
    ("subject", "attributes"),
    [
        pytest.param([], [], id="no form"),
        pytest.param([(SERIAL, "1111111111")], [], id="no prefix"),
        pytest.param([(SERIAL, "TINPL-1111111111")], [], id="another country"),
        pytest.param([(SERIAL, "PASUA-AB123456")], [], id="a passport"),
        pytest.param([(SERIAL, "TINUA-111111111")], [], id="nine digits"),
        pytest.param([(SERIAL, "TINUA-11111111111")], [], id="eleven digits"),
        pytest.param([(SERIAL, "TINUA-111111111x")], [], id="a letter"),
        pytest.param([(SERIAL, "TINUA-")], [], id="no digits"),
        pytest.param([], [(DRFO, UTF8, "АБ123456")], id="DRFO: a passport"),
        pytest.param([], [(DRFO, UTF8, "١١١١١١١١١١")], id="DRFO: digits of another script"),
        pytest.param([], [(EDRPOU, UTF8, "12345678")], id="an entity alone"),
        pytest.param([TIN, (ORGANISATION, "NTRUA-1234567")], [], id="entity: seven digits"),
    ],
)
def test_refuses_certificate__identity_missing(
    subject: list[tuple[ObjectIdentifier, str]],
    attributes: list[tuple[bytes, int, str]],
    authority: Authority,
) -> None:
    """Who cannot be told is not guessed."""
    extensions = [(directory(*attributes), False)] if attributes else []
    code = refused(certify(authority, *subject, extensions=extensions))
    assert code == "certificate.identity_missing"


@pytest.mark.parametrize(
    ("subject", "attributes"),
    [
        pytest.param([TIN], [(DRFO, UTF8, "2222222222")], id="tax id"),
        pytest.param([TIN], [(DRFO, UTF8, "")], id="tax id empty in one form"),
        pytest.param([TIN, (SERIAL, "TINUA-2222222222")], [], id="tax id twice"),
        pytest.param(
            [TIN, (ORGANISATION, "NTRUA-12345678")], [(EDRPOU, UTF8, "12345679")], id="entity"
        ),
    ],
)
def test_refuses_certificate__identity_conflict(
    subject: list[tuple[ObjectIdentifier, str]],
    attributes: list[tuple[bytes, int, str]],
    authority: Authority,
) -> None:
    """A certificate that names two people names nobody."""
    extensions = [(directory(*attributes), False)] if attributes else []
    code = refused(certify(authority, *subject, extensions=extensions))
    assert code == "certificate.identity_conflict"


@pytest.mark.parametrize(
    ("key_usage", "extensions"),
    [
        pytest.param(None, [], id="no key usage"),
        pytest.param(usage(key_agreement=True), [], id="key agreement"),
        pytest.param(usage(key_cert_sign=True, crl_sign=True), [], id="signs certificates"),
        pytest.param(SIGNING, [(x509.BasicConstraints(True, None), True)], id="an authority"),
        pytest.param(
            SIGNING,
            [(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)],
            id="a server's",
        ),
        pytest.param(
            SIGNING,
            [(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), True)],
            id="a time-stamp authority's",
        ),
        pytest.param(
            SIGNING,
            [
                (
                    x509.UnrecognizedExtension(
                        ObjectIdentifier("1.3.6.1.4.1.99999.1"), b"\x05\x00"
                    ),
                    True,
                )
            ],
            id="an unknown critical extension",
        ),
    ],
)
def test_refuses_certificate__usage_forbidden(
    key_usage: x509.KeyUsage | None,
    extensions: list[tuple[Any, bool]],
    authority: Authority,
    verifier: Verifier,
    content: bytes,
    now: datetime,
) -> None:
    """A key certified for something else signs no command."""
    credential = certify(authority, TIN, key_usage=key_usage, extensions=extensions)
    with pytest.raises(Refused) as refusal:
        verifier.open(sign_cades(content, credential), CMS, at=now)
    assert refusal.value.code == "certificate.usage_forbidden"


@pytest.mark.parametrize(
    ("key_usage", "extensions"),
    [
        pytest.param(usage(content_commitment=True), [], id="nonRepudiation alone"),
        pytest.param(
            SIGNING,
            [(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), True)],
            id="for mail",
        ),
        pytest.param(
            SIGNING,
            [(x509.CertificatePolicies([x509.PolicyInformation(QUALIFIED, None)]), True)],
            id="critical policies",
        ),
    ],
)
def test_other_signing_usages_are_accepted(
    key_usage: x509.KeyUsage,
    extensions: list[tuple[Any, bool]],
    authority: Authority,
) -> None:
    """What a qualified certificate may carry does not stand in its way."""
    certificate = certify(authority, TIN, key_usage=key_usage, extensions=extensions).certificate
    assert signer_of(load(certificate)).tax_id == "1111111111"


@pytest.mark.parametrize(
    "value",
    [b"", b"\x30", b"\x30\x80", b"\x05\x00", encode(0x30, b"\x05\x00"), b"\x30\x02\x30\x00"],
)
def test_refuses_certificate__malformed_for_a_directory(value: bytes, authority: Authority) -> None:
    """A subject directory that cannot be read is not an absent one."""
    extension = x509.UnrecognizedExtension(SUBJECT_DIRECTORY, value)
    credential = certify(authority, TIN, extensions=[(extension, False)])
    assert refused(credential) == "certificate.malformed"


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(lambda _: b"", id="empty"),
        pytest.param(lambda _: b"\x30\x00", id="an empty sequence"),
        pytest.param(lambda der: der[:-1], id="cut"),
        pytest.param(lambda der: der + b"\x00", id="longer"),
        pytest.param(
            lambda der: der.replace(b"\x06\x03\x55\x1d\x0f", b"\x06\x03\x55\x1d\x0e"), id="twice"
        ),
        pytest.param(
            lambda der: der.replace(b"\x02\x01\x02\x02", b"\x02\x01\x07\x02", 1), id="version 8"
        ),
        pytest.param(
            lambda der: der.replace(
                bytes.fromhex("2a8648ce3d030107"), bytes.fromhex("2a8648ce3d030199")
            ),
            id="an unknown curve",
        ),
        pytest.param(
            lambda der: der.replace(b"\x13\x10TINUA", b"\x03\x10\x00INUA"), id="a bit string"
        ),
    ],
)
def test_refuses_certificate__malformed(
    broken: Any, doctor: Credential, verifier: Verifier, content: bytes, now: datetime
) -> None:
    """A certificate that cannot be read is refused, whatever is wrong inside it."""
    certificate = broken(doctor.certificate)
    assert certificate != doctor.certificate
    with pytest.raises(Refused, match=r"certificate\.malformed"):
        load(certificate)

    _, payload, signature = sign_jws(content, doctor).split(".")
    chain = b64encode(certificate or b"\x00").decode("ascii")
    header = encode_base64url(f'{{"alg": "ES256", "x5c": ["{chain}"]}}'.encode()).decode("ascii")
    with pytest.raises(Refused, match=r"certificate\.malformed"):
        verifier.open(f"{header}.{payload}.{signature}".encode(), JOSE, at=now)


def test_refuses_certificate__malformed_in_a_cms_container(
    doctor: Credential, cades: bytes, verifier: Verifier, now: datetime
) -> None:
    """The signer's own certificate has to be readable."""
    broken = doctor.certificate.replace(b"\x06\x03\x55\x1d\x0f", b"\x06\x03\x55\x1d\x0e")
    with pytest.raises(Refused, match=r"certificate\.malformed"):
        verifier.open(cades.replace(doctor.certificate, broken), CMS, at=now)


def test_a_self_signed_certificate_is_read_like_any_other(now: datetime) -> None:
    """Reading decides nothing about trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(SERIAL, "TINUA-1111111111")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .add_extension(SIGNING, critical=True)
        .sign(key, hashes.SHA256())
    )
    parsed = load(certificate.public_bytes(Encoding.DER))
    assert signer_of(parsed).tax_id == "1111111111"
    assert parsed.issuer == parsed.subject
