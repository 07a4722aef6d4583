"""Fold a stream's facts into its state: one hand-written table, topic by topic."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from ehealth_ledger.aggregates import (
    contract,
    declaration,
    employee,
    encounter,
    ledger,
    legal_entity,
    patient,
    referral,
    statement,
)
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


def _keep(_: object, fact: Fact) -> Fact:
    """Keep the last fact as the state: no law asks more of this stream than that it exists."""
    return fact


# Any: each function takes the state and the facts of its own aggregate; the table's keys keep them
# apart.
EVOLVE: Final[Mapping[type[Fact], Callable[[Any, Any], object | None]]] = {
    LedgerOpened: ledger.evolve,
    LegalEntityRegistered: legal_entity.evolve,
    EmployeeRegistered: employee.evolve,
    PatientRegistered: patient.evolve,
    DeclarationSigned: declaration.evolve,
    DeclarationTerminated: declaration.evolve,
    TariffPublished: _keep,
    ContractSigned: contract.evolve,
    CutOffSet: _keep,
    ReferralIssued: referral.evolve,
    ReferralRedeemed: referral.evolve,
    ReferralCompleted: referral.evolve,
    ReferralRecalled: referral.evolve,
    ReferralCancelled: referral.evolve,
    EncounterRecorded: encounter.evolve,
    ChargeAccrued: _keep,
    ChargeWithheld: _keep,
    StatementFormed: statement.evolve,
    StatementCountersigned: statement.evolve,
    StatementAccepted: statement.evolve,
    PaymentRecorded: statement.evolve,
}


def evolve(state: object | None, fact: Fact) -> object | None:
    """Take one fact into a stream's state; a fact that happened is never refused."""
    return EVOLVE[type(fact)](state, fact)
