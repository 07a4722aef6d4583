"""Hand signed files in over HTTP, as a hospital system does."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final

import typer

from ehealth_ledger.entrypoints.cli.failures import FINDING, OK, UNDECIDED
from ehealth_ledger.entrypoints.cli.output import AsJson, progress, say_json, show, table_of

ANSWER_S_MAX: Final = 60.0
_SERVER_ERRORS: Final = 500


def submit(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE…", exists=True, dir_okay=False, help="Signed commands, .p7s or .jws."
        ),
    ],
    url: Annotated[str | None, typer.Option(help="The service; this machine's by default.")] = None,
    as_json: AsJson = False,
) -> None:
    """Hand in signed commands, one after the other, and show what became of each.

    Safe to repeat: a command that stands in the ledger gets the same receipt. Exit status 0: all
    recorded; 1: one was refused and will be again; 2: one is undecided or the service was not
    reached, so the same files may pass later.
    """
    import httpx

    from ehealth_ledger.settings import Settings

    if url is None:
        settings = Settings()
        url = f"http://{settings.host}:{settings.port}"
    with (
        progress("handing in") as tell,
        httpx.Client(base_url=url, timeout=ANSWER_S_MAX, trust_env=False) as http,
    ):
        answers = []
        for done, file in enumerate(files, start=1):
            answers.append(_answer(http, file))
            tell(done, len(files))
    if as_json:
        say_json(answers)
    else:
        _show(answers)
    status = _exit_status(answers)
    if status != OK:
        raise typer.Exit(status)


def _answer(http: Any, file: Path) -> dict[str, Any]:
    import httpx

    from ehealth_ledger.verification.containers import CMS, JOSE

    media_type = JOSE if file.suffix == ".jws" else CMS
    content = file.read_bytes().strip() if media_type == JOSE else file.read_bytes()
    try:
        response = http.post("/commands", content=content, headers={"content-type": media_type})
        members = response.json()
    except (httpx.HTTPError, ValueError) as fault:
        return {"file": str(file), "status": None, "detail": f"{http.base_url}: {fault}"}
    return {"file": str(file), "status": response.status_code, **members}


def _show(answers: list[dict[str, Any]]) -> None:
    table = table_of("file", "outcome", "positions>", "command, or why not")
    for each in answers:
        match each["status"]:
            case 201 | 200 as status:
                outcome = "recorded" if status == 201 else "recorded before"
                positions = f"{each['first_position']}–{each['last_position']}"
                table.add_row(each["file"], outcome, positions, each["command_id"])
            case None:
                table.add_row(each["file"], "not reached", "", each["detail"])
            case status:
                outcome = "undecided" if status >= _SERVER_ERRORS else "refused"
                table.add_row(
                    each["file"], outcome, "", f"{each.get('code')}: {each.get('detail')}"
                )
    show(table)


def _exit_status(answers: list[dict[str, Any]]) -> int:
    statuses = [each["status"] for each in answers]
    if any(each is not None and 400 <= each < _SERVER_ERRORS for each in statuses):
        return FINDING
    if any(each is None or each >= _SERVER_ERRORS for each in statuses):
        return UNDECIDED
    return OK


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: ehealth-ledger submit referral.p7s encounter.jws --json")(submit)
