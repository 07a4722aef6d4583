"""Find the path from a certificate to an anchor, and refuse where there is none."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID, ObjectIdentifier

from ehealth_ledger.entrypoints.demo.authority import (
    Authority,
    Credential,
    PrivateKey,
    authority_profile,
)
from ehealth_ledger.entrypoints.demo.cades import sign_cades
from ehealth_ledger.errors import Refused
from ehealth_ledger.verification.certificates import load
from ehealth_ledger.verification.containers import CMS
from ehealth_ledger.verification.revocation import RevocationLists
from ehealth_ledger.verification.trust_store import TrustStore
from ehealth_ledger.verification.verifier import Verifier

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
YEAR = timedelta(days=365)
SECOND = timedelta(seconds=1)
ALWAYS = (NOW - YEAR, NOW + YEAR)


class Chain:
    """Build authorities below one another, each step open to one change."""

    def __init__(self) -> None:
        self.key: PrivateKey = ec.generate_private_key(ec.SECP256R1())
        self.name = named("Test Root")
        self.links: list[x509.Certificate] = []
        self.below(self.name, self.key, path_length=3)

    def below(
        self,
        name: x509.Name,
        key: PrivateKey | None = None,
        *,
        path_length: int = 3,
        validity: tuple[datetime, datetime] = ALWAYS,
        change: Callable[[x509.CertificateBuilder], x509.CertificateBuilder] = lambda builder: (
            builder
        ),
        signed_by: PrivateKey | None = None,
        hashed: hashes.HashAlgorithm = hashes.SHA256(),  # noqa: B008 - has no state
    ) -> None:
        """Add an authority that the last one has certified."""
        key = key or ec.generate_private_key(ec.SECP256R1())
        profile = authority_profile(
            key, name, self.name, self.key, validity, path_length=path_length
        )
        self.links.append(change(profile).sign(signed_by or self.key, hashed))
        self.name, self.key = name, key

    def leaf(self, validity: tuple[datetime, datetime] = ALWAYS) -> bytes:
        """Certify a signer under the last authority."""
        authority = Authority("x", NOW, self.key, self.links[0], self.key, self.links[-1])
        key = ec.generate_private_key(ec.SECP256R1())
        profile = authority.signer_profile(key, named("Signer"), validity)
        return authority.certify(key, profile).certificate

    def store(
        self, *, intermediates: bool = True, trusted: tuple[datetime, datetime] = ALWAYS
    ) -> TrustStore:
        """Trust the root, and know the others or not."""
        return TrustStore.load(
            store_file(self.links[0], self.links[1:] if intermediates else [], trusted)
        )


def named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


def text(certificate: x509.Certificate) -> str:
    return b64encode(der(certificate)).decode("ascii")


def store_file(
    root: x509.Certificate,
    intermediates: list[x509.Certificate],
    trusted: tuple[datetime, datetime] = ALWAYS,
) -> bytes:
    return json.dumps(
        {
            "format": "ehealth/trust-store/1",
            "anchors": [
                {
                    "certificate": text(root),
                    "valid_from": trusted[0].strftime("%Y-%m-%dT%H:%M:%SZ"),
                    "valid_until": trusted[1].strftime("%Y-%m-%dT%H:%M:%SZ"),
                }
            ],
            "intermediates": [text(each) for each in intermediates],
        }
    ).encode()


def refused(store: TrustStore, leaf: bytes, at: datetime = NOW) -> str:
    with pytest.raises(Refused) as refusal:
        store.path(load(leaf), (), at)
    return refusal.value.code


@pytest.mark.parametrize("authorities", [0, 1, 2])
@pytest.mark.parametrize("stored", [True, False])
def test_a_path_leads_to_the_anchor(authorities: int, stored: bool) -> None:
    """Intermediates are found in the store or in the container."""
    chain = Chain()
    for index in range(authorities):
        chain.below(named(f"Authority {index}"))
    embedded = () if stored else tuple(der(each) for each in chain.links[1:])

    path = chain.store(intermediates=stored).path(load(chain.leaf()), embedded, NOW)

    assert len(path.certificates) == authorities + 2
    assert path.certificates[-1].der == der(chain.links[0])
    assert (path.valid_from, path.valid_until) == ALWAYS


def weak_root() -> tuple[TrustStore, bytes]:
    """Trust a root whose RSA key is too short for any suite."""
    key = rsa.generate_private_key(65537, 1024)  # noqa: S505 - to be refused
    profile = authority_profile(key, named("Weak"), named("Weak"), key, ALWAYS)
    root = profile.sign(key, hashes.SHA256())
    authority = Authority("x", NOW, key, root, key, root)
    leaf_key = ec.generate_private_key(ec.SECP256R1())
    leaf = authority.certify(leaf_key, authority.signer_profile(leaf_key, named("A"), ALWAYS))
    return TrustStore.load(store_file(root, [])), leaf.certificate


def other_authority() -> tuple[TrustStore, bytes]:
    return Chain().store(), Authority.create("Another", NOW).issue("A", "1111111111").certificate


def same_names_other_keys() -> tuple[TrustStore, bytes]:
    one, other = Chain(), Chain()
    one.below(named("Authority"))
    other.below(named("Authority"))
    return one.store(), other.leaf()


def unknown_intermediate() -> tuple[TrustStore, bytes]:
    chain = Chain()
    chain.below(named("Authority"))
    return chain.store(intermediates=False), chain.leaf()


def self_signed() -> tuple[TrustStore, bytes]:
    return Chain().store(), der(Chain().links[0])


def beneath(**change: Any) -> Callable[[], tuple[TrustStore, bytes]]:
    def build() -> tuple[TrustStore, bytes]:
        chain = Chain()
        chain.below(named("Authority"), **change)
        return chain.store(), chain.leaf()

    return build


def beneath_a_signer() -> tuple[TrustStore, bytes]:
    """Let a signer's certificate issue another, as an attacker with a good certificate would."""
    chain = Chain()
    key = ec.generate_private_key(ec.SECP256R1())
    authority = Authority("x", NOW, chain.key, chain.links[0], chain.key, chain.links[0])
    signer = authority.certify(key, authority.signer_profile(key, named("Signer"), ALWAYS))
    chain.links.append(x509.load_der_x509_certificate(signer.certificate))
    chain.name, chain.key = named("Signer"), key
    return chain.store(), chain.leaf()


def too_deep() -> tuple[TrustStore, bytes]:
    chain = Chain()
    for index in range(3):
        chain.below(named(f"Authority {index}"))
    return chain.store(), chain.leaf()


def path_length_exceeded() -> tuple[TrustStore, bytes]:
    chain = Chain()
    chain.below(named("Authority 0"), path_length=0)
    chain.below(named("Authority 1"))
    return chain.store(), chain.leaf()


def without(kind: type[x509.ExtensionType], *instead: Any) -> Callable[[Any], Any]:
    def change(builder: Any) -> x509.CertificateBuilder:
        kept = [each for each in builder._extensions if not isinstance(each.value, kind)]
        builder = x509.CertificateBuilder(
            builder._issuer_name,
            builder._subject_name,
            builder._public_key,
            builder._serial_number,
            builder._not_valid_before,
            builder._not_valid_after,
            kept,
        )
        for extension in instead:
            builder = builder.add_extension(extension, critical=True)
        return builder

    return change


UNKNOWN = x509.UnrecognizedExtension(ObjectIdentifier("1.3.6.1.4.1.99999.1"), b"\x05\x00")
NAMES = x509.NameConstraints([x509.DirectoryName(named("Elsewhere"))], None)
ENCIPHERS = x509.KeyUsage(False, False, True, False, False, False, False, False, False)


@pytest.mark.parametrize(
    "build",
    [
        pytest.param(other_authority, id="another authority"),
        pytest.param(same_names_other_keys, id="the same names, other keys"),
        pytest.param(unknown_intermediate, id="an unknown intermediate"),
        pytest.param(self_signed, id="self-signed"),
        pytest.param(beneath_a_signer, id="issued by a signer"),
        pytest.param(too_deep, id="too deep"),
        pytest.param(path_length_exceeded, id="path length exceeded"),
        pytest.param(weak_root, id="a root of RSA-1024"),
        pytest.param(beneath(change=without(x509.BasicConstraints)), id="no basicConstraints"),
        pytest.param(
            beneath(change=without(x509.BasicConstraints, x509.BasicConstraints(False, None))),
            id="not an authority",
        ),
        pytest.param(beneath(change=without(x509.KeyUsage, ENCIPHERS)), id="not keyCertSign"),
        pytest.param(beneath(change=without(x509.KeyUsage, UNKNOWN)), id="unknown critical"),
        pytest.param(beneath(change=without(x509.KeyUsage, NAMES)), id="name constraints"),
        pytest.param(
            beneath(signed_by=ec.generate_private_key(ec.SECP256R1())), id="signed by another key"
        ),
    ],
)
def test_refuses_certificate__unknown_issuer(
    build: Callable[[], tuple[TrustStore, bytes]],
) -> None:
    """A path that breaks one rule of RFC 5280 is no path."""
    store, leaf = build()
    assert refused(store, leaf) == "certificate.unknown_issuer"


EARLIER = (NOW - YEAR, NOW - SECOND)
LATER = (NOW + SECOND, NOW + YEAR)


@pytest.mark.parametrize("period", [EARLIER, LATER])
@pytest.mark.parametrize("where", ["signer", "intermediate", "anchor"])
def test_refuses_certificate__expired(where: str, period: tuple[datetime, datetime]) -> None:
    """Every certificate of the path, and the trust in the anchor, holds at the moment."""
    chain = Chain()
    chain.below(named("Authority"), validity=period if where == "intermediate" else ALWAYS)
    store = chain.store(trusted=period if where == "anchor" else ALWAYS)
    leaf = chain.leaf(period if where == "signer" else ALWAYS)
    assert refused(store, leaf) == "certificate.expired"


def test_refuses_certificate__expired_through_the_verifier(
    authority: Authority, verifier: Verifier, content: bytes, now: datetime
) -> None:
    """A container signed under an expired certificate is refused now and accepted as of then."""
    credential = authority.issue(
        "Вигадана Минула", "8888888888", not_before=now - YEAR, not_after=now - SECOND
    )
    with pytest.raises(Refused, match=r"certificate\.expired"):
        verifier.open(sign_cades(content, credential), CMS, at=now)


@pytest.mark.parametrize(
    ("at", "holds"),
    [
        (ALWAYS[0] - SECOND, False),
        (ALWAYS[0], True),
        (ALWAYS[1], True),
        (ALWAYS[1] + timedelta(microseconds=1), False),
    ],
)
def test_validity_includes_both_ends(at: datetime, holds: bool) -> None:
    """The first and the last second count (RFC 5280, 4.1.2.5), also when the path is cached."""
    chain = Chain()
    store, leaf = chain.store(), chain.leaf()
    store.path(load(leaf), (), NOW)
    if holds:
        assert store.path(load(leaf), (), at)
    else:
        assert refused(store, leaf, at) == "certificate.expired"


def test_a_renewed_authority_is_tried_beside_the_old(authority: Authority) -> None:
    """Of two certificates of one authority, the path takes the one that holds at the moment."""
    chain = Chain()
    root_name, root_key = chain.name, chain.key
    key = ec.generate_private_key(ec.SECP256R1())
    chain.below(named("Authority"), key, validity=(NOW - YEAR, NOW))
    chain.name, chain.key = root_name, root_key
    chain.below(named("Authority"), key, validity=(NOW - SECOND, NOW + YEAR))
    store, leaf = chain.store(), chain.leaf()

    before = store.path(load(leaf), (), NOW - timedelta(days=1))
    after = store.path(load(leaf), (), NOW + timedelta(days=1))

    assert before.certificates[1].der == der(chain.links[1])
    assert after.certificates[1].der == der(chain.links[2])


def test_what_another_container_embedded_does_not_help() -> None:
    """A path found with embedded certificates is not lent to a container without them."""
    chain = Chain()
    chain.below(named("Authority"))
    store, leaf = chain.store(intermediates=False), chain.leaf()

    assert store.path(load(leaf), (der(chain.links[1]),), NOW)
    assert refused(store, leaf) == "certificate.unknown_issuer"


def test_embedded_rubbish_is_passed_over() -> None:
    """What cannot be read among the embedded certificates issues nothing and harms nobody."""
    chain = Chain()
    chain.below(named("Authority"))
    embedded = (b"\x30\x00", der(chain.links[1]))
    assert chain.store(intermediates=False).path(load(chain.leaf()), embedded, NOW)


def test_a_path_is_built_once(doctor: Credential, trust: TrustStore, now: datetime) -> None:
    """The second look is a look into a table: the very same path comes back."""
    certificate = load(doctor.certificate)
    assert trust.path(certificate, (), now) is trust.path(certificate, (), now)


def test_the_digest_is_that_of_the_exact_bytes(authority: Authority) -> None:
    """One space more is another trust store."""
    data = authority.trust_store()
    assert TrustStore.load(data).digest != TrustStore.load(data + b" ").digest


def edited(**members: Any) -> bytes:
    store = json.loads(store_file(Chain().links[0], []))
    store.update(members)
    return json.dumps({name: value for name, value in store.items() if value is not ...}).encode()


def anchor(**members: Any) -> bytes:
    (entry,) = json.loads(edited())["anchors"]
    entry.update(members)
    return edited(anchors=[{name: value for name, value in entry.items() if value is not ...}])


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b"\xff", id="not UTF-8"),
        pytest.param(b'{"format": "ehealth/trust-store/1", "format": "x"}', id="a key twice"),
        pytest.param(edited(format="ehealth/trust-store/2"), id="another format"),
        pytest.param(edited(comment="x"), id="an unknown field"),
        pytest.param(edited(intermediates=...), id="an absent field"),
        pytest.param(edited(anchors=[]), id="no anchor"),
        pytest.param(edited(anchors={}), id="anchors no list"),
        pytest.param(edited(intermediates=["QUJD"]), id="a certificate that is none"),
        pytest.param(edited(intermediates=["QUJ"]), id="base64 without padding"),
        pytest.param(edited(intermediates=[1]), id="a certificate that is a number"),
        pytest.param(anchor(valid_until=...), id="trust without end"),
        pytest.param(anchor(valid_until="2020-01-01T00:00:00Z"), id="trust ends before it begins"),
        pytest.param(anchor(valid_until="2030-01-01T00:00:00+02:00"), id="not UTC"),
        pytest.param(anchor(valid_until="tomorrowZ"), id="no moment"),
        pytest.param(anchor(valid_until=2030), id="a year"),
        pytest.param(anchor(name="x"), id="an unknown field of an anchor"),
    ],
)
def test_a_malformed_trust_store_is_the_operators_error(data: bytes) -> None:
    """What an operator got wrong stops the start; it is no answer to a client."""
    with pytest.raises(ValueError, match=r".+"):
        TrustStore.load(data)


def test_a_verifier_shares_nothing_with_one_of_another_store(
    authority: Authority, doctor: Credential, content: bytes, now: datetime
) -> None:
    """A cached path belongs to its store."""
    other = Authority.create("Other", now)
    stranger = Verifier(TrustStore.load(other.trust_store()), RevocationLists(other.crls(now)))
    with pytest.raises(Refused, match=r"certificate\.unknown_issuer"):
        stranger.open(sign_cades(content, doctor), CMS, at=now)
