"""Answer the laws from plain dictionaries, and only what the law's row in LAWS announced."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID, uuid5

from ehealth_ledger.aggregates.contract.state import Contract
from ehealth_ledger.aggregates.lookups import (
    ClinicalResource,
    DeclaredPatient,
    LiveDeclaration,
    Namesake,
    Stated,
    TreatmentKey,
)
from ehealth_ledger.events.tariff import TariffReleased
from ehealth_ledger.pricing.charge import ContractInForce, TariffInForce
from ehealth_ledger.pricing.statement import FoldedStatement, Statement, StatementKey
from ehealth_ledger.store.lookups.wanted import Wanted
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

_NAMESPACE = UUID("00000000-0000-4000-8000-000000000000")


def an_id(name: str) -> UUID:
    """Give every thing of the tables an id that is the same in every run."""
    return uuid5(_NAMESPACE, name)


@dataclass
class Fake:
    """Know what the law announced."""

    announced: Wanted = field(default_factory=Wanted)


@dataclass
class FakeIds(Fake):
    taken: set[UUID] = field(default_factory=set)

    def is_taken(self, wanted: UUID) -> bool:
        assert wanted in self.announced.ids, f"{wanted} was not announced"
        return wanted in self.taken


@dataclass
class FakeParties(Fake):
    def of_tax_id(self, tax_id: str) -> PartyId:
        return PartyId(an_id(f"party {tax_id}"))

    def tax_index(self, tax_id: str) -> str:
        return f"index of {tax_id}"


@dataclass
class FakeLegalEntities(Fake):
    by_code: dict[str, LegalEntityId] = field(default_factory=dict)

    def of_edrpou(self, edrpou: str) -> LegalEntityId | None:
        assert edrpou in self.announced.edrpous
        return self.by_code.get(edrpou)


@dataclass
class FakePatients(Fake):
    taxes: dict[str, PatientId] = field(default_factory=dict)
    names: dict[str, list[Namesake]] = field(default_factory=dict)
    phones: dict[str, set[PatientId]] = field(default_factory=dict)

    def tax_index(self, tax_id: str) -> str:
        assert tax_id in self.announced.patient_tax_ids
        return f"tax {tax_id}"

    def name_index(self, name: tuple[str, ...], birth_date: date) -> str:
        assert (name, birth_date) in self.announced.patient_names
        return f"name {' '.join(name)} {birth_date}"

    def phone_index(self, phone: str) -> str:
        assert phone in self.announced.patient_phones
        return f"phone {phone}"

    def of_tax_index(self, index: str) -> PatientId | None:
        return self.taxes.get(index)

    def of_name_index(self, index: str) -> tuple[Namesake, ...]:
        return tuple(self.names.get(index, ()))

    def of_phone_index(self, index: str) -> frozenset[PatientId]:
        return frozenset(self.phones.get(index, ()))


@dataclass
class FakeDeclarations(Fake):
    live: list[LiveDeclaration] = field(default_factory=list)
    held: dict[PartyId, int] = field(default_factory=dict)  # beside the live ones

    def live_of(self, patient: PatientId) -> tuple[LiveDeclaration, ...]:
        assert patient in self.announced.declarations
        return tuple(each for each in self.live if each.patient == patient)

    def active_of(self, patient: PatientId) -> DeclarationId | None:
        return next((each.declaration for each in self.live_of(patient) if each.active), None)

    def active_of_employee(
        self, employee: EmployeeId
    ) -> tuple[tuple[DeclarationId, PatientId], ...]:
        assert employee in self.announced.employees
        return tuple(sorted((e.declaration, e.patient) for e in self.live if e.doctor == employee))

    def count_of_party(self, party: PartyId) -> int:
        assert self.announced.declared_signers
        return self.held.get(party, 0) + sum(each.party == party for each in self.live)


@dataclass
class FakeRecords(Fake):
    values: dict[int, str] = field(default_factory=dict)

    def chain_value(self, position: int) -> str | None:
        assert position in self.announced.positions
        return self.values.get(position)


@dataclass
class FakeEmployees(Fake):
    approved: dict[LegalEntityId, tuple[EmployeeId, ...]] = field(default_factory=dict)
    specialities: dict[PartyId, frozenset[str]] = field(default_factory=dict)  # of other jobs

    def specialities_of_party(self, party: PartyId) -> frozenset[str]:
        assert self.announced.declared_signers
        return self.specialities.get(party, frozenset())

    def approved_of(self, entity: LegalEntityId) -> tuple[EmployeeId, ...]:
        assert entity in self.announced.employers
        return self.approved.get(entity, ())


@dataclass
class FakeLicences(Fake):
    known: dict[LegalEntityId, tuple[LicenceId, ...]] = field(default_factory=dict)

    def of_entity(self, entity: LegalEntityId) -> tuple[LicenceId, ...]:
        assert entity in self.announced.licensed
        return self.known.get(entity, ())


@dataclass
class FakeHealthcareServices(Fake):
    by_kind: dict[tuple[UUID, str, str, str], HealthcareServiceId] = field(default_factory=dict)

    def of_kind(
        self, division: DivisionId, category: str, speciality: str, providing_condition: str
    ) -> HealthcareServiceId | None:
        assert division in self.announced.service_divisions
        return self.by_kind.get((division, category, speciality, providing_condition))


@dataclass
class FakeEmployeeRoles(Fake):
    known: dict[tuple[UUID, UUID], EmployeeRoleId] = field(default_factory=dict)

    def of(self, employee: EmployeeId, service: HealthcareServiceId) -> EmployeeRoleId | None:
        assert employee in self.announced.role_employees
        return self.known.get((employee, service))

    def of_employee(self, employee: EmployeeId) -> tuple[EmployeeRoleId, ...] | None:
        if employee not in self.announced.role_employees:
            return None
        return tuple(role for (whose, _), role in self.known.items() if whose == employee)


@dataclass
class FakeResources(Fake):
    known: dict[UUID, ClinicalResource] = field(default_factory=dict)
    acts: dict[UUID, tuple[UUID, ...]] = field(default_factory=dict)

    def find(self, wanted: UUID) -> ClinicalResource | None:
        assert wanted in self.announced.resources
        return self.known.get(wanted)

    def acts_on(self, patient: PatientId) -> tuple[UUID, ...] | None:
        return self.acts.get(patient, ()) if patient in self.announced.acts_on else None


@dataclass
class FakeOriginals(Fake):
    signed: dict[UUID, list[Json]] = field(default_factory=dict)
    recorded: dict[int, list[Json]] = field(default_factory=dict)  # by position

    def of(self, encounter: EncounterId) -> list[Json] | None:
        assert encounter in self.announced.originals
        return self.signed.get(encounter)

    def of_act(self, position: int) -> list[Json] | None:
        assert position in self.announced.acts
        return self.recorded.get(position)


@dataclass
class FakeApprovals(Fake):
    live: dict[PatientId, tuple[ApprovalId, ...]] = field(default_factory=dict)

    def live_of(self, patient: PatientId) -> tuple[ApprovalId, ...]:
        assert patient in self.announced.approvals
        return self.live.get(patient, ())


@dataclass
class FakeCarePlans(Fake):
    open: dict[PatientId, tuple[CarePlanId, ...]] = field(default_factory=dict)

    def open_of(self, patient: PatientId) -> tuple[CarePlanId, ...]:
        assert patient in self.announced.care_plans
        return self.open.get(patient, ())


@dataclass
class FakeTariffs(Fake):
    known: dict[str, list[tuple[date, date, TariffInForce]]] = field(default_factory=dict)

    def in_force(self, service: str, day: date) -> TariffInForce | None:
        assert service in self.announced.services
        found = self.known.get(service, [])
        return next((tariff for first, last, tariff in found if first <= day <= last), None)

    def days_of(self, service: str, tariff: TariffId) -> tuple[date, date] | None:
        assert service in self.announced.services
        found = self.known.get(service, [])
        return next(((first, last) for first, last, held in found if held.tariff == tariff), None)

    def overlap(
        self, service: str, first_day: date, last_day: date, *, apart_from: TariffId | None = None
    ) -> bool:
        assert service in self.announced.services
        found = self.known.get(service, [])
        return any(
            first <= last_day and first_day <= last and held.tariff != apart_from
            for first, last, held in found
        )


@dataclass
class FakeCaseTariffs(Fake):
    rates: list[tuple[date, date, str, TariffInForce]] = field(default_factory=list)  # of a group
    weighed: list[tuple[date, date, TariffInForce]] = field(default_factory=list)

    def rate(self, package: str, group: str, day: date) -> TariffInForce | None:
        assert day in self.announced.case_days
        for first, last, of_group, tariff in self.rates:
            if (tariff.package, of_group) == (package, group) and first <= day <= last:
                return tariff
        return None

    def mix(self, package: str, day: date) -> TariffId | None:
        assert day in self.announced.case_days
        for first, last, tariff in self.weighed:
            if tariff.package == package and first <= day <= last:
                return tariff.tariff
        return None

    def mixes(self, day: date) -> tuple[TariffId, ...]:
        assert day in self.announced.case_days
        return tuple(tariff.tariff for first, last, tariff in self.weighed if first <= day <= last)


@dataclass
class FakeGroupings(Fake):
    known: dict[str, tuple[date, date, GroupingId]] = field(default_factory=dict)  # by version

    def in_force(self, day: date) -> GroupingId | None:
        assert day in self.announced.case_days
        held = (each for first, last, each in self.known.values() if first <= day <= last)
        return next(held, None)

    def days_of(self, release: GroupingId) -> tuple[date, date] | None:
        assert self.announced.groupings
        held = self.known.values()
        return next(((first, last) for first, last, each in held if each == release), None)

    def overlap(
        self, first_day: date, last_day: date, *, apart_from: GroupingId | None = None
    ) -> bool:
        assert self.announced.groupings
        held = self.known.values()
        return any(
            first <= last_day and first_day <= last and each != apart_from
            for first, last, each in held
        )

    def version_is_taken(self, version: str) -> bool:
        assert self.announced.groupings
        return version in self.known


@dataclass
class FakeContracts(Fake):
    known: dict[UUID, list[tuple[date, date, str, ContractInForce]]] = field(default_factory=dict)
    kinds: dict[UUID, list[tuple[date, date, ContractKind]]] = field(default_factory=dict)
    waiting: dict[UUID, list[ContractRequestId]] = field(default_factory=dict)

    def in_force(self, provider: LegalEntityId, package: str, day: date) -> ContractInForce | None:
        assert provider in self.announced.providers
        for first, last, bought, contract in self.known.get(provider, []):
            if bought == package and first <= day <= last:
                return contract
        return None

    def overlap(
        self,
        provider: LegalEntityId,
        package: str,
        first_day: date,
        last_day: date,
        *,
        apart_from: ContractId,
    ) -> bool:
        assert provider in self.announced.providers
        return any(
            bought == package
            and first <= last_day
            and first_day <= last
            and contract.contract != apart_from
            for first, last, bought, contract in self.known.get(provider, [])
        )

    def of_provider(self, provider: LegalEntityId) -> tuple[ContractId, ...]:
        assert provider in self.announced.providers
        return tuple(sorted({each[3].contract for each in self.known.get(provider, [])}))

    def requests_of(self, provider: LegalEntityId) -> tuple[ContractRequestId, ...]:
        assert provider in self.announced.applicants
        return tuple(self.waiting.get(provider, []))

    def has_kind(
        self, provider: LegalEntityId, kind: ContractKind, first_day: date, last_day: date
    ) -> bool:
        assert provider in self.announced.providers
        return any(
            kind == concluded and first <= last_day and first_day <= last
            for first, last, concluded in self.kinds.get(provider, [])
        )


@dataclass
class FakeBilling(Fake):
    """Know one contract's month as it began."""

    stood: dict[UUID, Contract] = field(default_factory=dict)
    roll: list[DeclaredPatient] = field(default_factory=list)
    in_mountains: set[UUID] = field(default_factory=set)
    terms: dict[str, list[TariffReleased]] = field(default_factory=dict)
    place: int = 77

    def as_of(self, moment: int) -> int:  # noqa: ARG002 - it is one month
        assert self.announced.billed
        return self.place

    def contract(
        self,
        wanted: ContractId,
        moment: int,  # noqa: ARG002 - it is one month
        concluded_at: int | None,  # noqa: ARG002 - nothing happened since
    ) -> Contract | None:
        assert wanted in self.announced.billed
        return self.stood.get(wanted)

    def declared(
        self,
        doctors: Iterable[EmployeeId],
        moment: int,  # noqa: ARG002 - it is one month
    ) -> tuple[DeclaredPatient, ...]:
        asked = set(doctors)
        return tuple(each for each in self.roll if each.doctor in asked)

    def mountains(
        self,
        divisions: Iterable[DivisionId],
        moment: int,  # noqa: ARG002 - it is one month
    ) -> Mapping[DivisionId, bool]:
        return {each: each in self.in_mountains for each in divisions}

    def tariff(self, subject: str, day: date) -> TariffReleased | None:
        found = self.terms.get(subject, [])
        return next((each for each in found if each.first_day <= day <= each.last_day), None)

    def released(self, package: str, day: date) -> tuple[TariffReleased, ...]:
        assert package in self.announced.packages or self.announced.case_days
        return tuple(
            each
            for held in self.terms.values()
            for each in held
            if each.package == package and each.first_day <= day <= each.last_day
        )


@dataclass
class FakeCutOffs(Fake):
    known: dict[str, int] = field(default_factory=dict)

    def at(self, period: Month) -> int | None:
        assert self.announced.cut_offs
        return self.known.get(period)


@dataclass
class FakeStatements(Fake):
    formed: dict[StatementKey, StatementId] = field(default_factory=dict)
    folds: dict[StatementKey, Statement] = field(default_factory=dict)
    firsts: dict[StatementId, tuple[int, str]] = field(default_factory=dict)

    def of(self, key: StatementKey) -> StatementId | None:
        assert key in self.announced.statements
        return self.formed.get(key)

    def folded(self, key: StatementKey) -> FoldedStatement | None:
        assert key in self.announced.statements
        found = self.folds.get(key)
        return None if found is None else found.folded()

    def first_record_of(self, statement: StatementId) -> tuple[int, str] | None:
        assert statement in self.announced.first_records
        return self.firsts.get(statement)


@dataclass
class FakeCharges(Fake):
    known: dict[UUID, Stated] = field(default_factory=dict)
    totals: dict[StatementKey, int] = field(default_factory=dict)

    def stated(self, charge: ChargeId) -> Stated | None:
        assert charge in self.announced.charges
        return self.known.get(charge)

    def total_of(self, key: StatementKey) -> int:
        return self.totals.get(key, 0)


@dataclass
class FakePayments(Fake):
    references: set[str] = field(default_factory=set)

    def reference_is_taken(self, reference: str) -> bool:
        assert reference in self.announced.bank_references
        return reference in self.references


@dataclass
class FakePrescriptions(Fake):
    numbers: set[str] = field(default_factory=set)
    running: dict[TreatmentKey, tuple[tuple[date, date], ...]] = field(default_factory=dict)
    codes: dict[PrescriptionId, str] = field(default_factory=dict)

    def number_is_taken(self, number: str) -> bool:
        assert number in self.announced.prescription_numbers
        return number in self.numbers

    def treatment_index(
        self, patient: PatientId, medication: MedicationId, program: MedicalProgramId
    ) -> str:
        assert (patient, medication, program) in self.announced.treatments
        return f"index of {patient} {medication} {program}"

    def treatments(
        self, patient: PatientId, medication: MedicationId, program: MedicalProgramId
    ) -> tuple[tuple[date, date], ...]:
        assert (patient, medication, program) in self.announced.treatments
        return self.running.get((patient, medication, program), ())

    def code_of(self, prescription: PrescriptionId) -> str:
        return self.codes[prescription]


@dataclass
class FakeOpenMatters(Fake):
    open: dict[PatientId, tuple[tuple[str, UUID], ...]] = field(default_factory=dict)

    def of(self, patient: PatientId) -> tuple[tuple[str, UUID], ...]:
        assert patient in self.announced.open_matters
        return self.open.get(patient, ())


@dataclass
class FakeLookups:
    """Gather the fakes; `announce` tells all of them what the law said it would ask."""

    ids: FakeIds = field(default_factory=FakeIds)
    parties: FakeParties = field(default_factory=FakeParties)
    legal_entities: FakeLegalEntities = field(default_factory=FakeLegalEntities)
    employees: FakeEmployees = field(default_factory=FakeEmployees)
    healthcare_services: FakeHealthcareServices = field(default_factory=FakeHealthcareServices)
    employee_roles: FakeEmployeeRoles = field(default_factory=FakeEmployeeRoles)
    patients: FakePatients = field(default_factory=FakePatients)
    open_matters: FakeOpenMatters = field(default_factory=FakeOpenMatters)
    records: FakeRecords = field(default_factory=FakeRecords)
    declarations: FakeDeclarations = field(default_factory=FakeDeclarations)
    resources: FakeResources = field(default_factory=FakeResources)
    originals: FakeOriginals = field(default_factory=FakeOriginals)
    approvals: FakeApprovals = field(default_factory=FakeApprovals)
    care_plans: FakeCarePlans = field(default_factory=FakeCarePlans)
    charges: FakeCharges = field(default_factory=FakeCharges)
    tariffs: FakeTariffs = field(default_factory=FakeTariffs)
    case_tariffs: FakeCaseTariffs = field(default_factory=FakeCaseTariffs)
    groupings: FakeGroupings = field(default_factory=FakeGroupings)
    contracts: FakeContracts = field(default_factory=FakeContracts)
    billing: FakeBilling = field(default_factory=FakeBilling)
    cut_offs: FakeCutOffs = field(default_factory=FakeCutOffs)
    statements: FakeStatements = field(default_factory=FakeStatements)
    payments: FakePayments = field(default_factory=FakePayments)
    prescriptions: FakePrescriptions = field(default_factory=FakePrescriptions)
    licences: FakeLicences = field(default_factory=FakeLicences)

    def announce(self, wanted: Wanted) -> None:
        for fake in vars(self).values():
            fake.announced = wanted
