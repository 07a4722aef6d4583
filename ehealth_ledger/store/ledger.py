"""Be the `eventsourcing` application of the ledger.

Its repository reads streams; commands are the only way in.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.persistence import InfrastructureFactory, Mapper
from eventsourcing.postgres import PostgresFactory
from eventsourcing.utils import Environment
from psycopg.conninfo import conninfo_to_dict

from ehealth_ledger.aggregates.evolution import evolve
from ehealth_ledger.store.connections import LEDGER_SCHEMA
from ehealth_ledger.store.mapper import FactMapper, RecordedFact
from ehealth_ledger.store.recorder import LedgerRecorder


class LedgerFactory(PostgresFactory):
    """Build the library's infrastructure around our recorder."""

    application_recorder_class = LedgerRecorder


class Ledger(Application[UUID]):
    """Read streams through the library's repository; `save` is closed, the committer writes."""

    def __init__(self, url: str, mapper: FactMapper, *, role: str = "ledger_writer") -> None:
        self._url = url
        self._role = role
        self._mapper = mapper
        super().__init__({})

    def construct_env(
        self,
        name: str,
        env: object = None,  # noqa: ARG002 - the library's signature; what it passes is not heard
    ) -> Environment:
        """Take the connection from the URL; the process's environment never reaches the library."""
        parts = conninfo_to_dict(self._url)
        return Environment(
            name,
            {
                "CREATE_TABLE": "n",
                "POSTGRES_DBNAME": str(parts.get("dbname") or ""),
                "POSTGRES_HOST": str(parts.get("host") or ""),
                "POSTGRES_PORT": str(parts.get("port") or "5432"),
                "POSTGRES_USER": str(parts.get("user") or ""),
                "POSTGRES_PASSWORD": str(parts.get("password") or ""),
                "POSTGRES_SCHEMA": LEDGER_SCHEMA,
                "POSTGRES_ENABLE_DB_FUNCTIONS": "n",
                "POSTGRES_POOL_SIZE": "1",
            },
        )

    def construct_factory(self, env: Environment) -> InfrastructureFactory[Any]:
        """Build the factory, whose connections see the ledger's schema as its writer."""
        factory = LedgerFactory(env)
        pool = factory.datastore.pool
        if not isinstance(pool.kwargs, dict):
            raise TypeError("the library's pool keeps its connection arguments in a dict")
        pool.kwargs["options"] = (
            f"-c search_path={LEDGER_SCHEMA},public -c role={self._role} -c timezone=UTC"
        )
        return factory

    def construct_mapper(self) -> Mapper[UUID]:
        """Use the ledger's own mapper."""
        return self._mapper

    def state_of(self, stream_id: UUID, *, version: int | None = None) -> object | None:
        """Fold a stream into its aggregate's state, today's or that of a past version."""
        # Any: the library types its projector for aggregates that mutate themselves; ours are
        # folded by a function.
        fold: Any = _fold
        state: object | None = self.repository.get(stream_id, version=version, projector_func=fold)
        return state


def _fold(state: object | None, recorded: Iterable[RecordedFact]) -> object | None:
    for each in recorded:
        if each.fact is not None:
            state = evolve(state, each.fact)
    return state
