"""The laws of referrals: rules 43, 47 and 50."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ehealth_ledger.aggregates.referral import Status
from ehealth_ledger.values.time import microseconds
from tests.laws.bench import NOW, Change, altered, asks, at, taken, without
from tests.laws.lookups import an_id
from tests.laws.scenes.common import NEW, PATIENT, REFERRAL, moment, reference
from tests.laws.scenes.referral import (
    cancel_referral,
    issue_referral,
    recall_referral,
    redeem_referral,
)
from tests.laws.tables import refused, row

OTHER = an_id("other")
_REFERRAL = "$.resource.referral"

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
    row("the id is taken", "id.not_new", "$.resource.id", taken(NEW)),
    row(
        "its period ends now",
        "referral.expired",
        "$.resource.occurrencePeriod.end",
        asks("resource", "occurrencePeriod", "end", value=moment(seconds=0)),
    ),
]
_WITHDRAWALS = [
    row("no such referral", "referral.unknown", _REFERRAL, without(REFERRAL)),
    row(
        "another patient's",
        "referral.of_other_patient",
        "$.resource.patient",
        asks("resource", "patient", value=str(OTHER)),
    ),
    row(
        "by another than its author",
        "referral.not_author",
        "$.employee",
        altered(REFERRAL, requester=OTHER),
    ),
    *(
        row(status.value, "referral.not_active", _REFERRAL, altered(REFERRAL, status=status))
        for status in Status
        if status is not Status.ACTIVE
    ),
]
REDEMPTIONS = [
    row(
        "another performer than signs",
        "referral.performer_not_signer",
        "$.resource.performer",
        asks("resource", "performer", value=str(OTHER)),
    ),
    row("no such referral", "referral.unknown", _REFERRAL, without(REFERRAL)),
    row(
        "another patient's",
        "referral.of_other_patient",
        "$.resource.patient",
        asks("resource", "patient", value=str(OTHER)),
    ),
    row(
        "by another institution",
        "referral.already_redeemed",
        _REFERRAL,
        altered(REFERRAL, status=Status.REDEEMED, redeemed_by=OTHER),
    ),
    row(
        "used and completed",
        "referral.already_redeemed",
        _REFERRAL,
        altered(REFERRAL, status=Status.COMPLETED, redeemed_by=OTHER),
    ),
    row("recalled", "referral.not_active", _REFERRAL, altered(REFERRAL, status=Status.RECALLED)),
    row(
        "entered in error",
        "referral.not_active",
        _REFERRAL,
        altered(REFERRAL, status=Status.ENTERED_IN_ERROR),
    ),
    row(
        "its last moment has come",
        "referral.expired",
        _REFERRAL,
        altered(REFERRAL, expires_at=microseconds(NOW)),
    ),
]


@pytest.mark.parametrize(("change", "code", "path"), ISSUES)
def test_issue(change: Change, code: str, path: str) -> None:
    """The requester signs a referral of a known patient, dated no later than now and still to
    come.
    """
    assert refused(issue_referral, change) == (code, path)


@pytest.mark.parametrize(("change", "code", "path"), REDEMPTIONS)
def test_redeem(change: Change, code: str, path: str) -> None:
    """A referral is redeemed once: active, unexpired, by the performer who signs."""
    assert refused(redeem_referral, change) == (code, path)


@pytest.mark.parametrize("scene", [recall_referral, cancel_referral], ids=["recall", "cancel"])
@pytest.mark.parametrize(("change", "code", "path"), _WITHDRAWALS)
def test_withdraw(scene, change: Change, code: str, path: str) -> None:  # noqa: ANN001
    """Only the author withdraws, and only what is active."""
    assert refused(scene, change) == (code, path)


def test_rule_47_a_referral_lives_until_its_last_microsecond() -> None:
    """One microsecond before the end is in time."""
    scene = redeem_referral()
    altered(REFERRAL, expires_at=microseconds(NOW) + 1)(scene)
    assert scene.judge()
    at(NOW + timedelta(microseconds=1))(scene)
    assert refused(lambda: scene, lambda _: None) == ("referral.expired", _REFERRAL)
