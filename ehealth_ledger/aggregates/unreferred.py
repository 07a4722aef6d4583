"""Price acts that answer no electronic referral, where the payer says that their service earns.

Which services do is a signed parameter; where it has no value, none does. What else a charge needs,
a tariff and a contract, it needs as any other. An audit derives the acts again with `acts`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeGuard
from uuid import UUID

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.charge import ATTEMPT_FIRST, Act, charge_id, priced
from ehealth_ledger.commands.command import Command, StaffCommand
from ehealth_ledger.commands.diagnostic_report import RecordDiagnosticReport
from ehealth_ledger.commands.encounter import RecordEncounter
from ehealth_ledger.commands.fhir.elements import coded
from ehealth_ledger.commands.fhir.package_procedure import PackageProcedure
from ehealth_ledger.commands.procedure import RecordProcedure
from ehealth_ledger.events.charge import ChargeAccrued, ChargeWithheld, Instead
from ehealth_ledger.values.identifiers import ChargeId, EmployeeId
from ehealth_ledger.values.parameters.charge import SERVICES_WITHOUT_REFERRAL
from ehealth_ledger.values.parameters.definition import Value
from ehealth_ledger.values.time import kyiv_day

Recording = RecordProcedure | RecordDiagnosticReport | RecordEncounter


@dataclass(frozen=True, slots=True)
class UnreferredAct:
    """Name an act, who did it, its service (`system|code`), and what stood for a referral."""

    act: UUID
    performer: EmployeeId
    service: str
    day: date
    instead: Instead

    @property
    def charge(self) -> ChargeId:
        """Name the charge that it may earn."""
        return charge_id(self.act, ATTEMPT_FIRST)


def is_recording(command: Command) -> TypeGuard[Recording]:
    """Tell whether a command records what may answer no referral."""
    return isinstance(command, RecordProcedure | RecordDiagnosticReport | RecordEncounter)


def acts(command: Recording) -> Iterator[UnreferredAct]:
    """Give what a command records that has a service and answers no electronic referral.

    In a package those are the procedures that somebody of the institution did: what is only told
    from elsewhere was done by others. Their day is the encounter's.
    """
    match command:
        case RecordProcedure(resource=given):
            if not given.based_on:
                service, day = coded(given.code.coding[0]), kyiv_day(given.started)
                instead = _instead(given.extension)
                yield UnreferredAct(given.id, command.employee, service, day, instead)
        case RecordDiagnosticReport(report=report):
            if not report.based_on:
                service, day = coded(report.code.coding[0]), kyiv_day(report.started)
                instead = _instead(report.extension)
                yield UnreferredAct(report.id, command.employee, service, day, instead)
        case RecordEncounter(encounter=encounter):
            instead, day = _instead(encounter.paper_referrals), kyiv_day(encounter.period.start)
            for _, member in command.children:
                if not isinstance(member, PackageProcedure) or member.status != "completed":
                    continue
                if member.asserted_by is not None:
                    service = coded(member.code.coding[0])
                    yield UnreferredAct(member.id, member.asserted_by, service, day, instead)


def earns(services: Value | None, act: UnreferredAct) -> bool:
    """Tell whether the payer's services, as in force on the act's day, name its service."""
    return isinstance(services, tuple) and act.service in services


def accrued(case: Case[StaffCommand], act: UnreferredAct) -> list[ChargeAccrued | ChargeWithheld]:
    """Price an act by its own day, where its service earns without a referral; empty elsewhere."""
    if not earns(case.setting(SERVICES_WITHOUT_REFERRAL, act.day), act):
        return []
    done = Act(
        kind="service",
        charge=act.charge,
        position=case.basis + 1,
        provider=case.command.body.legal_entity,
        performer=act.performer,
        service=act.service,
        day=act.day,
        unreferred=act.instead,
    )
    return [priced(case, done)]


def _instead(paper: Sequence[object]) -> Instead:
    return "paper" if paper else "none"
