"""Be a witness of other people's logs: cosign what only grows."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ehealth_ledger.entrypoints.cli.failures import FINDING, UNDECIDED, fail
from ehealth_ledger.entrypoints.cli.output import AsJson, say, say_json, show, table_of

if TYPE_CHECKING:
    from ehealth_ledger.chain.checkpoint import Checkpoint
    from ehealth_ledger.store.contradictions import Contradiction


def serve(
    folder: Annotated[
        Path, typer.Argument(file_okay=False, help="Holds the witness's key and what it has seen.")
    ],
    name: Annotated[str, typer.Option(help="The witness's name, like witness.example/w1.")],
    log: Annotated[list[str], typer.Option(help="A log's key; repeat it for each log.")],
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8090,
    host: Annotated[str, typer.Option(help="This version takes loopback only.")] = "127.0.0.1",
) -> None:
    """Cosign the checkpoints of logs that are shown to have only grown (C2SP tlog-witness).

    What was cosigned last is on the disk before the answer leaves. What a log's key signed against
    it is kept and noted: see `witness contradictions`. The folder is one process's own, and never
    restored from an older backup. The first line printed is the witness's key, for
    policies.
    """
    from ehealth_ledger.chain.note import NoteInvalid, VerifierKey
    from ehealth_ledger.entrypoints.http import logs, server
    from ehealth_ledger.entrypoints.witness import FolderOwned, run

    try:
        keys = [VerifierKey.parse(each) for each in log]
    except NoteInvalid as fault:
        raise fail(f"--log: {fault}", UNDECIDED) from None
    logs.set_up()
    with server.listening(host, port) as listener:
        try:
            run(folder, name, keys, listener, say)
        except (FolderOwned, NoteInvalid) as fault:
            raise fail(str(fault), UNDECIDED) from None


def contradictions(
    folder: Annotated[
        Path, typer.Argument(exists=True, file_okay=False, help="The folder of the witness.")
    ],
    as_json: AsJson = False,
) -> None:
    """List the checkpoints that were kept because they contradict what was cosigned.

    A split view is proved by its two notes and the log's key; `--json` prints the notes. A rollback
    is a report: an old checkpoint that somebody sent again looks the same. Each file says it in
    full; hand it on, and remove it when it is settled. The witness may run meanwhile.
    Exit status 1: there is a split view; 2: a file cannot be read.
    """
    from ehealth_ledger.store.contradictions import (
        Contradiction,
        Contradictions,
        ContradictionUnreadable,
    )

    files = Contradictions(folder).files()
    try:
        found = [(each, Contradiction.read(each)) for each in files]
    except ContradictionUnreadable as fault:
        raise fail(str(fault), UNDECIDED) from None
    found.sort(key=lambda pair: pair[1].noted_at)
    if as_json:
        say_json([_described(*each) for each in found])
    elif not found:
        say("no contradictions are kept")
    else:
        table = table_of("kind", "log", "noted at", "known>", "root", "signed>", "root")
        for _, each in found:
            before, against = each.checkpoints
            table.add_row(
                *(each.kind, against.origin, each.noted_at.isoformat()),
                *(str(before.size), _root(before), str(against.size), _root(against)),
            )
        show(table)
    if any(each.kind == "split view" for _, each in found):
        raise typer.Exit(FINDING)


def _described(file: Path, found: Contradiction) -> dict[str, Any]:
    before, against = found.checkpoints
    return {
        "kind": found.kind,
        "origin": against.origin,
        "noted_at": found.noted_at.isoformat(),
        "known": {"size": before.size, "root": _root(before), "note": found.known},
        "signed": {"size": against.size, "root": _root(against), "note": found.signed},
        "path": list(found.path),
        "file": file.name,
    }


def _root(checkpoint: Checkpoint) -> str:
    """Write a root as its note does."""
    return b64encode(checkpoint.root).decode()


def register(app: typer.Typer) -> None:
    """Add the command."""
    group = typer.Typer(no_args_is_help=True, help="Be a witness of other people's logs.")
    group.command(
        epilog="Example: ehealth-ledger witness serve /srv/witness --name w.example/1 --log KEY"
    )(serve)
    group.command(epilog="Example: ehealth-ledger witness contradictions /srv/witness --json")(
        contradictions
    )
    app.add_typer(group, name="witness")
