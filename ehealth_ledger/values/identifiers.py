"""Give every noun its own id type, so that a patient's id never stands where a referral's belongs.

An id is the client's UUID in canonical text (lower case, hyphens); other spellings of the same
number are refused, because two spellings of one id are two keys in somebody's index.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Annotated, Final, NewType
from uuid import UUID, uuid5

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema

_CANONICAL: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_CANONICAL_V4: Final = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
)


def canonical_uuid(value: object) -> UUID:
    """Read a UUID from its canonical text; raise ValueError for any other spelling."""
    if isinstance(value, UUID):
        return value
    if not isinstance(value, str) or _CANONICAL.fullmatch(value) is None:
        raise ValueError("a UUID in lower case with hyphens is expected")
    return UUID(value)


def _canonical_v4(value: object) -> UUID:
    if isinstance(value, UUID):
        return value
    if not isinstance(value, str) or _CANONICAL_V4.fullmatch(value) is None:
        raise ValueError("a random UUID (version 4) in lower case with hyphens is expected")
    return UUID(value)


CanonicalUUID = Annotated[
    UUID,
    BeforeValidator(canonical_uuid),
    PlainSerializer(str, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "uuid", "pattern": f"^{_CANONICAL.pattern}$"}),
]
RandomUUID = Annotated[
    UUID,
    BeforeValidator(_canonical_v4),
    PlainSerializer(str, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "uuid", "pattern": f"^{_CANONICAL_V4.pattern}$"}),
]

LedgerId = NewType("LedgerId", CanonicalUUID)
CommandId = NewType("CommandId", RandomUUID)
LegalEntityId = NewType("LegalEntityId", CanonicalUUID)
EmployeeId = NewType("EmployeeId", CanonicalUUID)
PartyId = NewType("PartyId", CanonicalUUID)
PatientId = NewType("PatientId", CanonicalUUID)
DeclarationId = NewType("DeclarationId", CanonicalUUID)
DivisionId = NewType("DivisionId", CanonicalUUID)
LicenceId = NewType("LicenceId", CanonicalUUID)
HealthcareServiceId = NewType("HealthcareServiceId", CanonicalUUID)
EmployeeRoleId = NewType("EmployeeRoleId", CanonicalUUID)
ConfidantId = NewType("ConfidantId", CanonicalUUID)
ReferralId = NewType("ReferralId", CanonicalUUID)
EpisodeId = NewType("EpisodeId", CanonicalUUID)
CarePlanId = NewType("CarePlanId", CanonicalUUID)
ActivityId = NewType("ActivityId", CanonicalUUID)
ApprovalId = NewType("ApprovalId", CanonicalUUID)
EncounterId = NewType("EncounterId", CanonicalUUID)
DiagnosticReportId = NewType("DiagnosticReportId", CanonicalUUID)
ObservationId = NewType("ObservationId", CanonicalUUID)
ProcedureId = NewType("ProcedureId", CanonicalUUID)
SpecimenId = NewType("SpecimenId", CanonicalUUID)
CompositionId = NewType("CompositionId", CanonicalUUID)
TariffId = NewType("TariffId", CanonicalUUID)
ContractId = NewType("ContractId", CanonicalUUID)
ContractRequestId = NewType("ContractRequestId", CanonicalUUID)
CutOffId = NewType("CutOffId", CanonicalUUID)
ChargeId = NewType("ChargeId", CanonicalUUID)
StatementId = NewType("StatementId", CanonicalUUID)
PreviewId = NewType("PreviewId", RandomUUID)
PaymentId = NewType("PaymentId", CanonicalUUID)
AdjustmentId = NewType("AdjustmentId", CanonicalUUID)
MedicalProgramId = NewType("MedicalProgramId", CanonicalUUID)
MedicationId = NewType("MedicationId", CanonicalUUID)
PrescriptionId = NewType("PrescriptionId", CanonicalUUID)
DispenseId = NewType("DispenseId", CanonicalUUID)

Requisition = NewType(
    "Requisition",
    Annotated[str, Field(pattern=r"^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}$")],
)
"""The number of a referral that the patient is told: `XXXX-XXXX-XXXX-XXXX` (values/requisition)."""

_PARAMETERS: Final = UUID("4f1f6f0a-3c53-4e0b-9a52-1d4f9b7c2e01")
_DIRECTORIES: Final = UUID("4f1f6f0a-3c53-4e0b-9a52-1d4f9b7c2e02")
_SERVICES: Final = UUID("4f1f6f0a-3c53-4e0b-9a52-1d4f9b7c2e03")
_PROVISIONS: Final = UUID("4f1f6f0a-3c53-4e0b-9a52-1d4f9b7c2e06")
_CONTRACT_MONTHS: Final = UUID("4f1f6f0a-3c53-4e0b-9a52-1d4f9b7c2e07")


@lru_cache(maxsize=4096)
def parameter_stream(name: str) -> UUID:
    """Name the stream of a parameter: the same in every deployment, so that a law can ask it."""
    return uuid5(_PARAMETERS, name)


@lru_cache(maxsize=4096)
def directory_stream(system: str) -> UUID:
    """Name the stream of a code system's directory: the same in every deployment."""
    return uuid5(_DIRECTORIES, system)


@lru_cache(maxsize=16384)
def service_stream(system: str, code: str) -> UUID:
    """Name the stream of a service or a group of services: the same in every deployment."""
    return uuid5(_SERVICES, f"{system}|{code}")


def provision_stream(program: UUID, division: UUID) -> UUID:
    """Name the stream of what one division provides of one program."""
    return uuid5(_PROVISIONS, f"{program} {division}")


def contract_month_stream(contract: UUID, period: str) -> UUID:
    """Name the stream of what a contract earns for a month as such: it is reckoned once."""
    return uuid5(_CONTRACT_MONTHS, f"{contract} {period}")
