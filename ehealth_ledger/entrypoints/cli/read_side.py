"""Keep, rebuild and compare read models, and replay statements as of a past moment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Annotated, Final

import typer

from ehealth_ledger.entrypoints.cli.failures import FINDING, UNDECIDED, fail
from ehealth_ledger.entrypoints.cli.moment import AtPosition, AtTime, a_position
from ehealth_ledger.entrypoints.cli.output import AsJson, progress, say, say_json, show, table_of

if TYPE_CHECKING:
    from ehealth_ledger.settings import Databases
    from ehealth_ledger.store.notifications import Notifications
    from projections.projectors.rebuild import Rebuilt
    from projections.projectors.shares import OpenLog
    from projections.projectors.source import Progress

STATEMENTS: Final = "statements"  # what `replay` takes beside the read models

_Model = Annotated[
    str | None, typer.Argument(metavar="[MODEL]", help="One read model; all by default.")
]


@contextmanager
def _log() -> Iterator[tuple[Databases, Notifications, OpenLog]]:
    from ehealth_ledger.entrypoints import bootstrap
    from ehealth_ledger.entrypoints.reader import open_reader, opened_log
    from ehealth_ledger.settings import Settings
    from ehealth_ledger.store.secrets import read_secret

    settings = Settings()
    master = read_secret(settings.master_key_file)
    with bootstrap.databases(settings) as urls, open_reader(urls, master) as reading:
        yield urls, reading.notifications, partial(opened_log, urls, master)


def _chosen(model: str | None) -> list[str]:
    from projections.projectors.catalogue import MODELS

    if model is not None and model not in MODELS:
        raise fail(f"there is no read model {model}; there are {', '.join(MODELS)}", UNDECIDED)
    return list(MODELS) if model is None else [model]


def follow(
    model: _Model = None,
    once: Annotated[
        bool, typer.Option("--once", help="Catch up with the log, say how far, and end.")
    ] = False,
) -> None:
    """Apply new records to the read models until told to stop, as `serve` does by itself."""
    import signal
    import threading

    from projections.projectors.follower import Follower
    from projections.read_models.schema import prepare

    names = _chosen(model)
    with _log() as (urls, notifications, _):
        prepare(urls.read)
        follower = Follower(notifications, urls.read, names)
        if once:
            say(f"{', '.join(names)}: at position {follower.catch_up()}")
            return
        stop = threading.Event()
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, lambda *_: stop.set())
        say(f"following: {', '.join(names)}; Ctrl-C ends it")
        follower.run(stop)


def rebuild(model: _Model = None, as_json: AsJson = False) -> None:
    """Build read models again from position 1 beside the live ones, and put them in their place.

    Queries go on meanwhile. Exit status 1: the live rows were not what the log says; they are now.
    Rows of another version of a model, before an upgrade, are no such finding.
    """
    from projections.projectors.rebuild import rebuild as build
    from projections.projectors.shares import Workers
    from projections.read_models.schema import prepare

    names = _chosen(model)
    rebuilt = []
    with _log() as (urls, notifications, open_log):
        prepare(urls.read)
        workers = Workers.on_every_core(open_log)
        for name in names:
            with progress(f"rebuilding {name}") as tell:
                done = build(notifications, urls.read, name, tell, workers=workers)
                rebuilt.append(done)
    if as_json:
        say_json(
            [
                {
                    "model": each.model,
                    "position": each.position,
                    "rows": each.rows,
                    "equal": each.equal,
                    "compared_at": each.compared_at,
                    "outdated": each.outdated,
                }
                for each in rebuilt
            ]
        )
    else:
        table = table_of("model", "position>", "rows>", "the live rows were")
        for each in rebuilt:
            table.add_row(each.model, str(each.position), str(each.rows), _before(each))
        show(table)
    different = [each.model for each in rebuilt if each.was_wrong]
    if different:
        raise fail(f"differed from the log before: {', '.join(different)}", FINDING)


def _before(rebuilt: Rebuilt) -> str:
    """Say what the live rows were beside the rebuilt ones."""
    if not rebuilt.compared_at:
        return "not built"  # at position 0 there were no rows to be the same
    if rebuilt.equal:
        return "the same"
    return "of another version" if rebuilt.outdated else "DIFFERENT"


def rollback(
    model: Annotated[str, typer.Argument(help="A read model.")], as_json: AsJson = False
) -> None:
    """Bring back the rows that the last rebuild of a read model replaced; again: the rebuilt ones.

    Queries go on meanwhile, and whoever follows goes on from where these rows stand. What a rebuild
    replaced is kept until the next one, or until a patient is erased.
    Exit status 1: nothing is kept to go back to.
    """
    from ehealth_ledger.entrypoints import bootstrap
    from ehealth_ledger.settings import Settings
    from projections.projectors.catalogue import MODELS
    from projections.projectors.rebuild import roll_back
    from projections.read_models.schema import prepare

    _chosen(model)
    with bootstrap.databases(Settings()) as urls:
        prepare(urls.read)
        standing = roll_back(urls.read, model)
    written = MODELS[model].model.version
    if as_json:
        say_json(
            {
                "model": standing.model,
                "version": standing.version,
                "position": standing.position,
                "rows": standing.rows,
                "followed": standing.version == written,
            }
        )
        return
    say(f"{model} is back at position {standing.position}, with {standing.rows} rows")
    if standing.version != written:
        say(
            f"its tables are of version {standing.version}, and this program writes {written}: no "
            f"read model is followed until `projections rebuild {model}`"
        )


def compare(model: _Model = None, as_json: AsJson = False) -> None:
    """Recompute read models from the log and name every live row that differs.

    Exit status 1: a row differs, or a model is empty.
    """
    from projections.projectors.compare import compare as hold_against

    compared = []
    with _log() as (urls, notifications, _):
        for name in _chosen(model):
            with progress(f"comparing {name}") as tell:
                compared.append(hold_against(notifications, urls.read, name, tell))
    if as_json:
        say_json(
            [
                {
                    "model": each.model,
                    "position": each.position,
                    "rows": each.rows,
                    "equal": each.equal,
                    "findings": each.findings,
                }
                for each in compared
            ]
        )
    else:
        table = table_of("model", "position>", "rows>", "findings")
        for each in compared:
            found = "equal" if each.equal else "\n".join(each.findings)
            table.add_row(each.model, str(each.position), str(each.rows), found)
        show(table)
    if not all(each.equal for each in compared):
        raise typer.Exit(FINDING)


def replay(
    model: Annotated[str, typer.Argument(help=f"What to replay: `{STATEMENTS}`, or a read model.")],
    at_position: AtPosition = None,
    at_time: AtTime = None,
    expect: Annotated[
        str | None,
        typer.Option(help="A digest that must come out: one statement's, or that of them all."),
    ] = None,
    rows: Annotated[
        bool, typer.Option("--rows", help="Print every row of a read model, one JSON a line.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Fold statements, or any read model, again from the log alone, as of a past moment.

    Nothing but the log is read. `statements` adds every statement up from its charges alone, signed
    or not: its bytes and their digest. A read model comes to all its rows, `payment_statement` to
    statements with what became of them. The same prefix of the log gives the same bytes for ever.
    Exit status 1: the digest expected did not come out.
    """
    if model != STATEMENTS:
        _chosen(model)
    with _log() as (_, notifications, _), progress("replaying") as tell:
        position = a_position(notifications, at_position, at_time)
        try:
            if model == STATEMENTS:
                digests = _replay_statements(notifications, position, tell, as_json=as_json)
            else:
                digests = _replay_model(
                    notifications, model, position, tell, rows=rows, as_json=as_json
                )
        except LookupError as fault:
            raise fail(f"{fault}: the head is lower", UNDECIDED) from None
    if expect is not None and expect not in digests:
        raise fail(f"nothing that came out has the digest {expect}", FINDING)


def _replay_statements(
    notifications: Notifications, position: int, tell: Progress, *, as_json: bool
) -> list[str]:
    """Show every statement as of a position; return their digests, that of them all first."""
    from hashlib import sha256

    from projections.projectors.replay import replay_statements

    replayed = replay_statements(notifications, position, tell)
    found = [
        {
            "contract": str(key.contract),
            "package": key.package,
            "period": key.period,
            "lines": len(statement.lines),
            "total": statement.total,
            "digest": statement.digest(),
        }
        for key, statement in sorted(
            replayed.items(),
            key=lambda item: (item[0].period, item[0].package, str(item[0].contract)),
        )
    ]
    digests = [str(each["digest"]) for each in found]
    whole = sha256("".join(digests).encode()).hexdigest()
    if as_json:
        say_json({"position": position, "digest": whole, "statements": found})
    else:
        table = table_of("period", "package", "contract", "lines>", "total, kopiykas>", "digest")
        for each in found:
            names = ("period", "package", "contract", "lines", "total", "digest")
            table.add_row(*(str(each[name]) for name in names))
        show(table)
        say(f"as of position {position}; digest of them all {whole}")
    return [whole, *digests]


def _replay_model(
    notifications: Notifications,
    model: str,
    position: int,
    tell: Progress,
    *,
    rows: bool,
    as_json: bool,
) -> list[str]:
    """Show what a read model came to as of a position; return its digest.

    It is the digest that `GET /read-models` gives while the model stands there.
    """
    from collections import Counter

    from projections.projectors.replay import fold_as_of
    from projections.read_models import digest

    texts = sorted(
        fold_as_of(notifications, model, position, tell).texts(),
        key=lambda row: (row[0].table, str(row[0].id)),
    )
    total = sum(digest.row_hash(key.table, key.id, text) for key, text in texts)
    whole = digest.moved(digest.EMPTY, total).hex()
    counts = Counter(key.table for key, _ in texts)
    if rows:
        for _, text in texts:
            say(text)
    elif as_json:
        say_json({"position": position, "model": model, "digest": whole, "rows": dict(counts)})
    else:
        table = table_of("table", "rows>")
        for name, count in counts.items():
            table.add_row(name, str(count))
        show(table)
        say(f"{model} as of position {position}; digest {whole}")
    return [whole]


def diff(
    model: Annotated[str, typer.Argument(help="A read model.")],
    first: Annotated[int, typer.Option("--from", min=0, help="As of this position,")],
    last: Annotated[int, typer.Option("--to", min=0, help="and as of this later one.")],
    as_json: AsJson = False,
) -> None:
    """Tell which rows of a read model came, went or changed between two positions, and where."""
    from projections.projectors.difference import difference

    _chosen(model)
    if last < first:
        raise fail(f"--to {last} lies before --from {first}", UNDECIDED)
    with _log() as (_, notifications, _), progress("folding twice") as tell:
        try:
            found = difference(notifications, model, first, last, tell)
        except LookupError as fault:
            raise fail(f"{fault}: the head is lower", UNDECIDED) from None
    if as_json:
        say_json(
            [
                {
                    "table": each.key.table,
                    "id": str(each.key.id),
                    "change": each.change,
                    "paths": each.paths,
                }
                for each in found
            ]
        )
        return
    table = table_of("table", "id", "change", "where")
    for each in found:
        table.add_row(each.key.table, str(each.key.id), each.change, "\n".join(each.paths))
    show(table)
    say(f"{len(found)} rows of {model} differ between {first} and {last}")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, help="Keep, rebuild and compare the read models.")
    group.command(epilog="Example: ehealth-ledger projections follow --once")(follow)
    group.command(epilog="Example: ehealth-ledger projections rebuild payment_statement")(rebuild)
    group.command(epilog="Example: ehealth-ledger projections rollback payment_statement")(rollback)
    group.command(epilog="Example: ehealth-ledger projections compare --json")(compare)
    app.add_typer(group, name="projections")
    app.command(
        epilog="Example: ehealth-ledger replay statements --at-time 2026-11-05T00:00+02:00"
    )(replay)
    app.command(epilog="Example: ehealth-ledger diff referral_status --from 1000 --to 1042")(diff)
