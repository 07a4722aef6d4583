"""List who may order what: types of employee for every command that staff may order.

Default deny. Sources: sections 1 and 2 of the domain, rule 2.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ehealth_ledger.commands.command import Command
from ehealth_ledger.commands.contract import SignContract
from ehealth_ledger.commands.cut_off import SetCutOff
from ehealth_ledger.commands.declaration import SignDeclaration
from ehealth_ledger.commands.directory import PublishDirectory, RetireCodes
from ehealth_ledger.commands.employee import RegisterEmployee
from ehealth_ledger.commands.encounter import RecordEncounter
from ehealth_ledger.commands.parameter import SetParameters
from ehealth_ledger.commands.patient import RegisterPatient
from ehealth_ledger.commands.payment import RecordPayment
from ehealth_ledger.commands.referral import (
    CancelReferral,
    IssueReferral,
    RecallReferral,
    RedeemReferral,
)
from ehealth_ledger.commands.service import PublishServices
from ehealth_ledger.commands.statement import (
    AcceptStatement,
    CountersignStatement,
    FormStatement,
)
from ehealth_ledger.commands.tariff import PublishTariff
from ehealth_ledger.events.employee import EmployeeType

_CLINICIANS: Final = frozenset[EmployeeType]({"DOCTOR", "SPECIALIST"})
_PAYER: Final = frozenset[EmployeeType]({"NHS_ADMIN_SIGNER"})

MAY_ORDER: Final[Mapping[type[Command], frozenset[EmployeeType]]] = {
    RegisterEmployee: frozenset({"OWNER", "HR"}),
    RegisterPatient: frozenset({"DOCTOR", "SPECIALIST", "RECEPTIONIST"}),
    SignDeclaration: frozenset({"DOCTOR"}),
    IssueReferral: _CLINICIANS,
    RedeemReferral: _CLINICIANS,
    RecallReferral: _CLINICIANS,
    CancelReferral: _CLINICIANS,
    RecordEncounter: _CLINICIANS,
    SetParameters: _PAYER,
    PublishDirectory: _PAYER,
    RetireCodes: _PAYER,
    PublishServices: _PAYER,
    PublishTariff: _PAYER,
    SignContract: _PAYER,
    SetCutOff: _PAYER,
    FormStatement: _PAYER,
    CountersignStatement: frozenset({"OWNER"}),
    AcceptStatement: _PAYER,
    RecordPayment: _PAYER,
}
