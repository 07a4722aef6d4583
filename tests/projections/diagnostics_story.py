"""Tell what is recorded outside encounter packages, in facts: each kind begins and ends."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID, uuid4

from ehealth_ledger.events.composition import (
    CompositionCancelled,
    CompositionReplaced,
    CompositionSigned,
)
from ehealth_ledger.events.diagnostic_report import (
    DiagnosticReportCancelled,
    DiagnosticReportRecorded,
    ObservationOfReport,
)
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.procedure import ProcedureCancelled, ProcedureRecorded
from ehealth_ledger.events.specimen import (
    SpecimenCancelled,
    SpecimenInvalidated,
    SpecimenProcessed,
    SpecimenRegistered,
    SpecimenRejected,
)
from tests.projections.log import HandMadeLog

DAY, LAST_DAY = date(2026, 11, 20), date(2026, 11, 24)
RESOURCE, SERVICE = "/resource", "eHealth/services|B11"
DIGEST = "ab" * 32
CONTENT = {
    "resource": {"status": "final", "received_at": "2026-11-20T10:00:00Z"},
    "cancellation": {"reason": "typo", "explanation": "Помилка у значенні"},
}


class Ward:
    """Hold who examines whom."""

    def __init__(self, log: HandMadeLog, entity: UUID, employee: UUID, patient: UUID) -> None:
        self.log, self.patient = log, patient
        self.actor = {"employee": employee, "legal_entity": entity}

    def add(self, kind: type[Fact], **more: Any) -> None:
        self.log.add(kind(patient=self.patient, **more), content=CONTENT)

    def cancel(self, kind: type[Fact], **more: Any) -> None:
        self.add(kind, reason="typo", cancellation_pointer="/cancellation", **self.actor, **more)

    def examined(self) -> dict[str, Any]:
        """Say what report and procedure have in common."""
        return {
            "performer": self.actor["employee"],
            "legal_entity": self.actor["legal_entity"],
            "category": "laboratory_procedure",
            "service": SERVICE,
            "day": DAY,
            "digest": DIGEST,
        }


def tell_diagnostics(log: HandMadeLog, entity: UUID, employee: UUID, patient: UUID) -> None:
    """Write every fact of specimens, reports, procedures and conclusions at least once."""
    ward = Ward(log, entity, employee, patient)
    _reports(ward, _specimens(ward))
    _procedures(ward)
    _conclusions(ward)


def _specimens(ward: Ward) -> UUID:
    taken = [uuid4() for _ in range(4)]
    for each in taken:
        ward.add(
            SpecimenRegistered,
            specimen=each,
            type="eHealth/specimen_types|blood",
            day=DAY,
            parents=(),
            referrals=(),
            resource_pointer=RESOURCE,
            **ward.actor,
        )
    good, spent, unfit, wrong = taken
    received = {"received_pointer": "/resource/received_at"}
    verdict = {"reason": "used_up", "verdict_pointer": RESOURCE}
    ward.add(SpecimenProcessed, specimen=good, **received, **ward.actor)
    ward.add(SpecimenInvalidated, specimen=spent, **verdict, **ward.actor)
    ward.add(SpecimenRejected, specimen=unfit, **verdict, **ward.actor)
    ward.cancel(SpecimenCancelled, specimen=wrong)
    return good


def _reports(ward: Ward, specimen: UUID) -> None:
    for status in ("final", "entered_in_error"):
        report, measured, mistaken = uuid4(), uuid4(), uuid4()
        ward.add(
            DiagnosticReportRecorded,
            diagnostic_report=report,
            specimens=(specimen,),
            report_pointer=RESOURCE,
            observations=tuple(
                ObservationOfReport(observation=each, pointer=RESOURCE, digest=DIGEST)
                for each in (measured, mistaken)
            ),
            **ward.examined(),
        )
        wrong = (mistaken,) if status == "final" else (measured, mistaken)
        ward.cancel(
            DiagnosticReportCancelled,
            diagnostic_report=report,
            status=status,
            observations=wrong,
        )


def _procedures(ward: Ward) -> None:
    stands, wrong = uuid4(), uuid4()
    for each in (stands, wrong):
        ward.add(ProcedureRecorded, procedure=each, resource_pointer=RESOURCE, **ward.examined())
    ward.cancel(ProcedureCancelled, procedure=wrong)


def _conclusions(ward: Ward) -> None:
    first, second, wrong = uuid4(), uuid4(), uuid4()
    for number, (each, replaced) in enumerate(((first, None), (second, first), (wrong, None))):
        ward.add(
            CompositionSigned,
            composition=each,
            encounter=uuid4(),
            author=ward.actor["employee"],
            legal_entity=ward.actor["legal_entity"],
            type="temporary_disability",
            category="illness",
            number=f"0000-0000-0000-000{number}",
            first_day=DAY,
            last_day=LAST_DAY,
            replaces=replaced,
            resource_pointer=RESOURCE,
            digest=DIGEST,
        )
    ward.add(CompositionReplaced, composition=first, by=second)
    ward.cancel(CompositionCancelled, composition=wrong)
