"""Judge what the payer notes of people at work: verified or not, deceased, found alive."""

from __future__ import annotations

from datetime import timedelta

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.employee import Employee, acting_employee
from ehealth_ledger.aggregates.party import Party
from ehealth_ledger.commands.party import MarkAlive, MarkDeceased, VerifyParty
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.party import PartyDeceased, PartyFoundAlive, PartyVerified
from ehealth_ledger.values.parameters.registry import PARTY_UNVERIFIED_DAYS_MAX
from ehealth_ledger.values.time import microseconds

_WHY = "/resource/reason"


def verify(case: Case[VerifyParty]) -> list[Fact]:
    """Note a register's verdict; from the first NOT_VERIFIED on, the days of grace run (rule 5).

    The moment at which grace ends is decided here and stored, so that whoever checks later needs no
    parameter to know who was barred.
    """
    acting_employee(case)
    asked = case.command.body.resource
    party = _person(case)
    told = party.told(asked.source, asked.verdict)
    barred_from = None
    if told.verification == "CHANGES_NEEDED":
        grace = timedelta(days=case.number(PARTY_UNVERIFIED_DAYS_MAX))
        barred_from = party.barred_from or microseconds(case.now + grace)
    return [
        PartyVerified(
            party=party.id,
            source=asked.source,
            verdict=asked.verdict,
            barred_from=barred_from,
            reason_pointer=_WHY,
        )
    ]


def mark_deceased(case: Case[MarkDeceased]) -> list[Fact]:
    """Note that a person at work has died; the employments are the employers' to end."""
    acting_employee(case)
    asked = case.command.body.resource
    party = _person(case)
    case.require(
        not party.deceased,
        "party.deceased_already",
        "$.resource.employee",
        expected="a person not marked as deceased",
    )
    case.require(
        asked.died_on <= case.today,
        "party.died_in_future",
        "$.resource.died_on",
        expected=f"{case.today} or earlier",
    )
    return [PartyDeceased(party=party.id, died_on=asked.died_on, reason_pointer=_WHY)]


def mark_alive(case: Case[MarkAlive]) -> list[Fact]:
    """Take a mistaken death back."""
    acting_employee(case)
    party = _person(case)
    case.require(
        party.deceased,
        "party.not_deceased",
        "$.resource.employee",
        expected="a person marked as deceased",
    )
    return [PartyFoundAlive(party=party.id, reason_pointer=_WHY)]


def _person(case: Case[VerifyParty] | Case[MarkDeceased] | Case[MarkAlive]) -> Party:
    """Return the person behind the named employment, of whom no register may have spoken yet."""
    employee = case.get(
        Employee,
        case.command.body.resource.employee,
        code="employee.unknown",
        path="$.resource.employee",
    )
    return case.find(Party, employee.party) or Party(employee.party)
