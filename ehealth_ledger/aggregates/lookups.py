"""Say what the laws may ask about other streams, noun by noun.

`store/lookups/` answers, exact under the head lock. Asking what the law did not announce is a
programming error.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple, Protocol
from uuid import UUID

from ehealth_ledger.aggregates.contract.state import Contract
from ehealth_ledger.events.tariff import TariffReleased
from ehealth_ledger.pricing.charge import ContractInForce, TariffInForce
from ehealth_ledger.pricing.statement import FoldedStatement, StatementKey
from ehealth_ledger.values.contracts import ContractKind
from ehealth_ledger.values.identifiers import (
    ApprovalId,
    CarePlanId,
    ChargeId,
    ContractId,
    ContractRequestId,
    DeclarationId,
    DivisionId,
    EmployeeId,
    EmployeeRoleId,
    EncounterId,
    GroupingId,
    HealthcareServiceId,
    LegalEntityId,
    LicenceId,
    MedicalProgramId,
    MedicationId,
    PartyId,
    PatientId,
    PrescriptionId,
    StatementId,
    TariffId,
)
from ehealth_ledger.values.json import Json
from ehealth_ledger.values.time import Month

TreatmentKey = tuple[PatientId, MedicationId, MedicalProgramId]
"""Name what a prescription treats with: patient, INNM dosage, program (rule 54)."""


class IdLookup(Protocol):
    """Know every id of the ledger."""

    def is_taken(self, wanted: UUID) -> bool:
        """Tell whether any resource of the ledger has this id."""


class PartyLookup(Protocol):
    """Know people at work by their tax ids, without holding one."""

    def of_tax_id(self, tax_id: str) -> PartyId:
        """Return the person behind a tax id; the vault made the id and the key beforehand."""

    def tax_index(self, tax_id: str) -> str:
        """Return the keyed blind index of a tax id, in hexadecimal."""


class LegalEntityLookup(Protocol):
    """Know institutions by their codes."""

    def of_edrpou(self, edrpou: str) -> LegalEntityId | None:
        """Return the institution registered under a code."""


class EmployeeLookup(Protocol):
    """Know who works where."""

    def approved_of(self, entity: LegalEntityId) -> tuple[EmployeeId, ...]:
        """Return the employees of an institution whose employment goes on, in order of id."""

    def specialities_of_party(self, party: PartyId) -> frozenset[str]:
        """Return the specialities of all jobs of the person who signs."""


class LicenceLookup(Protocol):
    """Know under which licences an institution works."""

    def of_entity(self, entity: LegalEntityId) -> tuple[LicenceId, ...]:
        """Return an institution's licences, in force or not; their streams are found too."""


class HealthcareServiceLookup(Protocol):
    """Know healthcare services by what they are."""

    def of_kind(
        self, division: DivisionId, category: str, speciality: str, providing_condition: str
    ) -> HealthcareServiceId | None:
        """Return the service of this kind that a division has."""


class EmployeeRoleLookup(Protocol):
    """Know who is tied to which healthcare service."""

    def of(self, employee: EmployeeId, service: HealthcareServiceId) -> EmployeeRoleId | None:
        """Return the role of an employee in a service, ended or not."""

    def of_employee(self, employee: EmployeeId) -> tuple[EmployeeRoleId, ...] | None:
        """Return an employee's roles, ended or not; their streams are found too.

        None where nobody announced it: the rule that asks was turned on a moment ago.
        """


class Namesake(NamedTuple):
    """Name who has the same names and birth date, with the index of the tax id where known."""

    patient: PatientId
    tax_index: str | None


class PatientLookup(Protocol):
    """Know who is registered, by keyed blind indexes (hexadecimal), without holding a name."""

    def tax_index(self, tax_id: str) -> str:
        """Return the keyed blind index of a patient's tax id."""

    def name_index(self, name: tuple[str, ...], birth_date: date) -> str:
        """Return the keyed blind index of a whole spelled name and a birth date."""

    def phone_index(self, phone: str) -> str:
        """Return the keyed blind index of a telephone."""

    def of_tax_index(self, index: str) -> PatientId | None:
        """Return who is registered with a tax id, dead or alive."""

    def of_name_index(self, index: str) -> tuple[Namesake, ...]:
        """Return who is registered with the same names and birth date, dead or alive."""

    def of_phone_index(self, index: str) -> frozenset[PatientId]:
        """Return who confirms by a telephone."""


class OpenMatterLookup(Protocol):
    """Know what would still fall due, or still counts, of a patient."""

    def of(self, patient: PatientId) -> tuple[tuple[str, UUID], ...]:
        """Return each matter's kind and id, in this order."""


class LiveDeclaration(NamedTuple):
    """Describe a declaration that holds or waits for the payer."""

    declaration: DeclarationId
    patient: PatientId
    doctor: EmployeeId
    party: PartyId
    active: bool
    legal_entity: LegalEntityId


class ClinicalResource(NamedTuple):
    """Say what a clinical resource is and whether it still counts.

    `encounter` and `episode` are None for one recorded outside an encounter package.
    """

    kind: str
    patient: UUID
    encounter: UUID | None
    in_error: bool
    episode: UUID | None


class ResourceLookup(Protocol):
    """Know clinical resources by their ids."""

    def find(self, wanted: UUID) -> ClinicalResource | None:
        """Return a resource on record; None where there is none of this id."""

    def acts_on(self, patient: PatientId) -> tuple[UUID, ...] | None:
        """Return the encounters of a patient, and what was recorded outside them.

        None where nobody announced it: the rule that asks was turned on a moment ago.
        """


class OriginalLookup(Protocol):
    """Know what was signed when an encounter was recorded."""

    def of(self, encounter: EncounterId) -> list[Json] | None:
        """Return the package's resources, decimals exact; None where they are not stored yet."""

    def of_act(self, position: int) -> list[Json] | None:
        """Return the resources of the package at a position; None where they are erased."""


class DeclarationLookup(Protocol):
    """Know who is declared with whom."""

    def live_of(self, patient: PatientId) -> tuple[LiveDeclaration, ...]:
        """Return the patient's declarations that hold or wait: one at most."""

    def active_of(self, patient: PatientId) -> DeclarationId | None:
        """Return the patient's declaration that holds."""

    def active_of_employee(
        self, employee: EmployeeId
    ) -> tuple[tuple[DeclarationId, PatientId], ...]:
        """Return an employee's declarations, pending ones too, in order of id."""

    def count_of_party(self, party: PartyId) -> int:
        """Count the live declarations of the person who signs, over all jobs."""


class RecordLookup(Protocol):
    """Know the ledger's own past."""

    def chain_value(self, position: int) -> str | None:
        """Return the chain value of a record, in hexadecimal; None where there is none yet."""


class ApprovalLookup(Protocol):
    """Know what patients let others see and write."""

    def live_of(self, patient: PatientId) -> tuple[ApprovalId, ...]:
        """Return the patient's approvals that are new or active; their streams are found too."""


class CarePlanLookup(Protocol):
    """Know the care plans of patients."""

    def open_of(self, patient: PatientId) -> tuple[CarePlanId, ...]:
        """Return the patient's plans that are new or active; their streams are found too."""


class TariffLookup(Protocol):
    """Know prices by service and day."""

    def in_force(self, service: str, day: date) -> TariffInForce | None:
        """Return the tariff of a service (`system|code`) on a day."""

    def days_of(self, service: str, tariff: TariffId) -> tuple[date, date] | None:
        """Return the first and the last day of a service's tariff; None where it has none left."""

    def overlap(
        self, service: str, first_day: date, last_day: date, *, apart_from: TariffId | None = None
    ) -> bool:
        """Tell whether another tariff of the service is in force on one of these days."""


class CaseTariffLookup(Protocol):
    """Know what treated cases are paid."""

    def rate(self, package: str, group: str, day: date) -> TariffInForce | None:
        """Return the rate for each case of a group on a day."""

    def mix(self, package: str, day: date) -> TariffId | None:
        """Return the case mix of a package on a day; its stream is found too."""

    def mixes(self, day: date) -> tuple[TariffId, ...]:
        """Return the case mixes of all packages on a day."""


class GroupingLookup(Protocol):
    """Know which rules group treated cases."""

    def in_force(self, day: date) -> GroupingId | None:
        """Return the release for cases that end on a day; its stream is found too."""

    def days_of(self, release: GroupingId) -> tuple[date, date] | None:
        """Return the first and the last day of a release; None where it has none left."""

    def overlap(
        self, first_day: date, last_day: date, *, apart_from: GroupingId | None = None
    ) -> bool:
        """Tell whether a release is in force on one of these days."""

    def version_is_taken(self, version: str) -> bool:
        """Tell whether a release has this version."""


class ContractLookup(Protocol):
    """Know contracts by provider, package and day."""

    def in_force(self, provider: LegalEntityId, package: str, day: date) -> ContractInForce | None:
        """Return the contract that buys a package from a provider on a day, by that day's terms.

        One that is suspended on that day is none. A contract is suspended from the day on which
        that was recorded to the one before it was resumed.
        """

    def overlap(
        self,
        provider: LegalEntityId,
        package: str,
        first_day: date,
        last_day: date,
        *,
        apart_from: ContractId,
    ) -> bool:
        """Tell whether another contract of the provider has the package on one of these days."""

    def of_provider(self, provider: LegalEntityId) -> tuple[ContractId, ...]:
        """Return a provider's contracts, in force or not; their streams are found too."""

    def requests_of(self, provider: LegalEntityId) -> tuple[ContractRequestId, ...]:
        """Return a provider's requests that wait for a signature; their streams are found too."""

    def has_kind(
        self, provider: LegalEntityId, kind: ContractKind, first_day: date, last_day: date
    ) -> bool:
        """Tell whether the provider has a contract of a kind on one of these days."""


class DeclaredPatient(NamedTuple):
    """Describe a declaration that was in force: its first record, with whom, where.

    `ages_from` is a day that gives the patient's age on every first of a month; None where the
    patient's key is gone.
    """

    position: int
    doctor: EmployeeId
    division: DivisionId
    ages_from: date | None


class BillingLookup(Protocol):
    """Know what stood in the log when a moment came (microseconds UTC), however late it is asked.

    A record of that very moment came too late.
    """

    def as_of(self, moment: int) -> int:
        """Return the last position before a moment; 0 before the first."""

    def contract(
        self, wanted: ContractId, moment: int, concluded_at: int | None
    ) -> Contract | None:
        """Return a contract as it stood, or as its conclusion at a position began it after that.

        None is wherever its conclusion stands.
        """

    def declared(self, doctors: Iterable[EmployeeId], moment: int) -> tuple[DeclaredPatient, ...]:
        """Return the declarations that were in force with these doctors, in order of the log."""

    def mountains(self, divisions: Iterable[DivisionId], moment: int) -> Mapping[DivisionId, bool]:
        """Tell of divisions whether they lay in the mountains; one not known then is absent."""

    def tariff(self, subject: str, day: date) -> TariffReleased | None:
        """Return the terms in force for a subject (`system|code`) on a day, as known now."""

    def released(self, package: str, day: date) -> tuple[TariffReleased, ...]:
        """Return the terms of every kind in force for a package on a day, as known now."""


class CutOffLookup(Protocol):
    """Know when months close."""

    def at(self, period: Month) -> int | None:
        """Return the cut-off of a month, microseconds UTC."""


class StatementLookup(Protocol):
    """Know statements by what they are about."""

    def of(self, key: StatementKey) -> StatementId | None:
        """Return the statement already formed for a contract, package and period."""

    def folded(self, key: StatementKey) -> FoldedStatement | None:
        """Return the statement folded outside the head lock; None for a period without charge."""

    def first_record_of(self, statement: StatementId) -> tuple[int, str] | None:
        """Return position and chain value (hexadecimal) of the record that formed a statement."""


class Stated(NamedTuple):
    """Say which statement holds a charge, and at which position the charge stands."""

    statement: StatementId
    position: int


class ChargeLookup(Protocol):
    """Know where charges stand, and what a month has come to."""

    def stated(self, charge: ChargeId) -> Stated | None:
        """Return the formed statement that holds a charge; None where none does yet."""

    def total_of(self, key: StatementKey) -> int:
        """Return what a contract, package and month have come to so far, kopiykas."""


class PrescriptionLookup(Protocol):
    """Know prescriptions by number and by what they treat."""

    def number_is_taken(self, number: str) -> bool:
        """Tell whether a prescription has this number."""

    def treatment_index(
        self, patient: PatientId, medication: MedicationId, program: MedicalProgramId
    ) -> str:
        """Return the keyed blind index of a treatment, in hexadecimal."""

    def treatments(
        self, patient: PatientId, medication: MedicationId, program: MedicalProgramId
    ) -> tuple[tuple[date, date], ...]:
        """Return the first and last days that live prescriptions of a treatment cover."""

    def code_of(self, prescription: PrescriptionId) -> str:
        """Return the four digits the patient shows at the pharmacy; no record holds them."""


class PaymentLookup(Protocol):
    """Know payments and refunds by their bank references."""

    def reference_is_taken(self, reference: str) -> bool:
        """Tell whether a payment or a refund carries this bank reference already."""


class Lookups(Protocol):
    """Gather the questions of every noun."""

    @property
    def ids(self) -> IdLookup:
        """Ask about ids."""

    @property
    def parties(self) -> PartyLookup:
        """Ask about people at work."""

    @property
    def legal_entities(self) -> LegalEntityLookup:
        """Ask about institutions."""

    @property
    def employees(self) -> EmployeeLookup:
        """Ask about people at work by institution."""

    @property
    def healthcare_services(self) -> HealthcareServiceLookup:
        """Ask about healthcare services."""

    @property
    def employee_roles(self) -> EmployeeRoleLookup:
        """Ask about roles in healthcare services."""

    @property
    def patients(self) -> PatientLookup:
        """Ask about people who receive care."""

    @property
    def open_matters(self) -> OpenMatterLookup:
        """Ask what an erasure would settle."""

    @property
    def records(self) -> RecordLookup:
        """Ask about the ledger's own past."""

    @property
    def declarations(self) -> DeclarationLookup:
        """Ask about declarations."""

    @property
    def resources(self) -> ResourceLookup:
        """Ask about clinical resources."""

    @property
    def originals(self) -> OriginalLookup:
        """Ask what was signed."""

    @property
    def approvals(self) -> ApprovalLookup:
        """Ask about approvals."""

    @property
    def care_plans(self) -> CarePlanLookup:
        """Ask about care plans."""

    @property
    def charges(self) -> ChargeLookup:
        """Ask about charges."""

    @property
    def tariffs(self) -> TariffLookup:
        """Ask about tariffs."""

    @property
    def case_tariffs(self) -> CaseTariffLookup:
        """Ask about what treated cases are paid."""

    @property
    def groupings(self) -> GroupingLookup:
        """Ask about rules of grouping."""

    @property
    def contracts(self) -> ContractLookup:
        """Ask about contracts."""

    @property
    def billing(self) -> BillingLookup:
        """Ask what stood when a month began."""

    @property
    def cut_offs(self) -> CutOffLookup:
        """Ask about cut-offs."""

    @property
    def statements(self) -> StatementLookup:
        """Ask about statements."""

    @property
    def prescriptions(self) -> PrescriptionLookup:
        """Ask about prescriptions."""

    @property
    def licences(self) -> LicenceLookup:
        """Ask about licences."""

    @property
    def payments(self) -> PaymentLookup:
        """Ask about payments."""
