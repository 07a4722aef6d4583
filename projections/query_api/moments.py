"""Open the moment that a request asks about: now, or a past position of the log.

`at_position` and `at_time` stand on every route that reads a model; what comes back is what the
same request would have been answered when the log ended there. `at_time` is the ledger's time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from threading import BoundedSemaphore
from types import MappingProxyType
from typing import Annotated, Final, NamedTuple
from uuid import UUID

from fastapi import Query, Request
from psycopg_pool import ConnectionPool

from ehealth_ledger.errors import Refused
from ehealth_ledger.values.time import microseconds
from projections.query_api.parameters import POSITION_MAX, a_number
from projections.read_models import rows
from projections.read_models.database import Snapshot, moment, snapshot
from projections.read_models.document import read
from projections.read_models.model import Key, Model, Table
from projections.read_models.past import Past, Standing, shown
from projections.read_models.statements_due import clock_us

AS_OF: Final = ("at_position", "at_time")
NO_FILTERS: Final[Mapping[str, object]] = MappingProxyType({})
FOLDS_AT_ONCE: Final = 2  # of the past: each reads the log, and others want to be answered too

AtPosition = Annotated[
    str | None, Query(description="as of this position of the log, instead of now")
]
AtTime = Annotated[
    str | None,
    Query(description="as of this moment, with its offset: 2026-05-05T00:00:00+03:00"),
]


class AsOf(NamedTuple):
    """Say which past a request asks about: a position, or a moment in microseconds UTC."""

    position: int | None
    moment_us: int | None


NOW: Final = AsOf(None, None)


def as_of(request: Request, at_position: AtPosition = None, at_time: AtTime = None) -> None:
    """Read which moment a request asks about, strictly, before its route runs."""
    if at_position is not None and at_time is not None:
        raise Refused(
            "request.invalid_parameter", "$.at_time", expected="at_position or at_time, not both"
        )
    request.state.also_known = AS_OF
    request.state.as_of = AsOf(
        None
        if at_position is None
        else a_number(at_position, "at_position", least=1, most=POSITION_MAX),
        None if at_time is None else _a_moment(at_time),
    )


class Moments:
    """Hold the pool of connections and the way to the past."""

    def __init__(self, pool: ConnectionPool, past: Past) -> None:
        self._pool = pool
        self._past = past
        self._folding = BoundedSemaphore(FOLDS_AT_ONCE)

    @contextmanager
    def of(
        self,
        request: Request,
        model: Model,
        *,
        patient: UUID | None = None,
        wanted: Mapping[str, object] = NO_FILTERS,
        thing: tuple[Table, UUID] | None = None,
    ) -> Iterator[Snapshot]:
        """Open a model as of the moment asked about; raise Undecided where it is not built now.

        Whoever asks about one patient, filters by one, or asks for a thing of one says so: of the
        past, only that patient's records are read.
        """
        asked: AsOf = request.state.as_of
        if asked == NOW:
            with self._pool.connection() as connection, snapshot(connection, model) as seen:
                yield seen
            return
        with self._folding:
            standing = self._standing(asked)
            if patient is None:
                patient = _patient_in(wanted)
            if patient is None and thing is not None:
                patient = self._patient_of(model, *thing)
            documents = self._past.documents(model, standing.position, patient)
        with (
            self._pool.connection() as connection,
            shown(connection, model, self._past.log, standing, documents) as seen,
        ):
            yield seen

    def now_us(self, request: Request, seen: Snapshot) -> int:
        """Return the moment that a request asks about, microseconds UTC.

        Of the past it is the ledger's: that of the last record then.
        """
        asked: AsOf = request.state.as_of
        return clock_us(seen) if asked == NOW else seen.checkpoint.recorded_at

    def chain_values(self, positions: Sequence[int]) -> Mapping[int, bytes]:
        """Return the chain values of records, by position, from the log itself."""
        return self._past.chain_values(positions)

    def _standing(self, asked: AsOf) -> Standing:
        if asked.position is not None:
            try:
                return self._past.standing_at(asked.position)
            except LookupError:
                raise Refused(
                    "request.invalid_parameter",
                    "$.at_position",
                    expected="a position that the log has reached",
                ) from None
        position = self._past.position_at(asked.moment_us or 0)
        if position == 0:
            raise Refused(
                "request.invalid_parameter",
                "$.at_time",
                expected="a moment after the ledger's first record",
            )
        return self._past.standing_at(position)

    def _patient_of(self, model: Model, table: Table, thing: UUID) -> UUID | None:
        """Name the patient a thing is about; None where nothing stands of it now."""
        key = Key(table.name, thing)
        with self._pool.connection() as connection, moment(connection, table.name) as cursor:
            text = rows.load(cursor, model, [key]).get(key)
        return None if text is None else UUID(read(text)["patient"])


def _patient_in(wanted: Mapping[str, object]) -> UUID | None:
    patient = wanted.get("patient")
    return patient if isinstance(patient, UUID) else None


def _a_moment(value: str) -> int:
    try:
        read_as = datetime.fromisoformat(value)
    except ValueError:
        read_as = None
    if read_as is None or read_as.tzinfo is None:
        raise Refused(
            "request.invalid_parameter",
            "$.at_time",
            expected="a moment with its offset: 2026-05-05T00:00:00+03:00",
        )
    return microseconds(read_as)
