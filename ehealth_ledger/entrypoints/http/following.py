"""Keep the read models up with the log while the service runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from fastapi import APIRouter

from ehealth_ledger.entrypoints.http.beside import Beside, beside
from ehealth_ledger.entrypoints.http.gate import Fatal
from ehealth_ledger.settings import Databases
from ehealth_ledger.store.notifications import Listener, Notifications


@dataclass(frozen=True, slots=True)
class Reading:
    """Hold the read side as the service sees it: its routes, and how its read models are kept."""

    router: APIRouter
    kept: Beside


@contextmanager
def following(
    notifications: Notifications, urls: Databases, on_fatal: Fatal, *, on: bool
) -> Iterator[Reading]:
    """Give the read side's routes and, where `on`, follow the log until the end."""
    from projections.projectors.catalogue import MODELS
    from projections.projectors.follower import Follower
    from projections.projectors.past import FoldedPast
    from projections.query_api.routes import router
    from projections.read_models.schema import prepare

    def follow(told: Beside) -> None:
        with closing(Listener(urls.ledger)) as listener:
            Follower(notifications, urls.read, MODELS, listener=listener).run(told.stop)

    with closing(router(urls.read, FoldedPast(notifications))) as routes:
        if not on:
            yield Reading(routes, Beside("off"))
            return
        prepare(urls.read)
        ended = "the read models have stopped"
        with beside("follower", follow, on_fatal, word="following", ended=ended) as kept:
            yield Reading(routes, kept)
