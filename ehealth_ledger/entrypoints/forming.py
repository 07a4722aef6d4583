"""Prepare the forming of a month's statements: one command for each set that wants one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from ehealth_ledger.entrypoints.loading import Signatory, contents
from projections.read_models import statements_due
from projections.read_models.database import connect, snapshot
from projections.read_models.document import read
from projections.read_models.payment_statement import MODEL

SETS_AT_ONCE: Final = 1_000


@dataclass(frozen=True, slots=True)
class Due:
    """Say which sets of a month want a statement, as of a position; moments in microseconds UTC.

    `sets` are by the position of each one's first line; none while the month is open.
    """

    position: int
    now_us: int
    closes_at_us: int | None
    sets: Mapping[int, dict[str, Any]]

    @property
    def is_closed(self) -> bool:
        """Tell whether the month's cut-off has passed."""
        return self.closes_at_us is not None and self.closes_at_us <= self.now_us


def due(read_url: str, period: str, payer: UUID) -> Due:
    """Ask the read model which sets of a payer's month want a statement; nothing is written."""
    with (
        connect(read_url, name="forming") as connection,
        snapshot(connection, MODEL) as seen,
    ):
        now = statements_due.clock_us(seen)
        closes = statements_due.closes_at_us(seen, period)
        sets: dict[int, dict[str, Any]] = {}
        after, more = 0, True
        while more:
            page = statements_due.due(
                seen, {"period": period}, closed_by_us=now, after=after, limit=SETS_AT_ONCE
            )
            sets |= {position: read(text) for position, text in page.rows}
            after, more = max(sets, default=0), page.more
        mine = {at: each for at, each in sets.items() if each["payer"] == str(payer)}
        return Due(seen.checkpoint.position, now, closes, mine)


def prepared(
    sets: Sequence[Mapping[str, Any]],
    signatory: Signatory,
    *,
    now: datetime,
    new_id: Callable[[], UUID],
) -> Iterator[bytes]:
    """Write the content of `statement.form` for each set, for the payer to sign."""
    for each in sets:
        named = {name: each[name] for name in ("contract", "package", "period")}
        resource = {"id": str(new_id()), **named}
        yield from contents(
            iter([resource]), signatory, now=now, new_id=new_id, command="statement.form"
        )
