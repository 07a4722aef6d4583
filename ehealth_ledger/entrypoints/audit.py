"""Verify a live ledger as its auditor: from stored bytes and keys, never from a stored verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, NoReturn
from uuid import UUID

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.bundle.reopening import Reopening
from ehealth_ledger.chain.checkpoint import Checkpoint, origin_of
from ehealth_ledger.chain.note import Note, NoteInvalid, VerifierKey
from ehealth_ledger.chain.record import RECORDS
from ehealth_ledger.chain.super_log import SUPER
from ehealth_ledger.commands.command import Command
from ehealth_ledger.commands.month import SettleMonth
from ehealth_ledger.commands.signed import Draft, Evidence, Verified
from ehealth_ledger.entrypoints.bootstrap import signer, super_signer
from ehealth_ledger.entrypoints.reader import NOT_OPEN, NotReady
from ehealth_ledger.errors import Refusal
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.intake.due import deadline_of
from ehealth_ledger.intake.laws import LAWS
from ehealth_ledger.settings import Databases, Settings
from ehealth_ledger.store.fsck.check import Progress, check, named_ledger
from ehealth_ledger.store.fsck.due import Duties
from ehealth_ledger.store.fsck.finding import Report
from ehealth_ledger.store.fsck.money_check import MoneyReport, check_money
from ehealth_ledger.store.fsck.past import Past
from ehealth_ledger.store.fsck.walk import Ports
from ehealth_ledger.store.lookups.patients import PATIENT_TAX_ID
from ehealth_ledger.store.secrets import SecretUnusable
from ehealth_ledger.store.vault import Vault
from ehealth_ledger.values.identifiers import LedgerId
from ehealth_ledger.values.time import from_microseconds
from ehealth_ledger.verification import ledger_key


def verify_ledger(
    urls: Databases,
    master_key: bytes,
    *,
    keys: Sequence[VerifierKey] = (),
    progress: Progress,
    limit: int | None = None,
    kept: Sequence[Note] = (),
) -> Report:
    """Check every stored byte of a ledger; the report names the first bad position first.

    `keys` are those of the log's checkpoints and of its witnesses, known from elsewhere. `progress`
    is told records done and records in all; `limit` stops after so many findings. `kept` are
    checkpoints from elsewhere, to be held against log and super-log. Raise NotReady where there is
    no ledger, LedgerCorrupt where the vault cannot be opened at all, NoteInvalid where a kept
    checkpoint is none of this ledger under one of the keys.
    """
    with opened_vault(urls, master_key) as (vault, ledger):
        ports = Ports(
            Reopening(),
            vault.tax_index,
            lambda tax_id: vault.blind_index(PATIENT_TAX_ID, tax_id),
            _ids_of,
            _DUTIES,
        )
        return check(
            *(urls.ledger, vault, ledger, ports),
            keys=keys,
            progress=progress,
            limit=limit,
            kept=[_known(note, ledger, keys) for note in kept],
        )


def _known(note: Note, ledger: UUID, keys: Sequence[VerifierKey]) -> Checkpoint:
    checkpoint = Checkpoint.parse(note.text)
    if checkpoint.origin not in (origin_of(ledger, RECORDS), origin_of(ledger, SUPER)):
        raise NoteInvalid(f"a checkpoint of {checkpoint.origin}, which is not this ledger's")
    if not note.signed_by([each for each in keys if each.name == checkpoint.origin]):
        raise NoteInvalid("the checkpoint was signed by no key that is known here")
    return checkpoint


def own_keys(settings: Settings, urls: Databases) -> tuple[VerifierKey, ...]:
    """Return the keys of this deployment's checkpoints, the super-log's too; none where none is."""
    ledger = named_ledger(urls.ledger)
    try:
        if ledger is None:
            return ()
        return signer(settings, ledger).key, super_signer(settings, ledger).key
    except SecretUnusable:
        return ()


def verify_money(
    urls: Databases, master_key: bytes, *, progress: Callable[[int], None]
) -> MoneyReport:
    """Check that balances equal statements equal payments; much quicker than the whole check.

    `progress` is told how many money facts are done. Raise NotReady where there is no ledger,
    LedgerCorrupt where a fact cannot be opened.
    """
    with opened_vault(urls, master_key) as (vault, ledger):
        return check_money(urls.ledger, vault, ledger, progress=progress)


@contextmanager
def opened_vault(urls: Databases, master_key: bytes) -> Iterator[tuple[Vault, LedgerId]]:
    """Open the vault, and name the ledger it belongs to; raise NotReady where there is none."""
    ledger = named_ledger(urls.ledger)
    if ledger is None:
        raise NotReady(NOT_OPEN)
    vault = Vault(urls.vault, master_key, LedgerId(ledger))
    try:
        yield vault, LedgerId(ledger)
    finally:
        vault.close()


class _PastLookups:
    """Answer what can be told of a past position; a law that asks for more is not judged again."""

    def __init__(self, past: Past) -> None:
        self.billing, self.cut_offs = past.billing, past.cut_offs

    def __getattr__(self, name: str) -> NoReturn:
        raise LookupError(name)


def _rejudged(
    evidence: Evidence,
    content: bytes,
    states: Mapping[UUID, object | None],
    past: Past,
    *,
    basis: int,
    now_us: int,
) -> Sequence[Fact] | str | None:
    """Judge a command of the system again; None where its law looks beyond its streams."""
    verified = ledger_key.reverify(evidence, content)
    return _judged(verified, states, past, basis=basis, now_us=now_us)


def _resettled(
    command: SettleMonth,
    states: Mapping[UUID, object | None],
    past: Past,
    *,
    basis: int,
    now_us: int,
) -> Sequence[Fact] | str | None:
    """Judge again the settling of a month, as a draft is: who signed it is proved elsewhere."""
    return _judged(Draft(command, b""), states, past, basis=basis, now_us=now_us)


def _judged(
    command: Verified[Any] | Draft[Any],
    states: Mapping[UUID, object | None],
    past: Past,
    *,
    basis: int,
    now_us: int,
) -> Sequence[Fact] | str | None:
    law = LAWS[type(command.body)]
    if not (law.reads_streams_only or law.of_the_past):
        return None
    lookups: Any = _PastLookups(past)
    case = Case(command, states, lookups, basis=basis, now=from_microseconds(now_us))
    try:
        return law.judge(case)
    except LookupError:
        return None
    except Refusal as refusal:
        return str(refusal)


def _streams_of(command: Command) -> Iterable[UUID]:
    return LAWS[type(command)].streams_of(command)


_DUTIES: Final = Duties(deadline_of, _streams_of, _rejudged, _resettled)


def _ids_of(command: Command) -> Iterable[UUID]:
    return LAWS[type(command)].brings(command)
