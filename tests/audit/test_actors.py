"""Who was entitled to an act is asked of the facts that stood before it."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any, Final

import pytest

from ehealth_ledger.commands.parsing import parse
from ehealth_ledger.commands.signed import StaffSigner
from ehealth_ledger.events.employee import EmployeeDismissed, EmployeeRegistered
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.legal_entity import (
    LegalEntityClosed,
    LegalEntityRegistered,
    LegalEntityResumed,
    LegalEntitySuspended,
)
from ehealth_ledger.events.party import PartyDeceased, PartyFoundAlive, PartyVerified
from ehealth_ledger.store.fsck.actors import Actors
from ehealth_ledger.values.json import canonical
from tests.laws.lookups import an_id
from tests.laws.scenes import SCENES
from tests.laws.scenes.common import ACTOR, EDRPOU, ENTITY, PARTY, TAX

INDEX: Final = b"index"
RECORDED_AT: Final = 1_000
BEGAN: Final = (
    LegalEntityRegistered(
        legal_entity=ENTITY,
        edrpou=EDRPOU,
        kind="OUTPATIENT",
        head=an_id("head"),
        resource_pointer="/resource",
    ),
    EmployeeRegistered(
        employee=ACTOR,
        party=PARTY,
        legal_entity=ENTITY,
        tax_index=INDEX.hex(),
        type="OWNER",
        party_pointer="/resource/party",
    ),
)
WHY: Final = "/resource/reason"
SUSPENDED: Final = LegalEntitySuspended(legal_entity=ENTITY, reason_pointer=WHY)
RESUMED: Final = LegalEntityResumed(legal_entity=ENTITY, reason_pointer=WHY)
CLOSED: Final = LegalEntityClosed(
    legal_entity=ENTITY, closed_at=0, employees=(), reason_pointer=WHY
)
DISMISSED: Final = EmployeeDismissed(
    employee=ACTOR,
    party=PARTY,
    legal_entity=ENTITY,
    cause="dismissed",
    last_day=date(2026, 11, 1),
)
DIED: Final = PartyDeceased(party=PARTY, died_on=date(2026, 11, 1), reason_pointer=WHY)
LIVES: Final = PartyFoundAlive(party=PARTY, reason_pointer=WHY)


def _barred(at: int) -> PartyVerified:
    return PartyVerified(
        party=PARTY, source="DRFO", verdict="NOT_VERIFIED", barred_from=at, reason_pointer=WHY
    )


def _objection(
    *facts: Fact, then: tuple[Fact, ...] = (), command: str = "division.register"
) -> str | None:
    """Ask about an act that stands between facts before it and facts behind it."""
    actors = Actors(lambda _: INDEX)
    told = (*BEGAN, *facts)
    act = len(told) + 1
    for position, fact in enumerate((*told, None, *then), start=1):
        if fact is not None:
            row: Any = SimpleNamespace(
                position=position, stream_id=fact.stream_id, topic=fact.TOPIC
            )
            actors.absorb(row, fact)
    stands = SimpleNamespace(position=act, recorded_at=RECORDED_AT)
    proved: Any = SimpleNamespace(
        command=parse(canonical(SCENES[command]().content)),
        signer=StaffSigner(TAX, None, bytes(32)),
        stored=SimpleNamespace(first=stands, last=stands),
    )
    return actors.objection(proved, all_read=True)


@pytest.mark.parametrize(
    ("facts", "objection"),
    [
        ((), None),
        ((SUSPENDED,), "the legal entity was suspended"),
        ((SUSPENDED, RESUMED), None),
        ((CLOSED,), "the legal entity was closed"),
        ((DISMISSED,), "the employee had been dismissed"),
        ((DIED,), "the person had died"),
        ((DIED, LIVES), None),
        ((_barred(RECORDED_AT),), "the person was not verified"),
        ((_barred(RECORDED_AT + 1),), None),
    ],
)
def test_what_stood_before_an_act_counts(facts: tuple[Fact, ...], objection: str | None) -> None:
    """The law's own questions, rules 2 and 5; what came behind the act changes nothing."""
    assert _objection(*facts) == objection
    assert _objection(then=facts) is None


def test_a_suspended_institution_puts_its_papers_in_order() -> None:
    """What the law lets a suspended institution order is no finding."""
    assert _objection(SUSPENDED, command="legal_entity.update") is None
    assert _objection(CLOSED, command="legal_entity.update") == "the legal entity was closed"
