"""Map commands about contracts to their laws."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from ehealth_ledger.aggregates.contract import request, signing, standing, withdrawal
from ehealth_ledger.commands.contract import (
    CountersignContract,
    DeclineContract,
    RequestContract,
    ResumeContract,
    SignContract,
    SignContractAlone,
    SuspendContract,
    TerminateContract,
    WithdrawContract,
)
from ehealth_ledger.intake.law import Law, LawTable
from ehealth_ledger.store.lookups.wanted import Wanted
from ehealth_ledger.values.parameters.contract import (
    BACKDATING_DAYS_MAX,
    DIVISION_TYPES,
    KINDS_OF_ENTITY,
)
from ehealth_ledger.values.parameters.declaration import LIMIT_BY_SPECIALITY


def _asked(command: RequestContract) -> Iterable[UUID]:
    asked = command.resource
    doctors = (each.employee for each in asked.employees)
    return (asked.contract, *asked.divisions, *doctors, *request.programs(command))


def _new(command: RequestContract) -> Iterable[UUID]:
    asked = command.resource
    return (asked.id,) if asked.contract_number is not None else (asked.id, asked.contract)


def _of_request(command: RequestContract, wanted: Wanted) -> None:
    wanted.providers.add(command.legal_entity)


def _of_signature(command: SignContract, wanted: Wanted) -> None:
    wanted.packages.update(each.package for each in command.resource.corrections)


def _of_countersignature(command: CountersignContract, wanted: Wanted) -> None:
    wanted.providers.add(command.legal_entity)
    wanted.positions.add(command.resource.first.position)


LAWS: Final[LawTable] = {
    SignContractAlone: Law(signing.sign_alone),
    RequestContract: Law(
        request.request,
        streams=_asked,
        brings=_new,
        lookups=_of_request,
        parameters=(KINDS_OF_ENTITY, DIVISION_TYPES, BACKDATING_DAYS_MAX, LIMIT_BY_SPECIALITY),
    ),
    SignContract: Law(signing.sign, streams=lambda c: (c.resource.request,), lookups=_of_signature),
    DeclineContract: Law(signing.decline, streams=lambda c: (c.resource.request,)),
    WithdrawContract: Law(withdrawal.withdraw, streams=lambda c: (c.resource.request,)),
    CountersignContract: Law(
        signing.countersign,
        streams=lambda c: (c.resource.request,),
        lookups=_of_countersignature,
    ),
    SuspendContract: Law(standing.suspend, streams=lambda c: (c.resource.contract,)),
    ResumeContract: Law(standing.resume, streams=lambda c: (c.resource.contract,)),
    TerminateContract: Law(standing.terminate, streams=lambda c: (c.resource.contract,)),
}
