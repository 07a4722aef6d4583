"""List every fact by its published topic.

The table is closed: nothing is imported by a name read from storage.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ehealth_ledger.events.charge import ChargeAccrued, ChargeWithheld
from ehealth_ledger.events.contract import ContractSigned
from ehealth_ledger.events.cut_off import CutOffSet
from ehealth_ledger.events.declaration import DeclarationSigned, DeclarationTerminated
from ehealth_ledger.events.employee import EmployeeRegistered
from ehealth_ledger.events.encounter import EncounterRecorded
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.ledger import LedgerOpened
from ehealth_ledger.events.legal_entity import LegalEntityRegistered
from ehealth_ledger.events.patient import PatientRegistered
from ehealth_ledger.events.payment import PaymentRecorded
from ehealth_ledger.events.referral import (
    ReferralCancelled,
    ReferralCompleted,
    ReferralIssued,
    ReferralRecalled,
    ReferralRedeemed,
)
from ehealth_ledger.events.statement import (
    StatementAccepted,
    StatementCountersigned,
    StatementFormed,
)
from ehealth_ledger.events.tariff import TariffPublished

FACTS: Final[Mapping[str, type[Fact]]] = MappingProxyType(
    {
        kind.TOPIC: kind
        for kind in (
            LedgerOpened,
            LegalEntityRegistered,
            EmployeeRegistered,
            PatientRegistered,
            DeclarationSigned,
            DeclarationTerminated,
            TariffPublished,
            ContractSigned,
            CutOffSet,
            ReferralIssued,
            ReferralRedeemed,
            ReferralCompleted,
            ReferralRecalled,
            ReferralCancelled,
            EncounterRecorded,
            ChargeAccrued,
            ChargeWithheld,
            StatementFormed,
            StatementCountersigned,
            StatementAccepted,
            PaymentRecorded,
        )
    }
)
