"""Hold the people, things and small writers that the scenes of all nouns share."""

from __future__ import annotations

from datetime import date, timedelta
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from ehealth_ledger.aggregates.contract import Contract
from ehealth_ledger.aggregates.employee import Employee
from ehealth_ledger.aggregates.legal_entity import LegalEntity
from ehealth_ledger.aggregates.referral import Referral
from ehealth_ledger.aggregates.referral import Status as ReferralStatus
from ehealth_ledger.aggregates.statement import Statement
from ehealth_ledger.aggregates.statement import Status as StatementStatus
from ehealth_ledger.entrypoints.demo.resources.registry import SPECIALITIES
from ehealth_ledger.events.contract import Terms
from ehealth_ledger.events.employee import EmployeeType
from ehealth_ledger.events.legal_entity import LegalEntityKind
from ehealth_ledger.pricing.charge import Price
from ehealth_ledger.pricing.statement import Line, StatementKey
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
from tests.laws.bench import NOW, Scene
from tests.laws.lookups import an_id

TAX: Final = "2000000001"
OTHER_TAX: Final = "2000000002"
EDRPOU: Final = "30000001"
SYSTEM, CODE, PACKAGE = "eHealth/services", "A67003", "9"
SERVICE: Final = f"{SYSTEM}|{CODE}"
CATEGORIES, COUNSELLING = "eHealth/SNOMED/service_request_categories", "409063005"
MONTH: Final = Month("2026-10")
DIGEST: Final = sha256(b"statement").hexdigest()
FIRST_CONTENT: Final = sha256(b"content of statement.form").hexdigest()
FIRST_CHAIN: Final = sha256(b"chain value").hexdigest()
ICD, ICPC = "http://hl7.org/fhir/sid/icd-10-am", "http://hl7.org/fhir/sid/icpc-2"

ACTOR, ENTITY, PATIENT = an_id("actor"), an_id("entity"), an_id("patient")
PARTY: Final = an_id("party")
REFERRAL, STATEMENT, CONTRACT = an_id("referral"), an_id("statement"), an_id("contract")
NEW, ENCOUNTER, CONDITION, OBSERVATION = (
    an_id(name) for name in ("new", "encounter", "condition", "observation")
)
LEDGER: Final = an_id("ledger")
KEY: Final = StatementKey(ContractId(CONTRACT), PACKAGE, MONTH)


def employee(kind: EmployeeType, *, entity: UUID = ENTITY, tax_id: str = TAX) -> Employee:
    """Make the acting employee's state."""
    speciality = SPECIALITIES.get(kind)
    return Employee(
        EmployeeId(ACTOR),
        LegalEntityId(entity),
        PartyId(PARTY),
        f"index of {tax_id}",
        kind,
        () if speciality is None else (speciality,),
    )


def institution(edrpou: str = EDRPOU, kind: LegalEntityKind = "OUTPATIENT") -> LegalEntity:
    """Make the institution's state: active, verified by the payer."""
    return LegalEntity(LegalEntityId(ENTITY), edrpou, kind, nhs_verified=True)


def referral(status: ReferralStatus = ReferralStatus.ACTIVE, **other: Any) -> Referral:
    """Make a referral's state: for counselling, of the acting employee, in nobody's hands yet."""
    fields: dict[str, Any] = {
        "id": ReferralId(REFERRAL),
        "patient": PatientId(PATIENT),
        "requester": EmployeeId(ACTOR),
        "category": COUNSELLING,
        "services": (SERVICE,),
        "expires_at": microseconds(NOW + timedelta(days=30)),
        "status": status,
    }
    return Referral(**(fields | other))


def redeemed_referral(**other: Any) -> Referral:
    """Make the state of a referral that the acting institution redeemed."""
    return referral(redeemed_by=LegalEntityId(ENTITY), **other)


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
        "key": KEY,
        "accepted": 15_000,
    }
    return Statement(**(fields | other))


def contract(**other: Any) -> Contract:
    """Make a contract's state: it buys one package this year."""
    terms = {
        "payer": an_id("payer"),
        "provider": an_id("provider"),
        "kind": "MEDICAL_SERVICES",
        "number": "T-1",
        "packages": (PACKAGE,),
        "first_day": date(2026, 1, 1),
        "last_day": date(2026, 12, 31),
    }
    return Contract(ContractId(CONTRACT), Terms(**(terms | other)))


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
        price=Price(Kopiykas(amount)),
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


def system_scene(
    command: str, rule: str = "test", *, states: Any = None, position: int = 90, **body: Any
) -> Scene:
    """Set a scene in which the ledger itself acts, for a reason that stands at a position."""
    content = head(command, reason={"position": position, "rule": rule}, **body)
    del content["legal_entity"], content["employee"]
    return Scene(content, dict(states or {}), tax_id="")


def reference(kind: str, wanted: UUID) -> Json:
    """Write a FHIR reference."""
    return {"reference": f"{kind}/{wanted}"}


def coded(system: str, code: str) -> Json:
    """Write a CodeableConcept of one coding."""
    return {"coding": [{"system": system, "code": code}]}


def moment(**ago: float) -> str:
    """Write a moment before now."""
    return (NOW - timedelta(**ago)).isoformat()
