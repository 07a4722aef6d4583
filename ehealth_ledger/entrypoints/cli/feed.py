"""Follow one institution's feed over HTTP, as its hospital system does."""

from __future__ import annotations

from typing import Annotated, Any, Final
from uuid import UUID

import typer

from ehealth_ledger.entrypoints.cli.failures import UNDECIDED, fail
from ehealth_ledger.entrypoints.cli.output import AsJson, progress, say, say_json, show, table_of

ANSWER_S_MAX: Final = 60.0
PAGE_ROWS: Final = 1_000


def feed(
    legal_entity: Annotated[UUID, typer.Argument(help="Whose feed: the institution's id.")],
    after: Annotated[
        int, typer.Option(min=0, help="Begin after this position: where the last reading ended.")
    ] = 0,
    wait: Annotated[
        int, typer.Option(min=0, max=30, help="Seconds to wait where there is nothing yet.")
    ] = 0,
    url: Annotated[str | None, typer.Option(help="The service; this machine's by default.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show what became of an institution's commands and things, up to now, and where to go on.

    Nothing is missed and nothing comes twice: give the position it ends with to --after the next
    time, however much later. Exit status 0: read to the end; 2: the service was not reached.
    """
    import httpx

    from ehealth_ledger.settings import Settings

    if url is None:
        settings = Settings()
        url = f"http://{settings.host}:{settings.port}"
    entries: list[dict[str, Any]] = []
    asked: dict[str, str | int] = {"legal_entity": str(legal_entity), "limit": PAGE_ROWS}
    more, standing = True, after
    with (
        progress("reading") as tell,
        httpx.Client(base_url=url, timeout=ANSWER_S_MAX, trust_env=False) as http,
    ):
        while more:
            page = _page(http, {**asked, "after": after, "wait": wait})
            entries += page["entries"]
            more, after, standing = page["more"], page["next"], page["position"]
            tell(min(after, standing), standing)
    if as_json:
        say_json({"entries": entries, "next": after, "position": standing})
        return
    _show(entries)
    say(f"{len(entries)} entries up to position {standing}; go on with --after {after}")


def _page(http: Any, asked: dict[str, str | int]) -> dict[str, Any]:
    import httpx

    try:
        response = http.get("/feed", params=asked)
        page: dict[str, Any] = response.json()
    except (httpx.HTTPError, ValueError) as fault:
        raise fail(f"{http.base_url} was not reached: {fault}", UNDECIDED) from None
    if not response.is_success:
        raise fail(f"{page.get('code')}: {page.get('detail')}", UNDECIDED)
    return page


def _show(entries: list[dict[str, Any]]) -> None:
    table = table_of("position>", "recorded at", "topic", "because", "about")
    for each in entries:
        table.add_row(
            *(str(each["position"]), each["recorded_at"], each["topic"], each["because"]),
            each["about"]["id"],
        )
    show(table)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog="Example: ehealth-ledger feed 8a6f1c52-3a0e-4c8b-9a34-5b1f6f0d2c11 --after 1042"
    )(feed)
