"""The laws of approvals: rule 64."""

from __future__ import annotations

from typing import Any

import pytest

from ehealth_ledger.aggregates.approval import Status
from ehealth_ledger.errors import Undecided
from ehealth_ledger.events.approval import ApprovalConfirmed, ApprovalRequested
from ehealth_ledger.values.parameters.approval import APPROVAL_HOURS_VALID
from ehealth_ledger.values.time import microseconds
from tests.laws.bench import NOW, Change, altered, asks, both, given, taken, without
from tests.laws.lookups import an_id
from tests.laws.parameters import valued
from tests.laws.scenes.approval import (
    APPROVAL,
    approval,
    cancel_approval,
    confirm_approval,
    expire_approval,
    request_approval,
)
from tests.laws.scenes.care_plan import CARE_PLAN, plan
from tests.laws.scenes.common import ACTOR, ENCOUNTER, ENTITY, NEW, PATIENT, REFERRAL, referral
from tests.laws.scenes.patient import NO_LONGER_ACTIVE
from tests.laws.scenes.referral import encounter_of
from tests.laws.tables import refused, row

OTHER = an_id("other")
_APPROVAL = "$.resource.approval"
_GRANTED = "$.resource.granted_to"
_SELECTOR = "$.resource.granted_resources"
_HOUR_US = 3_600_000_000


def _opens(**selectors: Any) -> Change:
    return asks("resource", "granted_resources", value=selectors)


def _grants(**grantee: object) -> Change:
    named = {kind: str(wanted) for kind, wanted in grantee.items()}
    return asks("resource", "granted_to", value=named)


_INACTIVE = [
    row(name, "patient.not_active", "$.resource.patient", change)
    for name, change in NO_LONGER_ACTIVE.items()
]
REQUESTS = [
    row("no such patient", "patient.unknown", "$.resource.patient", without(PATIENT)),
    *_INACTIVE,
    row("the id is taken", "id.not_new", "$.resource.id", taken(NEW)),
    row("for nobody", "approval.grantee_not_own", _GRANTED, _grants()),
    row("for somebody else", "approval.grantee_not_own", _GRANTED, _grants(employee=OTHER)),
    row(
        "for another institution",
        "approval.grantee_not_own",
        _GRANTED,
        _grants(legal_entity=OTHER),
    ),
    row(
        "for oneself and the institution",
        "approval.grantee_not_own",
        _GRANTED,
        _grants(employee=ACTOR, legal_entity=ENTITY),
    ),
    row("nothing", "approval.selector_count", _SELECTOR, _opens()),
    row(
        "two selectors",
        "approval.selector_count",
        _SELECTOR,
        _opens(whole_patient=True, diagnoses_group="HIV"),
    ),
    row(
        "no such care plan",
        "approval.resource_unknown",
        f"{_SELECTOR}.resources[0]",
        _opens(resources=[f"CarePlan/{CARE_PLAN}"]),
    ),
    row(
        "another patient's care plan",
        "approval.resource_unknown",
        f"{_SELECTOR}.resources[0]",
        both(
            _opens(resources=[f"CarePlan/{CARE_PLAN}"]),
            given(CARE_PLAN, plan(patient=OTHER)),
        ),
    ),
    row(
        "the second is another patient's",
        "approval.resource_unknown",
        f"{_SELECTOR}.resources[1]",
        both(
            _opens(resources=[f"CarePlan/{CARE_PLAN}", f"Encounter/{ENCOUNTER}"]),
            given(CARE_PLAN, plan()),
            given(ENCOUNTER, encounter_of(OTHER)),
        ),
    ),
    row(
        "an encounter under the name of a plan",
        "approval.resource_unknown",
        f"{_SELECTOR}.resources[0]",
        both(_opens(resources=[f"CarePlan/{ENCOUNTER}"]), given(ENCOUNTER, encounter_of())),
    ),
    row(
        "what no referral opens",
        "approval.resource_unknown",
        f"{_SELECTOR}.permitted_by",
        _opens(permitted_by=str(REFERRAL)),
    ),
    row(
        "what another patient's referral opens",
        "approval.resource_unknown",
        f"{_SELECTOR}.permitted_by",
        both(_opens(permitted_by=str(REFERRAL)), given(REFERRAL, referral(patient=OTHER))),
    ),
    row(
        "because of no referral",
        "approval.resource_unknown",
        "$.resource.reason",
        asks("resource", "reason", value=str(REFERRAL)),
    ),
]
_NAMED = [
    row("no such approval", "approval.unknown", _APPROVAL, without(APPROVAL)),
    row(
        "another patient's",
        "approval.of_other_patient",
        "$.resource.patient",
        altered(APPROVAL, patient=OTHER),
    ),
]
_OWN = [
    *_NAMED,
    row(
        "asked for elsewhere",
        "approval.of_other_entity",
        "$.legal_entity",
        altered(APPROVAL, legal_entity=OTHER),
    ),
]
CONFIRMATIONS = [
    *_OWN,
    *_INACTIVE,
    *(
        row(status.value, "approval.not_new", _APPROVAL, altered(APPROVAL, status=status))
        for status in Status
        if status is not Status.NEW
    ),
    row(
        "the time to confirm ends now",
        "approval.lapsed",
        _APPROVAL,
        altered(APPROVAL, ends_at=microseconds(NOW)),
    ),
]
CANCELLATIONS = [
    *_OWN,
    *(
        row(status.value, "approval.ended", _APPROVAL, altered(APPROVAL, status=status))
        for status in (Status.CANCELLED, Status.EXPIRED)
    ),
]
EXPIRIES = [
    *_NAMED,
    *(
        row(status.value, "approval.not_due", _APPROVAL, altered(APPROVAL, status=status))
        for status in (Status.CANCELLED, Status.EXPIRED)
    ),
    row(
        "one microsecond is left",
        "approval.not_due",
        _APPROVAL,
        altered(APPROVAL, ends_at=microseconds(NOW) + 1),
    ),
    row(
        "for another reason",
        "approval.not_due",
        _APPROVAL,
        asks("reason", "rule", value="referral.expires_at"),
    ),
]


@pytest.mark.parametrize(("change", "code", "path"), REQUESTS)
def test_request(change: Change, code: str, path: str) -> None:
    """One asks for oneself, for exactly one thing, and that is the patient's."""
    assert refused(request_approval, change) == (code, path)


@pytest.mark.parametrize(("change", "code", "path"), CONFIRMATIONS)
def test_confirm(change: Change, code: str, path: str) -> None:
    """A patient agrees once, in time, where he was asked."""
    assert refused(confirm_approval, change) == (code, path)


@pytest.mark.parametrize(("change", "code", "path"), CANCELLATIONS)
def test_cancel(change: Change, code: str, path: str) -> None:
    """What has not ended can be ended where it was asked for."""
    assert refused(cancel_approval, change) == (code, path)


@pytest.mark.parametrize(("change", "code", "path"), EXPIRIES)
def test_expire(change: Change, code: str, path: str) -> None:
    """The system ends what is open when its time has come, not a microsecond before."""
    assert refused(expire_approval, change) == (code, path)


@pytest.mark.parametrize(
    ("change", "selector", "values"),
    [
        (_opens(whole_patient=True), "whole_patient", ()),
        (_opens(diagnoses_group="HIV"), "diagnoses_group", ("HIV",)),
        (_opens(service_group="MRI"), "service_group", ("MRI",)),
        (_opens(forbidden_group="PSY"), "forbidden_group", ("PSY",)),
        (_opens(resource_types=["Condition"]), "resource_types", ("Condition",)),
        (
            both(
                _opens(resources=[f"CarePlan/{CARE_PLAN}", f"Encounter/{ENCOUNTER}"]),
                given(CARE_PLAN, plan()),
                given(ENCOUNTER, encounter_of()),
            ),
            "resources",
            (f"CarePlan/{CARE_PLAN}", f"Encounter/{ENCOUNTER}"),
        ),
        (
            both(_opens(permitted_by=str(REFERRAL)), given(REFERRAL, referral())),
            "permitted_by",
            (str(REFERRAL),),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_rule_64_each_selector_alone_is_taken(
    change: Change, selector: str, values: tuple[str, ...]
) -> None:
    """The fact says what was opened, so that nobody need read the signed content to decide."""
    scene = request_approval()
    change(scene)
    (fact,) = scene.judge()
    assert isinstance(fact, ApprovalRequested)
    assert (fact.selector, fact.values) == (selector, values)
    assert fact.lapses_at == microseconds(NOW) + 12 * _HOUR_US


def test_rule_64_access_for_the_own_institution() -> None:
    """An institution may be given what one of its employees asks for."""
    scene = request_approval()
    _grants(legal_entity=ENTITY)(scene)
    (fact,) = scene.judge()
    assert isinstance(fact, ApprovalRequested)
    assert (fact.granted_employee, fact.granted_entity) == (None, ENTITY)


def test_a_confirmed_approval_holds_as_long_as_its_kind() -> None:
    """How long depends on what is opened."""
    scene = confirm_approval()
    given(*valued(APPROVAL_HOURS_VALID, {"resources": 48, "whole_patient": 1}))(scene)
    (fact,) = scene.judge()
    assert isinstance(fact, ApprovalConfirmed)
    assert fact.expires_at == microseconds(NOW) + 48 * _HOUR_US


def test_parameter_unset_for_a_kind_of_approval() -> None:
    """Nobody guesses how long access lasts."""
    scene = confirm_approval()
    given(*valued(APPROVAL_HOURS_VALID, {"whole_patient": 1}))(scene)
    with pytest.raises(Undecided, match=r"parameter\.unset"):
        scene.judge()


def test_an_approval_never_confirmed_lapses() -> None:
    """The system ends what the patient did not answer."""
    scene = expire_approval()
    given(APPROVAL, approval(Status.NEW, ends_at=microseconds(NOW)))(scene)
    assert scene.judge()
