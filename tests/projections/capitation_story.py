"""Tell months of contracts in facts: of capitation by band of ages, of one global rate."""

from __future__ import annotations

from datetime import date
from uuid import UUID, uuid4

from ehealth_ledger.events.capitation import CapitationCounted, CountedPackage, Uncounted
from ehealth_ledger.events.charge import ChargeAccrued, Coefficient
from ehealth_ledger.events.global_rate import GlobalRateReckoned, RatedPackage
from ehealth_ledger.events.tariff import TariffReleased
from ehealth_ledger.values.money import Kopiykas
from ehealth_ledger.values.tariffs import GlobalTerms
from ehealth_ledger.values.time import Month, month_of
from tests.projections.contract_story import FIRST, LAST, Bargain
from tests.projections.log import HandMadeLog

BILLING, PACKAGE = date(2026, 9, 1), "1"
BASE = 37_000


def tell_capitation(log: HandMadeLog, provider: UUID, payer: UUID, doctor: UUID) -> None:
    """Count September of one contract: two bands, one declaration beyond and one erased."""
    contract, tariff, at = uuid4(), uuid4(), len(log.records) + 1
    month = Month(month_of(BILLING))
    counted = CountedPackage(
        package=PACKAGE, tariff=tariff, counted=3, beyond=(4,), amount=Kopiykas(18_500)
    )
    lines = [("0-5", "4", (1,), 12_333), ("18-39", "1", (2, 3), 6_167)]
    log.add(
        CapitationCounted(
            contract=contract,
            provider=provider,
            payer=payer,
            period=month,
            billing_date=BILLING,
            as_of=5,
            declared=5,
            packages=(counted,),
            uncounted=(Uncounted(reason="erased", acts=(5,)),),
        ),
        *(
            ChargeAccrued(
                kind="capitation",
                charge=uuid4(),
                act_log="records",
                act_position=at,
                provider=provider,
                performer=doctor,
                service=f"ehealth/tariffs/capitation|{PACKAGE}",
                day=BILLING,
                payer=payer,
                contract=contract,
                package=PACKAGE,
                period=month,
                attempt=1,
                tariff=tariff,
                quantity=len(acts),
                base=BASE,
                per=12,
                coefficients=(Coefficient(code=f"age-{band}", value=value, tariff=tariff),),
                amount=amount,
                postings=(),
                acts=acts,
                band=band,
                mountain=False,
            )
            for band, value, acts, amount in lines
        ),
    )


def tell_global_rate(log: HandMadeLog, provider: UUID, payer: UUID) -> None:
    """Release a rate and pay September by it; of the contract's packages one has none."""
    bargain = Bargain(log, provider, payer, "MEDICAL_SERVICES", ("9", "3"))
    bargain.conclude()
    tariff, rate = uuid4(), Kopiykas(15_000_000)
    released = {"package": "9", "first_day": FIRST, "last_day": LAST, "order": "№ 1"}
    terms = GlobalTerms(kind="global", rate=rate)
    log.add(TariffReleased(tariff=tariff, trust="invented", terms=terms, **released))
    log.add(
        GlobalRateReckoned(
            contract=bargain.contract,
            provider=provider,
            payer=payer,
            period=Month(month_of(BILLING)),
            billing_date=BILLING,
            packages=(RatedPackage(package="9", tariff=tariff, amount=rate),),
        )
    )
