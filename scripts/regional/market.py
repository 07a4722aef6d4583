"""Be the payer: medicines and a program, tariffs and contracts, and each month the statements."""

from __future__ import annotations

import time
from datetime import date, timedelta
from hashlib import sha256
from random import Random
from typing import Any, Final, NamedTuple
from uuid import UUID

from ehealth_ledger.entrypoints import reference_data
from ehealth_ledger.entrypoints.demo import commands as write
from ehealth_ledger.entrypoints.demo.commands import Actor, Author
from ehealth_ledger.entrypoints.demo.resources import medication, treated_case
from ehealth_ledger.values.time import month_of
from scripts.regional.clock import Clock, at_hour
from scripts.regional.mis import Act, Mis
from scripts.regional.people import an_id
from scripts.regional.stage import Place, Stage

READ_MODEL_S_MAX: Final = 120.0
TREATMENT_DAYS: Final = 30
SETTINGS: Final = (
    "skip_employment_declaration_verify",
    "skip_legal_entity_declaration_verify",
    "multi_medication_dispense_allowed",
)
PRICE: Final = 15_000  # kopiykas a consultation
PRIMARY_CARE: Final = "1"  # the package of capitation
PACKAGES: Final = (write.PACKAGE, treated_case.SURGERY)  # what the hospital sells
LIMIT: Final = 1_800  # declarations a family doctor may count


class Bought(NamedTuple):
    """Name a contract, who is paid under it, and for which package."""

    head: Actor
    contract: UUID
    package: str


class Market:
    """Publish what is bought, and pay for it month by month."""

    def __init__(
        self, mis: Mis, author: Author, payer: Actor, stage: Stage, clock: Clock, random: Random
    ) -> None:
        self._mis = mis
        self._author = author
        self._payer = payer
        self._clock = clock
        self._random = random
        self._stage = stage
        self._treated: dict[UUID, date] = {}
        self._open: str | None = None
        self._generic, self._product = an_id(random), an_id(random)
        self.program = an_id(random)
        self.diagnosis = "I10"
        self._contracts: dict[str, list[Bought]] = {}  # by year

    def open(self, today: date) -> None:
        """Publish medicines and their program, prices, and conclude contracts."""
        self._one("medication.publish", medication.innm_dosage(self._generic))
        self._one("medication.publish", medication.product(self._product, self._generic))
        self._one("medical_program.publish", medication.program(self.program, settings=SETTINGS))
        self._one(
            "program_medication.add", medication.program_medications(self.program, self._product)
        )
        for pharmacy in self._stage.pharmacies:
            provided = {
                "program": str(self.program),
                "division": str(pharmacy.division),
                "first_day": today.isoformat(),
            }
            self._one("program_provision.open", provided)
        days = {"first_day": f"{today.year}-01-01", "last_day": f"{today.year + 2}-12-31"}
        priced = {
            "id": str(an_id(self._random)),
            "package": write.PACKAGE,
            "service": {"system": write.SERVICE_SYSTEM, "code": write.CONSULTATION},
            "unit_price": PRICE,
            "order": "наказ 1",
            **days,
        }
        self._one("tariff.publish", priced)
        self._one("grouping.release", treated_case.rules(today.year) | days)
        self._one("tariff.release", treated_case.case_mix(today.year) | days)
        rates, *_ = (e for e in reference_data.tariffs() if e["package"] == PRIMARY_CARE)
        self._one("tariff.release", {**rates, **days, "id": str(an_id(self._random))})
        for year in (today.year, today.year + 1):
            self._contracts[str(year)] = []
            hospital = {"kind": "MEDICAL_SERVICES", "packages": list(PACKAGES)}
            self._buy(self._hospital, date(year, 1, 1), hospital)
            for clinic in self._stage.clinics:
                self._buy(clinic, max(date(year, 1, 1), today), self._capitation(clinic))
            medicines = {"kind": "REIMBURSEMENT", "packages": [str(self.program)]}
            for pharmacy in self._stage.pharmacies:
                self._buy(pharmacy, date(year, 1, 1), medicines)

    def _capitation(self, clinic: Place) -> dict[str, Any]:
        """Write what is bought from a clinic: its doctors, each with room for declarations."""
        posts = [
            {
                "employee": str(each.employee),
                "division": str(clinic.division),
                "declaration_limit": LIMIT,
            }
            for each in clinic.staff["DOCTOR"]
        ]
        return {"kind": "CAPITATION", "packages": [PRIMARY_CARE], "employees": posts}

    def _buy(self, provider: Place, first_day: date, what: dict[str, Any]) -> None:
        """Conclude a contract for a year, or what is left of it; both sides sign."""
        head, contract, year = provider.head, an_id(self._random), str(first_day.year)
        last_day = date(first_day.year, 12, 31)
        if first_day == last_day:
            return  # a contract lasts longer than a day
        wish = {
            "id": str(an_id(self._random)),
            "contract": str(contract),
            "divisions": [str(provider.division)],
            "first_day": first_day.isoformat(),
            "last_day": last_day.isoformat(),
            **what,
        }
        self._one("contract.request", wish, head)
        number = f"Р-{year}-{len(self._contracts[year])}"
        agreed = {"request": wish["id"], "number": number}
        signed = self._author.sign("contract.sign", self._payer, version=2, resource=agreed)
        (receipt,) = self._mis.post([Act(signed)])
        first = {
            "log": "records",
            "position": receipt["first_position"],
            "chain_value": receipt["chain_value"],
            "content_digest": sha256(signed.content).hexdigest(),
        }
        self._one("contract.countersign", {"request": wish["id"], "first": first}, head)
        self._contracts[year] += [Bought(head, contract, each) for each in what["packages"]]

    def medicine_for(self, patient: UUID, day: date) -> tuple[UUID | None, UUID | None]:
        """Return a generic and its product, unless the patient is still being treated by it."""
        until = self._treated.get(patient)
        if until is not None and until >= day:
            return None, None
        self._treated[patient] = day + timedelta(days=TREATMENT_DAYS)
        return self._generic, self._product

    def begin_month(self, day: date) -> None:
        """Close the month before, pay what it earned, and say when this one closes."""
        if self._open is not None:
            for bought in self._contracts[self._open[:4]]:
                self._pay(self._open, bought)
        self._open = month_of(day)
        first = date(day.year + day.month // 12, day.month % 12 + 1, 1)
        closes = {
            "id": str(an_id(self._random)),
            "period": self._open,
            "at": at_hour(first, 3).isoformat(),
        }
        self._one("cut_off.set", closes)

    def _pay(self, period: str, bought: Bought) -> None:
        contract = bought.contract
        asked = {
            "id": str(an_id(self._random)),
            "contract": str(contract),
            "package": bought.package,
            "period": period,
        }
        earned = self._mis.get(
            f"/charges?contract={contract}&package={bought.package}&period={period}"
            "&status=accrued&limit=1"
        )
        if not earned["charges"]:
            return
        form = self._author.sign("statement.form", self._payer, resource=asked)
        (receipt,) = self._mis.post([Act(form)])
        formed = self._read(asked["id"], receipt["last_position"])
        first = {
            "log": "records",
            "position": receipt["first_position"],
            "chain_value": receipt["chain_value"],
            "content_digest": sha256(form.content).hexdigest(),
        }
        named = {"statement": asked["id"], "digest": formed["digest"]}
        self._one("statement.countersign", {**named, "first": first}, bought.head)
        self._one("statement.accept", named)
        paid = {
            "id": str(an_id(self._random)),
            "statement": asked["id"],
            "amount": formed["total"],
            "bank_reference": f"ПД-{period}-{bought.package}-{contract}",
            "paid_on": self._clock.now.date().isoformat(),
        }
        self._one("payment.record", paid)

    def _read(self, statement: str, position: int) -> Any:
        deadline = time.monotonic() + READ_MODEL_S_MAX
        while True:
            found = self._mis.look(f"/statements/{statement}")
            if found is not None and found["position"] >= position:
                return found["statement"]
            if time.monotonic() > deadline:
                raise TimeoutError(f"statement {statement} did not reach position {position}")
            time.sleep(0.05)

    @property
    def _hospital(self) -> Place:
        hospital = self._stage.hospital
        if hospital is None:
            raise TypeError("the region has a hospital")
        return hospital

    def _one(self, command: str, resource: object, actor: Actor | None = None) -> None:
        signed = self._author.sign(command, actor or self._payer, resource=resource)
        self._mis.post([Act(signed)])
