"""Verify a live ledger as its auditor: from stored bytes and keys, never from a stored verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, NamedTuple, NoReturn
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
from ehealth_ledger.store.fsck.kept import Kept
from ehealth_ledger.store.fsck.money_check import MoneyReport, check_money
from ehealth_ledger.store.fsck.past import Past
from ehealth_ledger.store.fsck.walk import Ports
from ehealth_ledger.store.lookups.patients import PATIENT_TAX_ID
from ehealth_ledger.store.secrets import SecretUnusable
from ehealth_ledger.store.vault import Vault
from ehealth_ledger.values.identifiers import LedgerId
from ehealth_ledger.values.time import from_microseconds
from ehealth_ledger.verification import ledger_key

_BY_NOBODY: Final = "the checkpoint was signed by no key that is known here"


class SignedLast(NamedTuple):
    """Hold the checkpoint that a state file of the signer names."""

    file: Path
    note: Note


def signed_last(settings: Settings) -> list[SignedLast]:
    """Read the signer's state files, the super-log's too, where they exist.

    They are to be read before the database: what they name is recorded there by then. Raise
    NoteInvalid, naming the file, where one cannot be read or is no note.
    """
    found = []
    for file in (settings.checkpoint_state_file, settings.super_state_file):
        try:
            found.append(SignedLast(file, Note.parse(file.read_bytes())))
        except FileNotFoundError:
            continue  # before the first checkpoint, or on a machine that signs none
        except (OSError, NoteInvalid) as fault:
            raise _unusable(file, fault) from fault
    return found


def _unusable(file: Path, fault: Exception) -> NoteInvalid:
    return NoteInvalid(
        f"the state file {file} is no checkpoint of this ledger ({fault}): put the newest one that "
        "others hold in its place"
    )


def verify_ledger(
    urls: Databases,
    master_key: bytes,
    *,
    keys: Sequence[VerifierKey] = (),
    progress: Progress,
    limit: int | None = None,
    kept: Sequence[Note] = (),
    states: Sequence[SignedLast] = (),
) -> Report:
    """Check every stored byte of a ledger; the report names the first bad position first.

    `keys` are those of the log's checkpoints and of its witnesses, known from elsewhere. `progress`
    is told records done and records in all; `limit` stops after so many findings. `kept` are
    checkpoints from elsewhere, `states` those signed last here: log and super-log are held against
    both. Raise NotReady where there is no ledger, LedgerCorrupt where the vault cannot be opened at
    all, NoteInvalid where a checkpoint is none of this ledger under one of the keys; only of
    `states` it is enough that none of the keys is its log's.
    """
    with opened_vault(urls, master_key) as (vault, ledger):
        last = [_last(each, ledger, keys) for each in states]
        held = [*(Kept(_known(note, ledger, keys)) for note in kept), *(told for told, _ in last)]
        ports = Ports(
            Reopening(),
            vault.tax_index,
            lambda tax_id: vault.blind_index(PATIENT_TAX_ID, tax_id),
            _ids_of,
            _DUTIES,
        )
        report = check(
            *(urls.ledger, vault, ledger, ports),
            keys=keys,
            progress=progress,
            limit=limit,
            kept=held,
        )
    without_key = report.checkpoints_without_key + sum(not is_signed for _, is_signed in last)
    return replace(report, checkpoints_without_key=without_key)


def _last(state: SignedLast, ledger: UUID, keys: Sequence[VerifierKey]) -> tuple[Kept, bool]:
    try:
        checkpoint, is_signed = _signed(state.note, ledger, keys)
    except NoteInvalid as fault:
        raise _unusable(state.file, fault) from fault
    return Kept(checkpoint, f"the state file {state.file.name}"), is_signed


def _known(note: Note, ledger: UUID, keys: Sequence[VerifierKey]) -> Checkpoint:
    checkpoint, is_signed = _signed(note, ledger, keys)
    if not is_signed:
        raise NoteInvalid(_BY_NOBODY)
    return checkpoint


def _signed(note: Note, ledger: UUID, keys: Sequence[VerifierKey]) -> tuple[Checkpoint, bool]:
    """Return a checkpoint, and whether a key signed it; False where none of the keys is its log's.

    Raise NoteInvalid where it is another ledger's, or the log's key is here and did not sign it.
    """
    checkpoint = Checkpoint.parse(note.text)
    if checkpoint.origin not in (origin_of(ledger, RECORDS), origin_of(ledger, SUPER)):
        raise NoteInvalid(f"a checkpoint of {checkpoint.origin}, which is not this ledger's")
    of_log = [each for each in keys if each.name == checkpoint.origin]
    if of_log and not note.signed_by(of_log):
        raise NoteInvalid(_BY_NOBODY)
    return checkpoint, bool(of_log)


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
        self.billing, self.cut_offs, self.charges = past

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
