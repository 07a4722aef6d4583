"""Check flags: that they stand beside a charge of their command, by a rule that was written.

What follows from money alone is reckoned again: a ceiling from plans and charges, a duplicate from
the charge it names. Whether a patient had died, or what was diagnosed, lies under other keys.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from uuid import UUID

from ehealth_ledger.aggregates.contract.state import Contract, evolve_contract
from ehealth_ledger.events.charge import (
    Accrued,
    ChargeAdjusted,
    ChargeFlagged,
    ChargeWithdrawn,
)
from ehealth_ledger.events.contract import ContractAmended, ContractConcluded
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.pricing.statement import StatementKey
from ehealth_ledger.store.fsck.pages import RecordRow
from ehealth_ledger.values.monitoring import (
    DUPLICATE_SERVICE,
    OVER_CEILING,
    PAID_BY_MONTH,
    asks_months,
    is_known,
)

Begun = Callable[[UUID], Fact | None]
"""Return the first fact of a stream; None where it cannot be read."""


class Flags:
    """Follow contracts and the months' sums, kopiykas; memory holds the former whole."""

    def __init__(self, begun: Begun) -> None:
        self._begun = begun
        self._contracts: dict[UUID, Contract | None] = {}
        self._sums: Counter[StatementKey] = Counter()
        self._command: UUID | None = None
        self._accrued: dict[UUID, Accrued] = {}  # by the command that is read

    def absorb(self, row: RecordRow, fact: Fact) -> None:
        """Take in what a later flag may rest on."""
        if row.command_id != self._command:
            self._command = row.command_id
            self._accrued.clear()
        match fact:
            case ContractConcluded() | ContractAmended():
                self._contracts[fact.contract] = evolve_contract(
                    self._contracts.get(fact.contract), fact
                )
            case Accrued():
                self._accrued[fact.charge] = fact
                self._sums[fact.key] += fact.amount
            case ChargeAdjusted():
                self._sums[fact.key] += fact.amount
            case ChargeWithdrawn():
                if fact.key is not None:
                    self._sums[fact.key] -= max((each.amount for each in fact.postings), default=0)
            case _:
                pass

    def objections(self, flag: ChargeFlagged) -> Iterator[str]:
        """Say what is wrong with a flag; `absorb` has taken in the facts before it."""
        if not is_known(flag.rule, flag.rule_version):
            yield f"flagged by a rule that was never written: {flag.rule} {flag.rule_version}"
        charge = self._accrued.get(flag.charge)
        if charge is None:
            yield "flags a charge of another command"
            return
        said = {each.name: each.value for each in flag.evidence}
        if charge.provider != flag.provider:
            yield "flags another provider's charge"
        if flag.rule == OVER_CEILING:
            yield from self._ceiling_objections(charge, flag.rule_version, said)
        if flag.rule == DUPLICATE_SERVICE and not self._repeats(charge, said):
            yield "not a duplicate of the charge it names"

    def _ceiling_objections(
        self, charge: Accrued, version: int, said: dict[str, str]
    ) -> Iterator[str]:
        is_month = charge.of_kind in PAID_BY_MONTH and charge.attempt == 1
        if is_month and not asks_months(version):
            yield "of a month, which this version does not ask"
        if said != self._over(charge):
            yield "not over the ceiling that its contract plans"

    def _over(self, charge: Accrued) -> dict[str, str] | None:
        contract = self._contracts.get(charge.contract)
        planned = None if contract is None else contract.ceiling(charge)
        total = self._sums[charge.key]
        if planned is None or total <= planned:
            return None
        return {"planned": str(planned), "total": str(total)}

    def _repeats(self, charge: Accrued, said: dict[str, str]) -> bool:
        try:
            other = self._begun(UUID(said.get("charge", "")))
        except ValueError:
            return False
        return isinstance(other, Accrued) and (other.service, other.provider, other.day) == (
            *(charge.service, charge.provider),
            charge.day,
        )
