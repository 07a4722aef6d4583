"""Compare facts of money with the signed content they came from, so that neither moves alone.

A countersignature names the chain value of the record it agrees to: whoever rewrites history before
it, whatever keys he holds, would need the provider's signature too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Final
from uuid import UUID

from ehealth_ledger.aggregates.consequences import MAY_LEAD_TO
from ehealth_ledger.commands.cut_off import SetCutOff
from ehealth_ledger.commands.encounter import CancelEncounter, RecordEncounter
from ehealth_ledger.commands.episode import OpenEpisode
from ehealth_ledger.commands.fhir.elements import coded
from ehealth_ledger.commands.ledger import OpenLedger
from ehealth_ledger.commands.payment import RecordPayment
from ehealth_ledger.commands.statement import (
    AcceptStatement,
    CountersignStatement,
    FormStatement,
)
from ehealth_ledger.commands.tariff import PublishTariff, ReplaceTariff
from ehealth_ledger.events.cut_off import CutOffSet
from ehealth_ledger.events.encounter import EncounterCancelled, EncounterRecorded
from ehealth_ledger.events.episode import EpisodeOpened
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.ledger import LedgerOpened
from ehealth_ledger.events.payment import PaymentRecorded
from ehealth_ledger.events.statement import Accepted, Formed, StatementCountersigned
from ehealth_ledger.events.tariff import TariffPublished
from ehealth_ledger.store.fsck import (
    agreements,
    claims,
    diagnostics,
    dispenses,
    offsets,
    published,
    registrations,
)
from ehealth_ledger.store.fsck.money import FormedStatement
from ehealth_ledger.store.fsck.proof import Proved
from ehealth_ledger.values.time import microseconds

_NOUNS: Final = (
    registrations,
    diagnostics,
    dispenses,
    claims,
    offsets,
    published,
)  # each compares its own facts


def contradicted(
    proved: Proved, facts: Sequence[Fact], statements: Mapping[UUID, FormedStatement]
) -> str | None:
    """Name the first fact that says other than the signed content; None where they agree."""
    allowed = MAY_LEAD_TO.get(type(proved.command), frozenset())
    for fact in facts:
        if type(fact) not in allowed:
            return f"{fact.TOPIC} does not follow from {proved.command.NAME}"
        if (_said(fact) or ()) != (_signed(proved, fact) or ()):
            return fact.TOPIC
        if not all(each.agrees(proved.command, fact) for each in _NOUNS):
            return fact.TOPIC
    if isinstance(proved.command, CountersignStatement):
        return countersigned(proved.command, statements)
    return published.unended(proved, facts)


def _said(fact: Fact) -> tuple[object, ...] | None:
    """Give what a fact repeats of its command."""
    match fact:
        case LedgerOpened():
            return fact.signing_key, fact.trust_store, fact.payer
        case EpisodeOpened():
            return fact.episode, fact.patient, fact.legal_entity, fact.type, fact.started_on
        case EncounterRecorded():
            members = [(each.kind, each.id) for each in fact.members]
            return fact.encounter, fact.patient, fact.episode, fact.referral, members
        case EncounterCancelled():
            return fact.encounter, fact.patient, fact.reason
        case TariffPublished():
            days = (fact.first_day, fact.last_day)
            return fact.tariff, fact.package, fact.service, *days, fact.unit_price
        case CutOffSet():
            return fact.period, fact.at
        case Formed():
            key = (fact.contract, fact.package, fact.period)
            return fact.statement, *key, fact.content_digest
        case StatementCountersigned() | Accepted():
            return fact.statement, fact.digest
        case PaymentRecorded():
            paid = (fact.amount, fact.bank_reference, fact.paid_on)
            return fact.payment, fact.statement, *paid
        case _:
            return agreements.said(fact)


def _signed(proved: Proved, fact: Fact) -> tuple[object, ...] | None:
    """Give the same from the signed content."""
    match proved.command:
        case OpenLedger(resource=asked) if isinstance(fact, LedgerOpened):
            return asked.signing_key, asked.trust_store, asked.payer.id
        case OpenEpisode(resource=asked):
            whose = (asked.patient.reference, asked.managing_organization.reference)
            return asked.id, *whose, asked.kind, asked.period.start
        case RecordEncounter() as wish if isinstance(fact, EncounterRecorded):
            encounter = wish.encounter
            within = (encounter.subject.reference, encounter.episode_of_care[0].reference)
            referral = encounter.based_on[0].reference if encounter.based_on else None
            members = [(each.resource_type, each.id) for _, each in wish.children]
            return encounter.id, *within, referral, members
        case CancelEncounter(resource=asked) if isinstance(fact, EncounterCancelled):
            return asked.encounter, asked.patient, asked.reason
        case PublishTariff(resource=asked) | ReplaceTariff(resource=asked) if isinstance(
            fact, TariffPublished
        ):
            service = coded(asked.service)
            days = (asked.first_day, asked.last_day)
            return asked.id, asked.package, service, *days, asked.unit_price
        case SetCutOff(resource=asked):
            return asked.period, microseconds(asked.at)
        case FormStatement(resource=asked):
            digest = sha256(proved.envelope.content).hexdigest()
            return asked.id, asked.contract, asked.package, asked.period, digest
        case CountersignStatement(resource=asked):
            return asked.statement, asked.digest
        case AcceptStatement(resource=asked):
            return asked.statement, asked.digest
        case RecordPayment(resource=asked):
            paid = (asked.amount, asked.bank_reference, asked.paid_on)
            return asked.id, asked.statement, *paid
        case _:
            return agreements.signed(proved, fact)


def countersigned(
    command: CountersignStatement, statements: Mapping[UUID, FormedStatement]
) -> str | None:
    """Tell that a countersignature names another record than the statement's, or return None."""
    named = command.resource.first
    formed = statements.get(command.resource.statement)
    if formed is None:
        return None  # a damaged statement is a finding of its own
    stands = (formed.position, formed.chain_value.hex(), formed.fact.content_digest)
    if (named.position, named.chain_value, named.content_digest) != stands:
        return "the countersignature names another record"
    return None
