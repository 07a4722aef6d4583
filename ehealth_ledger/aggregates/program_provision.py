"""Judge which divisions provide a medical program; each pair has a stream of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final, assert_never

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.dated import Dated
from ehealth_ledger.aggregates.division import Division
from ehealth_ledger.aggregates.employee import acting_employee
from ehealth_ledger.aggregates.medical_program import active_program, require_future
from ehealth_ledger.commands.program_provision import CloseProgramProvision, OpenProgramProvision
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.program_provision import ProgramProvisionClosed, ProgramProvisionOpened
from ehealth_ledger.values.identifiers import (
    DivisionId,
    LegalEntityId,
    MedicalProgramId,
    provision_stream,
)

AnyProvisionFact = ProgramProvisionOpened | ProgramProvisionClosed


@dataclass(frozen=True, slots=True)
class ProgramProvision:
    """Hold from which days a division does and does not provide a program."""

    program: MedicalProgramId
    division: DivisionId
    legal_entity: LegalEntityId
    history: Dated[bool] = field(default_factory=Dated)

    def on(self, day: date) -> bool:
        """Tell whether the division provides the program on a day."""
        return self.history.on(day) is True


def evolve(state: ProgramProvision | None, fact: AnyProvisionFact) -> ProgramProvision:
    """Take in whether a division provides a program; never refuses a fact."""
    before = state or ProgramProvision(fact.program, fact.division, fact.legal_entity)
    match fact:
        case ProgramProvisionOpened():
            return replace(before, history=before.history.since(fact.first_day, value=True))
        case ProgramProvisionClosed():
            return replace(before, history=before.history.since(fact.from_day, value=False))
        case _:
            assert_never(fact)


EVOLVE: Final[Mapping[type[Fact], Callable[[Any, Any], object | None]]] = {
    ProgramProvisionOpened: evolve,
    ProgramProvisionClosed: evolve,
}


def open_provision(case: Case[OpenProgramProvision]) -> list[Fact]:
    """Let a division provide a program from today or a later day on (rule 59)."""
    acting_employee(case)
    asked = case.command.body.resource
    program = active_program(case, asked.program)
    division = case.get(
        Division, asked.division, code="division.unknown", path="$.resource.division"
    )
    require_future(case, asked.first_day, "$.resource.first_day")
    before = case.find(ProgramProvision, provision_stream(program.id, division.id))
    case.require(
        before is None or not before.on(asked.first_day),
        "medical_program.provision_open",
        "$.resource.first_day",
        expected="a division that does not provide the program on that day",
    )
    return [
        ProgramProvisionOpened(
            program=program.id,
            division=division.id,
            legal_entity=division.legal_entity,
            first_day=asked.first_day,
        )
    ]


def close_provision(case: Case[CloseProgramProvision]) -> list[Fact]:
    """Let a division provide a program no longer, from today or a later day on."""
    acting_employee(case)
    asked = case.command.body.resource
    before = case.get(
        ProgramProvision,
        provision_stream(asked.program, asked.division),
        code="medical_program.provision_unknown",
        path="$.resource.division",
    )
    require_future(case, asked.from_day, "$.resource.from_day")
    case.require(
        before.on(asked.from_day),
        "medical_program.provision_unknown",
        "$.resource.from_day",
        expected="a day on which the division provides the program",
    )
    return [
        ProgramProvisionClosed(
            program=before.program,
            division=before.division,
            legal_entity=before.legal_entity,
            from_day=asked.from_day,
        )
    ]
