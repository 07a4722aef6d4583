"""Answer whoever follows a list for ever: wait where nothing is new yet, say where to go on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated, Final

from fastapi import Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from ehealth_ledger.errors import Refused
from projections.query_api.answers import answer
from projections.query_api.moments import NOW
from projections.query_api.parameters import a_number
from projections.read_models.checkpoint import Checkpoint
from projections.read_models.document import embedded
from projections.read_models.paging import Page

WAIT_S_MAX: Final = 30
LOOK_EVERY_S: Final = 0.25

After = Annotated[str | None, Query(description="begin after this position: `next` of before")]
Wait = Annotated[
    str | None, Query(description="seconds to wait where there is nothing yet, at most 30")
]


Look = Callable[[], tuple[Checkpoint, Page]]


def patience(request: Request, wait: str | None) -> int:
    """Return how many seconds whoever asks will wait; nobody waits for the past."""
    seconds = 0 if wait is None else a_number(wait, "wait", least=0, most=WAIT_S_MAX)
    if seconds and request.state.as_of != NOW:
        raise Refused("request.invalid_parameter", "$.wait", expected="0: the past stays as it was")
    return seconds


async def followed(look: Look, name: str, *, begin: int, wait_s: int) -> Response:
    """Answer with the page that `look` finds, as soon as it holds a row or patience ends."""
    until = asyncio.get_running_loop().time() + wait_s
    found, listed = await run_in_threadpool(look)
    # No connection is held while nothing happens.
    while not listed.rows and asyncio.get_running_loop().time() < until:
        await asyncio.sleep(LOOK_EVERY_S)
        found, listed = await run_in_threadpool(look)
    # Where the page is the last one, everything up to the checkpoint was looked at.
    following = listed.rows[-1][0] if listed.more else max(found.position, begin)
    return answer(
        found,
        {
            name: [embedded(text) for _, text in listed.rows],
            "next": following,
            "more": listed.more,
        },
    )
