"""Judge encounter packages: who, when, which diagnoses, and what the act earns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from ehealth_ledger.aggregates import referral as referrals
from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.charge import accrue
from ehealth_ledger.aggregates.employee import acting_employee
from ehealth_ledger.aggregates.patient import Patient
from ehealth_ledger.commands.encounter import RecordEncounter
from ehealth_ledger.commands.fhir.condition import ICD_10_AM, ICPC_2
from ehealth_ledger.commands.fhir.encounter import Encounter as EncounterResource
from ehealth_ledger.errors import RuleBroken
from ehealth_ledger.events.encounter import EncounterRecorded
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.values.identifiers import EncounterId, PatientId
from ehealth_ledger.values.parameters.encounter import ENCOUNTER_DAYS_PASSED_MAX
from ehealth_ledger.values.time import kyiv_day

RANK_MAX: Final = 10  # rule 29
CODE_SYSTEMS: Final = {  # rule 31
    "PHC": frozenset({ICPC_2, ICD_10_AM}),
    "AMB": frozenset({ICD_10_AM}),
    "INPATIENT": frozenset({ICD_10_AM}),
}


@dataclass(frozen=True, slots=True)
class Encounter:
    """Hold what the laws need to know of an encounter."""

    id: EncounterId
    patient: PatientId


def evolve(_: Encounter | None, fact: EncounterRecorded) -> Encounter:
    """Take in an encounter."""
    return Encounter(fact.encounter, fact.patient)


EVOLVE: Final[Mapping[type[Fact], Callable[[Any, Any], object | None]]] = {
    EncounterRecorded: evolve,
}


def record(case: Case[RecordEncounter]) -> list[Fact]:
    """Record a package; one based on a referral closes it and is priced in the same commit."""
    actor = acting_employee(case)
    wish = case.command.body
    encounter = wish.encounter
    if encounter.participant[0].individual.reference != actor.id:
        raise RuleBroken(
            "encounter.performer_not_signer", "$.resources[0].participant[0].individual.reference"
        )
    if encounter.service_provider.reference != actor.legal_entity:
        raise RuleBroken("actor.other_legal_entity", "$.resources[0].serviceProvider.reference")
    patient = encounter.subject.reference
    case.get(Patient, patient, code="patient.unknown", path="$.resources[0].subject.reference")
    _check_ids(case)
    _check_period(case, encounter)
    _check_members(wish)
    primary = _primary_condition(wish)
    day = kyiv_day(encounter.period.start)
    recorded = EncounterRecorded(
        encounter=encounter.id,
        patient=patient,
        performer=actor.id,
        legal_entity=actor.legal_entity,
        encounter_class=encounter.class_.code,
        day=day,
        referral=encounter.based_on[0].reference if encounter.based_on else None,
        encounter_pointer="/resources/0",
        primary_condition_pointer=primary,
        condition_pointers=tuple(wish.conditions),
        observation_pointers=tuple(wish.observations),
    )
    if recorded.referral is None:
        return [recorded]
    referral, completed = referrals.complete(case, actor, recorded.referral)
    given = referrals.service_codes(encounter.service_type)
    service = next(code for code in given if code in referral.services)
    charge = accrue(case, act=encounter.id, actor=actor, service=service, day=day)
    return [recorded, completed, charge]


def _check_ids(case: Case[RecordEncounter]) -> None:
    """Every id is new to the package and to the ledger (rule 24)."""
    seen = set()
    for at, member in enumerate(case.command.body.resources):
        path = f"$.resources[{at}].id"
        if member.id in seen:
            raise RuleBroken("encounter.id_repeated", path)
        seen.add(member.id)
        case.require_new_id(member.id, path)


def _check_period(case: Case[RecordEncounter], encounter: EncounterResource) -> None:
    """Start ≤ end ≤ now, and not recorded too late (rule 25)."""
    period = encounter.period
    if period.end < period.start:
        raise RuleBroken("encounter.period_reversed", "$.resources[0].period")
    if period.end > case.now:
        raise RuleBroken("encounter.period_in_future", "$.resources[0].period.end")
    days_max = case.number(ENCOUNTER_DAYS_PASSED_MAX)
    if period.start < case.now - timedelta(days=days_max):
        raise RuleBroken(
            "encounter.period_too_old", "$.resources[0].period.start", days_max=days_max
        )


def _check_members(wish: RecordEncounter) -> None:
    """Check that each member is about this patient and encounter, in codes of its class.

    Rules 31 and 35.
    """
    encounter = wish.encounter
    allowed = CODE_SYSTEMS[encounter.class_.code]
    for at, member in enumerate(wish.resources[1:], start=1):
        path = f"$.resources[{at}]"
        if isinstance(member, EncounterResource):
            continue  # the schema allows one, and it stands first
        if member.subject.reference != encounter.subject.reference:
            raise RuleBroken("encounter.subject_mismatch", f"{path}.subject.reference")
        if member.encounter.reference != encounter.id:
            raise RuleBroken("encounter.context_mismatch", f"{path}.encounter.reference")
    for pointer, condition in wish.conditions.items():
        path = f"$.resources[{pointer.rsplit('/', 1)[1]}].code.coding"
        systems = Counter(coding.system for coding in condition.code.coding)
        for system, count in systems.items():
            if system not in allowed:
                raise RuleBroken(
                    "encounter.code_system_not_allowed",
                    path,
                    system=system,
                    encounter_class=encounter.class_.code,
                )
            if count > 1:
                raise RuleBroken("encounter.code_system_repeated", path, system=system)


def _primary_condition(wish: RecordEncounter) -> str:
    """Return the pointer of the one primary diagnosis; ranks are 1 to 10 (rule 29)."""
    pointers = {condition.id: pointer for pointer, condition in wish.conditions.items()}
    for at, diagnosis in enumerate(wish.encounter.diagnosis):
        path = f"$.resources[0].diagnosis[{at}]"
        if diagnosis.condition.reference not in pointers:
            raise RuleBroken("encounter.diagnosis_unresolved", f"{path}.condition.reference")
        if diagnosis.rank is not None and not 1 <= diagnosis.rank <= RANK_MAX:
            raise RuleBroken("encounter.diagnosis_rank", f"{path}.rank")
    primary = wish.encounter.primary_diagnoses
    if len(primary) != 1:
        raise RuleBroken(
            "encounter.primary_diagnosis_count", "$.resources[0].diagnosis", found=len(primary)
        )
    return pointers[primary[0].condition.reference]
