"""Judge medical conclusions: signed by their author, numbered by the ledger, valid for a time."""

from __future__ import annotations

from base64 import b32encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum
from hashlib import sha256
from typing import Any, Final, assert_never
from uuid import UUID

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.directory import require_codes
from ehealth_ledger.aggregates.employee import Employee, acting_employee
from ehealth_ledger.aggregates.encounter import Encounter
from ehealth_ledger.aggregates.encounter.state import Status as EncounterStatus
from ehealth_ledger.aggregates.patient import active_patient
from ehealth_ledger.aggregates.standalone import (
    require_evidence,
    require_moment,
    require_own,
    require_performer,
    require_reason,
    require_same,
)
from ehealth_ledger.commands.composition import CancelComposition, SignComposition
from ehealth_ledger.commands.fhir.digest import digest
from ehealth_ledger.events.composition import (
    CompositionCancelled,
    CompositionReplaced,
    CompositionSigned,
)
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.values.identifiers import (
    CompositionId,
    EncounterId,
    LegalEntityId,
    PatientId,
)
from ehealth_ledger.values.parameters.diagnostics import (
    COMPOSITION_CATEGORIES_BY_TYPE,
    COMPOSITION_DAYS_MAX,
    COMPOSITION_DAYS_VALID_MAX,
)
from ehealth_ledger.values.time import kyiv_day

_AT: Final = "$.resource"
_PURPOSE: Final = b"ehealth/composition-number/1"
_NUMBER_BYTES: Final = 10  # 16 characters of 5 bits
_READABLE: Final = bytes.maketrans(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", b"0123456789ABCDEFGHJKMNPQRSTVWXYZ"
)  # no letter that reads as another, or as a digit

AnyCompositionFact = CompositionSigned | CompositionReplaced | CompositionCancelled


class Status(Enum):
    """Say where a conclusion stands."""

    FINAL = "final"
    REPLACED = "replaced"
    ENTERED_IN_ERROR = "entered_in_error"


@dataclass(frozen=True, slots=True)
class Composition:
    """Hold the state of one conclusion; the digest is of what was signed, status aside."""

    id: CompositionId
    patient: PatientId
    legal_entity: LegalEntityId
    type: str
    digest: str
    status: Status = Status.FINAL


def evolve(state: Composition | None, fact: AnyCompositionFact) -> Composition | None:
    """Take in what happened to a conclusion; never refuses a fact."""
    if isinstance(fact, CompositionSigned):
        return Composition(
            fact.composition, fact.patient, fact.legal_entity, fact.type, fact.digest
        )
    if state is None:
        return None
    match fact:
        case CompositionReplaced():
            return replace(state, status=Status.REPLACED)
        case CompositionCancelled():
            return replace(state, status=Status.ENTERED_IN_ERROR)
        case _:
            assert_never(fact)


EVOLVE: Final[Mapping[type[Fact], Callable[[Any, Any], object | None]]] = {
    CompositionSigned: evolve,
    CompositionReplaced: evolve,
    CompositionCancelled: evolve,
}


def composition_number(ledger: UUID, composition: UUID) -> str:
    """Derive the number people name a conclusion by: 80 bits of a hash, as readable letters.

    It follows from the id, so the law needs no counter, and nobody finds a conclusion by counting.
    """
    found = sha256(_PURPOSE + ledger.bytes + composition.bytes).digest()[:_NUMBER_BYTES]
    text = b32encode(found).translate(_READABLE).decode()
    return f"{text[:4]}-{text[4:8]}-{text[8:12]}-{text[12:]}"


def sign(case: Case[SignComposition]) -> list[Fact]:
    """Record a conclusion of an encounter of the author's own institution.

    Rules 36 to 38: what it says is coded, dated within reach, and rests on what is on record.
    """
    actor = acting_employee(case)
    asked = case.command.body.resource
    patient = asked.subject.reference
    require_performer(case, actor, asked.author[0].reference, f"{_AT}.author[0].reference")
    case.require(
        asked.custodian.reference == actor.legal_entity,
        "actor.other_legal_entity",
        f"{_AT}.custodian.reference",
        expected="the acting institution",
    )
    with case.part():
        active_patient(case, patient, f"{_AT}.subject.reference")
    case.require_new_id(asked.id, f"{_AT}.id")
    with case.part():
        _require_encounter(case, actor)
    require_moment(case, asked.date, case.number(COMPOSITION_DAYS_MAX), f"{_AT}.date")
    require_codes(case, asked, kyiv_day(asked.date), _AT)
    _require_category(case)
    _require_validity(case)
    require_evidence(case, patient, _AT, asked.evidence())
    related = asked.relates_to[0] if asked.relates_to else None
    target = None if related is None else related.target_reference.reference
    replaces = target if related is not None and related.code == "replaces" else None
    period = asked.event[0].period
    facts: list[Fact] = [
        CompositionSigned(
            composition=asked.id,
            patient=patient,
            encounter=EncounterId(asked.encounter.reference),
            author=actor.id,
            legal_entity=actor.legal_entity,
            type=asked.type.coding[0].code,
            category=asked.category[0].coding[0].code,
            number=composition_number(case.command.body.ledger, asked.id),
            first_day=kyiv_day(period.start),
            last_day=kyiv_day(period.end),
            replaces=replaces,
            continues=None if replaces is not None else target,
            resource_pointer="/resource",
            digest=digest(asked),
        )
    ]
    if target is not None:
        with case.part():
            _require_related(case, target)
        if replaces is not None:
            facts.append(CompositionReplaced(composition=replaces, patient=patient, by=asked.id))
    return facts


def _require_encounter(case: Case[SignComposition], actor: Employee) -> None:
    """Let a conclusion follow from a live encounter of its patient in this institution."""
    asked = case.command.body.resource
    path = f"{_AT}.encounter.reference"
    encounter = case.get(
        Encounter, asked.encounter.reference, code="composition.encounter_unknown", path=path
    )
    case.require(
        encounter.patient == asked.subject.reference
        and encounter.legal_entity == actor.legal_entity,
        "composition.encounter_unknown",
        path,
        expected="an encounter of this patient in the acting institution",
    )
    case.require(
        encounter.status is not EncounterStatus.ENTERED_IN_ERROR,
        "composition.encounter_in_error",
        path,
        expected="an encounter that is not entered in error",
    )


def _require_category(case: Case[SignComposition]) -> None:
    """Let a conclusion of a type have the categories of its type only."""
    asked = case.command.body.resource
    kind = asked.type.coding[0].code
    allowed = case.texts_by_name(COMPOSITION_CATEGORIES_BY_TYPE, kind, kyiv_day(asked.date))
    case.require(
        asked.category[0].coding[0].code in allowed,
        "composition.category_not_allowed",
        f"{_AT}.category[0].coding[0].code",
        expected=" | ".join(allowed) or "no category is set for this type",
    )


def _require_validity(case: Case[SignComposition]) -> None:
    """Bound the days a conclusion holds for: forwards, not too long, not begun too long ago."""
    asked = case.command.body.resource
    period, path = asked.event[0].period, f"{_AT}.event[0].period"
    case.require(
        period.start <= period.end,
        "standalone.period_reversed",
        path,
        expected="an end that is not before the start",
    )
    earliest = case.now - timedelta(days=case.number(COMPOSITION_DAYS_MAX))
    case.require(
        period.start >= earliest,
        "standalone.moment_too_old",
        f"{path}.start",
        expected=f"a moment not before {earliest.isoformat()}",
    )
    kind = asked.type.coding[0].code
    days_max = case.number_by_name(COMPOSITION_DAYS_VALID_MAX, kind, kyiv_day(asked.date))
    days = (kyiv_day(period.end) - kyiv_day(period.start)).days + 1
    case.require(
        days_max is None or days <= days_max,
        "composition.valid_too_long",
        f"{path}.end",
        expected=f"at most {days_max} days",
        days=days,
    )


def _require_related(case: Case[SignComposition], target: CompositionId) -> None:
    """Replace or continue a live conclusion of the same type about the same patient."""
    asked = case.command.body.resource
    path = f"{_AT}.relatesTo[0].targetReference.reference"
    related = case.get(Composition, target, code="composition.unknown", path=path)
    case.require(
        related.patient == asked.subject.reference and related.type == asked.type.coding[0].code,
        "composition.related_differs",
        path,
        expected="a conclusion of the same type about the same patient",
    )
    case.require(
        related.status is Status.FINAL,
        "composition.not_final",
        path,
        status=related.status.value,
        expected="a conclusion in status final",
    )


def cancel(case: Case[CancelComposition]) -> list[Fact]:
    """Mark a conclusion as entered in error: signed again whole, by whose it is (rule 41)."""
    actor = acting_employee(case)
    asked = case.command.body.resource
    composition = case.get(Composition, asked.id, code="composition.unknown", path=f"{_AT}.id")
    require_own(case, actor, composition.legal_entity)
    require_reason(case, case.command.body.cancellation.reason)
    require_same(case, composition.digest, asked, _AT)
    case.require(
        composition.status is not Status.ENTERED_IN_ERROR,
        "standalone.already_in_error",
        f"{_AT}.status",
        expected="a conclusion that still counts",
    )
    return [
        CompositionCancelled(
            composition=composition.id,
            patient=composition.patient,
            employee=actor.id,
            legal_entity=actor.legal_entity,
            reason=case.command.body.cancellation.reason,
            cancellation_pointer="/cancellation",
        )
    ]
