"""Map commands about money to their laws: tariffs, contracts, cut-offs, statements, payments."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.aggregates import correction, cut_off, settlement, statement, tariff
from ehealth_ledger.aggregates.charge import Charge
from ehealth_ledger.aggregates.lookups import Lookups
from ehealth_ledger.commands.charge import (
    DENIAL_REASONS,
    AdjustCharge,
    ResubmitCharge,
    SettleCharge,
)
from ehealth_ledger.commands.cut_off import SetCutOff
from ehealth_ledger.commands.encounter import is_package, read_package
from ehealth_ledger.commands.fhir.elements import coded
from ehealth_ledger.commands.payment import RecordPayment, RecordRefund
from ehealth_ledger.commands.statement import (
    AcceptStatement,
    CountersignStatement,
    FormStatement,
    OffsetStatement,
    ReviewStatement,
)
from ehealth_ledger.commands.tariff import (
    PublishTariff,
    ReleaseTariff,
    ReplaceReleasedTariff,
    ReplaceTariff,
)
from ehealth_ledger.events.charge import ChargeWithheld, Withheld
from ehealth_ledger.intake.law import Ids, Law, LawTable, Leads, States
from ehealth_ledger.intake.laws import priced
from ehealth_ledger.intake.laws.grouping import of_withheld_case, streams_of_withheld_case
from ehealth_ledger.pricing.statement import StatementKey
from ehealth_ledger.store.lookups.wanted import Wanted
from ehealth_ledger.values.parameters.charge import ATTEMPTS_MAX
from ehealth_ledger.values.tariffs import subject_of


def _of_tariff(command: PublishTariff | ReplaceTariff, wanted: Wanted) -> None:
    wanted.services.add(coded(command.resource.service))


def _of_release(command: ReleaseTariff | ReplaceReleasedTariff, wanted: Wanted) -> None:
    wanted.services.add(subject_of(command.resource.package, command.resource.terms))


def _of_cut_off(_: SetCutOff | ResubmitCharge, wanted: Wanted) -> None:
    wanted.cut_offs = True


def statement_key(command: FormStatement) -> StatementKey:
    """Name the set of charges a statement is asked for."""
    asked = command.resource
    return StatementKey(asked.contract, asked.package, asked.period)


def _of_statement(command: FormStatement, wanted: Wanted) -> None:
    wanted.cut_offs = True
    wanted.statements.add(statement_key(command))


def _of_countersignature(command: CountersignStatement, wanted: Wanted) -> None:
    wanted.first_records.add(command.resource.statement)


def _of_adjustment(command: AdjustCharge, wanted: Wanted) -> None:
    wanted.cut_offs = True
    wanted.charges.add(command.resource.charge)


def _found_of_adjustment(command: AdjustCharge, lookups: Lookups) -> Ids:
    stated = lookups.charges.stated(command.resource.charge)
    if stated is not None:
        yield stated.statement


def _nothing_more(_: ResubmitCharge, __: States, ___: Wanted) -> None:
    return None


def _found_of_claim(command: ResubmitCharge, states: States, _: Lookups) -> Ids:
    """Name the contract, which plans what its month may come to."""
    denied = states.get(command.resource.charge)
    if isinstance(denied, Charge):
        yield denied.accrued.contract


def _of_settlement(command: SettleCharge, states: States, wanted: Wanted) -> None:
    wanted.cut_offs = True
    withheld = states.get(command.resource.charge)
    if isinstance(withheld, ChargeWithheld) and withheld.kind == "case":
        of_withheld_case(withheld, wanted)
    elif isinstance(withheld, Withheld):
        wanted.providers.add(withheld.provider)
        if withheld.of_kind in settlement.PACKAGED:
            wanted.acts.add(withheld.act_position)
        if withheld.service is not None:
            wanted.services.add(withheld.service)


def _found_of_settlement(command: SettleCharge, states: States, lookups: Lookups) -> Ids:
    withheld = states.get(command.resource.charge)
    if not isinstance(withheld, Withheld):
        return
    if isinstance(withheld, ChargeWithheld) and withheld.kind == "case":
        yield from streams_of_withheld_case(withheld, lookups)
    elif withheld.of_kind in settlement.PACKAGED:
        resources = lookups.originals.of_act(withheld.act_position)
        if resources is not None and is_package(resources):
            encounter, _ = read_package(resources)
            yield encounter.subject.reference
    yield from lookups.contracts.of_provider(withheld.provider)


def _streams_of_review(command: ReviewStatement) -> Ids:
    yield command.resource.statement
    for denial in command.resource.denied:
        yield denial.charge


def _of_payment(command: RecordPayment | RecordRefund, wanted: Wanted) -> None:
    wanted.bank_references.add(command.resource.bank_reference)


LAWS: Final[LawTable] = {
    PublishTariff: Law(tariff.publish, brings=lambda c: (c.resource.id,), lookups=_of_tariff),
    ReleaseTariff: Law(tariff.release, brings=lambda c: (c.resource.id,), lookups=_of_release),
    ReplaceTariff: Law(
        tariff.publish,
        streams=lambda c: (c.resource.replaces,),
        brings=lambda c: (c.resource.id,),
        lookups=_of_tariff,
    ),
    ReplaceReleasedTariff: Law(
        tariff.release,
        streams=lambda c: (c.resource.replaces,),
        brings=lambda c: (c.resource.id,),
        lookups=_of_release,
    ),
    SetCutOff: Law(cut_off.set_cut_off, brings=lambda c: (c.resource.id,), lookups=_of_cut_off),
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
    ReviewStatement: Law(
        statement.review,
        streams=_streams_of_review,
        directories=lambda _: (DENIAL_REASONS,),
    ),
    ResubmitCharge: Law(
        correction.resubmit,
        streams=lambda c: (c.resource.charge,),
        lookups=_of_cut_off,
        leads=Leads(lambda c: (c.resource.charge,), _nothing_more, _found_of_claim),
        parameters=(ATTEMPTS_MAX, *priced.PARAMETERS),
    ),
    SettleCharge: Law(
        settlement.settle,
        streams=lambda c: (c.resource.charge,),
        leads=Leads(lambda c: (c.resource.charge,), _of_settlement, _found_of_settlement),
        parameters=priced.PARAMETERS,
    ),
    AdjustCharge: Law(
        correction.adjust,
        streams=lambda c: (c.resource.charge,),
        brings=lambda c: (c.resource.id,),
        lookups=_of_adjustment,
        found=_found_of_adjustment,
        directories=lambda _: (DENIAL_REASONS,),
    ),
    OffsetStatement: Law(
        statement.offset,
        streams=lambda c: (c.resource.statement, c.resource.against),
        brings=lambda c: (c.resource.id,),
    ),
    RecordRefund: Law(
        statement.refund,
        streams=lambda c: (c.resource.statement,),
        brings=lambda c: (c.resource.id,),
        lookups=_of_payment,
    ),
    RecordPayment: Law(
        statement.pay,
        streams=lambda c: (c.resource.statement,),
        brings=lambda c: (c.resource.id,),
        lookups=_of_payment,
    ),
}
