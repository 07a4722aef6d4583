"""Read contracts: what was asked for, what both sides signed, how each stands and came to stand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import ClassVar, Final, assert_never

from ehealth_ledger.events.contract import (
    ContractAmended,
    ContractConcluded,
    ContractCountersigned,
    ContractDeclined,
    ContractedDoctor,
    ContractPayerSigned,
    ContractRequested,
    ContractRequestFact,
    ContractResumed,
    ContractSigned,
    ContractSuspended,
    ContractTerminated,
    Correction,
    PlannedMonth,
    Terms,
)
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.legal_entity import (
    LegalEntityFact,
    LegalEntityRegistered,
    LegalEntityUpdated,
)
from ehealth_ledger.store.notifications import Notification
from ehealth_ledger.values.time import from_microseconds, kyiv_day
from projections.projectors.projector import OneRow, SharedBy, seen
from projections.read_models.contracts import CONTRACTS, MODEL, PARTIES, REQUESTS
from projections.read_models.document import Document, named
from projections.read_models.model import Key, Model

RequestStep = ContractPayerSigned | ContractDeclined | ContractCountersigned
Beginning = ContractSigned | ContractConcluded
_DAY: Final = timedelta(days=1)
_BY_DAY: Final = ("packages", "corrections", "divisions", "employees", "plan")
"""What an amendment changes from its day on."""

Later = ContractAmended | ContractSuspended | ContractResumed | ContractTerminated


class Contracts(OneRow):
    """Fold the facts of one request, contract or institution into its row."""

    model: ClassVar[Model] = MODEL
    facts: ClassVar[tuple[type[Fact], ...]] = (
        ContractSigned,
        ContractRequested,
        ContractPayerSigned,
        ContractDeclined,
        ContractCountersigned,
        ContractConcluded,
        ContractAmended,
        ContractSuspended,
        ContractResumed,
        ContractTerminated,
        LegalEntityRegistered,
        LegalEntityUpdated,
    )
    shared_by: ClassVar[SharedBy | None] = "stream_id"

    def touched(self, fact: Fact) -> Sequence[Key]:
        """Name the request, the contract or the institution."""
        if isinstance(fact, LegalEntityFact):
            table = PARTIES
        else:
            table = REQUESTS if isinstance(fact, ContractRequestFact) else CONTRACTS
        return (Key(table.name, fact.stream_id),)

    def evolve(
        self,
        document: Document | None,
        fact: Fact,
        notification: Notification,
        gathered: Sequence[Document],  # noqa: ARG002 - each thing has a row of its own
    ) -> Document | None:
        """Return the row after a fact; a thing whose beginning is unknown stays unknown."""
        stands = seen(notification)
        match fact:
            case LegalEntityRegistered() | LegalEntityUpdated():
                changed = _named(document, fact, notification)
            case ContractRequested():
                changed = _requested(fact, notification)
            case ContractSigned() | ContractConcluded():
                changed = _concluded(fact, notification)
            case _ if document is None:
                return None
            case ContractPayerSigned() | ContractDeclined() | ContractCountersigned():
                changed = _answered(document, fact, notification)
            case ContractAmended() | ContractSuspended() | ContractResumed() | ContractTerminated():
                changed = _moved(document, fact, notification)
            case _:
                return document
        return None if changed is None else {**(document or {}), **changed, **stands}


def _named(
    document: Document | None,
    fact: LegalEntityRegistered | LegalEntityUpdated,
    notification: Notification,
) -> Document | None:
    name = notification.said(fact.resource_pointer)["name"]
    called = {"position": notification.position, "name": name}
    if isinstance(fact, LegalEntityRegistered):
        entity = {"legal_entity": named(fact.legal_entity), "edrpou": fact.edrpou}
        return {**entity, "names": [called]}
    return None if document is None else {"names": [*document["names"], called]}


def _step(notification: Notification, step: str) -> Document:
    return {**seen(notification), "command_id": named(notification.command_id), "step": step}


def _doctors(employees: tuple[ContractedDoctor, ...]) -> list[Document]:
    return [
        {
            "employee": named(each.employee),
            "division": named(each.division),
            "declaration_limit": each.declaration_limit,
        }
        for each in employees
    ]


def _corrections(agreed: tuple[Correction, ...]) -> list[Document]:
    return [{"package": each.package, "code": each.code} for each in agreed]


def _planned(plan: tuple[PlannedMonth, ...]) -> list[Document]:
    return [
        {"package": each.package, "period": each.period, "amount": each.amount} for each in plan
    ]


def _requested(fact: ContractRequested, notification: Notification) -> Document:
    begun = _step(notification, "requested") | {"employee": named(fact.requested_by)}
    return {
        "request": named(fact.request),
        "requested": begun,
        "status": "requested",
        "contract": named(fact.contract),
        "provider": named(fact.provider),
        "payer": None,
        "kind": fact.kind,
        "number": fact.amends,
        "amends": fact.amends,
        "counts_from": None if fact.counts_from is None else fact.counts_from.isoformat(),
        "packages": list(fact.packages),
        "divisions": list(map(str, fact.divisions)),
        "employees": _doctors(fact.employees),
        "first_day": fact.first_day.isoformat(),
        "last_day": fact.last_day.isoformat(),
        "plan": [],
        "corrections": [],
        "first": None,
        "history": [begun],
    }


def _answered(document: Document, fact: RequestStep, notification: Notification) -> Document:
    match fact:
        case ContractPayerSigned():
            step = _step(notification, "signed") | {"employee": named(fact.signed_by)}
            changed = {
                "status": "signed",
                "payer": named(fact.payer),
                "number": fact.number,
                "plan": _planned(fact.plan),
                "corrections": _corrections(fact.corrections),
                # A countersignature copies this part as it stands.
                "first": {
                    "log": notification.log,
                    "position": notification.position,
                    "chain_value": notification.chain_value.hex(),
                    "content_digest": fact.content_digest,
                },
            }
        case ContractDeclined():
            over = "withdrawn" if fact.by_provider else "declined"
            step = _step(notification, over) | {
                "employee": named(fact.declined_by),
                "reason": notification.said(fact.reason_pointer),
            }
            changed = {"status": over}
        case ContractCountersigned():
            step = _step(notification, "countersigned") | {"employee": named(fact.signed_by)}
            changed = {"status": "concluded"}
        case _:
            assert_never(fact)
    return {**changed, "history": [*document["history"], step]}


def _terms(terms: Terms) -> Document:
    return {
        "payer": named(terms.payer),
        "provider": named(terms.provider),
        "kind": terms.kind,
        "number": terms.number,
        "packages": list(terms.packages),
        "first_day": terms.first_day.isoformat(),
        "last_day": terms.last_day.isoformat(),
        "corrections": _corrections(terms.corrections),
    }


def _agreed(fact: ContractConcluded | ContractAmended) -> Document:
    return {
        **_terms(fact.terms),
        "request": named(fact.request),
        "divisions": list(map(str, fact.divisions)),
        "employees": _doctors(fact.employees),
        "plan": _planned(fact.plan),
    }


def _span(agreed: Document, first_day: date, last_day: date) -> Document:
    """Return what counts between two days, of what was agreed."""
    days = {"first_day": first_day.isoformat(), "last_day": last_day.isoformat()}
    return days | {name: agreed[name] for name in _BY_DAY}


def _until(spans: Sequence[Document], last_day: date) -> list[Document]:
    """Return what counts no later than a day."""
    day = last_day.isoformat()
    return [
        {**each, "last_day": min(each["last_day"], day)}
        for each in spans
        if each["first_day"] <= day
    ]


def _concluded(fact: Beginning, notification: Notification) -> Document:
    if isinstance(fact, ContractConcluded):
        terms = fact.terms
        agreed = _agreed(fact)
    else:  # by the payer's signature alone, as version 1 had it
        terms = Terms(
            payer=fact.payer,
            provider=fact.provider,
            kind="MEDICAL_SERVICES",
            number=fact.number,
            packages=fact.packages,
            first_day=fact.first_day,
            last_day=fact.last_day,
        )
        agreed = {**_terms(terms), "request": None, "divisions": [], "employees": [], "plan": []}
    begun = _step(notification, "concluded")
    return {
        "contract": named(fact.contract),
        "concluded": begun,
        "status": "active",
        **agreed,
        "terms": [_span(agreed, terms.first_day, terms.last_day)],
        "suspensions": [],
        "history": [begun | agreed],
    }


def _moved(document: Document, fact: Later, notification: Notification) -> Document:
    """Return what a later fact changes, with the step that the history keeps."""
    day = kyiv_day(from_microseconds(notification.recorded_at)).isoformat()
    spans: list[Document] = document["suspensions"]
    match fact:
        case ContractAmended():
            agreed = _agreed(fact)
            earlier = _until(document["terms"], fact.since - _DAY)
            changed = agreed | {
                "terms": [*earlier, _span(agreed, fact.since, fact.terms.last_day)],
            }
            since = {"counts_from": fact.since.isoformat(), "removed": list(fact.removed)}
            step = _step(notification, "amended") | agreed | since
        case ContractSuspended():
            rests = any(each["until"] is None for each in spans)  # with its institution so far
            begun = [] if rests else [{"since": day, "until": None}]
            changed = {"status": "suspended", "suspensions": [*spans, *begun]}
            step = _step(notification, "suspended")
        case ContractResumed():
            ended = [{**each, "until": each["until"] or day} for each in spans]
            changed = {"status": "active", "suspensions": ended}
            step = _step(notification, "resumed")
        case ContractTerminated():
            last_day = {"last_day": fact.terms.last_day.isoformat()}
            spans_left = _until(document["terms"], fact.terms.last_day)
            changed = {"status": "terminated", "terms": spans_left} | last_day
            step = _step(notification, "terminated") | last_day
        case _:
            assert_never(fact)
    if isinstance(fact, ContractResumed) and fact.with_amendment:
        step["reason"] = None  # the amendment before it
    elif not isinstance(fact, ContractAmended):
        step["reason"] = notification.said(fact.reason_pointer)
    return {**changed, "history": [*document["history"], step]}
