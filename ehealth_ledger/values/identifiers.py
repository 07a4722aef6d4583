"""Give every noun its own id type, so that a patient's id never stands where a referral's belongs.

An id is the client's UUID in canonical text (lower case, hyphens); other spellings of the same
number are refused, because two spellings of one id are two keys in somebody's index.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Final, NewType
from uuid import UUID, uuid5

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

_HEX: Final = "[0-9a-f]"
_ANY: Final = rf"^{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}$"
_RANDOM: Final = rf"^{_HEX}{{8}}-{_HEX}{{4}}-4{_HEX}{{3}}-[89ab]{_HEX}{{3}}-{_HEX}{{12}}$"
_WRITTEN: Final = re.compile(_ANY)


def canonical_uuid(text: str) -> UUID:
    """Read a UUID from its canonical text; raise ValueError for any other spelling."""
    if _WRITTEN.fullmatch(text) is None:
        raise ValueError("a UUID in lower case with hyphens is expected")
    return UUID(text)


@dataclass(frozen=True, slots=True)
class _Spelling:
    """Take a UUID, or the one text of it that matches; said to pydantic in its own terms.

    A function of ours in between would be called for every id of every fact that is read.
    """

    pattern: str
    expected: str

    def __get_pydantic_core_schema__(
        self, _source: object, _handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        text = core_schema.chain_schema(
            [
                core_schema.str_schema(pattern=self.pattern, strict=True),
                core_schema.uuid_schema(strict=False),
            ]
        )
        return core_schema.union_schema(
            [core_schema.is_instance_schema(UUID), text],
            mode="left_to_right",
            custom_error_type="canonical_uuid",
            custom_error_message=self.expected,
            serialization=core_schema.to_string_ser_schema(when_used="json"),
        )

    def __get_pydantic_json_schema__(
        self, _schema: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"type": "string", "format": "uuid", "pattern": self.pattern}


CanonicalUUID = Annotated[UUID, _Spelling(_ANY, "a UUID in lower case with hyphens is expected")]
RandomUUID = Annotated[
    UUID,
    _Spelling(_RANDOM, "a random UUID (version 4) in lower case with hyphens is expected"),
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
GroupingId = NewType("GroupingId", CanonicalUUID)
ContractId = NewType("ContractId", CanonicalUUID)
ContractRequestId = NewType("ContractRequestId", CanonicalUUID)
CutOffId = NewType("CutOffId", CanonicalUUID)
ChargeId = NewType("ChargeId", CanonicalUUID)
StatementId = NewType("StatementId", CanonicalUUID)
PreviewId = NewType("PreviewId", RandomUUID)
PaymentId = NewType("PaymentId", CanonicalUUID)
OffsetId = NewType("OffsetId", CanonicalUUID)
RefundId = NewType("RefundId", CanonicalUUID)
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
