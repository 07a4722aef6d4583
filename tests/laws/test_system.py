"""What the system does by itself: signed by the ledger, for a reason, when it is due."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from ehealth_ledger.aggregates.referral import Status
from ehealth_ledger.commands.command import SystemCommand
from ehealth_ledger.commands.parsing import parse
from ehealth_ledger.commands.signed import LedgerSigner
from ehealth_ledger.errors import RuleBroken
from ehealth_ledger.events.referral import ReferralExpired, ReferralIssued
from ehealth_ledger.intake.due import DUTIES, command_id, contents, deadline_of
from ehealth_ledger.intake.laws import LAWS
from ehealth_ledger.store.deadlines import Due
from ehealth_ledger.values.json import canonical
from tests.laws.bench import NOW, Change, altered, asks, at, signed_by, without
from tests.laws.scenes import SCENES, SYSTEM
from tests.laws.scenes.common import LEDGER, OTHER_TAX, PATIENT, REFERRAL
from tests.laws.scenes.referral import expire_referral
from tests.laws.tables import refused, row


def test_an_expired_referral_is_closed() -> None:
    """At its last moment the system closes what nobody has redeemed, and says when that was."""
    scene = expire_referral()
    (fact,) = scene.judge()
    assert isinstance(fact, ReferralExpired)
    assert fact.expired_at == scene.states[REFERRAL].expires_at  # type: ignore[attr-defined]


EXPIRY = [
    row("no such referral", "referral.unknown", "$.resource.referral", without(REFERRAL)),
    row(
        "of another patient",
        "referral.of_other_patient",
        "$.resource.patient",
        asks("resource", "patient", value="00000000-0000-4000-8000-00000000000f"),
    ),
    row(
        "completed meanwhile",
        "referral.not_due",
        "$.resource.referral",
        altered(REFERRAL, status=Status.COMPLETED),
    ),
    row(
        "recalled already",
        "referral.not_due",
        "$.resource.referral",
        altered(REFERRAL, status=Status.RECALLED),
    ),
    row(
        "a microsecond early",
        "referral.not_due",
        "$.resource.referral",
        at(NOW - timedelta(microseconds=1)),
    ),
]


@pytest.mark.parametrize(("change", "code", "path"), EXPIRY)
def test_a_referral_expires_only_when_due(change: Change, code: str, path: str) -> None:
    """Each row differs from the accepted expiry by one thing."""
    assert refused(expire_referral, change) == (code, path)


@pytest.mark.parametrize("command", sorted(SYSTEM))
def test_no_person_acts_for_the_system__system__signed_by_staff(command: str) -> None:
    """A law of the system refuses a person's signature, whatever the gateway let through."""
    assert refused(SCENES[command], signed_by(OTHER_TAX)) == (
        "system.signed_by_staff",
        "$.command",
    )


@pytest.mark.parametrize("command", sorted(SYSTEM))
def test_the_reason_stands_in_the_log__system__reason_unknown(command: str) -> None:
    """The reason is a record that is there already: not the next one, let alone a later one."""
    scene = SCENES[command]()
    change = asks("reason", "position", value=scene.basis + 1)
    assert refused(SCENES[command], change) == ("system.reason_unknown", "$.reason.position")


@pytest.mark.parametrize("command", sorted(set(SCENES) - SYSTEM))
def test_the_ledger_acts_for_no_person__system__not_a_system_command(command: str) -> None:
    """A command of staff under the ledger's key is refused by every law."""
    scene = SCENES[command]()
    wish = scene.wish()
    forged = type(wish)(wish.body, LedgerSigner(bytes(32)), wish.signed_bytes, wish.evidence)
    with pytest.raises(RuleBroken) as refusal:
        scene.judge(forged)
    assert refusal.value.code == "system.not_a_system_command"


# The table of duties


def due(kind: str = "referral.expire", **other: Any) -> Due:
    issued = ReferralIssued.model_construct(referral=REFERRAL, patient=PATIENT)
    return Due(kind, REFERRAL, 7, 90, issued)._replace(**other)


def test_the_same_deadline_gives_the_same_bytes() -> None:
    """Two processes that find the same thing due sign the same command, id included."""
    assert contents(due(), LEDGER) == contents(due(), LEDGER)


@pytest.mark.parametrize(
    "other",
    [{"id": UUID(int=9)}, {"due_at": 8}, {"position": 91}],
    ids=lambda each: next(iter(each)),
)
def test_another_deadline_gives_another_command(other: dict[str, Any]) -> None:
    """A deadline that was moved, set anew or of another thing is another command."""
    assert command_id(LEDGER, due(), {}) != command_id(LEDGER, due(**other), {})


def test_a_command_of_the_system_is_written_whole() -> None:
    """Its content is canonical, parses, has a version-4 id and names the reason and the rule."""
    (content,) = contents(due(), LEDGER)
    command = parse(content)
    assert isinstance(command, SystemCommand)
    assert command.command_id.version == 4
    assert (command.reason.position, command.reason.rule) == (90, "referral.expires_at")
    assert canonical(command.model_dump(mode="json"))[:1] == content[:1]
    assert deadline_of(command) == ("referral.expire", REFERRAL, "referral.expires_at")


def test_every_duty_has_a_command_and_a_law() -> None:
    """A deadline of a kind in the table leads to a command of the system that has a judge."""
    for kind, duty in DUTIES.items():
        assert issubclass(duty.command, SystemCommand), kind
        assert duty.command in LAWS
    assert len({duty.command for duty in DUTIES.values()}) == len(DUTIES)


def test_every_command_of_the_system_has_a_duty() -> None:
    """No act of the system exists that nothing makes due: `verify` could not tell why it was."""
    assert {duty.command.NAME for duty in DUTIES.values()} == SYSTEM
