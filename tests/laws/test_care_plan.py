"""The laws of care plans: rules 51 and 65."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ehealth_ledger.aggregates.approval import Status as ApprovalStatus
from ehealth_ledger.aggregates.care_plan import Activity, ActivityStatus, CarePlan, Status
from ehealth_ledger.aggregates.evolution import evolve
from ehealth_ledger.commands.fhir.care_plan import INNM_DOSAGES
from ehealth_ledger.errors import RuleBroken
from ehealth_ledger.events.care_plan import (
    ActivityAdded,
    ActivityReleased,
    ActivityUsed,
    CarePlanTerminated,
)
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.values.identifiers import ActivityId, CarePlanId, PatientId
from ehealth_ledger.values.time import microseconds
from tests.laws.bench import NOW, Change, altered, asks, both, given, taken, without
from tests.laws.lookups import an_id
from tests.laws.scenes.approval import APPROVAL, approval
from tests.laws.scenes.care_plan import (
    ACTIVITY,
    CARE_PLAN,
    OTHER_PLAN,
    activity,
    add_activity,
    cancel_activity,
    cancel_care_plan,
    complete_activity,
    complete_care_plan,
    create_care_plan,
    plan,
)
from tests.laws.scenes.common import (
    ENCOUNTER,
    ENTITY,
    NEW,
    PATIENT,
    SYSTEM,
    coded,
    moment,
    reference,
)
from tests.laws.scenes.medication import GENERIC, generic, product
from tests.laws.scenes.patient import NO_LONGER_ACTIVE
from tests.laws.scenes.referral import encounter_of
from tests.laws.tables import refused, row

OTHER = an_id("other")
_PLAN = "$.resource.care_plan"
_ACTIVITY = "$.resource.activity"
_DONE = activity(ActivityStatus.COMPLETED)


def _period(start: str, end: str) -> Change:
    return asks("resource", "period", value={"start": start, "end": end})


def _scheduled(start: str, end: str) -> Change:
    return asks("resource", "detail", "scheduledPeriod", value={"start": start, "end": end})


def _holding(status: Status, *activities: Activity) -> Change:
    return given(CARE_PLAN, plan(status, *activities))


def _from(patient: object) -> Change:
    return both(
        asks("resource", "encounter", value=reference("Encounter", ENCOUNTER)),
        given(ENCOUNTER, None if patient is None else encounter_of(patient)),  # type: ignore[arg-type]
    )


CREATIONS = [
    row(
        "another author than signs",
        "care_plan.author_not_signer",
        "$.resource.author.reference",
        asks("resource", "author", value=reference("PractitionerRole", OTHER)),
    ),
    row("no such patient", "patient.unknown", "$.resource.subject.reference", without(PATIENT)),
    *(
        row(name, "patient.not_active", "$.resource.subject.reference", change)
        for name, change in NO_LONGER_ACTIVE.items()
    ),
    row("the id is taken", "id.not_new", "$.resource.id", taken(NEW)),
    row(
        "a diagnosis that no directory lists",
        "code.unknown",
        "$.resource.extension[0].valueCoding.code",
        asks("resource", "extension", 0, "valueCoding", "code", value="Z99.99"),
    ),
    row(
        "it ends when it starts",
        "care_plan.period_invalid",
        "$.resource.period",
        _period(moment(days=-1), moment(days=-1)),
    ),
    row(
        "it ends now",
        "care_plan.period_invalid",
        "$.resource.period",
        _period(moment(days=1), moment()),
    ),
    row(
        "from no encounter of the ledger",
        "care_plan.context_unknown",
        "$.resource.encounter.reference",
        _from(None),
    ),
    row(
        "from another patient's encounter",
        "care_plan.context_unknown",
        "$.resource.encounter.reference",
        _from(OTHER),
    ),
]
WRITES = [
    row("no such plan", "care_plan.unknown", _PLAN, without(CARE_PLAN)),
    row(
        "another patient's",
        "care_plan.of_other_patient",
        "$.resource.patient",
        altered(CARE_PLAN, patient=OTHER),
    ),
    row("no approval", "care_plan.no_write_approval", "$.employee", without(APPROVAL)),
    *(
        row(
            f"the approval is {status.value}",
            "care_plan.no_write_approval",
            "$.employee",
            altered(APPROVAL, status=status),
        )
        for status in ApprovalStatus
        if status is not ApprovalStatus.ACTIVE
    ),
    row(
        "the approval ends now",
        "care_plan.no_write_approval",
        "$.employee",
        altered(APPROVAL, ends_at=microseconds(NOW)),
    ),
    row(
        "an approval to read",
        "care_plan.no_write_approval",
        "$.employee",
        altered(APPROVAL, access_level="read"),
    ),
    row(
        "an approval for somebody else",
        "care_plan.no_write_approval",
        "$.employee",
        altered(APPROVAL, granted_employee=OTHER),
    ),
    row(
        "an approval for another institution",
        "care_plan.no_write_approval",
        "$.employee",
        altered(APPROVAL, granted_employee=None, granted_entity=OTHER),
    ),
    row(
        "an approval for another plan",
        "care_plan.no_write_approval",
        "$.employee",
        altered(APPROVAL, values=(f"CarePlan/{OTHER}",)),
    ),
    row(
        "an approval for what a referral opens",
        "care_plan.no_write_approval",
        "$.employee",
        altered(APPROVAL, selector="permitted_by"),
    ),
    row(
        "an approval for other types",
        "care_plan.no_write_approval",
        "$.employee",
        altered(APPROVAL, selector="resource_types", values=("Encounter",)),
    ),
]
_ENDED = [status for status in Status if status not in (Status.NEW, Status.ACTIVE)]
ADDITIONS = [
    *(
        row(name, "patient.not_active", "$.resource.patient", change)
        for name, change in NO_LONGER_ACTIVE.items()
    ),
    *(
        row(status.value, "care_plan.not_open", _PLAN, altered(CARE_PLAN, status=status))
        for status in _ENDED
    ),
    row("the id is taken", "id.not_new", "$.resource.id", taken(NEW)),
    row(
        "a service of no catalogue",
        "catalogue.service_unknown",
        "$.resource.detail.code.coding[0].code",
        asks("resource", "detail", "code", value=coded(SYSTEM, "A00000")),
    ),
    row(
        "a medicine by its name",
        "care_plan.medication_not_named",
        "$.resource.detail.code.coding",
        both(
            asks("resource", "detail", "kind", value="MedicationRequest"),
            asks("resource", "detail", "code", value=coded(INNM_DOSAGES, "bisoprolol")),
        ),
    ),
    row(
        "a medicine nobody published",
        "medication.unknown",
        "$.resource.detail.code.coding[0].code",
        both(
            asks("resource", "detail", "kind", value="MedicationRequest"),
            asks("resource", "detail", "code", value=coded(INNM_DOSAGES, str(OTHER))),
        ),
    ),
    row(
        "it starts before the plan",
        "care_plan.activity_outside_plan",
        "$.resource.detail.scheduledPeriod",
        _scheduled(moment(days=1, microseconds=1), moment(days=-30)),
    ),
    row(
        "it ends after the plan",
        "care_plan.activity_outside_plan",
        "$.resource.detail.scheduledPeriod",
        _scheduled(moment(), moment(days=-90, microseconds=-1)),
    ),
    row(
        "it ends when it starts",
        "care_plan.activity_outside_plan",
        "$.resource.detail.scheduledPeriod",
        _scheduled(moment(), moment()),
    ),
]
COMPLETIONS = [
    *(
        row(status.value, "care_plan.not_active", _PLAN, _holding(status, _DONE))
        for status in Status
        if status is not Status.ACTIVE
    ),
    row("no activity", "care_plan.nothing_completed", _PLAN, _holding(Status.ACTIVE)),
    row(
        "the only one was cancelled",
        "care_plan.nothing_completed",
        _PLAN,
        _holding(Status.ACTIVE, activity(ActivityStatus.CANCELLED)),
    ),
    *(
        row(
            f"one is {status.value}",
            "care_plan.activities_live",
            _PLAN,
            _holding(Status.ACTIVE, _DONE, activity(status, id=ActivityId(OTHER))),
        )
        for status in (ActivityStatus.SCHEDULED, ActivityStatus.IN_PROGRESS)
    ),
]
CANCELLATIONS = [
    *(
        row(status.value, "care_plan.not_open", _PLAN, altered(CARE_PLAN, status=status))
        for status in _ENDED
    ),
    *(
        row(
            f"one is {status.value}",
            "care_plan.activities_live",
            _PLAN,
            _holding(Status.ACTIVE, activity(status)),
        )
        for status in (ActivityStatus.SCHEDULED, ActivityStatus.IN_PROGRESS)
    ),
]
_OF_ACTIVITY = [
    *(
        row(status.value, "care_plan.not_open", _PLAN, altered(CARE_PLAN, status=status))
        for status in _ENDED
    ),
    row("no such activity", "care_plan.activity_unknown", _ACTIVITY, _holding(Status.ACTIVE)),
]
ACTIVITY_COMPLETIONS = [
    *_OF_ACTIVITY,
    *(
        row(
            status.value,
            "care_plan.activity_not_in_progress",
            _ACTIVITY,
            _holding(Status.ACTIVE, activity(status)),
        )
        for status in ActivityStatus
        if status is not ActivityStatus.IN_PROGRESS
    ),
]
ACTIVITY_CANCELLATIONS = [
    *_OF_ACTIVITY,
    *(
        row(
            status.value,
            "care_plan.activity_settled",
            _ACTIVITY,
            _holding(Status.ACTIVE, activity(status)),
        )
        for status in (ActivityStatus.COMPLETED, ActivityStatus.CANCELLED)
    ),
]
_WRITING = [
    add_activity,
    complete_activity,
    cancel_activity,
    complete_care_plan,
    cancel_care_plan,
]


@pytest.mark.parametrize(("change", "code", "path"), CREATIONS)
def test_create(change: Change, code: str, path: str) -> None:
    """The author signs a plan of a known patient that ends in the future."""
    assert refused(create_care_plan, change) == (code, path)


@pytest.mark.parametrize("scene", _WRITING, ids=[each.__name__ for each in _WRITING])
@pytest.mark.parametrize(("change", "code", "path"), WRITES)
def test_write(scene, change: Change, code: str, path: str) -> None:  # noqa: ANN001
    """Nothing of a plan is written unless the patient lets this employee write this plan now."""
    assert refused(scene, change) == (code, path)


@pytest.mark.parametrize(("change", "code", "path"), ADDITIONS)
def test_add_activity(change: Change, code: str, path: str) -> None:
    """An activity is new and lies within the time of a plan that is open."""
    assert refused(add_activity, change) == (code, path)


@pytest.mark.parametrize(("change", "code", "path"), COMPLETIONS)
def test_complete(change: Change, code: str, path: str) -> None:
    """A plan is complete when something was carried out and nothing is left to do."""
    assert refused(complete_care_plan, change) == (code, path)


@pytest.mark.parametrize(("change", "code", "path"), CANCELLATIONS)
def test_cancel(change: Change, code: str, path: str) -> None:
    """An open plan is given up when nothing of it is left to do."""
    assert refused(cancel_care_plan, change) == (code, path)


@pytest.mark.parametrize(("change", "code", "path"), ACTIVITY_COMPLETIONS)
def test_complete_activity(change: Change, code: str, path: str) -> None:
    """An activity is complete after something of it was asked for."""
    assert refused(complete_activity, change) == (code, path)


@pytest.mark.parametrize(("change", "code", "path"), ACTIVITY_CANCELLATIONS)
def test_cancel_activity(change: Change, code: str, path: str) -> None:
    """An activity is given up before it is settled."""
    assert refused(cancel_activity, change) == (code, path)


_APPROVED: list[tuple[str, Change]] = [
    ("for the institution", altered(APPROVAL, granted_employee=None, granted_entity=ENTITY)),
    ("for the whole patient", altered(APPROVAL, selector="whole_patient", values=())),
    ("for care plans", altered(APPROVAL, selector="resource_types", values=("CarePlan",))),
    ("one more microsecond", altered(APPROVAL, ends_at=microseconds(NOW) + 1)),
]


@pytest.mark.parametrize(
    "change", [change for _, change in _APPROVED], ids=[name for name, _ in _APPROVED]
)
def test_rule_65_an_approval_that_covers_the_plan_is_enough(change: Change) -> None:
    """By name, by type or whole; to the employee or to his institution."""
    scene = add_activity()
    change(scene)
    assert scene.judge()


def test_rule_65_one_good_approval_among_others_is_enough() -> None:
    """Approvals that do not fit do no harm to one that does."""
    scene = add_activity()
    lapsed = approval(ApprovalStatus.NEW, id=an_id("lapsed"))
    scene.states[lapsed.id] = lapsed
    scene.lookups.approvals.live[PatientId(PATIENT)] = (lapsed.id, approval().id)
    assert scene.judge()


def test_rule_38_an_inn_dosage_is_planned_by_its_id() -> None:
    """What may be prescribed of a plan is a generic of the ledger's own."""
    scene = add_activity()
    asks("resource", "detail", "kind", value="MedicationRequest")(scene)
    asks("resource", "detail", "code", value=coded(INNM_DOSAGES, str(GENERIC)))(scene)
    scene.states[GENERIC] = generic()
    added, *_ = scene.judge()
    assert isinstance(added, ActivityAdded)
    assert added.codes == (f"{INNM_DOSAGES}|{GENERIC}",)
    scene.states[GENERIC] = product()
    with pytest.raises(RuleBroken, match=r"medication\.not_a_generic"):
        scene.judge()


def _ended_by(change: Change) -> list[CarePlanId]:
    scene = add_activity()
    change(scene)
    return [fact.care_plan for fact in scene.judge() if isinstance(fact, CarePlanTerminated)]


@pytest.mark.parametrize(
    ("change", "ended"),
    [
        (lambda _: None, [OTHER_PLAN]),
        (altered(OTHER_PLAN, diagnosis="http://hl7.org/fhir/sid/icd-10-am|E11"), []),
        (altered(OTHER_PLAN, status=Status.NEW), []),
        (altered(CARE_PLAN, status=Status.ACTIVE), []),
    ],
    ids=["the same diagnosis", "another diagnosis", "not active yet", "not the first activity"],
)
def test_a_plan_that_becomes_active_ends_its_rivals(change: Change, ended: list[object]) -> None:
    """A patient has one active plan for a diagnosis: the one whose first activity came last."""
    assert _ended_by(change) == ended


def _folded(*facts: Fact) -> CarePlan:
    state: object = plan(Status.ACTIVE, activity())
    for fact in facts:
        state = evolve(state, fact)
    assert isinstance(state, CarePlan)
    return state


def _use(kind: type[ActivityUsed] | type[ActivityReleased], name: str, quantity: int) -> Fact:
    return kind(
        care_plan=CarePlanId(CARE_PLAN),
        patient=PatientId(PATIENT),
        activity=ActivityId(ACTIVITY),
        request=an_id(name),
        quantity=quantity,
    )


def test_rule_51_what_is_left_follows_from_the_facts() -> None:
    """Quantity less what requests took and did not give back; never below what was taken."""
    took, back = ActivityUsed, ActivityReleased
    folded = _folded(_use(took, "a", 2), _use(took, "b", 1), _use(back, "a", 1))
    held = folded.activities[ActivityId(ACTIVITY)]
    assert (held.quantity, held.remaining, held.status) == (3, 1, ActivityStatus.IN_PROGRESS)
    assert _folded(_use(back, "nobody", 2)).activities[held.id].remaining == 3
    assert _folded(_use(took, "a", 1), _use(back, "a", 1)).activities[held.id].remaining == 3


def test_a_plan_that_starts_today_may_last() -> None:
    """The last moment of a plan is within it."""
    scene = add_activity()
    _scheduled(moment(days=1), moment(days=-90))(scene)
    assert scene.judge()
    assert NOW + timedelta(days=90) > NOW
