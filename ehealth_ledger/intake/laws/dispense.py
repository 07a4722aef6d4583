"""Map commands about dispenses to their laws; each reads the stream of the prescription."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.aggregates.dispense import let_go, process, reserve
from ehealth_ledger.aggregates.lookups import Lookups
from ehealth_ledger.commands.dispense import (
    ExpireDispense,
    ProcessDispense,
    RejectDispense,
    ReserveDispense,
)
from ehealth_ledger.intake.law import Ids, Law, LawTable
from ehealth_ledger.intake.laws import priced
from ehealth_ledger.store.lookups.wanted import Wanted
from ehealth_ledger.values.identifiers import provision_stream
from ehealth_ledger.values.parameters.dispense import (
    DEVIATION_PERCENT,
    DIVISION_KINDS,
    HOLD_MINUTES,
    LEGAL_ENTITY_KINDS,
    LICENCE_TYPES,
    PRICED_FUNDING_SOURCES,
    TOLERANCE_KOPIYKAS,
)


def _streams_of_reserve(command: ReserveDispense) -> Ids:
    asked = command.resource
    named = (asked.prescription, asked.patient, asked.division, asked.medication)
    if asked.program is None:
        return named
    return (*named, asked.program, provision_stream(asked.program, asked.division))


def _of_reserve(command: ReserveDispense, wanted: Wanted) -> None:
    wanted.licensed.add(command.legal_entity)
    if command.resource.program is not None:
        wanted.providers.add(command.legal_entity)


def _found_of_reserve(command: ReserveDispense, lookups: Lookups) -> Ids:
    entity = command.legal_entity
    yield from lookups.licences.of_entity(entity)
    if command.resource.program is not None:
        yield from lookups.contracts.of_provider(entity)


def _of_process(command: ProcessDispense, wanted: Wanted) -> None:
    if command.resource.program is not None:
        wanted.providers.add(command.legal_entity)
        wanted.cut_offs = True


def _found_of_process(command: ProcessDispense, lookups: Lookups) -> Ids:
    if command.resource.program is None:
        return ()
    return lookups.contracts.of_provider(command.legal_entity)


def _streams_of_process(command: ProcessDispense) -> Ids:
    asked = command.resource
    named = (
        asked.prescription,
        asked.medication_reference.reference,
        asked.performer[0].actor.reference,
        asked.subject.reference,
    )
    return named if asked.program is None else (*named, asked.program)


LAWS: Final[LawTable] = {
    ReserveDispense: Law(
        reserve.reserve,
        lookups=_of_reserve,
        found=_found_of_reserve,
        streams=_streams_of_reserve,
        brings=lambda c: (c.resource.id,),
        parameters=(LEGAL_ENTITY_KINDS, DIVISION_KINDS, LICENCE_TYPES, HOLD_MINUTES),
    ),
    ProcessDispense: Law(
        process.process,
        lookups=_of_process,
        found=_found_of_process,
        streams=_streams_of_process,
        parameters=(
            *(TOLERANCE_KOPIYKAS, DEVIATION_PERCENT, PRICED_FUNDING_SOURCES),
            *priced.PARAMETERS,
        ),
    ),
    RejectDispense: Law(
        let_go.reject,
        streams=lambda c: (c.resource.prescription,),
        directories=lambda c: (c.resource.reason.system,),
    ),
    ExpireDispense: Law(let_go.expire, streams=lambda c: (c.resource.prescription,)),
}
