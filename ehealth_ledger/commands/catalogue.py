"""List every command by its published name and version.

The table is closed: nothing is imported by a name read from bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ehealth_ledger.commands.command import Command
from ehealth_ledger.commands.contract import SignContract
from ehealth_ledger.commands.cut_off import SetCutOff
from ehealth_ledger.commands.declaration import SignDeclaration
from ehealth_ledger.commands.employee import RegisterEmployee
from ehealth_ledger.commands.encounter import RecordEncounter
from ehealth_ledger.commands.ledger import OpenLedger
from ehealth_ledger.commands.legal_entity import RegisterLegalEntity
from ehealth_ledger.commands.patient import RegisterPatient
from ehealth_ledger.commands.payment import RecordPayment
from ehealth_ledger.commands.referral import (
    CancelReferral,
    IssueReferral,
    RecallReferral,
    RedeemReferral,
)
from ehealth_ledger.commands.statement import (
    AcceptStatement,
    CountersignStatement,
    FormStatement,
)
from ehealth_ledger.commands.tariff import PublishTariff

COMMANDS: Final[Mapping[tuple[str, int], type[Command]]] = MappingProxyType(
    {
        (kind.NAME, kind.VERSION): kind
        for kind in (
            OpenLedger,
            RegisterLegalEntity,
            RegisterEmployee,
            RegisterPatient,
            SignDeclaration,
            PublishTariff,
            SignContract,
            SetCutOff,
            IssueReferral,
            RedeemReferral,
            RecallReferral,
            CancelReferral,
            RecordEncounter,
            FormStatement,
            CountersignStatement,
            AcceptStatement,
            RecordPayment,
        )
    }
)
NAMES: Final = frozenset(name for name, _ in COMMANDS)
