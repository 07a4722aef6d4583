"""Write a proof of the log as a file that stands alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ehealth_ledger.entrypoints.cli.failures import FINDING, NOT_YET, UNDECIDED, fail
from ehealth_ledger.entrypoints.cli.output import say

if TYPE_CHECKING:
    from ehealth_ledger.chain.proof_file import ConsistencyFile, InclusionFile
    from ehealth_ledger.store.proofs import Signed


def prove(
    position: Annotated[
        int | None,
        typer.Argument(
            metavar="POSITION", min=1, help="The record to prove, by its position in the log."
        ),
    ] = None,
    from_: Annotated[
        int | None,
        typer.Option(
            "--from", min=1, help="Prove growth instead: the size of the checkpoint that was kept."
        ),
    ] = None,
    to: Annotated[
        int | None,
        typer.Option(
            "--to", min=1, help="The size of the signed checkpoint to prove by; the newest one's."
        ),
    ] = None,
    of_super: Annotated[
        bool, typer.Option("--super", help="Of the super-log: positions are those of checkpoints.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(dir_okay=False, help="The file to write; standard output by default."),
    ] = None,
) -> None:
    """Write a proof file: that a record is in the log, or that the log only grew.

    Each carries the signed checkpoint it leads to, so `log check` needs nothing but the file, the
    key, and for growth the older checkpoint that somebody kept.
    Exit status 1: no checkpoint was signed at that size, and the next one is named; 4: no
    checkpoint covers so many records yet.
    """
    from ehealth_ledger.chain.record import RECORDS
    from ehealth_ledger.chain.super_log import SUPER
    from ehealth_ledger.entrypoints import bootstrap
    from ehealth_ledger.entrypoints.audit import own_keys
    from ehealth_ledger.settings import Settings
    from ehealth_ledger.store.connections import LEDGER_SCHEMA, connect
    from ehealth_ledger.store.proofs import signed_tree, signed_tree_from

    wanted = _wanted(position, from_, to)
    settings = Settings()
    with (
        bootstrap.databases(settings) as urls,
        connect(urls.ledger, schema=LEDGER_SCHEMA, role="ledger_reader", name="prove") as reading,
    ):
        log, policy = SUPER if of_super else RECORDS, bootstrap.witness_policy(settings)
        keys = own_keys(settings, urls)
        if to is None:
            signed = signed_tree(reading, log, policy, keys)
        else:
            signed = signed_tree_from(reading, log, to, policy, keys)
        if signed is None or signed.tree.size < wanted:
            raise fail("not yet: no checkpoint covers it, `ehealth-ledger serve` signs", NOT_YET)
        if to is not None and signed.tree.size != to:
            said = f"refused: no checkpoint was signed at size {to}, the next is {signed.tree.size}"
            raise fail(said, FINDING)
        content = _file(signed, position, from_).to_bytes()
    if out is None:
        typer.echo(content, nl=False)
        return
    out.write_bytes(content)
    say(f"{out} written: under the checkpoint of size {signed.tree.size}")


def _wanted(position: int | None, from_: int | None, to: int | None) -> int:
    """Return how many records the checkpoint has to cover; end the command on wrong usage."""
    match position, from_:
        case (int(size), None) | (None, int(size)):
            if to is not None and size > to:
                raise fail(
                    f"--to is smaller than {size}: that checkpoint does not hold it", UNDECIDED
                )
            return size
        case _:
            raise fail("name either a POSITION or --from: a record, or growth", UNDECIDED)


def _file(
    signed: Signed, position: int | None, from_: int | None
) -> InclusionFile | ConsistencyFile:
    from ehealth_ledger.store.proofs import consistency_file, inclusion_file

    if position is not None:
        return inclusion_file(signed, position)
    return consistency_file(signed, from_ or signed.tree.size)
