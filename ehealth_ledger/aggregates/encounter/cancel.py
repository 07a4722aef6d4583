"""Judge the cancellation of a package: the same content signed again, some of it in error.

Rule 41. What was signed first is opened under the patient's key and compared field by field, so
that nothing but the statuses can have changed between the two signatures.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

from ehealth_ledger.aggregates import charge as charges
from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.employee import Employee, acting_employee
from ehealth_ledger.aggregates.encounter.state import Encounter, Status
from ehealth_ledger.commands.encounter import CANCELLATION_REASONS, CancelEncounter
from ehealth_ledger.commands.strict_json import read_object
from ehealth_ledger.errors import RuleBroken, Undecided
from ehealth_ledger.events.encounter import EncounterCancelled, WithdrawnResource
from ehealth_ledger.events.episode import EpisodeDiagnosesWithdrawn
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.values.json import Json, json_path

IN_ERROR: Final = "entered-in-error"
# Of these FHIR R4 flips the verification status, and forbids a clinical status beside it
# (invariants con-5 and ait-2).
VERIFIED_KINDS: Final = frozenset({"Condition", "AllergyIntolerance"})
PRICED_KIND: Final = "Procedure"  # what may have earned a charge of its own, beside the encounter

_AT: Final = "$.resource.encounter"


def cancel(case: Case[CancelEncounter]) -> list[Fact]:
    """Mark a package, or parts of it, as entered in error (rule 41)."""
    actor = acting_employee(case)
    asked = case.command.body.resource
    encounter = case.get(Encounter, asked.encounter, code="encounter.unknown", path=_AT)
    if encounter.patient != asked.patient:
        raise RuleBroken("encounter.of_other_patient", _AT, expected="an encounter of this patient")
    case.require(
        encounter.legal_entity == actor.legal_entity,
        "encounter.of_other_entity",
        _AT,
        expected="an encounter of the acting institution",
    )
    case.require_code(CANCELLATION_REASONS, asked.reason, case.today, "$.resource.reason")
    original = case.lookups.originals.of(asked.encounter)
    if original is None:  # recorded in this very batch: its envelope is not stored yet
        raise Undecided("encounter.original_not_at_hand")
    submitted: list[Json] = read_object(case.command.signed_bytes)["resources"]
    withdrawn = _withdrawn(case, encounter, original, submitted)
    case.require(
        bool(withdrawn),
        "encounter.nothing_withdrawn",
        "$.resources",
        expected="at least one resource with status entered-in-error",
    )
    _check_diagnoses(case, encounter, original, withdrawn)
    return _facts(case, actor, encounter, withdrawn)


def _withdrawn(
    case: Case[CancelEncounter], encounter: Encounter, original: list[Json], submitted: list[Json]
) -> dict[int, WithdrawnResource]:
    """Return what turns into an error, by its place; refuse any other difference."""
    case.require(
        len(submitted) == len(original),
        "encounter.content_differs",
        "$.resources",
        expected=f"the {len(original)} resources that were recorded",
    )
    withdrawn: dict[int, WithdrawnResource] = {}
    for at, (stood, stands) in enumerate(zip(original, submitted, strict=False)):
        flips = _is_in_error(stands)
        expected = _flipped(stood) if flips else stood
        place = next(_differences(expected, stands, ("resources", at)), None)
        if place is not None:
            case.refuse(
                "encounter.content_differs",
                json_path(place),
                expected="what was recorded, but for the status of what was entered in error",
            )
            continue
        if not flips:
            continue
        resource = WithdrawnResource(kind=stood["resourceType"], id=UUID(stood["id"]))
        if case.require(
            resource.id not in encounter.in_error,
            "encounter.already_in_error",
            f"$.resources[{at}]",
            expected="a resource that still counts",
        ):
            withdrawn[at] = resource
    return withdrawn


def _is_in_error(resource: Json) -> bool:
    if resource["resourceType"] not in VERIFIED_KINDS:
        return bool(resource.get("status") == IN_ERROR)
    status = resource.get("verificationStatus")
    codings = status.get("coding") if isinstance(status, dict) else None
    first = codings[0] if isinstance(codings, list) and codings else None
    return isinstance(first, dict) and first.get("code") == IN_ERROR


def _flipped(resource: Json) -> Json:
    """Return a resource as it reads once it is entered in error."""
    if resource["resourceType"] not in VERIFIED_KINDS:
        return {**resource, "status": IN_ERROR}
    status = resource["verificationStatus"]
    coding = {**status["coding"][0], "code": IN_ERROR}
    kept = {name: value for name, value in resource.items() if name != "clinicalStatus"}
    return {**kept, "verificationStatus": {**status, "coding": [coding]}}


def _differences(
    expected: Any, found: Any, place: tuple[int | str, ...]
) -> Iterator[tuple[int | str, ...]]:
    """Give the places where two values differ, the innermost ones."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for name in sorted(expected.keys() | found.keys()):
            if name not in expected or name not in found:
                yield (*place, name)
            else:
                yield from _differences(expected[name], found[name], (*place, name))
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        for at, (one, other) in enumerate(zip(expected, found, strict=True)):
            yield from _differences(one, other, (*place, at))
    elif type(expected) is not type(found) or str(expected) != str(found):
        yield place  # 72.50 is not 72.5: its digits are part of what was signed


def _check_diagnoses(
    case: Case[CancelEncounter],
    encounter: Encounter,
    original: list[Json],
    withdrawn: dict[int, WithdrawnResource],
) -> None:
    """Refuse to withdraw a diagnosis of a live encounter without the encounter (rule 41)."""
    if 0 in withdrawn or encounter.status is Status.ENTERED_IN_ERROR:
        return
    diagnoses = {
        each["condition"]["reference"].partition("/")[2] for each in original[0]["diagnosis"]
    }
    for at, resource in withdrawn.items():
        case.require(
            str(resource.id) not in diagnoses,
            "encounter.diagnosis_is_live",
            f"$.resources[{at}].verificationStatus",
            expected="the encounter entered in error together with its diagnosis",
        )


def _facts(
    case: Case[CancelEncounter],
    actor: Employee,
    encounter: Encounter,
    withdrawn: dict[int, WithdrawnResource],
) -> list[Fact]:
    cancelled = EncounterCancelled(
        encounter=encounter.id,
        patient=encounter.patient,
        episode=encounter.episode,
        cancelled_by=actor.id,
        legal_entity=actor.legal_entity,
        reason=case.command.body.resource.reason,
        letter_pointer="/resource/explanatory_letter",
        withdrawn=tuple(withdrawn.values()),
    )
    procedures = [each.id for each in withdrawn.values() if each.kind == PRICED_KIND]
    taken_back = [fact for each in procedures for fact in charges.withdraw(case, each)]
    if 0 not in withdrawn:
        return [cancelled, *taken_back]
    ended = EpisodeDiagnosesWithdrawn(
        episode=encounter.episode, patient=encounter.patient, encounter=encounter.id
    )
    return [cancelled, ended, *charges.withdraw(case, encounter.id), *taken_back]
