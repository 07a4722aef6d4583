"""The laws of referrals: rules 43 to 51."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest

from ehealth_ledger.aggregates.care_plan import ActivityStatus
from ehealth_ledger.aggregates.care_plan import Status as PlanStatus
from ehealth_ledger.aggregates.episode import Status as EpisodeStatus
from ehealth_ledger.aggregates.evolution import evolve
from ehealth_ledger.aggregates.lookups import ClinicalResource
from ehealth_ledger.aggregates.referral import ProgramStatus, Referral, Status
from ehealth_ledger.errors import RuleBroken, Undecided
from ehealth_ledger.events.care_plan import ActivityReleased, ActivityUsed
from ehealth_ledger.events.referral import ReferralIssued, ReferralQualified, ReferralRedeemed
from ehealth_ledger.values.identifiers import ActivityId, CarePlanId
from ehealth_ledger.values.parameters.referral import (
    REFERRAL_CATEGORIES_BY_EMPLOYEE_TYPE,
    REFERRAL_DAYS_VALID_MAX,
)
from ehealth_ledger.values.time import microseconds
from tests.laws.bench import NOW, Change, Scene, altered, asks, at, both, given, taken, without
from tests.laws.lookups import an_id
from tests.laws.parameters import valued
from tests.laws.scenes.care_plan import ACTIVITY, CARE_PLAN, activity, plan
from tests.laws.scenes.common import (
    ACTOR,
    ENCOUNTER,
    ENTITY,
    ICD,
    NEW,
    PATIENT,
    REFERRAL,
    SERVICE,
    coded,
    employee,
    moment,
    reference,
)
from tests.laws.scenes.episode import EPISODE, episode
from tests.laws.scenes.patient import NO_LONGER_ACTIVE
from tests.laws.scenes.referral import (
    PROGRAM,
    cancel_referral,
    complete_referral,
    encounter_of,
    expire_referral,
    issue_planned_referral,
    issue_program_referral,
    issue_referral,
    issue_referral_by_assistant,
    of_program,
    process_referral,
    program,
    qualify_referral,
    recall_referral,
    redeem_program_referral,
    redeem_referral,
    release_referral,
)
from tests.laws.tables import refused, row

OTHER = an_id("other")
_REFERRAL = "$.resource.referral"
_PLAN = "$.resource.basedOn[0].reference"
_ACTIVITY = "$.resource.basedOn[0].extension[0].valueId"


def _period(start: str, end: str) -> Change:
    return asks("resource", "occurrencePeriod", value={"start": start, "end": end})


def _planned(*activities: object) -> Change:
    return given(CARE_PLAN, plan(PlanStatus.ACTIVE, *activities))  # type: ignore[arg-type]


ISSUES = [
    row(
        "another requester than signs",
        "referral.requester_not_signer",
        "$.resource.requester.reference",
        asks("resource", "requester", value=reference("PractitionerRole", OTHER)),
    ),
    row(
        "dated a second ahead",
        "referral.authored_in_future",
        "$.resource.authoredOn",
        asks("resource", "authoredOn", value=moment(seconds=-1)),
    ),
    row("no such patient", "patient.unknown", "$.resource.subject.reference", without(PATIENT)),
    *(
        row(name, "patient.not_active", "$.resource.subject.reference", change)
        for name, change in NO_LONGER_ACTIVE.items()
    ),
    row("the id is taken", "id.not_new", "$.resource.id", taken(NEW)),
    row(
        "for a reason that no directory lists",
        "code.unknown",
        "$.resource.reasonCode[0].coding[0].code",
        asks("resource", "reasonCode", value=[coded(ICD, "Z99.99")]),
    ),
    row(
        "its period ends now",
        "referral.expired",
        "$.resource.occurrencePeriod.end",
        asks("resource", "occurrencePeriod", "end", value=moment(seconds=0)),
    ),
    row(
        "from no encounter of the ledger",
        "referral.context_unknown",
        "$.resource.encounter.reference",
        without(ENCOUNTER),
    ),
    row(
        "from an encounter in error",
        "referral.context_unknown",
        "$.resource.encounter.reference",
        altered(ENCOUNTER, in_error=frozenset({ENCOUNTER})),
    ),
    row(
        "from another patient's encounter",
        "referral.context_unknown",
        "$.resource.encounter.reference",
        given(ENCOUNTER, encounter_of(OTHER)),
    ),
    row(
        "a category not for doctors",
        "referral.category_not_allowed",
        "$.resource.category[0].coding[0].code",
        given(*valued(REFERRAL_CATEGORIES_BY_EMPLOYEE_TYPE, {"DOCTOR": ("108252007",)})),
    ),
    row(
        "a type of employee without categories",
        "referral.category_not_allowed",
        "$.resource.category[0].coding[0].code",
        given(*valued(REFERRAL_CATEGORIES_BY_EMPLOYEE_TYPE, {"SPECIALIST": ("409063005",)})),
    ),
    row(
        "a category nobody knows",
        "referral.category_not_allowed",
        "$.resource.category[0].coding[0].code",
        asks("resource", "category", 0, "coding", 0, "code", value="1"),
    ),
]
_SERVICE = "$.resource.code.coding[0].code"
_CATEGORY = "$.resource.category[0].coding[0].code"
ISSUES += [
    row(
        "imaging is asked for under another service",
        "referral.service_of_other_category",
        _CATEGORY,
        asks("resource", "category", 0, "coding", 0, "code", value="363679005"),
    ),
    row(
        "no service of the catalogue",
        "catalogue.service_unknown",
        _SERVICE,
        asks("resource", "code", "coding", 0, "code", value="A00000"),
    ),
    row(
        "no referral asks for a family doctor",
        "catalogue.not_requestable",
        _SERVICE,
        asks("resource", "code", "coding", 0, "code", value="A97001"),
    ),
]
_EPISODE_AT = "$.resource.extension[0].valueReference.reference"


def _opens(kind: str, wanted: UUID) -> Change:
    resource = {
        "url": "eHealth/extensions/permitted_resource",
        "valueReference": reference(kind, wanted),
    }
    return asks("resource", "extension", value=[resource])


def _report(**other: object) -> Change:
    known = {"kind": "DiagnosticReport", "patient": PATIENT, "encounter": None}
    found = ClinicalResource(**{**known, "in_error": False, "episode": None, **other})  # type: ignore[arg-type]
    return lambda scene: scene.lookups.resources.known.__setitem__(REPORT, found)


REPORT = an_id("report")
PERMISSIONS = [
    row("no such episode", "referral.permitted_unknown", _EPISODE_AT, without(EPISODE)),
    row(
        "another patient's episode",
        "referral.permitted_unknown",
        _EPISODE_AT,
        altered(EPISODE, patient=OTHER),
    ),
    *(
        row(
            f"an episode {status.value}",
            "referral.permitted_unknown",
            _EPISODE_AT,
            altered(EPISODE, status=status),
        )
        for status in EpisodeStatus
        if status is not EpisodeStatus.ACTIVE
    ),
    row(
        "no such report",
        "referral.permitted_unknown",
        _EPISODE_AT,
        _opens("DiagnosticReport", REPORT),
    ),
    *(
        row(
            name,
            "referral.permitted_unknown",
            _EPISODE_AT,
            both(_opens("DiagnosticReport", REPORT), _report(**wrong)),
        )
        for name, wrong in (
            ("another patient's report", {"patient": OTHER}),
            ("a report in error", {"in_error": True}),
            ("an observation under the name of a report", {"kind": "Observation"}),
        )
    ),
    row(
        "to a laboratory",
        "referral.nothing_permitted_to_laboratory",
        "$.resource.extension[0]",
        both(
            asks("resource", "category", 0, "coding", 0, "code", value="108252007"),
            asks("resource", "code", "coding", 0, "code", value="A34001"),
        ),
    ),
]


def issue_open_referral() -> Scene:
    """Open an episode to whoever redeems."""
    accepted = issue_referral()
    _opens("EpisodeOfCare", EPISODE)(accepted)
    accepted.states[EPISODE] = episode()
    return accepted


_OTHER_PARTS = {"eHealth/services|OTHER": program().services[SERVICE]}
_BY_PROGRAM: list[tuple[str, str, Change]] = [
    ("no such program", "medical_program.unknown", without(PROGRAM)),
    ("it was ended", "medical_program.not_active", altered(PROGRAM, active=False)),
    (
        "its last day was yesterday",
        "medical_program.not_active",
        altered(PROGRAM, last_day=date(2026, 11, 22)),
    ),
    ("a program of medicines", "medical_program.other_kind", altered(PROGRAM, kind="MEDICATION")),
    (
        "another service takes part",
        "referral.service_not_in_program",
        altered(PROGRAM, services=_OTHER_PARTS),
    ),
    (
        "for another condition",
        "referral.reason_not_in_program",
        altered(PROGRAM, conditions=frozenset({"http://hl7.org/fhir/sid/icd-10-am|E11"})),
    ),
    (
        "for people a year older",
        "referral.age_not_in_program",
        altered(PROGRAM, patient_age_min=47),
    ),
    (
        "for people a year younger",
        "referral.age_not_in_program",
        altered(PROGRAM, patient_age_max=45),
    ),
    (
        "for any age, and nobody knows how old the patient is",
        "referral.age_not_in_program",
        both(altered(PROGRAM, patient_age_min=0), altered(PATIENT, birth_date=None)),
    ),
]
PROGRAM_ISSUES = [
    row(name, code, "$.resource.extension[0].valueId", change) for name, code, change in _BY_PROGRAM
]
PROGRAM_REDEMPTIONS = [
    row(
        "nobody was told",
        "referral.not_qualified",
        "$.resource.referral",
        altered(REFERRAL, qualified=frozenset()),
    ),
    row(
        "another institution was told",
        "referral.not_qualified",
        "$.resource.referral",
        altered(REFERRAL, qualified=frozenset({OTHER})),
    ),
    *(row(name, code, "$.resource.referral", change) for name, code, change in _BY_PROGRAM),
]
PLANNED_ISSUES = [
    row("no such plan", "care_plan.unknown", _PLAN, without(CARE_PLAN)),
    row(
        "another patient's plan",
        "care_plan.of_other_patient",
        _PLAN,
        altered(CARE_PLAN, patient=OTHER),
    ),
    *(
        row(status.value, "care_plan.not_active", _PLAN, altered(CARE_PLAN, status=status))
        for status in PlanStatus
        if status is not PlanStatus.ACTIVE
    ),
    row("no such activity", "care_plan.activity_unknown", _ACTIVITY, _planned()),
    *(
        row(
            status.value,
            "care_plan.activity_settled",
            _ACTIVITY,
            _planned(activity(status)),
        )
        for status in (ActivityStatus.COMPLETED, ActivityStatus.CANCELLED)
    ),
    row(
        "another service is planned",
        "care_plan.activity_other_service",
        _ACTIVITY,
        _planned(activity(codes=("eHealth/services|OTHER",))),
    ),
    row(
        "a medicine is planned",
        "care_plan.activity_other_service",
        _ACTIVITY,
        _planned(activity(kind="MedicationRequest")),
    ),
    row(
        "all of it was asked for",
        "care_plan.quantity_exhausted",
        _ACTIVITY,
        _planned(activity(quantity=2, uses={an_id("one"): 1, an_id("two"): 1})),
    ),
    row(
        "it ends after the activity",
        "care_plan.period_outside_activity",
        "$.resource.basedOn[0]",
        _period(moment(minutes=1), moment(days=-30, microseconds=-1)),
    ),
    row(
        "it starts before the activity",
        "care_plan.period_outside_activity",
        "$.resource.basedOn[0]",
        _period(moment(days=1, microseconds=1), moment(days=-20)),
    ),
]
_NAMED = [
    row("no such referral", "referral.unknown", _REFERRAL, without(REFERRAL)),
    row(
        "another patient's",
        "referral.of_other_patient",
        "$.resource.patient",
        altered(REFERRAL, patient=OTHER),
    ),
]
_SETTLED = [
    row(status.value, "referral.not_active", _REFERRAL, altered(REFERRAL, status=status))
    for status in Status
    if status is not Status.ACTIVE
]
WITHDRAWALS = [
    *_NAMED,
    row(
        "by another than its author",
        "referral.not_author",
        "$.employee",
        altered(REFERRAL, requester=OTHER),
    ),
    *_SETTLED,
]
REDEMPTIONS = [
    row(
        "another performer than signs",
        "referral.performer_not_signer",
        "$.resource.performer",
        asks("resource", "performer", value=str(OTHER)),
    ),
    *_NAMED,
    *(
        row(name, "patient.not_active", "$.resource.patient", change)
        for name, change in NO_LONGER_ACTIVE.items()
    ),
    row(
        "by another institution",
        "referral.already_redeemed",
        _REFERRAL,
        altered(REFERRAL, redeemed_by=OTHER),
    ),
    row(
        "by the own institution",
        "referral.already_redeemed",
        _REFERRAL,
        altered(REFERRAL, redeemed_by=ENTITY),
    ),
    row(
        "used and completed",
        "referral.already_redeemed",
        _REFERRAL,
        altered(REFERRAL, status=Status.COMPLETED, redeemed_by=OTHER),
    ),
    *_SETTLED,
    row(
        "its last moment has come",
        "referral.expired",
        _REFERRAL,
        altered(REFERRAL, expires_at=microseconds(NOW)),
    ),
]
_HELD = [
    *_NAMED,
    row(
        "in nobody's hands",
        "referral.not_redeemed",
        _REFERRAL,
        altered(REFERRAL, redeemed_by=None),
    ),
    row(
        "in other hands",
        "referral.of_other_entity",
        _REFERRAL,
        altered(REFERRAL, redeemed_by=OTHER),
    ),
    *_SETTLED,
]
COMPLETIONS = [
    *_HELD,
    row(
        "the program's part has not begun",
        "referral.program_not_begun",
        _REFERRAL,
        altered(REFERRAL, program=PROGRAM, program_status=ProgramStatus.NEW),
    ),
    row(
        "no such encounter",
        "referral.outcome_unknown",
        "$.resource.encounter",
        without(ENCOUNTER),
    ),
    row(
        "an encounter in error",
        "referral.outcome_unknown",
        "$.resource.encounter",
        altered(ENCOUNTER, in_error=frozenset({ENCOUNTER})),
    ),
    row(
        "another patient's encounter",
        "referral.outcome_unknown",
        "$.resource.encounter",
        given(ENCOUNTER, encounter_of(OTHER)),
    ),
]
PROCESSES = [
    *_HELD,
    row(
        "no program",
        "referral.program_not_new",
        _REFERRAL,
        altered(REFERRAL, program=None, program_status=None),
    ),
    *(
        row(
            status.value,
            "referral.program_not_new",
            _REFERRAL,
            altered(REFERRAL, program_status=status),
        )
        for status in (ProgramStatus.IN_PROGRESS, ProgramStatus.COMPLETED)
    ),
]
EXPIRIES = [
    *_NAMED,
    row(
        "the program's part has begun",
        "referral.not_due",
        _REFERRAL,
        altered(REFERRAL, program=PROGRAM, program_status=ProgramStatus.IN_PROGRESS),
    ),
    *(
        row(status.value, "referral.not_due", _REFERRAL, altered(REFERRAL, status=status))
        for status in Status
        if status is not Status.ACTIVE
    ),
    row(
        "one microsecond is left",
        "referral.not_due",
        _REFERRAL,
        altered(REFERRAL, expires_at=microseconds(NOW) + 1),
    ),
    row(
        "for another reason",
        "referral.not_due",
        _REFERRAL,
        asks("reason", "rule", value="approval.expires_at"),
    ),
]


@pytest.mark.parametrize(("change", "code", "path"), ISSUES)
def test_issue(change: Change, code: str, path: str) -> None:
    """The requester signs a referral of a known patient, of a category of his, still to come."""
    assert refused(issue_referral, change) == (code, path)


@pytest.mark.parametrize(("change", "code", "path"), PLANNED_ISSUES)
def test_issue_by_a_care_plan(change: Change, code: str, path: str) -> None:
    """What a plan foresees is asked for while it holds, in time, and no more often."""
    assert refused(issue_planned_referral, change) == (code, path)


@pytest.mark.parametrize(("change", "code", "path"), PERMISSIONS)
def test_issue_that_opens_resources(change: Change, code: str, path: str) -> None:
    """A referral opens what is the patient's own and in use."""
    assert refused(issue_open_referral, change) == (code, path)


def test_rule_46_an_episode_and_a_report_are_opened() -> None:
    """The fact names what whoever redeems may read."""
    assert _issued(issue_open_referral()).permitted == (f"EpisodeOfCare/{EPISODE}",)
    scene = issue_referral()
    both(_opens("DiagnosticReport", REPORT), _report())(scene)
    assert _issued(scene).permitted == (f"DiagnosticReport/{REPORT}",)


@pytest.mark.parametrize(("change", "code", "path"), PROGRAM_ISSUES)
def test_issue_within_a_program(change: Change, code: str, path: str) -> None:
    """What a program does not take is not asked for within it."""
    assert refused(issue_program_referral, change) == (code, path)


@pytest.mark.parametrize(("change", "code", "path"), PROGRAM_REDEMPTIONS)
def test_redeem_within_a_program(change: Change, code: str, path: str) -> None:
    """Who was told VALID redeems, while it is still true."""
    assert refused(redeem_program_referral, change) == (code, path)


@pytest.mark.parametrize(("change", "code", "path"), PROCESSES)
def test_process(change: Change, code: str, path: str) -> None:
    """Only who holds an active referral begins its program's part, once."""
    assert refused(process_referral, change) == (code, path)


_INVALID: list[tuple[str, Change]] = [
    *((code, change) for _, code, change in _BY_PROGRAM),
    ("referral.not_active", altered(REFERRAL, status=Status.RECALLED)),
    ("referral.expired", altered(REFERRAL, expires_at=microseconds(NOW))),
    ("referral.other_program", altered(REFERRAL, program=OTHER)),
]


@pytest.mark.parametrize(
    ("code", "change"), _INVALID, ids=[f"rule 48: {code}" for code, _ in _INVALID]
)
def test_rule_48_the_answer_says_what_speaks_against_it(code: str, change: Change) -> None:
    """INVALID with the one reason that was changed, and whoever was told VALID no longer is."""
    scene = qualify_referral()
    change(scene)
    (fact,) = scene.judge()
    assert isinstance(fact, ReferralQualified)
    assert (fact.answer, fact.reasons) == ("INVALID", (code,))
    told = evolve(of_program(), fact)
    assert isinstance(told, Referral)
    assert not told.qualified


def test_rule_48_what_a_program_takes_is_valid_and_then_redeemed() -> None:
    """The answer is recorded for the institution that asked, and opens the way to redeem."""
    scene = qualify_referral()
    (fact,) = scene.judge()
    assert isinstance(fact, ReferralQualified)
    assert (fact.answer, fact.reasons) == ("VALID", ())
    again = redeem_program_referral()
    given(REFERRAL, evolve(scene.states[REFERRAL], fact))(again)
    assert again.judge()
    assert issue_program_referral().judge()


def test_rule_48_the_ages_of_a_program_are_included() -> None:
    """Who is just old enough, and not yet too old, is taken."""
    scene = issue_program_referral()
    altered(PROGRAM, patient_age_min=46, patient_age_max=46)(scene)
    assert scene.judge()


def test_rule_45_an_assistant_issues_what_is_among_his_categories() -> None:
    """Dated data says which; nothing else is asked for by an assistant."""
    (issued, *_) = issue_referral_by_assistant().judge()
    assert isinstance(issued, ReferralIssued)
    scene = issue_referral()
    given(ACTOR, employee("ASSISTANT"))(scene)
    with pytest.raises(RuleBroken, match=r"referral\.category_not_allowed"):
        scene.judge()


def test_rule_45_an_admission_may_be_for_any_service() -> None:
    """Who admits or hands over a patient asks for a service of whatever category."""
    scene = issue_referral()
    asks("resource", "category", 0, "coding", 0, "code", value="hospitalization")(scene)
    assert scene.judge()


@pytest.mark.parametrize(("change", "code", "path"), REDEMPTIONS)
def test_redeem(change: Change, code: str, path: str) -> None:
    """A referral is in one pair of hands: active, unexpired, by the performer who signs."""
    assert refused(redeem_referral, change) == (code, path)


@pytest.mark.parametrize(("change", "code", "path"), _HELD)
def test_release(change: Change, code: str, path: str) -> None:
    """Only who holds an active referral gives it back."""
    assert refused(release_referral, change) == (code, path)


@pytest.mark.parametrize(("change", "code", "path"), COMPLETIONS)
def test_complete_by_hand(change: Change, code: str, path: str) -> None:
    """Only who holds an active referral completes it, with an encounter of the same patient."""
    assert refused(complete_referral, change) == (code, path)


@pytest.mark.parametrize("scene", [recall_referral, cancel_referral], ids=["recall", "cancel"])
@pytest.mark.parametrize(("change", "code", "path"), WITHDRAWALS)
def test_withdraw(scene, change: Change, code: str, path: str) -> None:  # noqa: ANN001
    """Only the author withdraws, and only what is active."""
    assert refused(scene, change) == (code, path)


@pytest.mark.parametrize(("change", "code", "path"), EXPIRIES)
def test_expire(change: Change, code: str, path: str) -> None:
    """The system ends what is open when its time has come, not a microsecond before."""
    assert refused(expire_referral, change) == (code, path)


def test_rule_47_a_referral_lives_until_its_last_microsecond() -> None:
    """One microsecond before the end is in time."""
    scene = redeem_referral()
    altered(REFERRAL, expires_at=microseconds(NOW) + 1)(scene)
    assert scene.judge()
    at(NOW + timedelta(microseconds=1))(scene)
    assert refused(lambda: scene, lambda _: None) == ("referral.expired", _REFERRAL)


def _issued(scene: Scene) -> ReferralIssued:
    fact = scene.judge()[0]
    assert isinstance(fact, ReferralIssued)
    return fact


def _from(encounter: UUID, patient: UUID = PATIENT) -> Change:
    state = encounter_of(patient)
    return both(
        asks("resource", "encounter", value=reference("Encounter", encounter)),
        given(encounter, state),
    )


def test_rule_44_what_is_asked_for_in_one_encounter_has_one_number() -> None:
    """Two referrals of an encounter share the number; another encounter has another one."""
    first, second, third = issue_referral(), issue_referral(), issue_referral()
    asks("resource", "id", value=str(OTHER))(second)
    _from(an_id("another encounter"))(third)
    numbers = [_issued(each).requisition for each in (first, second, third)]
    assert numbers[0] == numbers[1] != numbers[2]


def test_rule_44_a_referral_from_no_encounter_has_its_own_number() -> None:
    """Without an encounter no two referrals share a number, and the same wish gives the same."""

    def number(referral: UUID) -> str:
        scene = issue_referral()
        del scene.content["resource"]["encounter"]
        asks("resource", "id", value=str(referral))(scene)
        return _issued(scene).requisition

    assert number(NEW) == number(NEW) != number(OTHER)


def test_rule_44_another_ledger_gives_another_number() -> None:
    """A number of a test deployment leads nowhere in the nation's."""
    other = issue_referral()
    asks("ledger", value=str(an_id("another ledger")))(other)
    assert _issued(other).requisition != _issued(issue_referral()).requisition


@pytest.mark.parametrize(
    ("days", "expires"),
    [(365, timedelta(days=365)), (366, timedelta(days=365)), (30, timedelta(days=30))],
    ids=["as asked", "no later than the limit", "its own period ends before"],
)
def test_a_referral_expires_with_its_period_or_after_a_year(days: int, expires: timedelta) -> None:
    """Whichever comes first."""
    scene = issue_referral()
    asks("resource", "occurrencePeriod", "end", value=moment(days=-days))(scene)
    assert _issued(scene).expires_at == microseconds(NOW + expires)


@pytest.mark.parametrize("name", [REFERRAL_DAYS_VALID_MAX, REFERRAL_CATEGORIES_BY_EMPLOYEE_TYPE])
def test_nothing_is_issued_by_a_default(name: str) -> None:
    """Where a parameter has no value the ledger cannot tell."""
    scene = issue_referral()
    state, _ = valued(name, 1)
    given(state, None)(scene)
    with pytest.raises(Undecided, match=r"parameter\.unset"):
        scene.judge()


def test_a_referral_given_back_is_redeemed_under_the_next_number() -> None:
    """The guard tells a second redemption from one that follows a release."""
    released = release_referral()
    state = evolve(released.states[REFERRAL], released.judge()[0])
    again = redeem_referral()
    given(REFERRAL, state)(again)
    (redeemed,) = again.judge()
    assert isinstance(redeemed, ReferralRedeemed)
    assert redeemed.attempt == 2


def test_rule_51_a_referral_takes_one_of_what_is_planned() -> None:
    """The plan's own stream remembers who took how much."""
    _, used = issue_planned_referral().judge()
    assert used == ActivityUsed(
        care_plan=CarePlanId(CARE_PLAN),
        patient=PATIENT,
        activity=ActivityId(ACTIVITY),
        request=NEW,
        quantity=1,
    )


@pytest.mark.parametrize(
    "scene", [recall_referral, cancel_referral, expire_referral], ids=["recall", "cancel", "expire"]
)
def test_rule_51_what_comes_to_nothing_is_given_back(scene) -> None:  # noqa: ANN001
    """A withdrawn referral no longer counts against the plan."""
    issued = issue_planned_referral()
    planned = evolve(None, issued.judge()[0])
    ending = scene()
    altered(REFERRAL, planned=planned.planned)(ending)  # type: ignore[union-attr]
    _, released = ending.judge()
    assert isinstance(released, ActivityReleased)
    assert (released.request, released.quantity) == (REFERRAL, 1)
