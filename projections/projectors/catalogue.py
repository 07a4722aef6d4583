"""List every projector by the name of its read model."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from projections.projectors.approvals import Approvals
from projections.projectors.capitation import Capitation
from projections.projectors.care_plans import CarePlans
from projections.projectors.contracts import Contracts
from projections.projectors.declarations import Declarations
from projections.projectors.diagnostics import Diagnostics
from projections.projectors.episodes import Episodes
from projections.projectors.feed import Feed
from projections.projectors.medical_program import MedicalProgram
from projections.projectors.patient_summary import PatientSummary
from projections.projectors.payment_statement import PaymentStatement
from projections.projectors.prescription_status import PrescriptionStatus
from projections.projectors.projector import Projector
from projections.projectors.referral_status import ReferralStatus
from projections.projectors.registry import Registry
from projections.projectors.statement_changes import StatementChanges

MODELS: Final[Mapping[str, Projector]] = MappingProxyType(
    {
        projector.model.name: projector
        for projector in (
            Registry(),
            PatientSummary(),
            Declarations(),
            Episodes(),
            Diagnostics(),
            ReferralStatus(),
            CarePlans(),
            Approvals(),
            Contracts(),
            PaymentStatement(),
            StatementChanges(),
            Capitation(),
            MedicalProgram(),
            PrescriptionStatus(),
            Feed(),
        )
    }
)
