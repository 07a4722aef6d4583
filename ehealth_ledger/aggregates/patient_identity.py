"""Judge who a patient is: registration, correction, and people nobody could identify yet."""

from __future__ import annotations

from typing import Any

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.confidant import registered as registered_confidant
from ehealth_ledger.aggregates.employee import acting_employee
from ehealth_ledger.aggregates.patient import Patient, active_patient, confirms
from ehealth_ledger.commands.fhir.patient import IdentityDocument
from ehealth_ledger.commands.fhir.patient import Patient as Described
from ehealth_ledger.commands.patient import RegisterPatient, RegisterPreperson, UpdatePatient
from ehealth_ledger.events.confidant import ConfidantRegistered
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.patient import PatientRegistered, PatientUpdated, PrepersonRegistered
from ehealth_ledger.values.identifiers import LegalEntityId
from ehealth_ledger.values.parameters.patient import (
    AGE_YEARS_MAX,
    PHONE_PERSONS_MAX,
    THIRD_PERSON_BELOW_AGE,
)
from ehealth_ledger.values.patient import DOCUMENT_NUMBERS
from ehealth_ledger.values.person_name import spelled_whole
from ehealth_ledger.values.tax_id import is_tax_id
from ehealth_ledger.values.time import age_on, birthday

Registering = Case[RegisterPatient] | Case[UpdatePatient]


def register(case: Case[RegisterPatient]) -> list[Fact]:
    """Register a person under an id, and so a key, of their own (rules 10, 11, 12)."""
    actor = acting_employee(case)
    asked = case.command.body.resource
    case.require_new_id(asked.id, "$.resource.id")
    fields = _identity(case, asked, actor.legal_entity)
    confidants = _confidant(case, None, actor.legal_entity)
    _require_third_person(case, asked, None, confidants)
    return [PatientRegistered(**fields), *confidants]


def update(case: Case[UpdatePatient]) -> list[Fact]:
    """Replace what is known of a patient, under the same rules as a registration."""
    actor = acting_employee(case)
    asked = case.command.body.resource
    patient = active_patient(case, asked.id, "$.resource.id")
    case.require(
        patient.identified,
        "patient.unidentified",
        "$.resource.id",
        expected="a patient who is identified",
    )
    fields = _identity(case, asked, actor.legal_entity)
    confidants = _confidant(case, patient, actor.legal_entity)
    _require_third_person(case, asked, patient, confidants)
    return [PatientUpdated(**fields), *confidants]


def register_preperson(case: Case[RegisterPreperson]) -> list[Fact]:
    """Register somebody who is treated before anybody knows who it is."""
    actor = acting_employee(case)
    asked = case.command.body.resource
    case.require_new_id(asked.id, "$.resource.id")
    if asked.birth_date is not None:
        _require_plausible_birth(case, asked.birth_date)
    return [
        PrepersonRegistered(
            patient=asked.id,
            legal_entity=actor.legal_entity,
            birth_date=asked.birth_date,
            resource_pointer="/resource",
        )
    ]


def _identity(case: Registering, asked: Described, legal_entity: LegalEntityId) -> dict[str, Any]:
    """Judge the description part by part, and return what the fact says of it."""
    with case.part():
        _require_plausible_birth(case, asked.birth_date)
    with case.part():
        _require_tax_id_or_reason(case, asked)
    residences = sum(each.is_residence for each in asked.address)
    case.require(
        residences == 1,
        "patient.residence_not_one",
        "$.resource.address",
        expected="exactly one address of type RESIDENCE",
    )
    with case.part():
        _require_document_numbers(case, asked)
    name = asked.name[0]
    patients = case.lookups.patients
    name_index = patients.name_index(spelled_whole(name.family, name.given), asked.birth_date)
    tax_index = patients.tax_index(asked.tax_ids[0]) if asked.tax_ids else None
    phone = asked.mobile if asked.authentication == "OTP" else None
    phone_index = None if phone is None else patients.phone_index(phone)
    with case.part():
        _require_nobody_else(case, asked, name_index, tax_index)
    with case.part():
        _require_phone(case, asked, phone_index)
    return {
        "patient": asked.id,
        "birth_date": asked.birth_date,
        "legal_entity": legal_entity,
        "name_index": name_index,
        "tax_index": tax_index,
        "no_tax_id": asked.no_tax_id,
        "authentication": asked.authentication,
        "phone_index": phone_index,
        "resource_pointer": "/resource",
    }


def _require_plausible_birth(case: Case[Any], birth_date: Any) -> None:
    """Require a birth date in a lifetime's reach (rule 12)."""
    oldest = birthday(case.today, -case.number(AGE_YEARS_MAX))
    case.require(
        oldest <= birth_date <= case.today,
        "patient.birth_date_implausible",
        "$.resource.birthDate",
        expected=f"a day from {oldest} to {case.today}",
    )


def _require_tax_id_or_reason(case: Registering, asked: Described) -> None:
    """Require one tax id whose last digit is right, or the reason why there is none (rule 12)."""
    numbers = asked.tax_ids
    one = len(numbers) == 1 and asked.no_tax_id is None
    none = not numbers and asked.no_tax_id is not None
    case.require(
        one or none,
        "patient.tax_id_or_reason",
        "$.resource.identifier",
        expected="one identifier of eHealth/tax-id, or the extension eHealth/no-tax-id",
    )
    case.require(
        all(is_tax_id(each) for each in numbers),
        "patient.tax_id_checksum",
        "$.resource.identifier",
        expected="a tax id whose last digit follows from the others",
    )


def _require_document_numbers(case: Registering, asked: Described) -> None:
    """Require each identity document's number to be written as such documents are."""
    for at, each in enumerate(asked.identifier):
        if isinstance(each, IdentityDocument):
            form = DOCUMENT_NUMBERS[each.document_type]
            case.require(
                form.fullmatch(each.value) is not None,
                "patient.document_number_invalid",
                f"$.resource.identifier[{at}].value",
                expected=form.pattern,
            )
    case.require(
        any(isinstance(each, IdentityDocument) for each in asked.identifier),
        "patient.document_missing",
        "$.resource.identifier",
        expected="an identifier of eHealth/identity-document",
    )


def _require_nobody_else(
    case: Registering, asked: Described, name_index: str, tax_index: str | None
) -> None:
    """Require that nobody else is registered by the tax id, or by names and birth date.

    Two people of one name and birth date whose tax ids differ are two people; so are twins, who
    differ in a given name. A tax id that is absent is nobody's.
    """
    patients = case.lookups.patients
    if tax_index is not None:
        case.require(
            patients.of_tax_index(tax_index) in (None, asked.id),
            "patient.already_registered",
            "$.resource.identifier",
            matched="tax_id",
            expected="a person who is not registered yet",
        )
    same = any(
        each.patient != asked.id
        and (tax_index is None or each.tax_index is None or each.tax_index == tax_index)
        for each in patients.of_name_index(name_index)
    )
    case.require(
        not same,
        "patient.already_registered",
        "$.resource.name",
        matched="name_and_birth_date",
        expected="a person who is not registered yet",
    )


def _require_phone(case: Registering, asked: Described, phone_index: str | None) -> None:
    """Require a telephone where a code is sent to one, and not everybody's (rule 11)."""
    if asked.authentication != "OTP":
        return
    if phone_index is None:
        case.refuse(
            "patient.phone_missing",
            "$.resource.telecom",
            expected="a telephone of use mobile, for the method OTP",
        )
        return
    most = case.number(PHONE_PERSONS_MAX)
    others = case.lookups.patients.of_phone_index(phone_index) - {asked.id}
    case.require(
        len(others) < most,
        "patient.phone_of_too_many",
        "$.resource.telecom",
        expected=f"a telephone by which fewer than {most} others confirm",
    )


def _confidant(
    case: Registering, patient: Patient | None, legal_entity: LegalEntityId
) -> list[ConfidantRegistered]:
    """Judge the confidant who comes with the description."""
    related = case.command.body.confidant
    if related is None:
        return []
    with case.part():
        described = case.command.body.resource
        return [
            registered_confidant(
                case, related, described.id, patient, legal_entity, place="confidant"
            )
        ]
    return []


def _require_third_person(
    case: Registering,
    asked: Described,
    patient: Patient | None,
    confidants: list[ConfidantRegistered],
) -> None:
    """Require a confidant for a young child, and for whoever confirms by one (rule 10)."""
    below = case.number(THIRD_PERSON_BELOW_AGE)
    young = age_on(asked.birth_date, case.today) < below
    case.require(
        not young or asked.authentication == "THIRD_PERSON",
        "patient.third_person_required",
        "$.resource.extension",
        expected=f"the method THIRD_PERSON below {below} years of age",
    )
    if asked.authentication != "THIRD_PERSON" or case.command.body.confidant is not None:
        return  # a confidant that came along was judged already
    known = () if patient is None else patient.confidants
    case.require(
        bool(confidants) or any(confirms(case, each) for each in known),
        "patient.confidant_missing",
        "$.confidant",
        expected="a living confidant with a document that proves the relationship",
    )
