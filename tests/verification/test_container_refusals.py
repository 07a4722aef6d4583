"""Refuse every container that is not exactly of the accepted form, with the code that says why.

Each row is a sound, correctly signed container with one thing changed.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from asn1crypto import cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from ehealth_ledger.entrypoints.demo.authority import Authority, Credential, PrivateKey
from ehealth_ledger.entrypoints.demo.cades import sign_cades, sign_jws
from ehealth_ledger.errors import Refused
from ehealth_ledger.verification.containers import (
    CMS,
    JOSE,
    decode_base64url,
    encode_base64url,
)
from ehealth_ledger.verification.der import children, encode, read
from ehealth_ledger.verification.policy import CONTAINER_BYTES_MAX, EMBEDDED_CERTIFICATES_MAX
from ehealth_ledger.verification.verifier import Verifier
from tests.verification.forgery import Attributes, forge, named_certificate

Refuses = Callable[[str, bytes, str], None]


@pytest.fixture
def refuses(verifier: Verifier, now: datetime) -> Refuses:
    def check(code: str, container: bytes, media_type: str = CMS) -> None:
        with pytest.raises(Refused) as refusal:
            verifier.open(container, media_type, at=now)
        assert refusal.value.code == code

    return check


# The request


@pytest.mark.parametrize("media_type", ["application/json", "application/pkcs7-signature", "", "ж"])
def test_refuses_request__media_type_unknown(
    media_type: str, refuses: Refuses, cades: bytes
) -> None:
    """Only the two published media types are opened."""
    refuses("request.media_type_unknown", cades, media_type)


@pytest.mark.parametrize("media_type", [CMS, JOSE])
def test_refuses_request__too_large(media_type: str, refuses: Refuses) -> None:
    """Size is judged before a byte is parsed."""
    refuses("request.too_large", bytes(CONTAINER_BYTES_MAX + 1), media_type)


# CMS: bytes that are not strict DER of SignedData


def indefinite(cades: bytes) -> bytes:
    _, start, _ = read(cades, 0)
    return b"\x30\x80" + cades[start:] + b"\x00\x00"


def padded_length(cades: bytes) -> bytes:
    _, start, end = read(cades, 0)
    return b"\x30\x83" + (end - start).to_bytes(3, "big") + cades[start:]


def long_form_of_a_short_length(cades: bytes) -> bytes:
    return b"\x30\x81\x05" + bytes.fromhex("0603550403")


def inner_indefinite(cades: bytes) -> bytes:
    """Write the content as a constructed OCTET STRING of indefinite length, as BER allows."""
    kind, wrapped = values(cades)
    (signed_data,) = values(wrapped)
    version, digests, encapsulated, *rest = values(signed_data)
    content_type, explicit = values(encapsulated)
    (content,) = values(explicit)
    chunked = b"\x24\x80" + content + b"\x00\x00"
    encapsulated = encode(0x30, content_type, encode(0xA0, chunked))
    signed_data = encode(0x30, version, digests, encapsulated, *rest)
    return encode(0x30, kind, encode(0xA0, signed_data))


def values(encoded: bytes) -> list[bytes]:
    """List the encoded values inside a constructed one."""
    _, start, end = read(encoded, 0)
    return [encoded[at:after] for at, _, _, after in children(encoded, start, end)]


def changed(change: Callable[[cms.ContentInfo], None]) -> Callable[[bytes], bytes]:
    def apply(cades: bytes) -> bytes:
        info = cms.ContentInfo.load(cades)
        change(info)
        return bytes(info.dump(force=True))

    return apply


def set_version(version: str) -> Callable[[cms.ContentInfo], None]:
    def change(info: cms.ContentInfo) -> None:
        info["content"]["version"] = version

    return change


def set_signer_version(info: cms.ContentInfo) -> None:
    info["content"]["signer_infos"][0]["version"] = "v3"


def disorder(cades: bytes) -> bytes:
    """Put the first signed attribute last; DER orders a SET OF by its members' bytes."""
    info = cms.ContentInfo.load(cades)
    attributes = info["content"]["signer_infos"][0]["signed_attrs"]
    members = [attribute.dump() for attribute in attributes]
    ordered, turned = b"".join(members), b"".join(members[1:] + members[:1])
    assert cades.count(ordered) == 1
    return cades.replace(ordered, turned)


def other_type(cades: bytes) -> bytes:
    """Call SignedData EnvelopedData."""
    return cades.replace(bytes.fromhex("2a864886f70d010702"), bytes.fromhex("2a864886f70d010703"))


def other_content_type(cades: bytes) -> bytes:
    """Call the content, and the attribute that names it, a time-stamp's."""
    return cades.replace(bytes.fromhex("2a864886f70d010701"), bytes.fromhex("2a864886f70d010709"))


def too_many_certificates(cades: bytes) -> bytes:
    info = cms.ContentInfo.load(cades)
    certificates = info["content"]["certificates"]
    for _ in range(EMBEDDED_CERTIFICATES_MAX):
        certificates.append(certificates[0])
    return bytes(info.dump(force=True))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda _: b"", id="empty"),
        pytest.param(lambda _: b"\x30", id="one byte"),
        pytest.param(lambda _: b"{}", id="JSON"),
        pytest.param(lambda _: b"-----BEGIN CMS-----", id="PEM"),
        pytest.param(b64encode, id="base64"),
        pytest.param(lambda cades: cades[:-1], id="last byte cut"),
        pytest.param(lambda cades: b"\x31" + cades[1:], id="a SET"),
        pytest.param(lambda cades: b"\x3f" + cades[1:], id="a long tag"),
        pytest.param(indefinite, id="BER: indefinite length"),
        pytest.param(inner_indefinite, id="BER: constructed content"),
        pytest.param(padded_length, id="BER: padded length"),
        pytest.param(long_form_of_a_short_length, id="BER: long form of a short length"),
        pytest.param(disorder, id="BER: signed attributes out of order"),
        pytest.param(other_type, id="EnvelopedData"),
        pytest.param(other_content_type, id="content of another type"),
        pytest.param(changed(set_version("v0")), id="SignedData version 0"),
        pytest.param(changed(set_version("v4")), id="SignedData version 4"),
        pytest.param(changed(set_signer_version), id="SignerInfo of the other version"),
        pytest.param(too_many_certificates, id="too many certificates"),
    ],
)
def test_refuses_container__not_der(
    change: Callable[[bytes], bytes], refuses: Refuses, cades: bytes
) -> None:
    """What is not strict DER of SignedData over data is not opened."""
    refuses("container.not_der", change(cades), CMS)


@pytest.mark.parametrize("tail", [b"\x00", b"\n", b"\x30\x00"])
def test_refuses_container__trailing_bytes(tail: bytes, refuses: Refuses, cades: bytes) -> None:
    """Nothing may follow the container: it would be stored and never be signed."""
    refuses("container.trailing_bytes", cades + tail, CMS)


def detach(info: cms.ContentInfo) -> None:
    del info["content"]["encap_content_info"]["content"]


def empty_content(info: cms.ContentInfo) -> None:
    info["content"]["encap_content_info"]["content"] = b""


@pytest.mark.parametrize("change", [detach, empty_content])
def test_refuses_container__content_missing(
    change: Callable[[cms.ContentInfo], None], refuses: Refuses, cades: bytes
) -> None:
    """A detached signature proves nothing that we hold."""
    refuses("container.content_missing", changed(change)(cades), CMS)


def test_refuses_container__content_missing_in_a_jws(
    refuses: Refuses, content: bytes, doctor: Credential
) -> None:
    """A detached JWS is refused as a detached CMS is."""
    header, _, signature = sign_jws(content, doctor).split(".")
    refuses("container.content_missing", f"{header}..{signature}".encode(), JOSE)


@pytest.mark.parametrize("count", [0, 2, 3])
def test_refuses_container__signer_count(
    count: int,
    refuses: Refuses,
    content: bytes,
    cades: bytes,
    doctor: Credential,
    authority: Authority,
) -> None:
    """A command has one signer; a second signature is a command of its own."""
    others = [authority.issue(f"Вигаданий {index}", f"222222222{index}") for index in range(2)]
    containers = [cades, *(sign_cades(content, other) for other in others)]
    signers = [cms.ContentInfo.load(each)["content"]["signer_infos"][0] for each in containers]
    info = cms.ContentInfo.load(cades)
    info["content"]["signer_infos"] = signers[:count]
    refuses("container.signer_count", bytes(info.dump(force=True)), CMS)


def test_refuses_container__certificate_missing(
    refuses: Refuses, content: bytes, doctor: Credential, authority: Authority
) -> None:
    """The signer's certificate comes with the signature; nobody else's stands in for it."""
    other = authority.issue("Вигаданий Інший", "3333333333")
    refuses("container.certificate_missing", forge(content, doctor, certificates=[]), CMS)
    refuses(
        "container.certificate_missing",
        forge(content, doctor, certificates=[other.certificate]),
        CMS,
    )


def without(kind: str) -> Callable[[Attributes], Attributes]:
    return lambda attributes: [each for each in attributes if each["type"].native != kind]


def no_attributes(info: cms.ContentInfo) -> None:
    del info["content"]["signer_infos"][0]["signed_attrs"]


@pytest.mark.parametrize("kind", ["content_type", "message_digest", "signing_certificate_v2"])
def test_refuses_container__attributes_missing(
    kind: str, refuses: Refuses, content: bytes, doctor: Credential
) -> None:
    """Each of the three mandatory signed attributes is asked for."""
    container = forge(content, doctor, attributes=without(kind))
    refuses("container.attributes_missing", container, CMS)


def test_refuses_container__attributes_missing_altogether(
    refuses: Refuses, content: bytes, doctor: Credential
) -> None:
    """A signature over the content itself could be passed off as one over attributes."""
    container = forge(content, doctor, after=no_attributes)
    refuses("container.attributes_missing", container, CMS)


def attribute(kind: str, *found: core.Asn1Value) -> cms.CMSAttribute:
    """Make a signed attribute of any values, right or wrong."""
    oid = cms.CMSAttributeType(kind).dump()
    return cms.CMSAttribute.load(encode(0x30, oid, encode(0x31, *(each.dump() for each in found))))


def instead(kind: str, *values: core.Asn1Value) -> Callable[[Attributes], Attributes]:
    return lambda attributes: [*without(kind)(attributes), attribute(kind, *values)]


def beside(kind: str, *values: core.Asn1Value) -> Callable[[Attributes], Attributes]:
    return lambda attributes: [*attributes, attribute(kind, *values)]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda found: [*found, found[0]], id="content-type twice"),
        pytest.param(lambda found: [*found, found[1]], id="message-digest twice"),
        pytest.param(lambda found: [*found, found[2]], id="signing-certificate-v2 twice"),
        pytest.param(instead("content_type"), id="content-type without value"),
        pytest.param(
            instead("message_digest", core.OctetString(b"a"), core.OctetString(b"b")),
            id="message-digest of two values",
        ),
        pytest.param(
            instead("content_type", cms.ContentType("signed_data")), id="another content-type"
        ),
        pytest.param(instead("content_type", core.OctetString(b"x")), id="content-type no OID"),
        pytest.param(instead("message_digest", core.Integer(1)), id="message-digest no octets"),
        pytest.param(
            instead("signing_certificate_v2", core.Integer(1)), id="signing-certificate-v2 no list"
        ),
        pytest.param(
            instead("signing_certificate_v2", tsp.SigningCertificateV2({"certs": []})),
            id="signing-certificate-v2 empty",
        ),
        pytest.param(beside("signing_time", core.UTF8String("noon")), id="signing-time no time"),
    ],
)
def test_refuses_container__attributes_invalid(
    change: Callable[[Attributes], Attributes],
    refuses: Refuses,
    content: bytes,
    doctor: Credential,
) -> None:
    """A signed attribute stands once, with one value of its type."""
    container = forge(content, doctor, attributes=change)
    refuses("container.attributes_invalid", container, CMS)


# key | content hash | signature algorithm
UNKNOWN_SUITES = [
    pytest.param("p256", "sha1", "sha1_ecdsa", id="P-256 with SHA-1"),
    pytest.param("p256", "sha384", "sha384_ecdsa", id="P-256 with SHA-384"),
    pytest.param("p256", "sha256", "sha384_ecdsa", id="P-256 with two hashes"),
    pytest.param("p256", "sha256", "sha256_rsa", id="P-256 called RSA"),
    pytest.param("p384", "sha256", "sha256_ecdsa", id="P-384 with SHA-256"),
    pytest.param("p521", "sha512", "sha512_ecdsa", id="P-521"),
    pytest.param("rsa-1024", "sha256", "sha256_rsa", id="RSA-1024"),
    pytest.param("rsa-2048", "sha1", "sha1_rsa", id="RSA with SHA-1"),
    pytest.param("rsa-2048", "sha256", "sha512_rsa", id="RSA with two hashes"),
]
KEYS: dict[str, Callable[[], PrivateKey]] = {
    "p256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "p384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "p521": lambda: ec.generate_private_key(ec.SECP521R1()),
    "rsa-1024": lambda: rsa.generate_private_key(65537, 1024),  # noqa: S505 - to be refused
    "rsa-2048": lambda: rsa.generate_private_key(65537, 2048),
}


@pytest.mark.parametrize(("key", "digest", "signature"), UNKNOWN_SUITES)
def test_refuses_container__algorithm_unknown(
    key: str, digest: str, signature: str, refuses: Refuses, content: bytes, authority: Authority
) -> None:
    """Kind of key, hash and encoding are accepted as rows of a table, never one by one."""
    credential = certified(authority, KEYS[key]())
    container = forge(content, credential, digest=digest, signature=signature)
    refuses("container.algorithm_unknown", container, CMS)


def certified(authority: Authority, key: PrivateKey) -> Credential:
    subject = authority.issuing.subject  # any name does: the suite is judged first
    validity = (authority.issuing.not_valid_before_utc, authority.issuing.not_valid_after_utc)
    return authority.certify(key, authority.signer_profile(key, subject, validity))


def test_refuses_container__algorithm_unknown_in_signing_certificate(
    refuses: Refuses, content: bytes, doctor: Credential
) -> None:
    """A certificate named by its SHA-1 is not named."""

    def weak(attributes: Attributes) -> Attributes:
        named = named_certificate(doctor.certificate, "sha1")
        return [*without("signing_certificate_v2")(attributes), named]

    refuses("container.algorithm_unknown", forge(content, doctor, attributes=weak), CMS)


# JWS


def jws(header: dict[str, Any] | bytes, credential: Credential, content: bytes) -> bytes:
    """Sign whatever header is given, as ES256 does."""
    encoded = header if isinstance(header, bytes) else json.dumps(header).encode()
    signing_input = encode_base64url(encoded) + b"." + encode_base64url(content)
    stub = sign_jws(content, credential).rsplit(".", 1)[1]
    return signing_input + b"." + stub.encode("ascii")


def x5c(credential: Credential) -> list[str]:
    return [b64encode(credential.certificate).decode("ascii")]


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("crit", ["b64"]),
        ("crit", []),
        ("b64", False),
        ("b64", True),
        ("jku", "https://example.org/keys"),
        ("x5u", "https://example.org/certificate"),
        ("jwk", {}),
        ("x5t", "AAAA"),
        ("nonce", "1"),
        ("alg", None),
        ("alg", 256),
        ("x5c", "a string"),
        ("x5c", [1]),
        ("x5c", ["not base64!"]),
        ("x5c", ["QUJD" + "\n"]),
        ("x5c", ["QUJD"] * (EMBEDDED_CERTIFICATES_MAX + 1)),
    ],
)
def test_refuses_container__not_jws_for_a_header_member(
    member: str, value: object, refuses: Refuses, doctor: Credential, content: bytes
) -> None:
    """The header's members are a closed list: nothing critical, no address, no foreign key."""
    header = {"alg": "ES256", "x5c": x5c(doctor), member: value}
    refuses("container.not_jws", jws(header, doctor, content), JOSE)


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"[]",
        b"null",
        b'{"alg": "ES256",}',
        b'{"alg": "ES256", "alg": "ES256"}',
        b'{"alg": NaN}',
        b"\xff\xfe",
        b'{"x5c": []}',
        b"[" * 5000,
        b'{"alg": ' + b"[" * 5000,
        b'{"kid": "\\ud800", "\\ud800": 1, "alg": "ES256"}',
    ],
)
def test_refuses_container__not_jws_for_a_header(
    header: bytes, refuses: Refuses, doctor: Credential, content: bytes
) -> None:
    """The header is one strict JSON object."""
    refuses("container.not_jws", jws(header, doctor, content), JOSE)


def respelled(segment: bytes) -> bytes:
    """Change the unused bits of the last character: other text, same bytes to a lax decoder."""
    alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    assert len(segment) % 4 in (2, 3)
    return segment[:-1] + alphabet[alphabet.index(segment[-1:]) + 1 :][:1]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda parts: parts[:2], id="two segments"),
        pytest.param(lambda parts: [*parts, b""], id="four segments"),
        pytest.param(lambda parts: [b"ey" + b"A" * 40_000, *parts[1:]], id="endless header"),
        pytest.param(lambda parts: [parts[0], parts[1] + b"=", parts[2]], id="padding"),
        pytest.param(lambda parts: [parts[0], parts[1] + b"\n", parts[2]], id="line break"),
        pytest.param(lambda parts: [parts[0], b" " + parts[1], parts[2]], id="space"),
        pytest.param(lambda parts: [parts[0], parts[1], b"+/" + parts[2][2:]], id="other alphabet"),
        pytest.param(lambda parts: [parts[0], parts[1], respelled(parts[2])], id="trailing bits"),
        pytest.param(lambda parts: [parts[0], parts[1], "ж".encode()], id="not ASCII"),
        pytest.param(lambda parts: [b"", parts[1], parts[2]], id="no header"),
    ],
)
def test_refuses_container__not_jws(
    change: Callable[[list[bytes]], list[bytes]],
    refuses: Refuses,
    doctor: Credential,
    content: bytes,
) -> None:
    """A JWS has one spelling: canonical base64url in three segments."""
    parts = sign_jws(content, doctor).encode("ascii").split(b".")
    refuses("container.not_jws", b".".join(change(parts)), JOSE)


def test_refuses_container__not_jws_for_other_bytes(refuses: Refuses, cades: bytes) -> None:
    """A CMS container is no JWS, nor is nothing at all."""
    refuses("container.not_jws", cades, JOSE)
    refuses("container.not_jws", b"", JOSE)


@pytest.mark.parametrize("chain", [None, [], ""])
def test_refuses_container__certificate_missing_in_a_jws(
    chain: object, refuses: Refuses, doctor: Credential, content: bytes
) -> None:
    """The header carries the signer's certificate."""
    header = {"alg": "ES256"} | ({} if chain is None else {"x5c": chain})
    refuses("container.certificate_missing", jws(header, doctor, content), JOSE)


@pytest.mark.parametrize(
    "algorithm", ["none", "EdDSA", "HS256", "ES384", "ES256K", "RS256", "PS256", "Ed448", "es256"]
)
def test_refuses_container__algorithm_unknown_in_a_jws(
    algorithm: str, refuses: Refuses, doctor: Credential, content: bytes
) -> None:
    """Only ES256 and Ed25519, each by its one name; "EdDSA" is the deprecated one."""
    header = {"alg": algorithm, "x5c": x5c(doctor)}
    refuses("container.algorithm_unknown", jws(header, doctor, content), JOSE)


def test_refuses_container__algorithm_unknown_for_a_key_of_another_kind(
    refuses: Refuses, authority: Authority, content: bytes
) -> None:
    """The algorithm claimed fits the key of the certificate."""
    other = authority.issue("Вигадана Інша", "4444444444", key="ed25519")
    header = {"alg": "ES256", "x5c": x5c(other)}
    refuses("container.algorithm_unknown", jws(header, other, content), JOSE)


def test_the_forger_is_believed_when_nothing_is_changed(
    verifier: Verifier, content: bytes, doctor: Credential, now: datetime
) -> None:
    """The rows above differ from an accepted container by their one change only."""
    assert verifier.open(forge(content, doctor), CMS, at=now).content == content
    certificate = asn1_x509.Certificate.load(doctor.certificate)
    assert certificate.serial_number > 0
    parts = sign_jws(content, doctor).split(".")
    assert decode_base64url(parts[1].encode("ascii")) == content
