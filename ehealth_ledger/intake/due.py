"""Say what the system does when something is due: a closed table, kind of deadline → command.

The command's content follows from the deadline alone, its id too. So whoever finds the same thing
due, in another process or after a crash, signs the same bytes, and the ledger records them once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from ehealth_ledger.chain.fields import encode
from ehealth_ledger.commands.approval import ExpireApproval
from ehealth_ledger.commands.capitation import RunCapitation
from ehealth_ledger.commands.command import SystemCommand
from ehealth_ledger.commands.confidant import ExpireConfidant
from ehealth_ledger.commands.declaration import ActivateDeclaration, CloseDeclaration
from ehealth_ledger.commands.dispense import ExpireDispense
from ehealth_ledger.commands.employee import DismissByClosing
from ehealth_ledger.commands.global_rate import RunGlobalRate
from ehealth_ledger.commands.prescription import ExpirePrescription
from ehealth_ledger.commands.referral import ExpireReferral
from ehealth_ledger.events.approval import ApprovalFact
from ehealth_ledger.events.contract import ContractConcluded
from ehealth_ledger.events.declaration import LiveFact
from ehealth_ledger.events.referral import ReferralFact
from ehealth_ledger.store.deadlines import Due
from ehealth_ledger.values.identifiers import contract_month_stream
from ehealth_ledger.values.json import Json, canonical
from ehealth_ledger.values.time import from_microseconds, kyiv_day, month_of

COMMAND_ID_FORMAT: Final = "ehealth/due/1"


@dataclass(frozen=True, slots=True)
class Duty:
    """Say which command a kind of deadline calls for, and by which rule.

    `resources` gives the resource of each command that a deadline calls for, nearly always one;
    `thing` leads back from a command to the deadline's id, for whoever checks that it was due.
    `alone`: its law reads so much that each command is handed in by itself, so that nobody waits
    for many of them.
    """

    command: type[SystemCommand]
    rule: str
    resources: Callable[[Due], Iterable[Json]]
    thing: Callable[[Any], UUID]
    alone: bool = False


def _referral(due: Due) -> Iterable[Json]:
    assert isinstance(due.fact, ReferralFact)  # noqa: S101 - the index puts this kind for no other
    yield {"referral": str(due.id), "patient": str(due.fact.patient)}


def _declaration(due: Due) -> Iterable[Json]:
    assert isinstance(due.fact, LiveFact)  # noqa: S101 - the index puts this kind for no other
    yield {"declaration": str(due.id), "patient": str(due.fact.patient)}


def _approval(due: Due) -> Iterable[Json]:
    assert isinstance(due.fact, ApprovalFact)  # noqa: S101 - the index puts this kind for no other
    yield {"approval": str(due.id), "patient": str(due.fact.patient)}


def _contract_month(due: Due) -> Iterable[Json]:
    assert isinstance(due.fact, ContractConcluded)  # noqa: S101 - the index puts it for no other
    month = month_of(kyiv_day(from_microseconds(due.due_at)))
    yield {"contract": str(due.fact.contract), "period": month}


def _month_of(command: RunCapitation | RunGlobalRate) -> UUID:
    return contract_month_stream(command.resource.contract, command.resource.period)


def _prescription(due: Due) -> Iterable[Json]:
    yield {"prescription": str(due.id)}


DUTIES: Final[Mapping[str, Duty]] = MappingProxyType(
    {
        "employee.dismiss_by_closing": Duty(
            DismissByClosing,
            "employee.dismiss_by_closing",
            lambda due: ({"employee": str(due.id)},),
            lambda c: c.resource.employee,
        ),
        "confidant.expire": Duty(
            ExpireConfidant,
            "confidant.expire",
            lambda due: ({"patient": str(due.id)},),
            lambda c: c.resource.patient,
        ),
        "declaration.activate": Duty(
            ActivateDeclaration,
            "declaration.activate",
            _declaration,
            lambda c: c.resource.declaration,
        ),
        "declaration.close": Duty(
            CloseDeclaration,
            "declaration.close",
            _declaration,
            lambda c: c.resource.declaration,
        ),
        "referral.expire": Duty(
            ExpireReferral, "referral.expires_at", _referral, lambda c: c.resource.referral
        ),
        "approval.expire": Duty(
            ExpireApproval, "approval.expires_at", _approval, lambda c: c.resource.approval
        ),
        "prescription.expire": Duty(
            ExpirePrescription,
            "prescription.expires_at",
            _prescription,
            lambda c: c.resource.prescription,
        ),
        "capitation.run": Duty(
            RunCapitation, "capitation.billing_date", _contract_month, _month_of, alone=True
        ),
        "global_rate.run": Duty(
            RunGlobalRate, "global_rate.billing_date", _contract_month, _month_of
        ),
        "dispense.expire": Duty(
            ExpireDispense, "dispense.expires_at", _prescription, lambda c: c.resource.prescription
        ),
    }
)
_BY_COMMAND: Final = MappingProxyType({duty.command: kind for kind, duty in DUTIES.items()})


def contents(due: Due, ledger: UUID) -> list[bytes]:
    """Write what the ledger signs when something is due; raise KeyError for an unknown kind."""
    duty = DUTIES[due.kind]
    return [
        canonical(
            {
                "command": duty.command.NAME,
                "version": duty.command.VERSION,
                "command_id": str(command_id(ledger, due, resource)),
                "ledger": str(ledger),
                "issued_at": from_microseconds(due.due_at).isoformat(timespec="microseconds"),
                "reason": {"position": due.position, "rule": duty.rule},
                "resource": resource,
            }
        )
        for resource in duty.resources(due)
    ]


def command_id(ledger: UUID, due: Due, resource: Json) -> UUID:
    """Derive the id of a command of the system; the same for ever, and of the form of any other.

    The form is a random UUID's (version 4): 122 bits of SHA-256 are as good as random here.
    """
    named = encode(COMMAND_ID_FORMAT, ledger, due.kind, due.id, due.due_at, due.position)
    return UUID(bytes=sha256(named + canonical(resource)).digest()[:16], version=4)


def deadline_of(command: SystemCommand) -> tuple[str, UUID, str] | None:
    """Name the deadline that made a command due, and the rule; None for a command of no duty."""
    kind = _BY_COMMAND.get(type(command))
    if kind is None:
        return None
    return kind, DUTIES[kind].thing(command), DUTIES[kind].rule
