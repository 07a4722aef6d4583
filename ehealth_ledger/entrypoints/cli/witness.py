"""Be a witness of other people's logs: cosign what only grows."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ehealth_ledger.entrypoints.cli.failures import UNDECIDED, fail
from ehealth_ledger.entrypoints.cli.output import say


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

    What was cosigned last is on the disk before the answer leaves. The folder is one process's own,
    and never restored from an older backup. The first line printed is the witness's key, for
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


def register(app: typer.Typer) -> None:
    """Add the command."""
    group = typer.Typer(no_args_is_help=True, help="Be a witness of other people's logs.")
    group.command(
        epilog="Example: ehealth-ledger witness serve /srv/witness --name w.example/1 --log KEY"
    )(serve)
    group.callback()(lambda: None)  # a group, though it has one command
    app.add_typer(group, name="witness")
