"""Reach an old verdict again from stored bytes alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from ehealth_ledger.commands.signed import Evidence
from ehealth_ledger.entrypoints.demo.authority import Authority, Credential
from ehealth_ledger.entrypoints.demo.cades import sign_cades, sign_jws
from ehealth_ledger.errors import Refusal, Refused, Undecided
from ehealth_ledger.verification.containers import CMS, JOSE
from ehealth_ledger.verification.revocation import RevocationLists
from ehealth_ledger.verification.trust_store import TrustStore
from ehealth_ledger.verification.verifier import Opened, Verifier, reopen

MEDIA_TYPES = [CMS, JOSE]


@pytest.fixture(params=MEDIA_TYPES)
def opened(
    request: pytest.FixtureRequest,
    doctor: Credential,
    verifier: Verifier,
    content: bytes,
    now: datetime,
) -> Opened:
    if request.param == CMS:
        return verifier.open(sign_cades(content, doctor), CMS, at=now)
    return verifier.open(sign_jws(content, doctor).encode("ascii"), JOSE, at=now)


@pytest.fixture
def stored(opened: Opened, verifier: Verifier) -> RevocationLists:
    """Hold the lists as the store keeps them: by the digests of the evidence."""
    kept = [verifier.revocation.list_bytes(digest) for digest in opened.evidence.revocation]
    return RevocationLists(kept)


def test_the_signer_is_found_again(
    opened: Opened, stored: RevocationLists, authority: Authority
) -> None:
    """Evidence, content, trust store and lists give the same signer, in any later process."""
    trust = TrustStore.load(authority.trust_store())
    assert reopen(opened.evidence, opened.content, trust=trust, revocation=stored) == opened.signer


def test_what_came_later_does_not_undo_it(
    doctor: Credential, content: bytes, now: datetime
) -> None:
    """A revocation published afterwards, even backdated, is another event, not another verdict."""
    own = Authority.create("Reopen Test", now)
    signer = own.issue("Вигадана Пізніша", "1414141414")
    trust = TrustStore.load(own.trust_store())
    before = own.crls(now)
    opened = Verifier(trust, RevocationLists(before)).open(sign_cades(content, signer), CMS, at=now)
    own.revoke(signer, now - timedelta(days=1))
    lists = RevocationLists([*before, *own.crls(now + timedelta(minutes=1))])

    assert reopen(opened.evidence, content, trust=trust, revocation=lists) == opened.signer


def flip(data: bytes, position: int = -1) -> bytes:
    changed = bytearray(data)
    changed[position] ^= 1
    return bytes(changed)


def in_container(part: str) -> Callable[[Evidence], Evidence]:
    def change(evidence: Evidence) -> Evidence:
        container = evidence.container
        return replace(
            evidence, container=replace(container, **{part: flip(getattr(container, part))})
        )

    return change


def other_type(evidence: Evidence) -> Evidence:
    (other,) = set(MEDIA_TYPES) - {evidence.container.media_type}
    return replace(evidence, container=replace(evidence.container, media_type=other))


def first_list(change: Callable[[bytes], bytes]) -> Callable[[Evidence], Evidence]:
    return lambda evidence: replace(
        evidence, revocation=(change(evidence.revocation[0]), *evidence.revocation[1:])
    )


# what is changed | the refusal, where it is one and the same for both containers
CHANGES: list[tuple[str, Callable[[Evidence], Evidence], str | None]] = [
    ("head", in_container("head"), None),
    ("middle", in_container("middle"), None),
    ("media type", other_type, None),
    ("certificate", lambda found: replace(found, certificate=flip(found.certificate)), None),
    ("suite", lambda found: replace(found, suite="rsa-pkcs1-sha256"), "evidence.mismatch"),
    (
        "trust store",
        lambda found: replace(found, trust_store=flip(found.trust_store)),
        "evidence.mismatch",
    ),
    ("policy", lambda found: replace(found, policy="ehealth/policy/0"), "evidence.mismatch"),
    ("a list's digest", first_list(flip), "revocation.unavailable"),
    (
        "order of lists",
        lambda found: replace(found, revocation=found.revocation[::-1]),
        "revocation.unavailable",
    ),
    (
        "a list dropped",
        lambda found: replace(found, revocation=found.revocation[:1]),
        "evidence.mismatch",
    ),
    ("no list", lambda found: replace(found, revocation=()), "evidence.mismatch"),
    (
        "a moment after the lists",
        lambda found: replace(found, verified_at=found.verified_at + timedelta(days=30)),
        "evidence.mismatch",
    ),
    (
        "a moment after the certificate",
        lambda found: replace(found, verified_at=found.verified_at + timedelta(days=1000)),
        "certificate.expired",
    ),
]


@pytest.mark.parametrize(("case", "change", "code"), CHANGES, ids=[case for case, _, _ in CHANGES])
def test_refuses_evidence__mismatch(
    case: str,
    change: Callable[[Evidence], Evidence],
    code: str | None,
    opened: Opened,
    stored: RevocationLists,
    trust: TrustStore,
) -> None:
    """Stored evidence that was altered does not pass, whichever part it was."""
    with pytest.raises(Refusal) as refusal:
        reopen(change(opened.evidence), opened.content, trust=trust, revocation=stored)
    if code is not None:
        assert refusal.value.code == code


def test_refuses_evidence__mismatch_for_a_moved_cut(
    doctor: Credential, verifier: Verifier, content: bytes, trust: TrustStore, now: datetime
) -> None:
    """The same container cut elsewhere is not what was stored."""
    opened = verifier.open(sign_jws(content, doctor).encode("ascii"), JOSE, at=now)
    container = opened.evidence.container
    moved = replace(container, middle=container.middle[:-1], tail=container.middle[-1:])
    with pytest.raises(Refused, match=r"evidence\.mismatch"):
        reopen(
            replace(opened.evidence, container=moved),
            content,
            trust=trust,
            revocation=verifier.revocation,
        )


def test_every_byte_of_a_signed_tail_counts(
    doctor: Credential, verifier: Verifier, content: bytes, trust: TrustStore, now: datetime
) -> None:
    """The tail of a CAdES is the SignerInfo: no byte of it may differ."""
    opened = verifier.open(sign_cades(content, doctor), CMS, at=now)
    container = opened.evidence.container
    for position in range(len(container.tail)):
        changed = replace(container, tail=flip(container.tail, position))
        with pytest.raises(Refusal):
            reopen(
                replace(opened.evidence, container=changed),
                content,
                trust=trust,
                revocation=verifier.revocation,
            )


def test_other_content_is_refused(
    opened: Opened, stored: RevocationLists, trust: TrustStore
) -> None:
    """The content stored beside the evidence is the content signed."""
    for changed in (flip(opened.content), opened.content[:-1], opened.content + b" ", b""):
        with pytest.raises(Refusal):
            reopen(opened.evidence, changed, trust=trust, revocation=stored)


def test_a_list_that_was_lost_leaves_it_undecided(
    opened: Opened, stored: RevocationLists, trust: TrustStore
) -> None:
    """Without the stored list nothing can be said, either way."""
    with pytest.raises(Undecided, match=r"revocation\.unavailable"):
        reopen(opened.evidence, opened.content, trust=trust, revocation=RevocationLists())
