"""Map commands about referrals to their laws."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.aggregates import referral
from ehealth_ledger.aggregates import service as services
from ehealth_ledger.aggregates.directory import systems_of
from ehealth_ledger.commands.referral import (
    CancelReferral,
    CompleteReferral,
    ExpireReferral,
    IssueReferral,
    ProcessReferral,
    QualifyReferral,
    RecallReferral,
    RedeemReferral,
    ReleaseReferral,
)
from ehealth_ledger.intake.law import Ids, Law, LawTable
from ehealth_ledger.store.lookups.wanted import Wanted
from ehealth_ledger.values.parameters.referral import (
    REFERRAL_CATEGORIES_BY_EMPLOYEE_TYPE,
    REFERRAL_DAYS_VALID_MAX,
)


def _streams_of_issue(command: IssueReferral) -> Ids:
    asked = command.resource
    yield asked.subject.reference
    if asked.encounter is not None:
        yield asked.encounter.reference
    for planned in asked.based_on:
        yield planned.reference
    yield from services.streams_of(asked.code)
    if asked.program is not None:
        yield asked.program
    yield from (each.target for _, each in asked.permitted if each.kind == "EpisodeOfCare")


def _of_issue(command: IssueReferral, wanted: Wanted) -> None:
    asked = command.resource
    wanted.resources.update(
        each.target for _, each in asked.permitted if each.kind == "DiagnosticReport"
    )


LAWS: Final[LawTable] = {
    IssueReferral: Law(
        referral.issue,
        directories=lambda c: systems_of(c.resource),
        streams=_streams_of_issue,
        lookups=_of_issue,
        brings=lambda c: (c.resource.id,),
        parameters=(REFERRAL_CATEGORIES_BY_EMPLOYEE_TYPE, REFERRAL_DAYS_VALID_MAX),
    ),
    QualifyReferral: Law(
        referral.qualify,
        streams=lambda c: (c.resource.referral, c.resource.patient, c.resource.program),
    ),
    RedeemReferral: Law(
        referral.redeem, streams=lambda c: (c.resource.referral, c.resource.patient)
    ),
    ProcessReferral: Law(referral.process, streams=lambda c: (c.resource.referral,)),
    ReleaseReferral: Law(referral.release, streams=lambda c: (c.resource.referral,)),
    CompleteReferral: Law(
        referral.complete_by_hand,
        streams=lambda c: (c.resource.referral, c.resource.encounter),
    ),
    RecallReferral: Law(referral.recall, streams=lambda c: (c.resource.referral,)),
    CancelReferral: Law(referral.cancel, streams=lambda c: (c.resource.referral,)),
    ExpireReferral: Law(referral.expire, streams=lambda c: (c.resource.referral,)),
}
