"""Write the region's acts: one function an act, each a signed command ready to be posted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from typing import Final
from uuid import UUID, uuid4

from ehealth_ledger.chain.receipt import Placement
from ehealth_ledger.commands.fhir.condition import ICD_10_AM, ICPC_2
from ehealth_ledger.entrypoints.demo import commands as write
from ehealth_ledger.entrypoints.demo.authority import Authority
from ehealth_ledger.entrypoints.demo.commands import Actor, Author, Signed
from ehealth_ledger.entrypoints.demo.people import Institution, Newcomer, Person
from ehealth_ledger.entrypoints.demo.resources import registry, treated_case
from ehealth_ledger.entrypoints.demo.resources.episode import episode_of_care
from ehealth_ledger.values.json import Json
from ehealth_ledger.values.money import Kopiykas
from ehealth_ledger.values.time import Month

Service = tuple[str, str]
"""Code and name of a service."""

Finding = tuple[str, str]
"""System and code of a diagnosis."""

FAMILY_FINDINGS: Final[Sequence[Finding]] = ((ICPC_2, "K86"), (ICPC_2, "K04"), (ICPC_2, "A04"))
HOSPITAL_FINDINGS: Final[Sequence[Finding]] = (
    (ICD_10_AM, "I10"),
    (ICD_10_AM, "I49.9"),
    (ICD_10_AM, "I20.9"),
)
PRESSURES: Final = ("142.50", "128.00", "135.75", "119.25", "151.00")  # systolic, mm[Hg]


@dataclass(frozen=True, slots=True)
class Treated:
    """Follow one patient through the story."""

    id: UUID
    person: Newcomer
    doctor: Actor
    performer: Actor  # who sees the patient in the hospital
    service: Service
    referral: UUID = field(default_factory=uuid4)
    at_the_doctors: UUID = field(default_factory=uuid4)  # the episode of the family doctor
    at_the_hospital: UUID = field(default_factory=uuid4)  # the episode of the hospital


def _party(person: Person) -> Json:
    return registry.party(person.tax_id, person.family, person.given)


def head_of(authority: Authority, institution: Institution) -> Actor:
    """Issue the head's certificate, which names the institution too."""
    head = institution.head
    credential = authority.issue(
        head.name, head.tax_id, institution.edrpou, organisation=institution.name
    )
    return Actor(uuid4(), uuid4(), credential, head.name)


def employee_of(authority: Authority, head: Actor, person: Person) -> Actor:
    """Issue an employee's certificate: a natural person's, without an institution."""
    credential = authority.issue(person.name, person.tax_id)
    return Actor(uuid4(), head.legal_entity, credential, person.name)


def register_institution(author: Author, head: Actor, institution: Institution) -> Signed:
    """Register an institution and its head, who signs."""
    resource = registry.institution(
        head.legal_entity,
        institution.edrpou,
        institution.name,
        institution.kind,
        head.employee,
        _party(institution.head),
    )
    return author.sign("legal_entity.register", head, resource=resource)


def verify_institution(author: Author, payer: Actor, institution: UUID) -> Signed:
    """Verify an institution as the payer."""
    return author.sign("legal_entity.verify", payer, resource=registry.verdict(institution))


def register_division(author: Author, head: Actor) -> Signed:
    """Open the institution's division."""
    return author.sign("division.register", head, resource=registry.division(head.division))


def register_employee(
    author: Author, head: Actor, employee: Actor, person: Person, kind: str
) -> Signed:
    """Register an employee of the head's institution."""
    resource = registry.employment(employee.employee, _party(person), kind)
    return author.sign("employee.register", head, resource=resource)


def publish_tariff(
    author: Author, payer: Actor, service: Service, unit_price: Kopiykas, within: Month
) -> Signed:
    """Put a price of a service in force for the year of a month."""
    code, name = service
    resource = {
        "id": str(uuid4()),
        "package": write.PACKAGE,
        "service": {"system": write.SERVICE_SYSTEM, "code": code, "display": name},
        **_year_of(within),
        "unit_price": unit_price,
        "order": "Наказ демонстрації № 1",
    }
    return author.sign("tariff.publish", payer, resource=resource)


def release_grouping(author: Author, payer: Actor, within: Month) -> Signed:
    """Put the rules of grouping in force for the year of a month."""
    return author.sign("grouping.release", payer, resource=treated_case.rules(int(within[:4])))


def release_case_mix(author: Author, payer: Actor, within: Month) -> Signed:
    """Put the base rate and weights of surgery in force for the year of a month."""
    return author.sign("tariff.release", payer, resource=treated_case.case_mix(int(within[:4])))


def request_contract(
    author: Author, head: Actor, request: UUID, contract: UUID, within: Month
) -> Signed:
    """Ask the payer to buy outpatient services and surgery for the year of a month."""
    resource = {
        "id": str(request),
        "contract": str(contract),
        "kind": "MEDICAL_SERVICES",
        "packages": [write.PACKAGE, treated_case.SURGERY],
        "divisions": [str(head.division)],
        **_year_of(within),
    }
    return author.sign("contract.request", head, resource=resource)


def sign_contract(
    author: Author,
    payer: Actor,
    request: UUID,
    number: str,
    corrections: Sequence[tuple[str, str]] = (),
) -> Signed:
    """Agree to a provider's request as the payer, and number the contract.

    `corrections` name, each by package and code, what of the tariffs applies to the provider.
    """
    resource: Json = {"request": str(request), "number": number}
    if corrections:
        agreed = [{"package": package, "code": code} for package, code in corrections]
        resource["corrections"] = agreed
    return author.sign("contract.sign", payer, version=2, resource=resource)


def countersign_contract(
    author: Author, head: Actor, request: UUID, signed: Signed, placement: Placement
) -> Signed:
    """Agree as the provider to what the payer signed, which stands at a place of the log."""
    resource = {"request": str(request), "first": first_signature(signed, placement)}
    return author.sign("contract.countersign", head, resource=resource)


def settle_month(author: Author, payer: Actor, contract: UUID, period: Month) -> Signed:
    """Price what a month withheld, for which a tariff was released since."""
    resource = {
        "contract": str(contract),
        "period": period,
        "explanation": "Тариф оприлюднено заднім числом",
    }
    return author.sign("month.settle", payer, resource=resource)


def terminate_declaration(author: Author, doctor: Actor, patient: UUID, live: UUID) -> Signed:
    """End a declaration as its doctor."""
    resource = {"declaration": str(live), "patient": str(patient), "reason": "За рішенням суду"}
    return author.sign("declaration.terminate", doctor, resource=resource)


def order_erasure(author: Author, payer: Actor, patient: UUID) -> Signed:
    """Order a patient's erasure, which a court has decided."""
    resource = {
        "patient": str(patient),
        "basis": "court_decision",
        "reference": "Рішення суду у справі 757/1/26-ц",
    }
    return author.sign("patient.erase", payer, resource=resource)


def countersign_erasure(
    author: Author, second: Actor, patient: UUID, signed: Signed, placement: Placement
) -> Signed:
    """Agree as another person to the order that stands at a place of the log."""
    resource = {"patient": str(patient), "first": first_signature(signed, placement)}
    return author.sign("patient.erase.countersign", second, resource=resource)


def first_signature(signed: Signed, placement: Placement) -> Json:
    """Name what somebody signed first: where it stands, and the digest of its content."""
    return {
        "log": "records",
        "position": placement.first_position,
        "chain_value": placement.chain_value.hex(),
        "content_digest": sha256(signed.content).hexdigest(),
    }


def _year_of(month: Month) -> Json:
    year = month[:4]
    return {"first_day": f"{year}-01-01", "last_day": f"{year}-12-31"}


def register_patient(author: Author, actor: Actor, treated: Treated) -> Signed:
    """Register a patient."""
    person = treated.person
    resource = write.patient(
        treated.id,
        family=person.family,
        given=person.given,
        birth_date=person.birth_date,
        gender=person.gender,
        tax_id=person.tax_id,
    )
    return author.sign("patient.register", actor, resource=resource)


def sign_declaration(author: Author, doctor: Actor, patient: UUID) -> Signed:
    """Begin a declaration (декларація) with a family doctor."""
    resource = write.declaration(
        patient, doctor.employee, division=doctor.division, seed=author.seed
    )
    return author.sign("declaration.sign", doctor, resource=resource)


def issue_referral(author: Author, treated: Treated, *, authored_on: datetime) -> Signed:
    """Refer a patient (електронне направлення)."""
    resource = write.service_request(
        treated.referral,
        treated.id,
        treated.doctor,
        authored_on=authored_on,
        service=treated.service,
    )
    return author.sign("referral.issue", treated.doctor, resource=resource)


def redeem_referral(author: Author, performer: Actor, treated: Treated) -> Signed:
    """Take a referral for the performer's institution."""
    resource = {
        "referral": str(treated.referral),
        "patient": str(treated.id),
        "performer": str(performer.employee),
    }
    return author.sign("referral.redeem", performer, resource=resource)


def recall_referral(author: Author, treated: Treated, reason: str) -> Signed:
    """Recall a referral."""
    resource = {
        "referral": str(treated.referral),
        "patient": str(treated.id),
        "reason": reason,
    }
    return author.sign("referral.recall", treated.doctor, resource=resource)


def open_family_episode(author: Author, treated: Treated, *, started_on: date) -> Signed:
    """Open the family doctor's episode (епізод медичної допомоги)."""
    resource = episode_of_care(
        treated.at_the_doctors,
        treated.id,
        treated.doctor,
        started_on=started_on,
        kind="primary_care",
        name="Первинна медична допомога",
    )
    return author.sign("episode.open", treated.doctor, resource=resource)


def open_hospital_episode(author: Author, treated: Treated, *, started_on: date) -> Signed:
    """Open the hospital's episode."""
    resource = episode_of_care(
        treated.at_the_hospital,
        treated.id,
        treated.performer,
        started_on=started_on,
        kind="treatment",
        name="Амбулаторне лікування",
    )
    return author.sign("episode.open", treated.performer, resource=resource)


def record_family_visit(author: Author, treated: Treated, number: int, *, at: datetime) -> Signed:
    """Record a visit to the family doctor, coded in ICPC-2; `number` varies what was found."""
    resources = write.encounter_package(
        treated.id,
        treated.doctor,
        at=at,
        episode=treated.at_the_doctors,
        encounter_class="PHC",
        diagnosis=FAMILY_FINDINGS[number % len(FAMILY_FINDINGS)],
        systolic=PRESSURES[-1 - number % len(PRESSURES)],
    )
    return author.sign("encounter.record", treated.doctor, resources=resources)


def record_visit(
    author: Author,
    treated: Treated,
    number: int,
    *,
    at: datetime,
    findings: Sequence[Finding] = HOSPITAL_FINDINGS,
) -> Signed:
    """Record the hospital's visit a redeemed referral asks for; `number` varies what was found."""
    resources = write.encounter_package(
        treated.id,
        treated.performer,
        at=at,
        episode=treated.at_the_hospital,
        diagnosis=findings[number % len(findings)],
        referral=treated.referral,
        systolic=PRESSURES[number % len(PRESSURES)],
        service=treated.service,
    )
    return author.sign("encounter.record", treated.performer, resources=resources)


def set_cut_off(author: Author, payer: Actor, period: Month, at: datetime) -> Signed:
    """Close a month at a moment to come."""
    resource = {"id": str(uuid4()), "period": period, "at": at.isoformat()}
    return author.sign("cut_off.set", payer, resource=resource)


def form_statement(
    author: Author,
    payer: Actor,
    statement: UUID,
    contract: UUID,
    period: Month,
    *,
    package: str = write.PACKAGE,
) -> Signed:
    """Add up a closed month of a contract."""
    resource = {
        "id": str(statement),
        "contract": str(contract),
        "package": package,
        "period": period,
    }
    return author.sign("statement.form", payer, resource=resource)


def countersign_statement(
    author: Author, head: Actor, statement: UUID, digest: str, first: Json
) -> Signed:
    """Agree to a statement as its provider; `first` names the record that formed it."""
    resource = {"statement": str(statement), "digest": digest, "first": first}
    return author.sign("statement.countersign", head, resource=resource)


def accept_statement(author: Author, payer: Actor, statement: UUID, digest: str) -> Signed:
    """Accept a statement as its payer."""
    resource = {"statement": str(statement), "digest": digest}
    return author.sign("statement.accept", payer, resource=resource)


def review_statement(
    author: Author, payer: Actor, statement: UUID, digest: str, denied: Json
) -> Signed:
    """Accept a statement as its payer but for one line, which is said to be a duplicate."""
    line = {
        "charge": denied["charge"],
        "reason": "duplicate_service",
        "rule": {"id": "duplicate_service", "version": 1},
        "explanation": "Та сама послуга того ж дня",
    }
    resource = {"statement": str(statement), "digest": digest, "denied": [line]}
    return author.sign("statement.review", payer, resource=resource)


def resubmit_charge(author: Author, head: Actor, denied: Json) -> Signed:
    """Claim a denied act again, as the provider's head."""
    resource = {"charge": denied["charge"], "explanation": "Додано виписку"}
    return author.sign("charge.resubmit", head, resource=resource)


def adjust_charge(author: Author, payer: Actor, line: Json, amount: int) -> Signed:
    """Correct a line of a closed month by a line of the open one."""
    resource = {
        "id": str(uuid4()),
        "charge": line["charge"],
        "amount": amount,
        "reason": "price_corrected",
        "explanation": "Тариф змінено заднім числом",
    }
    return author.sign("charge.adjust", payer, resource=resource)


def record_payment(
    author: Author, payer: Actor, statement: UUID, amount: int, reference: str, day: date
) -> Signed:
    """Record what the treasury paid."""
    came = {"bank_reference": reference, "paid_on": day.isoformat()}
    return author.sign("payment.record", payer, resource=_moved(statement, amount, **came))


def offset_statement(
    author: Author, payer: Actor, statement: UUID, against: UUID, amount: int
) -> Signed:
    """Set off what the payer owes of one statement against what is owed back of another."""
    resource = _moved(statement, amount, against=str(against))
    return author.sign("statement.offset", payer, resource=resource)


def record_refund(
    author: Author, payer: Actor, statement: UUID, amount: int, reference: str, day: date
) -> Signed:
    """Record what the provider repaid of a statement below zero."""
    came = {"bank_reference": reference, "received_on": day.isoformat()}
    return author.sign("refund.record", payer, resource=_moved(statement, amount, **came))


def _moved(statement: UUID, amount: int, **more: str) -> Json:
    """Write what moves an amount of a statement."""
    return {"id": str(uuid4()), "statement": str(statement), "amount": amount, **more}
