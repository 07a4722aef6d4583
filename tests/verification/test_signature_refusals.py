"""Refuse containers of sound form whose signature does not hold."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from datetime import datetime

import pytest
from asn1crypto import cms, tsp
from asn1crypto import x509 as asn1_x509
from joserfc.jwk import ECKey
from joserfc.jws import JWSRegistry, serialize_compact

from ehealth_ledger.entrypoints.demo.authority import Authority, Credential
from ehealth_ledger.entrypoints.demo.cades import sign_cades, sign_jws
from ehealth_ledger.errors import Refused
from ehealth_ledger.verification.containers import CMS, JOSE, encode_base64url
from ehealth_ledger.verification.verifier import Verifier
from tests.verification.forgery import Attributes, forge, named_certificate


@pytest.fixture(scope="module")
def other(authority: Authority) -> Credential:
    return authority.issue("Вигаданий Інший", "5555555555")


def refused(verifier: Verifier, container: bytes, media_type: str, now: datetime) -> str:
    with pytest.raises(Refused) as refusal:
        verifier.open(container, media_type, at=now)
    return refusal.value.code


def naming(attribute: cms.CMSAttribute) -> Callable[[Attributes], Attributes]:
    return lambda found: [*found[:2], attribute]


def test_refuses_signature__certificate_mismatch(
    verifier: Verifier, content: bytes, doctor: Credential, other: Credential, now: datetime
) -> None:
    """The certificate that was signed is the one presented, whoever's key would fit."""
    container = forge(content, doctor, attributes=naming(named_certificate(other.certificate)))
    assert refused(verifier, container, CMS, now) == "signature.certificate_mismatch"


def named_with_issuer(credential: Credential, issuer_of: Credential) -> cms.CMSAttribute:
    """Name a certificate by its hash, and by the issuer and serial number of another."""
    attribute = named_certificate(credential.certificate)
    certificate = asn1_x509.Certificate.load(issuer_of.certificate)
    attribute["values"][0]["certs"][0]["issuer_serial"] = tsp.IssuerSerial(
        {
            "issuer": [asn1_x509.GeneralName("directory_name", certificate.issuer)],
            "serial_number": certificate.serial_number,
        }
    )
    return attribute


def test_refuses_signature__certificate_mismatch_of_issuer_and_serial(
    verifier: Verifier, content: bytes, doctor: Credential, other: Credential, now: datetime
) -> None:
    """Where the signed attribute names issuer and serial number too, they must agree."""
    right = forge(content, doctor, attributes=naming(named_with_issuer(doctor, doctor)))
    wrong = forge(content, doctor, attributes=naming(named_with_issuer(doctor, other)))

    assert verifier.open(right, CMS, at=now).content == content
    assert refused(verifier, wrong, CMS, now) == "signature.certificate_mismatch"


def test_refuses_signature__certificate_mismatch_of_a_jws_thumbprint(
    verifier: Verifier, content: bytes, doctor: Credential, other: Credential, now: datetime
) -> None:
    """A thumbprint in the header names the certificate beside it."""
    container = jws_naming(content, doctor, thumbprint_of=other)
    assert refused(verifier, container, JOSE, now) == "signature.certificate_mismatch"
    container = jws_naming(content, doctor, thumbprint_of=doctor)
    assert verifier.open(container, JOSE, at=now).content == content


def jws_naming(content: bytes, credential: Credential, *, thumbprint_of: Credential) -> bytes:
    digest = asn1_x509.Certificate.load(thumbprint_of.certificate).sha256
    header = {
        "alg": "ES256",
        "x5c": [b64encode(credential.certificate).decode("ascii")],
        "x5t#S256": encode_base64url(digest).decode("ascii"),
    }
    key = ECKey.import_key(credential.key)
    registry = JWSRegistry(algorithms=["ES256"])
    return serialize_compact(header, content, key, registry=registry).encode("ascii")


def test_refuses_signature__digest_mismatch(
    verifier: Verifier, content: bytes, doctor: Credential, now: datetime
) -> None:
    """Content changed by one bit is not what was signed."""
    turned = bytes([content[0] ^ 1]) + content[1:]
    container = sign_cades(content, doctor).replace(content, turned)
    assert refused(verifier, container, CMS, now) == "signature.digest_mismatch"


def test_refuses_signature__invalid_for_another_key(
    verifier: Verifier, content: bytes, doctor: Credential, other: Credential, now: datetime
) -> None:
    """Whoever lacks the key cannot sign under the certificate."""
    container = forge(content, doctor, key=other.key)
    assert refused(verifier, container, CMS, now) == "signature.invalid"


@pytest.mark.parametrize("key", ["ecdsa-p256", "ecdsa-p384", "rsa-2048"])
def test_refuses_signature__invalid_for_changed_attributes(
    key: str, verifier: Verifier, authority: Authority, content: bytes, now: datetime
) -> None:
    """The signed time cannot be changed under any suite."""
    credential = authority.issue("Вигадана Зміна", "6666666666", key=key)  # type: ignore[arg-type]
    container = sign_cades(
        content, credential, signing_time=datetime(2026, 1, 1, tzinfo=now.tzinfo)
    )
    changed = container.replace(b"260101", b"250101")
    assert changed != container
    assert refused(verifier, changed, CMS, now) == "signature.invalid"


@pytest.mark.parametrize("key", ["ecdsa-p256", "ed25519"])
def test_refuses_signature__invalid_in_a_jws(
    key: str, verifier: Verifier, authority: Authority, content: bytes, now: datetime
) -> None:
    """Another payload under the same header and signature is refused."""
    credential = authority.issue("Вигаданий Підмін", "7777777777", key=key)  # type: ignore[arg-type]
    header, _, signature = sign_jws(content, credential).split(".")
    payload = encode_base64url(json.dumps({"command": "other"}).encode()).decode("ascii")
    container = f"{header}.{payload}.{signature}".encode("ascii")
    assert refused(verifier, container, JOSE, now) == "signature.invalid"


@pytest.mark.parametrize("signature", ["", "AA", "AAAA" * 100])
def test_refuses_signature__invalid_for_a_jws_signature_of_another_length(
    signature: str, verifier: Verifier, doctor: Credential, content: bytes, now: datetime
) -> None:
    """A signature that is none is refused, not an error."""
    signed = sign_jws(content, doctor).rsplit(".", 1)[0]
    container = f"{signed}.{signature}".encode("ascii")
    assert refused(verifier, container, JOSE, now) == "signature.invalid"


def test_earlier_refusals_are_given_first(
    verifier: Verifier, content: bytes, doctor: Credential, other: Credential, now: datetime
) -> None:
    """Of several faults the one earlier in the catalogue is named."""
    both = forge(
        content,
        doctor,
        attributes=naming(named_certificate(other.certificate)),
        key=other.key,
    )
    assert refused(verifier, both, CMS, now) == "signature.certificate_mismatch"
