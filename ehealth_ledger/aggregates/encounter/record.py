"""Judge a package: who, where, when, which diagnoses, what was found, and what the act earns."""

from __future__ import annotations

from datetime import timedelta

from ehealth_ledger.aggregates import referral as referrals
from ehealth_ledger.aggregates import unreferred
from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.charge import accrue
from ehealth_ledger.aggregates.employee import Employee, acting_employee
from ehealth_ledger.aggregates.encounter.coded import check_coded
from ehealth_ledger.aggregates.encounter.contents import check_contents, check_diagnoses
from ehealth_ledger.aggregates.encounter.members import check_members
from ehealth_ledger.aggregates.encounter.treated import ends_case, last_day, treated
from ehealth_ledger.aggregates.episode import own_episode, require_active
from ehealth_ledger.aggregates.monitoring import Circumstances, watched
from ehealth_ledger.aggregates.patient import Patient, active_patient
from ehealth_ledger.aggregates.treated_case import accrue_case
from ehealth_ledger.commands.encounter import RecordEncounter
from ehealth_ledger.events.charge import ChargeAccrued, ChargeWithheld
from ehealth_ledger.events.encounter import EncounterRecorded, RecordedMember
from ehealth_ledger.events.episode import DiagnosisMade, EpisodeDiagnosed
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.values.identifiers import EpisodeId
from ehealth_ledger.values.parameters.charge import CASE_ENCOUNTER_TYPES
from ehealth_ledger.values.parameters.encounter import ENCOUNTER_DAYS_PASSED_MAX
from ehealth_ledger.values.time import kyiv_day

_EPISODE_AT = "$.resources[0].episodeOfCare[0].reference"


def record(case: Case[RecordEncounter]) -> list[Fact]:
    """Record a package in an active episode of one's own institution.

    One that is based on a referral closes it and is priced in the same commit; one that ends a
    treated case is priced as a case, with a referral or without. Its procedures are priced beside
    it, where the payer says that their services earn without a referral.
    """
    actor = acting_employee(case)
    encounter = case.command.body.encounter
    case.require(
        encounter.participant[0].individual.reference == actor.id,
        "encounter.performer_not_signer",
        "$.resources[0].participant[0].individual.reference",
        expected="the employee who signs",
    )
    case.require(
        encounter.service_provider.reference == actor.legal_entity,
        "actor.other_legal_entity",
        "$.resources[0].serviceProvider.reference",
        expected="the acting institution",
    )
    with case.part():
        active_patient(case, encounter.subject.reference, "$.resources[0].subject.reference")
    _check_ids(case)
    _check_period(case)
    with case.part():
        _check_episode(case, actor)
    check_contents(case, actor)
    primary = check_diagnoses(case)
    check_members(case, actor)
    check_coded(case)
    earned = _earned(case, actor)
    earned += _earned_beside(case, earned)
    if earned:
        earned = watched(case, earned, _circumstances(case, actor, primary))
    return [_recorded(case, actor, primary), _diagnosed(case), *earned]


def _check_ids(case: Case[RecordEncounter]) -> None:
    """Every id is new to the package and to the ledger (rule 24)."""
    seen = set()
    for at, member in enumerate(case.command.body.resources):
        path = f"$.resources[{at}].id"
        case.require(
            member.id not in seen, "encounter.id_repeated", path, expected="an id of its own"
        )
        seen.add(member.id)
        case.require_new_id(member.id, path)


def _check_period(case: Case[RecordEncounter]) -> None:
    """Start ≤ end ≤ now, and not recorded too late (rule 25)."""
    period = case.command.body.encounter.period
    case.require(
        period.start <= period.end,
        "encounter.period_reversed",
        "$.resources[0].period",
        expected="an end that is not before the start",
    )
    case.require(
        period.end <= case.now,
        "encounter.period_in_future",
        "$.resources[0].period.end",
        expected="a moment not later than now",
    )
    days_max = case.number(ENCOUNTER_DAYS_PASSED_MAX)
    case.require(
        period.start >= case.now - timedelta(days=days_max),
        "encounter.period_too_old",
        "$.resources[0].period.start",
        days_max=days_max,
        expected=f"a moment within the last {days_max} days",
    )


def _check_episode(case: Case[RecordEncounter], actor: Employee) -> None:
    """Hold the encounter to an active episode that had begun (rules 25 and 26)."""
    encounter = case.command.body.encounter
    episode = own_episode(
        case,
        actor,
        encounter.episode_of_care[0].reference,
        encounter.subject.reference,
        _EPISODE_AT,
    )
    require_active(case, episode, _EPISODE_AT)
    case.require(
        kyiv_day(encounter.period.start) >= episode.started_on,
        "encounter.before_episode",
        "$.resources[0].period.start",
        expected=f"{episode.started_on} or later",
    )


def _recorded(case: Case[RecordEncounter], actor: Employee, primary: str) -> EncounterRecorded:
    wish = case.command.body
    encounter = wish.encounter
    return EncounterRecorded(
        encounter=encounter.id,
        patient=encounter.subject.reference,
        episode=EpisodeId(encounter.episode_of_care[0].reference),
        performer=actor.id,
        legal_entity=actor.legal_entity,
        division=encounter.location[0].location.reference if encounter.location else None,
        encounter_class=encounter.class_.code,
        day=kyiv_day(encounter.period.start),
        referral=encounter.based_on[0].reference if encounter.based_on else None,
        encounter_pointer="/resources/0",
        primary_condition_pointer=primary,
        members=tuple(
            RecordedMember(kind=member.resource_type, id=member.id, pointer=f"/resources/{at}")
            for at, member in wish.children
        ),
    )


def _diagnosed(case: Case[RecordEncounter]) -> EpisodeDiagnosed:
    wish = case.command.body
    encounter = wish.encounter
    pointers = {condition.id: pointer for pointer, condition in wish.conditions.items()}
    return EpisodeDiagnosed(
        episode=EpisodeId(encounter.episode_of_care[0].reference),
        patient=encounter.subject.reference,
        encounter=encounter.id,
        day=kyiv_day(encounter.period.start),
        diagnoses=tuple(
            DiagnosisMade(
                condition=each.condition.reference,
                role=each.use.coding[0].code,
                rank=each.rank or 0,
                pointer=pointers.get(each.condition.reference, ""),
            )
            for each in encounter.diagnosis
        ),
    )


def _earned(case: Case[RecordEncounter], actor: Employee) -> list[Fact]:
    """Close the referral that asked for the service, and price what was done (rule 39)."""
    encounter = case.command.body.encounter
    ended = _case_ended(case, actor)
    if not encounter.based_on:
        return ended
    with case.part():
        referral, completed = referrals.complete(case, actor, encounter.based_on[0].reference)
        if ended:
            return [completed, *ended]
        given = referrals.service_codes(encounter.service_type)
        service = next((code for code in given if code in referral.services), None)
        if service is None:
            return []  # refused already, while violations are collected
        day = kyiv_day(encounter.period.start)
        charge = accrue(case, act=encounter.id, actor=actor, service=service, day=day)
        return [completed, charge]
    return []


def _earned_beside(case: Case[RecordEncounter], earned: list[Fact]) -> list[Fact]:
    """Price the procedures that answer no referral, each by itself.

    A treated case is paid whole, and so is the service that the encounter's own charge names.
    """
    own = [each for each in earned if isinstance(each, ChargeAccrued | ChargeWithheld)]
    if any(each.kind == "case" for each in own):
        return []
    paid = {each.service for each in own}
    return [
        charge
        for act in unreferred.acts(case.command.body)
        if act.service not in paid
        for charge in unreferred.accrued(case, act)
    ]


def _case_ended(case: Case[RecordEncounter], actor: Employee) -> list[Fact]:
    """Price the treated case that the encounter ends, if it ends one."""
    wish = case.command.body
    day = last_day(wish.encounter)
    if not ends_case(wish.encounter, case.setting(CASE_ENCOUNTER_TYPES, day)):
        return []
    patient = case.find(Patient, wish.encounter.subject.reference)
    members = (member for _, member in wish.children)
    found = treated(wish.encounter, members, None if patient is None else patient.birth_date)
    return [accrue_case(case, act=wish.encounter.id, actor=actor, treated=found, day=day)]


def _circumstances(case: Case[RecordEncounter], actor: Employee, primary: str) -> Circumstances:
    wish = case.command.body
    encounter = wish.encounter
    diagnosed = wish.conditions.get(primary)
    patient = encounter.subject.reference
    return Circumstances(
        patient=patient,
        acts=case.lookups.resources.acts_on(patient),
        diagnoses=() if diagnosed is None else tuple(each.code for each in diagnosed.code.coding),
        performer=actor.id,
    )
