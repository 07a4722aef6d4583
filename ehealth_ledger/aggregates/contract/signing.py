"""Judge the two signatures of a contract: the payer's, then the provider's (rule 22)."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Final

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.contract.agreement import agreed, in_force
from ehealth_ledger.aggregates.contract.request import require_free
from ehealth_ledger.aggregates.contract.state import Contract, ContractRequest, RequestStatus
from ehealth_ledger.aggregates.employee import acting_employee
from ehealth_ledger.commands.contract import (
    CountersignContract,
    DeclineContract,
    SignContract,
    SignContractAlone,
)
from ehealth_ledger.errors import RuleBroken
from ehealth_ledger.events.contract import (
    ContractAmended,
    ContractCountersigned,
    ContractDeclined,
    ContractPayerSigned,
    Correction,
    PlannedMonth,
)
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.values.contracts import ContractKind
from ehealth_ledger.values.money import Kopiykas
from ehealth_ledger.values.time import month_of

_WHICH = "$.resource.request"
_TARIFFS: Final[Mapping[ContractKind, frozenset[str]]] = {
    "CAPITATION": frozenset({"capitation"}),
    "MEDICAL_SERVICES": frozenset({"global", "case", "case_mix"}),
    "REIMBURSEMENT": frozenset(),
}
"""By kind of contract, the kinds of tariffs whose corrections it may name."""


def sign_alone(case: Case[SignContractAlone]) -> list[Fact]:
    """Refuse the retired version 1, by which the payer bought without the provider's signature."""
    acting_employee(case)
    raise RuleBroken(
        "contract.version_retired", "$.version", expected="contract.request, then version 2"
    )


def sign(case: Case[SignContract]) -> list[Fact]:
    """Agree to a request: number a new contract, and say what is planned for each month."""
    actor = acting_employee(case)
    asked = case.command.body.resource
    wish = _open(case)
    amended = wish.asked.amends
    case.require(
        (asked.number is None) is (amended is not None),
        "contract.number_misplaced",
        "$.resource.number",
        expected="a number" if amended is None else "no number",
    )
    counts_from = wish.asked.counts_from or wish.asked.first_day
    months = {month_of(counts_from), month_of(wish.asked.last_day)}
    corrections = _corrections(case, wish)
    planned = set[tuple[str, str]]()
    for at, each in enumerate(asked.plan):
        key = (each.package, each.period)
        within = min(months) <= each.period <= max(months)
        case.require(
            within and each.package in wish.asked.packages and key not in planned,
            "contract.plan_invalid",
            f"$.resource.plan[{at}]",
            expected=f"a package of the request, from {min(months)} to {max(months)}, once",
        )
        planned.add(key)
    return [
        ContractPayerSigned(
            request=wish.asked.request,
            payer=actor.legal_entity,
            signed_by=actor.id,
            number=amended or asked.number or "",
            plan=tuple(
                PlannedMonth(package=each.package, period=each.period, amount=Kopiykas(each.amount))
                for each in asked.plan
            ),
            act_position=case.basis + 1,
            content_digest=sha256(case.command.signed_bytes).hexdigest(),
            corrections=corrections,
        )
    ]


def _corrections(case: Case[SignContract], wish: ContractRequest) -> tuple[Correction, ...]:
    """Return the corrections that are to apply; each stands in a tariff of its package.

    Asked of a new contract for its first day, of an amendment for the first day on which it counts.
    """
    asked, kind = case.command.body.resource, wish.asked.kind
    day = wish.asked.counts_from or wish.asked.first_day
    if wish.asked.counts_from is None and wish.asked.amends is not None:
        day = max(day, case.today)
    named = set[tuple[str, str]]()
    by_package: dict[str, frozenset[str]] = {}
    for at, each in enumerate(asked.corrections):
        path, key = f"$.resource.corrections[{at}]", (each.package, each.code)
        case.require(
            each.package in wish.asked.packages and key not in named,
            "contract.correction_misplaced",
            path,
            expected="a package of the request, and a correction that is not named yet",
        )
        named.add(key)
        published = by_package.get(each.package)
        if published is None:  # asked once a package, however many corrections name it
            published = by_package[each.package] = frozenset(
                correction.code
                for tariff in case.lookups.billing.released(each.package, day)
                if tariff.terms.kind in _TARIFFS[kind]
                for correction in tariff.terms.corrections
            )
        case.require(
            each.code in published,
            "contract.correction_unknown",
            f"{path}.code",
            expected=", ".join(sorted(published)) or f"no correction: no tariff has one on {day}",
        )
    return tuple(Correction(package=each.package, code=each.code) for each in asked.corrections)


def decline(case: Case[DeclineContract]) -> list[Fact]:
    """Decline a request for good."""
    actor = acting_employee(case)
    wish = _open(case)
    return [
        ContractDeclined(
            request=wish.asked.request, declined_by=actor.id, reason_pointer="/resource/reason"
        )
    ]


def countersign(case: Case[CountersignContract]) -> list[Fact]:
    """Put the contract in force, or its amendment: the provider names what the payer signed."""
    actor = acting_employee(case)
    asked = case.command.body.resource
    wish = _request(case)
    provider = case.command.body.legal_entity
    if wish.asked.provider != provider:
        raise RuleBroken(
            "contract.not_yours",
            "$.legal_entity",
            expected="the provider that asked for the contract",
        )
    case.require(
        wish.status is not RequestStatus.CONCLUDED,
        "contract.already_countersigned",
        _WHICH,
        expected="a request that is not countersigned yet",
    )
    signed = wish.signed
    if signed is None or wish.status not in (RequestStatus.SIGNED, RequestStatus.CONCLUDED):
        raise RuleBroken(
            "contract.not_signed_by_payer",
            _WHICH,
            status=wish.status.value,
            expected="a request that the payer signed",
        )
    named = (asked.first.position, asked.first.content_digest)
    case.require(
        named == (signed.act_position, signed.content_digest)
        and case.lookups.records.chain_value(asked.first.position) == asked.first.chain_value,
        "contract.reference_mismatch",
        "$.resource.first",
        expected=f"position {signed.act_position}, its chain value, {signed.content_digest}",
    )
    before = case.find(Contract, wish.asked.contract)
    concluded = agreed(wish, signed, before, case.today)
    since, last_day = wish.asked.first_day, concluded.terms.last_day
    if isinstance(concluded, ContractAmended):
        since = concluded.since
        if case.require(
            last_day >= case.today,
            "contract.not_in_force",
            _WHICH,
            expected="an amendment of a contract whose last day has not passed",
        ):
            case.require(
                since <= last_day,
                "contract.counts_from_invalid",
                _WHICH,
                counts_from=since,
                expected=f"a day up to the contract's last one, {last_day}",
            )
    require_free(
        case,
        provider,
        wish.asked.packages,
        (since, last_day),
        apart_from=wish.asked.contract,
        path=_WHICH,
    )
    signature = ContractCountersigned(request=wish.asked.request, signed_by=actor.id)
    return [signature, *in_force(concluded, before)]


def _request(
    case: Case[SignContract] | Case[DeclineContract] | Case[CountersignContract],
) -> ContractRequest:
    wanted = case.command.body.resource.request
    return case.get(ContractRequest, wanted, code="contract.request_unknown", path=_WHICH)


def _open(case: Case[SignContract] | Case[DeclineContract]) -> ContractRequest:
    wish = _request(case)
    case.require(
        wish.status is RequestStatus.REQUESTED,
        "contract.request_not_open",
        _WHICH,
        status=wish.status.value,
        expected=RequestStatus.REQUESTED.value,
    )
    return wish
