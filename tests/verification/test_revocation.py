"""Answer revoked, not revoked, or cannot tell yet, from lists that lie at hand."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from ehealth_ledger.entrypoints.demo.authority import BACKDATED, Authority, Credential
from ehealth_ledger.entrypoints.demo.cades import sign_cades, sign_jws
from ehealth_ledger.errors import Refused, Undecided
from ehealth_ledger.verification import revocation
from ehealth_ledger.verification.containers import CMS, JOSE
from ehealth_ledger.verification.revocation import RevocationLists
from ehealth_ledger.verification.trust_store import TrustStore
from ehealth_ledger.verification.verifier import Verifier

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


@pytest.fixture
def own(now: datetime) -> Authority:
    """Give an authority whose revocations harm no other test."""
    return Authority.create("Revocation Test", now - 30 * DAY)


@pytest.fixture
def signer(own: Authority) -> Credential:
    return own.issue("Вигадана Відкликана", "9999999999")


def verifier_of(own: Authority, *lists: bytes) -> Verifier:
    return Verifier(TrustStore.load(own.trust_store()), RevocationLists(lists))


def raw_list(own: Authority, now: datetime, key: Any = None, **change: Any) -> bytes:
    """Make a list of the issuing authority with one thing changed."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(change.get("issuer", own.issuing.subject))
        .last_update(now - BACKDATED)
        .next_update(now + DAY)
    )
    for extension, critical in change.get("extensions", []):
        builder = builder.add_extension(extension, critical=critical)
    for entry in change.get("entries", []):
        builder = builder.add_revoked_certificate(entry)
    hashed = change.get("hashed", hashes.SHA256())
    return builder.sign(key or own.issuing_key, hashed).public_bytes(Encoding.DER)


@pytest.mark.parametrize("media_type", [CMS, JOSE])
def test_refuses_certificate__revoked(
    media_type: str, own: Authority, signer: Credential, content: bytes, now: datetime
) -> None:
    """A certificate on its issuer's list signs nothing from its revocation on."""
    own.revoke(signer, now - DAY)
    container = (
        sign_cades(content, signer)
        if media_type == CMS
        else sign_jws(content, signer).encode("ascii")
    )
    with pytest.raises(Refused) as refusal:
        verifier_of(own, *own.crls(now)).open(container, media_type, at=now)
    assert refusal.value.code == "certificate.revoked"


def test_refuses_certificate__revoked_from_the_moment_of_revocation(
    own: Authority, signer: Credential, content: bytes, now: datetime
) -> None:
    """What was signed before the revocation stays valid as of then."""
    own.revoke(signer, now)
    verifier = verifier_of(own, *own.crls(now))
    container = sign_cades(content, signer)

    assert verifier.open(container, CMS, at=now - SECOND).content == content
    with pytest.raises(Refused, match=r"certificate\.revoked"):
        verifier.open(container, CMS, at=now)


def test_refuses_certificate__revoked_for_an_intermediate(
    own: Authority, signer: Credential, content: bytes, now: datetime
) -> None:
    """A revoked authority takes its signers with it, even where their own list is missing."""
    entry = (
        x509.RevokedCertificateBuilder()
        .serial_number(own.issuing.serial_number)
        .revocation_date(now - DAY)
        .build()
    )
    roots = raw_list(own, now, own.root_key, issuer=own.root.subject, entries=[entry])
    for lists in ([own.crl(now), roots], [roots]):
        with pytest.raises(Refused, match=r"certificate\.revoked"):
            verifier_of(own, *lists).open(sign_cades(content, signer), CMS, at=now)


def missing_cases(own: Authority, now: datetime) -> dict[str, list[bytes]]:
    issuing, root = own.crls(now)
    stranger = Authority.create("Revocation Test", now)
    other_key = ec.generate_private_key(ec.SECP256R1())
    return {
        "no list at all": [],
        "the signer's issuer has none": [root],
        "the root has none": [issuing],
        "expired": [own.crl(now - 8 * DAY), root],
        "not in force yet": [own.crl(now + BACKDATED + SECOND), root],
        "signed by another key": [raw_list(own, now, other_key), root],
        "of another authority of the same name": list(stranger.crls(now)),
    }


@pytest.mark.parametrize(
    "case",
    [
        "no list at all",
        "the signer's issuer has none",
        "the root has none",
        "expired",
        "not in force yet",
        "signed by another key",
        "of another authority of the same name",
    ],
)
def test_undecided_revocation__unavailable(
    case: str, own: Authority, signer: Credential, content: bytes, now: datetime
) -> None:
    """Without a current list of every issuer the answer is "cannot tell yet", never "good"."""
    verifier = verifier_of(own, *missing_cases(own, now)[case])
    with pytest.raises(Undecided) as undecided:
        verifier.open(sign_cades(content, signer), CMS, at=now)
    assert undecided.value.code == "revocation.unavailable"
    assert undecided.value.kind.retry


def test_the_same_bytes_pass_once_the_list_is_there(
    own: Authority, signer: Credential, content: bytes, now: datetime
) -> None:
    """Undecided is not refused: nothing about the container has to change."""
    container = sign_cades(content, signer)
    with pytest.raises(Undecided):
        verifier_of(own).open(container, CMS, at=now)
    assert verifier_of(own, *own.crls(now)).open(container, CMS, at=now).content == content


def test_the_newest_list_in_force_decides(
    own: Authority, signer: Credential, content: bytes, now: datetime
) -> None:
    """Of several lists in force the newest is consulted, and its digest is the evidence."""
    old = own.crl(now - DAY)
    own.revoke(signer, now - 2 * DAY)
    new, root = own.crls(now)
    verifier = verifier_of(own, old, new, root)
    container = sign_cades(content, signer)

    with pytest.raises(Refused, match=r"certificate\.revoked"):
        verifier.open(container, CMS, at=now)
    then = verifier_of(own, old, new, own.crls(now - DAY)[1])
    opened = then.open(container, CMS, at=now - DAY)
    assert opened.evidence.revocation[0] == sha256(old).digest()


def test_the_lists_consulted_can_be_kept(
    own: Authority, signer: Credential, content: bytes, now: datetime
) -> None:
    """The evidence names the lists, the signer's issuer first, and gives their exact bytes."""
    issuing, root = own.crls(now)
    verifier = verifier_of(own, root, issuing)
    evidence = verifier.open(sign_cades(content, signer), CMS, at=now).evidence

    kept = [verifier.revocation.list_bytes(digest) for digest in evidence.revocation]
    assert kept == [issuing, root]
    with pytest.raises(KeyError):
        verifier.revocation.list_bytes(bytes(32))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"extensions": [(x509.DeltaCRLIndicator(1), True)]}, id="a delta"),
        pytest.param(
            {
                "extensions": [
                    (
                        x509.IssuingDistributionPoint(
                            [x509.UniformResourceIdentifier("http://example.org")],
                            None,
                            True,
                            False,
                            None,
                            False,
                            False,
                        ),
                        True,
                    )
                ]
            },
            id="for some certificates only",
        ),
    ],
)
def test_a_partial_list_is_none(change: dict[str, Any], own: Authority, now: datetime) -> None:
    """A list that does not speak of every certificate proves nothing about absence."""
    with pytest.raises(ValueError, match="critical extension"):
        RevocationLists([raw_list(own, now, **change)])


def test_an_entry_of_another_issuer_is_not_understood(own: Authority, now: datetime) -> None:
    """An indirect list would need its entries' issuers to be followed."""
    entry = (
        x509.RevokedCertificateBuilder()
        .serial_number(1)
        .revocation_date(now)
        .add_extension(
            x509.CertificateIssuer([x509.DirectoryName(own.root.subject)]), critical=True
        )
        .build()
    )
    with pytest.raises(ValueError, match="critical extension"):
        RevocationLists([raw_list(own, now, entries=[entry])])


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(lambda _: b"", id="empty"),
        pytest.param(lambda _: b"-----BEGIN X509 CRL-----", id="PEM"),
        pytest.param(lambda der: der[:-1], id="cut"),
        pytest.param(lambda der: der.replace(b"\x02\x01\x01", b"\x02\x01\x00", 1), id="version"),
    ],
)
def test_a_malformed_list_is_the_operators_error(
    broken: Any, own: Authority, now: datetime
) -> None:
    """A list given by hand has to be one."""
    with pytest.raises(ValueError, match=r".+"):
        RevocationLists([broken(own.crl(now))])


class Folder:
    """A folder of lists whose next look is due whenever the test says so."""

    def __init__(self, path: Path, own: Authority) -> None:
        self.path = path
        self.lists = RevocationLists(folder=path)
        self.verifier = Verifier(TrustStore.load(own.trust_store()), self.lists)

    def put(self, name: str, data: bytes) -> None:
        (self.path / name).write_bytes(data)

    def let_a_second_pass(self) -> None:
        self.lists._next_look = 0.0


def test_a_folder_is_read_again_when_it_changes(
    tmp_path: Path, own: Authority, signer: Credential, content: bytes, now: datetime
) -> None:
    """An operator replaces files; the verdict follows within a second."""
    folder = Folder(tmp_path, own)
    container = sign_cades(content, signer)
    with pytest.raises(Undecided):
        folder.verifier.open(container, CMS, at=now)

    issuing, root = own.crls(now)
    folder.put("issuing.crl", issuing)
    folder.put("root.crl", root)
    with pytest.raises(Undecided):
        folder.verifier.open(container, CMS, at=now)
    folder.let_a_second_pass()
    assert folder.verifier.open(container, CMS, at=now).content == content

    own.revoke(signer, now)
    folder.put("issuing.crl", own.crl(now + SECOND))
    folder.let_a_second_pass()
    with pytest.raises(Refused, match=r"certificate\.revoked"):
        folder.verifier.open(container, CMS, at=now)
    assert folder.lists.list_bytes(sha256(issuing).digest()) == issuing


def test_a_file_that_is_no_list_harms_no_other(
    tmp_path: Path, own: Authority, signer: Credential, content: bytes, now: datetime
) -> None:
    """A file half written is named to the operator and passed over."""
    issuing, root = own.crls(now)
    for name, data in [("a.crl", issuing[:-1]), ("b.crl", issuing), ("c.crl", root), ("d", b"x")]:
        (tmp_path / name).write_bytes(data)
    folder = Folder(tmp_path, own)

    assert folder.verifier.open(sign_cades(content, signer), CMS, at=now).content == content
    assert folder.lists.unreadable == ("a.crl",)


def test_a_folder_that_vanishes_leaves_what_was_read(
    tmp_path: Path, own: Authority, signer: Credential, content: bytes, now: datetime
) -> None:
    """Lists in memory hold until their own end, whatever happens to the disk."""
    place = tmp_path / "lists"
    place.mkdir()
    for name, data in zip(("a.crl", "b.crl"), own.crls(now), strict=True):
        (place / name).write_bytes(data)
    folder = Folder(place, own)
    place.rename(tmp_path / "elsewhere")
    folder.let_a_second_pass()

    assert folder.verifier.open(sign_cades(content, signer), CMS, at=now).content == content
    assert folder.lists.unreadable
    with pytest.raises(FileNotFoundError):
        RevocationLists(folder=place)


def test_a_folder_is_looked_at_once_a_second(
    tmp_path: Path,
    own: Authority,
    signer: Credential,
    content: bytes,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A thousand verdicts cost one look at the disk."""
    for name, data in zip(("a.crl", "b.crl"), own.crls(now), strict=True):
        (tmp_path / name).write_bytes(data)
    folder = Folder(tmp_path, own)
    looks: list[Path] = []
    scan = os.scandir

    def counted(path: Path) -> Any:
        looks.append(path)
        return scan(path)

    monkeypatch.setattr(revocation.os, "scandir", counted)
    monkeypatch.setattr(revocation.time, "monotonic", lambda: 1000.0)
    container = sign_cades(content, signer)
    for _ in range(10):
        folder.verifier.open(container, CMS, at=now)
    assert len(looks) == 1
