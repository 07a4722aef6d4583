"""A form that was read before is recognised, and recognising changes no verdict."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import pytest

from ehealth_ledger.commands.signed import Evidence
from ehealth_ledger.entrypoints.demo.authority import Credential
from ehealth_ledger.entrypoints.demo.cades import sign_cades
from ehealth_ledger.errors import Refusal
from ehealth_ledger.verification import verifier as verifying
from ehealth_ledger.verification.containers import CMS, reassemble
from ehealth_ledger.verification.known_forms import KnownForms
from ehealth_ledger.verification.trust_store import TrustStore
from ehealth_ledger.verification.verifier import Opened, Verifier, reopen
from tests.verification.test_reopen import flip

LENGTHS = (1, 100, 119, 120, 127, 128, 250, 255, 256, 5_000, 65_000, 70_000)


@pytest.fixture
def forms(monkeypatch: pytest.MonkeyPatch) -> KnownForms:
    """Begin with no form known, whatever other tests have read."""
    forms = KnownForms()
    monkeypatch.setattr(verifying, "_known_forms", forms)
    return forms


def outcome(
    evidence: Evidence, content: bytes, verifier: Verifier, trust: TrustStore
) -> tuple[object, ...]:
    try:
        return (reopen(evidence, content, trust=trust, revocation=verifier.revocation),)
    except Refusal as refusal:
        return refusal.code, str(refusal)
    except ValueError as fault:
        return type(fault), str(fault)


def altered(opened: Opened) -> Iterator[tuple[Evidence, bytes]]:
    """Alter each byte of each part, cut and lengthen each part, and move the cuts."""
    evidence, content = opened.evidence, opened.content
    container = evidence.container
    for name in ("head", "middle", "tail"):
        part = getattr(container, name)
        changes = [flip(part, at) for at in range(len(part))]
        for change in (*changes, part[:-1], part[1:], part + b"\0", b"\0" + part, b""):
            yield replace(evidence, container=replace(container, **{name: change})), content
    for change in (
        *(flip(evidence.certificate, at) for at in range(0, len(evidence.certificate), 7)),
        b"",
    ):
        yield replace(evidence, certificate=change), content
    for other in (flip(content), content[:-1], content + b" ", b""):
        yield evidence, other
    cut = replace(container, head=container.head + content[:1])
    yield replace(evidence, container=cut), content[1:]
    cut = replace(container, middle=container.middle + evidence.certificate[:4])
    yield replace(evidence, container=cut, certificate=evidence.certificate[4:]), content
    yield replace(evidence, suite="ed25519"), content


def test_a_known_form_gives_the_verdict_that_reading_gives(
    forms: KnownForms,
    doctor: Credential,
    verifier: Verifier,
    trust: TrustStore,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever is altered: who is quicker says the same, in the same words."""
    opened = [verifier.open(sign_cades(b"x" * 200, doctor), CMS, at=now) for _ in range(12)]
    second = opened[-1]
    for each in opened:
        outcome(each.evidence, each.content, verifier, trust)
    assert forms.find(second.evidence, second.content) is not None
    cases = [(second.evidence, second.content), *altered(second)]
    quick = []
    for case in cases:
        outcome(*cases[0], verifier, trust)  # known again, where the last one displaced it
        quick.append(outcome(*case, verifier, trust))
    monkeypatch.setattr(KnownForms, "find", lambda *_: None)
    assert quick == [outcome(*case, verifier, trust) for case in cases]
    assert quick[0] == (second.signer,)


@pytest.mark.parametrize("length", LENGTHS)
def test_a_form_is_known_at_every_length_of_content(
    forms: KnownForms,
    doctor: Credential,
    verifier: Verifier,
    trust: TrustStore,
    now: datetime,
    length: int,
) -> None:
    """One person's signature over anything is read once; the head's lengths are reckoned."""
    tails: set[int] = set()
    for _ in range(12):  # signatures have three lengths or so
        learnt = verifier.open(sign_cades(b"x", doctor), CMS, at=now)
        outcome(learnt.evidence, learnt.content, verifier, trust)
        tails.add(len(learnt.evidence.container.tail))
    opened = verifier.open(sign_cades(bytes(length), doctor), CMS, at=now)
    while len(opened.evidence.container.tail) not in tails:
        opened = verifier.open(sign_cades(bytes(length), doctor), CMS, at=now)
    found = forms.find(opened.evidence, opened.content)
    assert found is not None
    evidence = opened.evidence
    container = reassemble(evidence.container, opened.content, evidence.certificate)
    read = verifying._check_form(container, CMS)
    assert found == (read.signed, read.suite)


def test_few_forms_are_remembered(
    doctor: Credential, verifier: Verifier, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory does not grow with the number of people who signed."""
    monkeypatch.setattr("ehealth_ledger.verification.known_forms.KNOWN_FORMS_MAX", 2)
    forms, opened = KnownForms(), list[Opened]()
    while len({len(each.evidence.container.tail) for each in opened}) < 3:
        opened.append(verifier.open(sign_cades(b"content", doctor), CMS, at=now))
    for each in opened:
        container = reassemble(each.evidence.container, each.content, each.evidence.certificate)
        form = verifying._check_form(container, CMS)
        forms.learn(container, form.signed, form.suite)
    assert len(forms) <= 2
    assert not any(each.signed.content for each in forms._known.values())  # nor with its length
