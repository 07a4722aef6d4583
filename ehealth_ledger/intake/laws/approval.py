"""Map commands about approvals to their laws."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.aggregates import approval
from ehealth_ledger.commands.approval import (
    CancelApproval,
    ConfirmApproval,
    ExpireApproval,
    RequestApproval,
)
from ehealth_ledger.intake.law import Ids, Law, LawTable
from ehealth_ledger.store.lookups.wanted import Wanted
from ehealth_ledger.values.parameters.approval import (
    APPROVAL_CONFIRMATION_HOURS_MAX,
    APPROVAL_HOURS_VALID,
)


def _streams_of_request(command: RequestApproval) -> Ids:
    asked = command.resource
    yield asked.patient
    if asked.reason is not None:
        yield asked.reason
    selector = asked.granted_resources
    if selector.permitted_by is not None:
        yield selector.permitted_by
    yield from (wanted for kind, wanted in selector.targets() if kind != "DiagnosticReport")


def _of_request(command: RequestApproval, wanted: Wanted) -> None:
    targets = command.resource.granted_resources.targets()
    wanted.resources.update(target for kind, target in targets if kind == "DiagnosticReport")


LAWS: Final[LawTable] = {
    RequestApproval: Law(
        approval.request,
        streams=_streams_of_request,
        lookups=_of_request,
        brings=lambda c: (c.resource.id,),
        parameters=(APPROVAL_CONFIRMATION_HOURS_MAX,),
    ),
    ConfirmApproval: Law(
        approval.confirm,
        streams=lambda c: (c.resource.approval, c.resource.patient),
        parameters=(APPROVAL_HOURS_VALID,),
    ),
    CancelApproval: Law(approval.cancel, streams=lambda c: (c.resource.approval,)),
    ExpireApproval: Law(approval.expire, streams=lambda c: (c.resource.approval,)),
}
