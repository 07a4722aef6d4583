"""Facts about people who receive care.

Indexes are keyed blind indexes, in hexadecimal: equal for equal people, and noise without the key.
"""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Final
from uuid import UUID

from ehealth_ledger.events.fact import Fact, Pointer
from ehealth_ledger.values.identifiers import LegalEntityId, PatientId
from ehealth_ledger.values.patient import AuthenticationMethod, NoTaxIdReason


class PatientFact(Fact):
    """Share the stream and the key of every fact about a patient."""

    patient: PatientId

    @property
    def stream_id(self) -> UUID:
        """Name the patient."""
        return self.patient

    @property
    def subject(self) -> UUID:
        """Seal under the patient's key."""
        return self.patient


class IdentityFact(PatientFact):
    """Say what identifies a patient, and how the patient confirms.

    `name_index` is over names and birth date, `phone_index` over the telephone a code is sent to.
    """

    birth_date: date
    legal_entity: LegalEntityId
    name_index: str
    tax_index: str | None = None
    no_tax_id: NoTaxIdReason | None = None
    authentication: AuthenticationMethod
    phone_index: str | None = None
    resource_pointer: Pointer


class PatientRegistered(IdentityFact):
    """A person entered the register of patients."""

    TOPIC: ClassVar[str] = "patient.registered.v1"
    BEGINS: ClassVar[bool] = True


class PatientUpdated(IdentityFact):
    """What is known of a patient was replaced."""

    TOPIC: ClassVar[str] = "patient.updated.v1"


class PrepersonRegistered(PatientFact):
    """Somebody received care before anybody knew who it was."""

    TOPIC: ClassVar[str] = "preperson.registered.v1"
    BEGINS: ClassVar[bool] = True

    legal_entity: LegalEntityId
    birth_date: date | None = None
    resource_pointer: Pointer


class PatientDeceased(PatientFact):
    """A patient died; `died_on` is a civil day in Kyiv."""

    TOPIC: ClassVar[str] = "patient.deceased.v1"

    died_on: date


class PatientDeactivated(PatientFact):
    """A registration was ended as made in error."""

    TOPIC: ClassVar[str] = "patient.deactivated.v1"

    reason_pointer: Pointer


class PatientMerged(PatientFact):
    """A record was joined to the master's."""

    TOPIC: ClassVar[str] = "patient.merged.v1"

    master: PatientId


class PatientUnmerged(PatientFact):
    """A record stands for itself again, and its telephone counts again."""

    TOPIC: ClassVar[str] = "patient.unmerged.v1"

    master: PatientId
    phone_index: str | None = None


class PatientAbsorbed(PatientFact):
    """The master took in another record of the same person."""

    TOPIC: ClassVar[str] = "patient.absorbed.v1"

    merged: PatientId


class PatientReleased(PatientFact):
    """The master gave a record back that was joined in error."""

    TOPIC: ClassVar[str] = "patient.released.v1"

    merged: PatientId


FACTS: Final = (
    PatientRegistered,
    PatientUpdated,
    PrepersonRegistered,
    PatientDeceased,
    PatientDeactivated,
    PatientMerged,
    PatientUnmerged,
    PatientAbsorbed,
    PatientReleased,
)
