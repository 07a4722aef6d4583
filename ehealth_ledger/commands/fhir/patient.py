"""Profile of Patient: who the person is, as the registering institution saw the documents.

Beyond FHIR's own elements the profile has three extensions, each with one code: how the patient
confirms, why there is no tax id, and whether an address is where the person lives or is registered.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Discriminator, Field

from ehealth_ledger.commands.fhir.elements import (
    Code,
    Day,
    FhirElement,
    HumanName,
    Text,
)
from ehealth_ledger.values.identifiers import PatientId
from ehealth_ledger.values.patient import AuthenticationMethod, DocumentType, NoTaxIdReason

TAX_ID_SYSTEM: Final = "eHealth/tax-id"
DOCUMENT_SYSTEM: Final = "eHealth/identity-document"
DOCUMENT_TYPES: Final = "eHealth/document-types"


class TaxIdentifier(FhirElement):
    """Carry the tax id (РНОКПП); the law checks its last digit."""

    system: Literal["eHealth/tax-id"]
    value: Annotated[str, Field(pattern=r"^[0-9]{10}$")]


class DocumentCoding(FhirElement):
    """Name the type of an identity document."""

    system: Literal["eHealth/document-types"]
    code: DocumentType


class DocumentConcept(FhirElement):
    """Name the type of an identity document by its one code."""

    coding: Annotated[tuple[DocumentCoding, ...], Field(min_length=1, max_length=1)]


class Days(FhirElement):
    """Bound a span by civil days, both included; without an end it holds on."""

    start: Day
    end: Day | None = None


class Issuer(FhirElement):
    """Name who issued a document, as it stands there."""

    display: Text


class IdentityDocument(FhirElement):
    """Carry series and number of an identity document, without a space between them."""

    system: Literal["eHealth/identity-document"]
    type: DocumentConcept
    value: Code
    period: Days | None = None
    assigner: Issuer | None = None

    @property
    def document_type(self) -> DocumentType:
        """Return the code of the document's type."""
        return self.type.coding[0].code


PatientIdentifier = Annotated[TaxIdentifier | IdentityDocument, Discriminator("system")]


class Phone(FhirElement):
    """Carry a telephone number in its international form."""

    system: Literal["phone"]
    value: Annotated[str, Field(pattern=r"^\+[1-9][0-9]{7,14}$")]
    use: Literal["mobile", "home"]


class AddressType(FhirElement):
    """Say whether the person lives at the address or is registered there."""

    url: Literal["eHealth/address-type"]
    value_code: Literal["RESIDENCE", "REGISTRATION"]


class Address(FhirElement):
    """Carry an address; `state` is the region (область), `district` the district (район)."""

    extension: Annotated[tuple[AddressType, ...], Field(min_length=1, max_length=1)]
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    state: Text
    district: Text | None = None
    city: Text
    line: Annotated[tuple[Text, ...], Field(max_length=3)] = ()
    postal_code: Annotated[str, Field(pattern=r"^[0-9]{5}$")] | None = None

    @property
    def is_residence(self) -> bool:
        """Tell whether the person lives here."""
        return self.extension[0].value_code == "RESIDENCE"


class Authentication(FhirElement):
    """Say how the patient confirms: OTP by the mobile telephone, OFFLINE, or THIRD_PERSON."""

    url: Literal["eHealth/authentication-method"]
    value_code: AuthenticationMethod


class NoTaxId(FhirElement):
    """Say why the patient has no tax id."""

    url: Literal["eHealth/no-tax-id"]
    value_code: NoTaxIdReason


PatientExtension = Annotated[Authentication | NoTaxId, Discriminator("url")]


def _each_url_once(
    extensions: tuple[Authentication | NoTaxId, ...],
) -> tuple[Authentication | NoTaxId, ...]:
    urls = [each.url for each in extensions]
    if len(set(urls)) != len(urls):
        raise ValueError("an extension stands once")
    if "eHealth/authentication-method" not in urls:
        raise ValueError("an extension eHealth/authentication-method is expected")
    return extensions


class Patient(FhirElement):
    """Identify a person who receives care (FHIR R4 Patient)."""

    resource_type: Literal["Patient"]
    id: PatientId
    extension: Annotated[
        tuple[PatientExtension, ...],
        Field(min_length=1, max_length=2),
        AfterValidator(_each_url_once),
    ]
    identifier: Annotated[tuple[PatientIdentifier, ...], Field(min_length=1, max_length=10)]
    name: Annotated[tuple[HumanName, ...], Field(min_length=1, max_length=1)]
    telecom: Annotated[tuple[Phone, ...], Field(max_length=5)] = ()
    gender: Literal["male", "female", "other", "unknown"]
    birth_date: Day
    address: Annotated[tuple[Address, ...], Field(min_length=1, max_length=2)]

    @property
    def authentication(self) -> AuthenticationMethod:
        """Return how the patient confirms."""
        return next(each.value_code for each in self.extension if isinstance(each, Authentication))

    @property
    def no_tax_id(self) -> NoTaxIdReason | None:
        """Return why there is no tax id, where the resource says so."""
        return next((each.value_code for each in self.extension if isinstance(each, NoTaxId)), None)

    @property
    def tax_ids(self) -> tuple[str, ...]:
        """Return the tax ids; the law wants one, or a reason for none."""
        return tuple(each.value for each in self.identifier if isinstance(each, TaxIdentifier))

    @property
    def mobile(self) -> str | None:
        """Return the telephone that a code is sent to: the first mobile one."""
        return next((each.value for each in self.telecom if each.use == "mobile"), None)


class Description(FhirElement):
    """Say what a person nobody could identify looks like, in the place of a name."""

    text: Text


class UnidentifiedPatient(FhirElement):
    """Describe a person whom nobody could identify yet (неідентифікована особа)."""

    resource_type: Literal["Patient"]
    id: PatientId
    name: Annotated[tuple[Description, ...], Field(min_length=1, max_length=1)]
    gender: Literal["male", "female", "other", "unknown"]
    birth_date: Day | None = None  # where it is known or estimated
