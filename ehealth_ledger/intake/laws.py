"""Map each command to its law.

A row says which streams the command names, which ids it brings, what it looks up, who judges.

The table is written by hand, so that reading it is reading what the ledger does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from ehealth_ledger.aggregates import (
    contract,
    cut_off,
    declaration,
    employee,
    encounter,
    ledger,
    legal_entity,
    patient,
    referral,
    statement,
    tariff,
)
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
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.pricing.statement import StatementKey
from ehealth_ledger.store.lookups import Wanted

Ids = Iterable[UUID]


def _nothing(_: Any) -> Ids:
    return ()


def _no_lookups(_: Any, __: Wanted) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Law:
    """Hold one row: every stream the judge may ask for besides the actor's and the institution's.

    Any: the table's key gives each function its own command type; `case_for` is where the two meet.
    """

    judge: Callable[[Any], list[Fact]]
    streams: Callable[[Any], Ids] = _nothing
    brings: Callable[[Any], Ids] = _nothing  # ids that must be new to the ledger
    lookups: Callable[[Any, Wanted], None] = _no_lookups

    def streams_of(self, command: Command) -> set[UUID]:
        """List every stream the judge may read."""
        return {command.employee, command.legal_entity, *self.streams(command)}


def _of_entity(command: RegisterLegalEntity, wanted: Wanted) -> None:
    wanted.edrpous.add(command.resource.edrpou)


def _of_declaration(command: SignDeclaration, wanted: Wanted) -> None:
    wanted.declarations.add(command.resource.patient)


def _of_tariff(command: PublishTariff, wanted: Wanted) -> None:
    service = command.resource.service
    wanted.services.add(f"{service.system}|{service.code}")


def _of_contract(command: SignContract, wanted: Wanted) -> None:
    wanted.providers.add(command.resource.provider)


def _of_cut_off(_: SetCutOff, wanted: Wanted) -> None:
    wanted.cut_offs = True


def _of_encounter(command: RecordEncounter, wanted: Wanted) -> None:
    resource = command.encounter
    if resource.based_on:
        wanted.services.update(referral.service_codes(resource.service_type))
        wanted.providers.add(command.legal_entity)
        wanted.cut_offs = True


def _streams_of_encounter(command: RecordEncounter) -> Ids:
    resource = command.encounter
    return (resource.subject.reference, *(each.reference for each in resource.based_on))


def statement_key(command: FormStatement) -> StatementKey:
    """Name the set of charges a statement is asked for."""
    asked = command.resource
    return StatementKey(asked.contract, asked.package, asked.period)


def _of_statement(command: FormStatement, wanted: Wanted) -> None:
    wanted.cut_offs = True
    wanted.statements.add(statement_key(command))


def _of_countersignature(command: CountersignStatement, wanted: Wanted) -> None:
    wanted.first_records.add(command.resource.statement)


def _of_payment(command: RecordPayment, wanted: Wanted) -> None:
    wanted.bank_references.add(command.resource.bank_reference)


LAWS: Final[Mapping[type[Command], Law]] = {
    OpenLedger: Law(
        ledger.open_ledger,
        brings=lambda c: (
            c.ledger,
            c.resource.payer.id,
            *(a.id for a in c.resource.administrators),
        ),
    ),
    RegisterLegalEntity: Law(
        legal_entity.register,
        brings=lambda c: (c.resource.id, c.resource.head.id),
        lookups=_of_entity,
    ),
    RegisterEmployee: Law(employee.register, brings=lambda c: (c.resource.id,)),
    RegisterPatient: Law(patient.register, brings=lambda c: (c.resource.id,)),
    SignDeclaration: Law(
        declaration.sign,
        streams=lambda c: (c.resource.patient,),
        brings=lambda c: (c.resource.id,),
        lookups=_of_declaration,
    ),
    PublishTariff: Law(tariff.publish, brings=lambda c: (c.resource.id,), lookups=_of_tariff),
    SignContract: Law(
        contract.sign,
        streams=lambda c: (c.resource.provider,),
        brings=lambda c: (c.resource.id,),
        lookups=_of_contract,
    ),
    SetCutOff: Law(cut_off.set_cut_off, brings=lambda c: (c.resource.id,), lookups=_of_cut_off),
    IssueReferral: Law(
        referral.issue,
        streams=lambda c: (c.resource.subject.reference,),
        brings=lambda c: (c.resource.id,),
    ),
    RedeemReferral: Law(referral.redeem, streams=lambda c: (c.resource.referral,)),
    RecallReferral: Law(referral.recall, streams=lambda c: (c.resource.referral,)),
    CancelReferral: Law(referral.cancel, streams=lambda c: (c.resource.referral,)),
    RecordEncounter: Law(
        encounter.record,
        streams=_streams_of_encounter,
        brings=lambda c: tuple(member.id for member in c.resources),
        lookups=_of_encounter,
    ),
    FormStatement: Law(
        statement.form,
        streams=lambda c: (c.resource.contract,),
        brings=lambda c: (c.resource.id,),
        lookups=_of_statement,
    ),
    CountersignStatement: Law(
        statement.countersign,
        streams=lambda c: (c.resource.statement,),
        lookups=_of_countersignature,
    ),
    AcceptStatement: Law(statement.accept, streams=lambda c: (c.resource.statement,)),
    RecordPayment: Law(
        statement.pay,
        streams=lambda c: (c.resource.statement,),
        brings=lambda c: (c.resource.id,),
        lookups=_of_payment,
    ),
}
