"""Facts about the relationships by which a confidant confirms for a patient.

They lie in the patient's stream: whether somebody may confirm is asked of the patient.
"""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Final

from ehealth_ledger.events.fact import Microseconds, Pointer
from ehealth_ledger.events.patient import PatientFact
from ehealth_ledger.values.identifiers import ConfidantId, LegalEntityId, PatientId


class ConfidantFact(PatientFact):
    """Share what every fact about a relationship names.

    `next_expiry` is when the next of the patient's relationships expires, as things stand then.
    """

    confidant: ConfidantId
    next_expiry: Microseconds | None = None


class ConfidantRegistered(ConfidantFact):
    """A registered person confirms for a patient, to the last day where there is one."""

    TOPIC: ClassVar[str] = "confidant.registered.v1"

    person: PatientId
    legal_entity: LegalEntityId
    first_day: date
    last_day: date | None = None
    resource_pointer: Pointer


class ConfidantDeactivated(ConfidantFact):
    """A relationship was ended."""

    TOPIC: ClassVar[str] = "confidant.deactivated.v1"

    reason_pointer: Pointer


class ConfidantExpired(ConfidantFact):
    """A relationship's last day was over."""

    TOPIC: ClassVar[str] = "confidant.expired.v1"


FACTS: Final = (ConfidantRegistered, ConfidantDeactivated, ConfidantExpired)
