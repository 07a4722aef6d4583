"""End a command with the right exit status, and with words that say what to do next.

0   all is well
1   the ledger said no: a refusal, a finding, a difference
2   nothing could be decided: wrong usage, a missing file, a server out of reach
3   what was to be checked is not all there
4   not yet: no checkpoint covers what was asked for; the same succeeds when one is signed
70  the ledger is damaged
"""

from __future__ import annotations

from typing import Any, Final

import typer
from rich.console import Console
from rich.text import Text
from typer.core import TyperGroup

OK: Final = 0
FINDING: Final = 1
UNDECIDED: Final = 2
INCOMPLETE: Final = 3
NOT_YET: Final = 4
CORRUPT: Final = 70

EXITS: Final = (
    "Exit status: 0 all is well, 1 refused or found, 2 undecided or usage, 3 incomplete, "
    "4 not signed yet, 70 damaged."
)

errors: Final = Console(stderr=True)


def fail(text: str, status: int) -> typer.Exit:
    """Print a line on standard error and return what ends the command with the status."""
    errors.print(Text(text, style="red"), soft_wrap=True)
    return typer.Exit(status)


class Careful(TyperGroup):
    """Turn what is known to go wrong into a sentence and an exit status."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except (typer.Exit, typer.Abort):
            raise  # the command's own end, that of `--help` too, which is not to wait for imports
        except Exception as fault:
            known = explained(fault)
            if known is None:
                raise
            raise fail(*known) from None


def explained(fault: Exception) -> tuple[str, int] | None:
    """Return what to tell an operator of a fault, with the exit status; None for one of our own."""
    # Imported here: `--help` needs none of it.
    import psycopg
    from pydantic import ValidationError

    from ehealth_ledger.entrypoints.http.server import HostRefused, PortTaken
    from ehealth_ledger.entrypoints.policy_file import PolicyUnusable
    from ehealth_ledger.entrypoints.reader import NotReady
    from ehealth_ledger.errors import LedgerCorrupt, Refusal, Undecided
    from ehealth_ledger.store.backup.failure import BackupError
    from ehealth_ledger.store.batch import LogMissing
    from ehealth_ledger.store.connections import RoleLacking
    from ehealth_ledger.store.embedded import EmbeddedServerError
    from ehealth_ledger.store.migrate import MigrationChanged
    from ehealth_ledger.store.secrets import SecretUnusable

    told_by_themselves = (
        *(NotReady, SecretUnusable, EmbeddedServerError, LogMissing, HostRefused, PortTaken),
        *(BackupError, PolicyUnusable, RoleLacking),
    )
    match fault:
        case Undecided():
            return f"undecided: {fault}", UNDECIDED
        case Refusal():
            return f"refused: {fault}", FINDING
        case LedgerCorrupt():
            return f"the ledger is damaged: {fault}", CORRUPT
        case MigrationChanged():
            return f"{fault}: this program is not the one that made the tables", UNDECIDED
        case psycopg.errors.UndefinedColumn():
            return "the tables are an older program's: run `ehealth-ledger db init`", UNDECIDED
        case psycopg.errors.UndefinedTable() | psycopg.errors.InvalidSchemaName():
            return "the tables are missing: run `ehealth-ledger db init OPENING`", UNDECIDED
        case psycopg.OperationalError():
            return _unreachable(fault), UNDECIDED
        case ValidationError() if fault.title == "Settings":
            return _settings(fault), UNDECIDED
        case _:
            if isinstance(fault, told_by_themselves):
                return str(fault), UNDECIDED
            return _of_read_models(fault)


def _of_read_models(fault: Exception) -> tuple[str, int] | None:
    from ehealth_ledger.errors import ReadModelCorrupt
    from projections.projectors.rebuild import RebuildRunning
    from projections.read_models.checkpoint import ModelMissing
    from projections.read_models.schema import NothingToRollBack

    match fault:
        case ReadModelCorrupt():
            said = f"a read model is damaged: {fault}; `verify` tells whether the log is sound, "
            return said + "`projections rebuild` mends the model", FINDING
        case ModelMissing():
            return f"{fault} has no tables: run `ehealth-ledger projections follow`", UNDECIDED
        case RebuildRunning():
            return f"{fault} is being rebuilt by another process", UNDECIDED
        case NothingToRollBack():
            said = f"{fault} has no rows to go back to: no rebuild replaced any, or a patient was "
            return said + "erased since, who stood in them", FINDING
        case _:
            return None


def _unreachable(fault: Exception) -> str:
    said = str(fault).strip().splitlines()
    last = said[-1] if said else type(fault).__name__
    if "does not exist" in last:
        return f"{last}: run `ehealth-ledger db init OPENING`"
    return f"the database is out of reach ({last}): see `ehealth-ledger db status`"


def _settings(fault: Any) -> str:
    lines = (
        ": ".join((*(f"EHEALTH_{str(each).upper()}" for each in found["loc"]), found["msg"]))
        for found in fault.errors(include_url=False, include_input=False)
    )
    return "the settings are unusable: " + "; ".join(lines)
