"""Put a backup back, and prove what came back before anybody is served."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from psycopg import OperationalError
from psycopg.conninfo import conninfo_to_dict

from ehealth_ledger.chain.policy import Policy
from ehealth_ledger.entrypoints.audit import own_keys, verify_ledger
from ehealth_ledger.entrypoints.backup import Told
from ehealth_ledger.entrypoints.reader import opened_log
from ehealth_ledger.errors import LedgerCorrupt
from ehealth_ledger.settings import Databases, Settings, with_database
from ehealth_ledger.store.backup import place
from ehealth_ledger.store.backup.failure import BackupError
from ehealth_ledger.store.backup.manifest import Held, Part, part_with
from ehealth_ledger.store.backup.proof import Believing, Check, Known, Outcome, prove
from ehealth_ledger.store.connections import LEDGER_SCHEMA, connect
from ehealth_ledger.store.embedded import ensure_database
from ehealth_ledger.store.erasures import Eraser
from ehealth_ledger.store.secrets import read_secret
from ehealth_ledger.store.vault import Vault
from ehealth_ledger.values.identifiers import LedgerId
from projections.projectors.follower import Follower
from projections.projectors.rebuild import rebuild
from projections.projectors.shares import Workers
from projections.read_models.schema import prepare

KEYS_AT_ONCE: Final = 10_000
Checks = list[Check]

_KEY_IDS: Final = """
    SELECT key_id FROM records WHERE position > %(since)s
    UNION SELECT key_id FROM envelopes WHERE position > %(since)s
"""


@dataclass(frozen=True, slots=True)
class Source:
    """Name what is put back: the ledger's part, the vault's, or the one that holds both.

    Where the vault's is missing the running deployment's vault serves, and is only read. `wal` is
    the archived write-ahead log of the ledger's server.
    """

    ledger: Part
    vault: Part | None
    wal: Path | None

    @classmethod
    def of(cls, folder: Path, vault: Path | None, wal: Path | None = None) -> Source:
        """Find the parts; `vault` is the folder of a backup of the vault that lies apart."""
        found = part_with(folder, "ledger")
        if found is None:
            raise BackupError(f"{folder} holds no ledger: the vault's copy is named by --vault")
        kept = part_with(folder if vault is None else vault, "vault")
        if vault is not None and kept is None:
            raise BackupError(f"{vault} holds no vault")
        if kept is not None and kept.manifest.mark.ledger != found.manifest.mark.ledger:
            raise BackupError("the two are of different ledgers")
        return cls(found, kept, None if wal is None else wal.absolute())

    @property
    def parts(self) -> list[Part]:
        """Return the servers to put back."""
        if self.vault is None or self.vault.folder == self.ledger.folder:
            return [self.ledger]
        return [self.ledger, self.vault]


@dataclass(frozen=True, slots=True)
class Outside:
    """Hold what is known elsewhere: checkpoints given, and whose cosignatures are asked for."""

    checkpoints: Sequence[Path]
    policy: Policy | None


def restore(settings: Settings, source: Source, into: Path, outside: Outside, told: Told) -> Checks:
    """Put a backup into an empty folder and prove it; where a check fails, nothing stays there."""
    with _put_back(settings, source, into, outside, told) as (checks, _):
        pass
    return checks


def drill(
    settings: Settings,
    source: Source,
    scratch: Path | None,
    outside: Outside,
    model: str,
    told: Told,
) -> Checks:
    """Restore into a folder of its own, verify everything, rebuild a read model, leave nothing."""
    folder = Path(tempfile.mkdtemp(prefix="ehealth-drill-", dir=scratch))
    folder.chmod(0o711)  # the server's account passes through
    try:
        with _put_back(settings, source, folder, outside, told) as (checks, urls):
            if urls is not None:
                told("verifying")
                checks.append(_verified(settings, urls, outside))
                told(f"rebuilding {model}")
                checks.append(_rebuilt(settings, source, urls, model))
    finally:
        shutil.rmtree(folder)
    return checks


@contextmanager
def _put_back(
    settings: Settings, source: Source, into: Path, outside: Outside, told: Told
) -> Iterator[tuple[Checks, Databases | None]]:
    """Give the checks of a restored backup, and its databases unless one of them failed.

    1. Every file is as it was copied.
    2. The copy becomes a server in an empty folder.
    3. The log holds what the manifest says and goes on from the checkpoints.
    4. The master key opens the vault, and what was erased is erased again.
    """
    # 1.
    told("comparing files")
    checks = [place.check_files(part) for part in source.parts]
    if not all(each.is_well for each in checks):
        yield checks, None
        return
    # 2.
    told("putting the files back")
    place.refuse_full(into)
    is_sound = False
    try:
        place.put_back(source.parts, into, source.wal)
        with place.running(source.parts, into) as held:
            urls = _databases(settings, source, held)
            # 3.
            told("proving the log")
            checks += _proved(settings, source, urls, outside)
            # 4.
            if not _failed(checks):
                checks += _opened(settings, source, urls)
            is_sound = not _failed(checks)
            yield checks, urls if is_sound else None
    finally:
        if not is_sound:
            place.clear(source.parts, into)


def _failed(checks: Checks) -> bool:
    return any(each.outcome is Outcome.FAILED for each in checks)


def _databases(settings: Settings, source: Source, held: Sequence[dict[Held, str]]) -> Databases:
    """Complete what was restored: by the running vault, by a new database of read models."""
    ledger = held[0]["ledger"]
    if source.vault is not None:
        vault = held[-1]["vault"]
    else:
        given = settings.databases()
        if given is None:
            raise BackupError("the backup holds no vault: name its backup with --vault")
        vault = given.vault
    return Databases(ledger, vault, held[0].get("read", with_database(ledger, "drill_read")))


def _proved(settings: Settings, source: Source, urls: Databases, outside: Outside) -> Checks:
    mark = source.ledger.manifest.mark
    known = [Known(file.name, file.read_bytes(), True) for file in outside.checkpoints]
    for file, whence in (
        (settings.checkpoint_state_file, "signed last here"),
        (settings.super_state_file, "super-log, signed last here"),
    ):
        if file.exists():
            known.append(Known(whence, file.read_bytes(), False, is_signers=True))
    if mark.checkpoint is not None:
        known.append(Known("in the manifest", mark.checkpoint.encode(), False))
    keys = [*own_keys(settings, urls)]
    if outside.policy is not None:
        keys += [each.key for each in outside.policy.logs]
    with connect(urls.ledger, schema=LEDGER_SCHEMA, name="restore") as connection:
        checks = list(prove(connection, mark, known, Believing(keys, outside.policy)))
    if not outside.checkpoints:
        said = "none was given: an older backup in the place of this one would not be noticed"
        checks.append(Check("checkpoint (given)", Outcome.UNPROVED, said, required=False))
    return checks


def _opened(settings: Settings, source: Source, urls: Databases) -> Checks:
    """Open the vault with the master key, and carry out the erasures that the ledger records."""
    ledger = LedgerId(source.ledger.manifest.mark.ledger)
    try:
        vault = Vault(urls.vault, read_secret(settings.master_key_file), ledger)
    except LedgerCorrupt as fault:
        return [Check("keys", Outcome.FAILED, str(fault))]
    except OperationalError as fault:
        return [Check("keys", Outcome.FAILED, f"the vault is out of reach: {fault}")]
    try:
        checks = [_keys(source, urls, vault)]
        eraser = Eraser(urls.ledger, vault)
        standing = eraser.look()
        # The running vault is not to learn from a copy whom to erase.
        only = None if source.vault is not None else standing.erased - standing.with_key
        done = eraser.finish(only)
        again = len(done.with_key)
        said = f"{len(standing.erased)} patients are erased, {again} keys were destroyed again"
        checks.append(Check("erasures", Outcome.PROVED, said))
        unknown = len(vault.tombstones() - standing.erased)
        if unknown:
            said = (
                f"{unknown} keys were destroyed by erasures after this backup of the ledger: what "
                "they sealed stays unreadable, and `verify` names them key.missing"
            )
            checks.append(Check("later erasures", Outcome.UNPROVED, said))
        return checks
    finally:
        vault.close()


def _keys(source: Source, urls: Databases, vault: Vault) -> Check:
    """Ask the vault for the keys of what was recorded after its copy was taken."""
    since = 0 if source.vault is None else source.vault.manifest.mark.position
    missing = 0
    with (
        connect(urls.ledger, schema=LEDGER_SCHEMA, role="ledger_reader", name="restore") as reading,
        reading.transaction(),
        reading.cursor(name="keys") as cursor,
    ):
        cursor.execute(_KEY_IDS, {"since": since})
        while rows := cursor.fetchmany(KEYS_AT_ONCE):
            wanted = {key_id for (key_id,) in rows}
            missing += len(wanted - vault.held(wanted))
    if missing:
        said = (
            f"{missing} keys are missing: the vault's copy ends at position {since}, and what they "
            "seal is lost. Take the vault's backup after the ledger's"
        )
        return Check("keys", Outcome.UNPROVED, said)
    return Check("keys", Outcome.PROVED, "the master key opens the vault, and no key is missing")


def _verified(settings: Settings, urls: Databases, outside: Outside) -> Check:
    keys = [*own_keys(settings, urls)]
    if outside.policy is not None:
        keys += outside.policy.keys
    master = read_secret(settings.master_key_file)
    report = verify_ledger(urls, master, keys=keys, progress=lambda *_: None)
    said = (
        f"{report.records} records, {report.signatures} signatures, {report.checkpoints} "
        f"checkpoints, {report.cosignatures} cosignatures; for want of a key not: "
        f"{report.checkpoints_without_key} checkpoints, {report.cosignatures_without_key} "
        "cosignatures"
    )
    if report.findings:
        said = f"{len(report.findings)} findings, the first {report.findings[0]}"
    outcome = Outcome.FAILED if report.findings else Outcome.PROVED
    return Check("verify", outcome, said)


def _rebuilt(settings: Settings, source: Source, urls: Databases, model: str) -> Check:
    """Rebuild a read model: it equals the one copied, or one just followed."""
    if not source.ledger.holds("read"):
        ensure_database(urls.ledger, str(conninfo_to_dict(urls.read)["dbname"]))
    prepare(urls.read)
    open_log = partial(opened_log, urls, read_secret(settings.master_key_file))
    with open_log() as log:
        Follower(log, urls.read, [model]).catch_up()
        workers = Workers.on_every_core(open_log)
        found = rebuild(log, urls.read, model, lambda *_: None, workers=workers)
    said = f"{model}: {found.rows} rows at position {found.position}"
    if not found.equal:
        return Check("read model", Outcome.FAILED, f"{said}; the live rows were DIFFERENT")
    return Check("read model", Outcome.PROVED, said)
