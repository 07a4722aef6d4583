"""Tell what happens to contracts, in facts: asked for, signed, amended, suspended, ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from ehealth_ledger.events.contract import (
    ContractAmended,
    ContractConcluded,
    ContractCountersigned,
    ContractDeclined,
    ContractedDoctor,
    ContractPayerSigned,
    ContractRequested,
    ContractResumed,
    ContractSigned,
    ContractSuspended,
    ContractTerminated,
    Correction,
    PlannedMonth,
    Terms,
)
from tests.projections.log import HandMadeLog, Said

WHY = "/resource/reason"
CORRECTIONS = (Correction(package="1", code="rural"),)
FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)


@dataclass
class Bargain:
    """Lead one contract from a request to its end."""

    log: HandMadeLog
    provider: UUID = field(default_factory=uuid4)
    payer: UUID = field(default_factory=uuid4)
    kind: Any = "CAPITATION"
    packages: tuple[str, ...] = ("1", "9")
    contract: UUID = field(default_factory=uuid4)
    signed: list[Said] = field(default_factory=list)

    @property
    def terms(self) -> dict[str, Any]:
        return {
            "payer": self.payer,
            "provider": self.provider,
            "kind": self.kind,
            "number": "Д-1",
            "packages": self.packages,
            "first_day": FIRST,
            "last_day": LAST,
            "corrections": CORRECTIONS,
        }

    def request(self, amends: str | None = None, counts_from: date | None = None) -> UUID:
        request, self.division, self.doctor = uuid4(), uuid4(), uuid4()
        self.log.add(
            ContractRequested(
                request=request,
                contract=self.contract,
                provider=self.provider,
                kind=self.kind,
                packages=self.packages,
                divisions=(self.division,),
                employees=self._doctors(),
                first_day=FIRST,
                last_day=LAST,
                requested_by=uuid4(),
                amends=amends,
                counts_from=counts_from,
            )
        )
        return request

    def sign(self, request: UUID) -> Said:
        return self.log.add(
            ContractPayerSigned(
                request=request,
                payer=self.payer,
                signed_by=uuid4(),
                number="Д-1",
                plan=self._plan(),
                act_position=len(self.log.records) + 1,
                content_digest="ab" * 32,
                corrections=CORRECTIONS,
            )
        )

    def decline(self, request: UUID) -> Said:
        return self.log.add(
            ContractDeclined(request=request, declined_by=uuid4(), reason_pointer=WHY),
            content=_because("Пакет уже закуплено"),
        )

    def withdraw(self, request: UUID) -> Said:
        return self.log.add(
            ContractDeclined(
                request=request, declined_by=uuid4(), reason_pointer=WHY, by_provider=True
            ),
            content=_because("Помилка в днях"),
        )

    def countersign(
        self,
        request: UUID,
        *,
        removed: tuple[str, ...] | None = None,
        counts_from: date | None = None,
    ) -> Said:
        """Put the contract in force, or its amendment, where packages are `removed`."""
        agreed = {
            "contract": self.contract,
            "terms": Terms(**self.terms),
            "request": request,
            "divisions": (self.division,),
            "employees": self._doctors(),
            "plan": self._plan(),
        }
        second = (
            ContractConcluded(**agreed)
            if removed is None
            else ContractAmended(**agreed, removed=removed, counts_from=counts_from)
        )
        return self.log.add(ContractCountersigned(request=request, signed_by=uuid4()), second)

    def conclude(self) -> UUID:
        request = self.request()
        self.sign(request)
        self.countersign(request)
        return request

    def amend(self, *packages: str, counts_from: date | None = None) -> UUID:
        """Agree on other packages, from a day on."""
        self.packages = packages
        request = self.request(amends="Д-1", counts_from=counts_from)
        self.sign(request)
        self.countersign(request, removed=(), counts_from=counts_from)
        return request

    def stand(self, kind: type, reason: str = "Перевірка") -> Said:
        fact = kind(contract=self.contract, terms=Terms(**self.terms), reason_pointer=WHY)
        return self.log.add(fact, content=_because(reason))

    def terminate(self, last_day: date) -> Said:
        terms = Terms(**{**self.terms, "last_day": last_day})
        return self.log.add(
            ContractTerminated(contract=self.contract, terms=terms, reason_pointer=WHY),
            content=_because("За згодою сторін"),
        )

    def _doctors(self) -> tuple[ContractedDoctor, ...]:
        limited = ContractedDoctor(
            employee=self.doctor, division=self.division, declaration_limit=1_800
        )
        return (limited,)

    def _plan(self) -> tuple[PlannedMonth, ...]:
        return (PlannedMonth(package=self.packages[0], period="2026-11", amount=1_000_00),)


def _because(reason: str) -> dict[str, Any]:
    return {"resource": {"reason": reason}}


def tell_contracts(log: HandMadeLog, provider: UUID, payer: UUID) -> Bargain:
    """Write every fact of contracts at least once."""
    bargain = Bargain(log, provider, payer)
    bargain.conclude()
    bargain.packages = ("1",)
    amendment = bargain.request(amends="Д-1")
    bargain.sign(amendment)
    bargain.countersign(amendment, removed=("9",))
    bargain.stand(ContractSuspended)
    bargain.stand(ContractResumed)
    bargain.terminate(date(2026, 11, 30))
    refused = Bargain(log, provider, payer)
    refused.decline(refused.request())
    refused.withdraw(refused.request())
    later = ("kind", "corrections")  # what version 1 did not know
    alone = {name: value for name, value in bargain.terms.items() if name not in later}
    log.add(ContractSigned(contract=uuid4(), **alone))
    return bargain
