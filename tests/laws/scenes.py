"""Set one accepted scene a command; the tables take them and change one thing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from ehealth_ledger.aggregates.contract import Contract
from ehealth_ledger.aggregates.employee import Employee
from ehealth_ledger.aggregates.legal_entity import LegalEntity
from ehealth_ledger.aggregates.patient import Patient
from ehealth_ledger.aggregates.referral import Referral
from ehealth_ledger.aggregates.referral import Status as ReferralStatus
from ehealth_ledger.aggregates.statement import Statement
from ehealth_ledger.aggregates.statement import Status as StatementStatus
from ehealth_ledger.events.employee import EmployeeType
from ehealth_ledger.pricing.charge import ContractInForce, TariffInForce
from ehealth_ledger.pricing.statement import Line, StatementKey, fold
from ehealth_ledger.values.identifiers import (
    ChargeId,
    ContractId,
    EmployeeId,
    LegalEntityId,
    PartyId,
    PatientId,
    ReferralId,
    StatementId,
    TariffId,
)
from ehealth_ledger.values.json import Json
from ehealth_ledger.values.money import Kopiykas
from ehealth_ledger.values.time import Month, microseconds
from tests.laws.bench import NOW, FakeLookups, Scene, an_id

TAX: Final = "2000000001"
OTHER_TAX: Final = "2000000002"
EDRPOU: Final = "30000001"
SYSTEM, CODE, PACKAGE = "eHealth/services", "A67003", "9"
SERVICE: Final = f"{SYSTEM}|{CODE}"
MONTH: Final = Month("2026-10")
DIGEST: Final = sha256(b"statement").hexdigest()
FIRST_CONTENT: Final = sha256(b"content of statement.form").hexdigest()
FIRST_CHAIN: Final = sha256(b"chain value").hexdigest()
ICD, ICPC = "http://hl7.org/fhir/sid/icd-10-am", "http://hl7.org/fhir/sid/icpc-2"

ACTOR, ENTITY, PATIENT = an_id("actor"), an_id("entity"), an_id("patient")
REFERRAL, STATEMENT, CONTRACT = an_id("referral"), an_id("statement"), an_id("contract")
NEW, ENCOUNTER, CONDITION, OBSERVATION = (
    an_id(name) for name in ("new", "encounter", "condition", "observation")
)
LEDGER: Final = an_id("ledger")
KEY: Final = StatementKey(ContractId(CONTRACT), PACKAGE, MONTH)


def employee(kind: EmployeeType, *, entity: UUID = ENTITY, tax_id: str = TAX) -> Employee:
    """Make the acting employee's state."""
    return Employee(
        EmployeeId(ACTOR),
        LegalEntityId(entity),
        PartyId(an_id("party")),
        f"index of {tax_id}",
        kind,
    )


def institution(edrpou: str = EDRPOU) -> LegalEntity:
    """Make the institution's state."""
    return LegalEntity(LegalEntityId(ENTITY), edrpou, "OUTPATIENT")


def referral(status: ReferralStatus = ReferralStatus.ACTIVE, **other: Any) -> Referral:
    """Make a referral's state; a redeemed one is redeemed by the acting institution."""
    used = status in (ReferralStatus.REDEEMED, ReferralStatus.COMPLETED)
    fields: dict[str, Any] = {
        "id": ReferralId(REFERRAL),
        "patient": PatientId(PATIENT),
        "requester": EmployeeId(ACTOR),
        "services": (SERVICE,),
        "expires_at": microseconds(NOW + timedelta(days=30)),
        "status": status,
        "redeemed_by": LegalEntityId(ENTITY) if used else None,
    }
    return Referral(**(fields | other))


def statement(status: StatementStatus = StatementStatus.FORMED, **other: Any) -> Statement:
    """Make a statement's state, 150.00 hryvnias of the acting institution."""
    fields: dict[str, Any] = {
        "id": StatementId(STATEMENT),
        "payer": LegalEntityId(an_id("payer")),
        "provider": LegalEntityId(ENTITY),
        "total": Kopiykas(15_000),
        "digest": DIGEST,
        "content_digest": FIRST_CONTENT,
        "status": status,
    }
    return Statement(**(fields | other))


def contract() -> Contract:
    """Make a contract's state."""
    return Contract(
        ContractId(CONTRACT),
        LegalEntityId(an_id("payer")),
        LegalEntityId(an_id("provider")),
        frozenset({PACKAGE}),
    )


def line(position: int = 90, amount: int = 15_000) -> Line:
    """Make one line of a statement."""
    return Line(
        position=position,
        charge=ChargeId(an_id(f"charge {position}")),
        act_position=position - 2,
        performer=EmployeeId(ACTOR),
        service=SERVICE,
        day=date(2026, 10, 5),
        tariff=TariffId(an_id("tariff")),
        quantity=1,
        unit_price=Kopiykas(amount),
        amount=Kopiykas(amount),
    )


def head(command: str, **body: Any) -> Json:
    """Write the head of a command's content."""
    return {
        "command": command,
        "version": 1,
        "command_id": "10000000-0000-4000-8000-000000000001",
        "ledger": str(LEDGER),
        "issued_at": NOW.isoformat(),
        "legal_entity": str(ENTITY),
        "employee": str(ACTOR),
        **body,
    }


def scene(kind: EmployeeType, command: str, *, states: Any = None, **body: Any) -> Scene:
    """Set a scene in which an employee of this type of the institution acts."""
    return Scene(
        head(command, **body),
        {ACTOR: employee(kind), ENTITY: institution(), **(states or {})},
        TAX,
    )


def reference(kind: str, wanted: UUID) -> Json:
    """Write a FHIR reference."""
    return {"reference": f"{kind}/{wanted}"}


def coded(system: str, code: str) -> Json:
    """Write a CodeableConcept of one coding."""
    return {"coding": [{"system": system, "code": code}]}


def moment(**ago: float) -> str:
    """Write a moment before now."""
    return (NOW - timedelta(**ago)).isoformat()


def open_ledger() -> Scene:
    party = {"tax_id": TAX, "family": "Адміністратор", "given": "Перший"}
    resource = {
        "payer": {"id": str(ENTITY), "edrpou": EDRPOU, "name": "НСЗУ"},
        "administrators": [{"id": str(ACTOR), "party": party}],
        "signing_key": "ab" * 32,
        "trust_store": "cd" * 32,
    }
    return Scene(head("ledger.open", resource=resource), {}, TAX, EDRPOU, basis=0)


def register_legal_entity() -> Scene:
    party = {"tax_id": TAX, "family": "Керівник", "given": "Закладу"}
    resource = {
        "id": str(ENTITY),
        "edrpou": EDRPOU,
        "name": "Поліклініка",
        "kind": "PRIMARY_CARE",
        "head": {"id": str(ACTOR), "party": party},
    }
    return Scene(head("legal_entity.register", resource=resource), {}, TAX, EDRPOU)


def register_employee() -> Scene:
    party = {"tax_id": OTHER_TAX, "family": "Лікар", "given": "Новий"}
    resource = {"id": str(NEW), "party": party, "type": "DOCTOR", "speciality": "FAMILY_DOCTOR"}
    return scene("OWNER", "employee.register", resource=resource)


def register_patient() -> Scene:
    resource = {
        "resourceType": "Patient",
        "id": str(NEW),
        "name": [{"family": "Пацієнтка", "given": ["Олена"]}],
        "gender": "female",
        "birthDate": "1980-05-01",
    }
    return scene("RECEPTIONIST", "patient.register", resource=resource)


def sign_declaration() -> Scene:
    resource = {"id": str(NEW), "patient": str(PATIENT), "doctor": str(ACTOR)}
    states = {PATIENT: Patient(PatientId(PATIENT))}
    return scene("DOCTOR", "declaration.sign", states=states, resource=resource)


def publish_tariff() -> Scene:
    resource = {
        "id": str(NEW),
        "package": PACKAGE,
        "service": {"system": SYSTEM, "code": CODE},
        "first_day": "2027-01-01",
        "last_day": "2027-12-31",
        "unit_price": 15_000,
        "order": "наказ 1",
    }
    return scene("NHS_ADMIN_SIGNER", "tariff.publish", resource=resource)


def sign_contract() -> Scene:
    provider = an_id("provider")
    resource = {
        "id": str(NEW),
        "provider": str(provider),
        "number": "T-1",
        "packages": [PACKAGE, "10"],
        "first_day": "2027-01-01",
        "last_day": "2027-12-31",
    }
    states = {provider: LegalEntity(LegalEntityId(provider), "20000001", "OUTPATIENT")}
    return scene("NHS_ADMIN_SIGNER", "contract.sign", states=states, resource=resource)


def set_cut_off() -> Scene:
    resource = {"id": str(NEW), "period": MONTH, "at": moment(days=-10)}
    return scene("NHS_ADMIN_SIGNER", "cut_off.set", resource=resource)


def issue_referral() -> Scene:
    resource = {
        "resourceType": "ServiceRequest",
        "id": str(NEW),
        "status": "active",
        "intent": "order",
        "code": coded(SYSTEM, CODE),
        "subject": reference("Patient", PATIENT),
        "requester": reference("PractitionerRole", ACTOR),
        "authoredOn": moment(minutes=1),
        "occurrencePeriod": {"start": moment(minutes=1), "end": moment(days=-365)},
    }
    states = {PATIENT: Patient(PatientId(PATIENT))}
    return scene("DOCTOR", "referral.issue", states=states, resource=resource)


def redeem_referral() -> Scene:
    resource = {"referral": str(REFERRAL), "patient": str(PATIENT), "performer": str(ACTOR)}
    states = {REFERRAL: referral(requester=EmployeeId(an_id("family doctor")))}
    return scene("SPECIALIST", "referral.redeem", states=states, resource=resource)


def _withdrawal(command: str) -> Scene:
    resource = {"referral": str(REFERRAL), "patient": str(PATIENT), "reason": "помилка"}
    return scene("DOCTOR", command, states={REFERRAL: referral()}, resource=resource)


def recall_referral() -> Scene:
    return _withdrawal("referral.recall")


def cancel_referral() -> Scene:
    return _withdrawal("referral.cancel")


def record_encounter() -> Scene:
    encounter = {
        "resourceType": "Encounter",
        "id": str(ENCOUNTER),
        "status": "finished",
        "class": {"system": "eHealth/encounter_classes", "code": "AMB"},
        "serviceType": coded(SYSTEM, CODE),
        "subject": reference("Patient", PATIENT),
        "participant": [{"individual": reference("PractitionerRole", ACTOR)}],
        "period": {"start": moment(minutes=20), "end": moment(minutes=5)},
        "basedOn": [reference("ServiceRequest", REFERRAL)],
        "diagnosis": [
            {
                "condition": reference("Condition", CONDITION),
                "use": coded("eHealth/diagnosis_roles", "primary"),
                "rank": 1,
            }
        ],
        "serviceProvider": reference("Organization", ENTITY),
    }
    status = "http://terminology.hl7.org/CodeSystem/condition-"
    condition = {
        "resourceType": "Condition",
        "id": str(CONDITION),
        "clinicalStatus": coded(f"{status}clinical", "active"),
        "verificationStatus": coded(f"{status}ver-status", "confirmed"),
        "code": coded(ICD, "I10"),
        "subject": reference("Patient", PATIENT),
        "encounter": reference("Encounter", ENCOUNTER),
        "recordedDate": moment(minutes=5),
    }
    observation = {
        "resourceType": "Observation",
        "id": str(OBSERVATION),
        "status": "final",
        "code": coded("http://loinc.org", "8480-6"),
        "subject": reference("Patient", PATIENT),
        "encounter": reference("Encounter", ENCOUNTER),
        "effectiveDateTime": moment(minutes=5),
        "valueQuantity": {"value": 142, "unit": "mmHg"},
    }
    accepted = scene(
        "SPECIALIST",
        "encounter.record",
        states={
            PATIENT: Patient(PatientId(PATIENT)),
            REFERRAL: referral(ReferralStatus.REDEEMED),
        },
        resources=[encounter, condition, observation],
    )
    year = date(2026, 1, 1), date(2026, 12, 31)
    price = TariffInForce(TariffId(an_id("tariff")), PACKAGE, Kopiykas(15_000))
    buys = ContractInForce(ContractId(CONTRACT), LegalEntityId(an_id("payer")))
    accepted.lookups = FakeLookups(
        tariffs={SERVICE: [(*year, price)]}, contracts={ENTITY: [(*year, PACKAGE, buys)]}
    )
    return accepted


def form_statement() -> Scene:
    resource = {"id": str(NEW), "contract": str(CONTRACT), "package": PACKAGE, "period": MONTH}
    accepted = scene(
        "NHS_ADMIN_SIGNER", "statement.form", states={CONTRACT: contract()}, resource=resource
    )
    accepted.lookups = FakeLookups(
        cut_offs={MONTH: microseconds(NOW)},
        folds={
            KEY: fold(
                KEY,
                LegalEntityId(an_id("provider")),
                LegalEntityId(ENTITY),
                [line(90), line(93, 20_000)],
            )
        },
    )
    return accepted


def countersign_statement() -> Scene:
    first = {
        "log": "records",
        "position": 95,
        "chain_value": FIRST_CHAIN,
        "content_digest": FIRST_CONTENT,
    }
    resource = {"statement": str(STATEMENT), "digest": DIGEST, "first": first}
    accepted = scene(
        "OWNER", "statement.countersign", states={STATEMENT: statement()}, resource=resource
    )
    accepted.lookups.firsts[StatementId(STATEMENT)] = (95, FIRST_CHAIN)
    return accepted


def accept_statement() -> Scene:
    states = {STATEMENT: statement(StatementStatus.COUNTERSIGNED)}
    resource = {"statement": str(STATEMENT), "digest": DIGEST}
    return scene("NHS_ADMIN_SIGNER", "statement.accept", states=states, resource=resource)


def record_payment() -> Scene:
    resource = {
        "id": str(NEW),
        "statement": str(STATEMENT),
        "amount": 15_000,
        "bank_reference": "PAY-1",
        "paid_on": "2026-11-23",
    }
    states = {STATEMENT: statement(StatementStatus.ACCEPTED)}
    return scene("NHS_ADMIN_SIGNER", "payment.record", states=states, resource=resource)


SCENES: Final[Mapping[str, Callable[[], Scene]]] = {
    "ledger.open": open_ledger,
    "legal_entity.register": register_legal_entity,
    "employee.register": register_employee,
    "patient.register": register_patient,
    "declaration.sign": sign_declaration,
    "tariff.publish": publish_tariff,
    "contract.sign": sign_contract,
    "cut_off.set": set_cut_off,
    "referral.issue": issue_referral,
    "referral.redeem": redeem_referral,
    "referral.recall": recall_referral,
    "referral.cancel": cancel_referral,
    "encounter.record": record_encounter,
    "statement.form": form_statement,
    "statement.countersign": countersign_statement,
    "statement.accept": accept_statement,
    "payment.record": record_payment,
}
