"""Write patients, confidants and declarations of invented people."""

from __future__ import annotations

from datetime import date
from typing import Final
from uuid import UUID, uuid4

from ehealth_ledger.values.json import Json
from ehealth_ledger.values.patient import AuthenticationMethod, NoTaxIdReason
from ehealth_ledger.values.tax_id import check_digit

_NUMBERS: Final = 10**9


def invented_tax_id(number: int) -> str:
    """Return a tax id whose last digit is right; nine digits of the number are in it."""
    first_nine = f"{number % _NUMBERS:09}"
    return f"{first_nine}{check_digit(first_nine)}"


def address(kind: str = "RESIDENCE", city: str = "Вигадане") -> Json:
    """Write an address, where the person lives unless said."""
    return {
        "extension": [{"url": "eHealth/address-type", "valueCode": kind}],
        "country": "UA",
        "state": "Вигадана область",
        "city": city,
        "line": ["вулиця Казкова, 1"],
        "postalCode": "00001",
    }


def document(kind: str, number: str) -> Json:
    """Write an identity document."""
    return {
        "system": "eHealth/identity-document",
        "type": {"coding": [{"system": "eHealth/document-types", "code": kind}]},
        "value": number,
    }


def patient(
    patient_id: UUID,
    *,
    family: str,
    given: str,
    birth_date: date,
    gender: str,
    second: str | None = None,
    tax_id: str | None = None,
    no_tax_id: NoTaxIdReason | None = None,
    phone: str | None = None,
    authentication: AuthenticationMethod = "OTP",
) -> Json:
    """Write a Patient; tax id and telephone follow from the id unless given."""
    number = patient_id.int
    identifiers = [document("NATIONAL_ID", f"{number % _NUMBERS:09}")]
    extensions: list[Json] = [{"url": "eHealth/authentication-method", "valueCode": authentication}]
    if no_tax_id is None:
        value = invented_tax_id(number) if tax_id is None else tax_id
        identifiers.append({"system": "eHealth/tax-id", "value": value})
    else:
        extensions.append({"url": "eHealth/no-tax-id", "valueCode": no_tax_id})
    written: Json = {
        "resourceType": "Patient",
        "id": str(patient_id),
        "extension": extensions,
        "identifier": identifiers,
        "name": [{"family": family, "given": [given] if second is None else [given, second]}],
        "gender": gender,
        "birthDate": birth_date.isoformat(),
        "address": [address()],
    }
    if authentication == "OTP":
        value = f"+38000{number % 10**7:07}" if phone is None else phone
        written["telecom"] = [{"system": "phone", "value": value, "use": "mobile"}]
    return written


def confidant(
    relationship: UUID,
    *,
    patient_id: UUID,
    person: UUID,
    first_day: date,
    last_day: date | None = None,
) -> Json:
    """Write the RelatedPerson who confirms for a patient, proven by a birth certificate."""
    period = {"start": first_day.isoformat()}
    if last_day is not None:
        period["end"] = last_day.isoformat()
    document_type = {"system": "eHealth/relationship-document-types", "code": "BIRTH_CERTIFICATE"}
    return {
        "resourceType": "RelatedPerson",
        "id": str(relationship),
        "extension": [
            {
                "url": "eHealth/confidant-person",
                "valueReference": {"reference": f"Patient/{person}"},
            }
        ],
        "identifier": [
            {
                "system": "eHealth/relationship-document",
                "type": {"coding": [document_type]},
                "value": "I-АБ000001",
            }
        ],
        "patient": {"reference": f"Patient/{patient_id}"},
        "relationship": [
            {"coding": [{"system": "eHealth/confidant-person-types", "code": "PRIMARY"}]}
        ],
        "period": period,
    }


def preperson(patient_id: UUID, description: str = "Невідомий, знайдений на вокзалі") -> Json:
    """Write a Patient whom nobody could identify."""
    return {
        "resourceType": "Patient",
        "id": str(patient_id),
        "name": [{"text": description}],
        "gender": "unknown",
    }


def declaration(
    patient_id: UUID,
    doctor: UUID,
    *,
    division: UUID,
    seed: Json,
    declaration_id: UUID | None = None,
    speciality: str = "FAMILY_DOCTOR",
) -> Json:
    """Write the choice of a family doctor; `seed` names the record the preview was frozen at."""
    return {
        "id": str(declaration_id or uuid4()),
        "patient": str(patient_id),
        "doctor": str(doctor),
        "division": str(division),
        "speciality": speciality,
        "seed": seed,
        "patient_signed": True,
        "process_disclosure_data_consent": True,
    }
