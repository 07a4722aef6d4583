"""Tell which months want a statement: closed, with charges or corrections, and not yet added up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID, uuid5

from psycopg import sql

from projections.read_models.database import Snapshot
from projections.read_models.document import instant, write
from projections.read_models.model import Key
from projections.read_models.paging import Page
from projections.read_models.payment_statement import CUT_OFFS, SETS

_SETS_NAMESPACE: Final = UUID("5d0c0a4f-5a6b-4f0e-9d43-0d9a1f6d7b52")
_MONTHS_NAMESPACE: Final = UUID("b1f5c9a6-0f1e-4d7c-8a55-3e2f4c6d8e90")

# Of the few sets without a statement, what they hold is added up when somebody asks: a charge that
# is withdrawn in time leaves its set, and a set that lost all of them wants no statement.
_DUE: Final = (
    "SELECT s.begun_position, s.contract, s.package, s.period, s.provider, "
    "s.document::jsonb ->> 'payer', o.closes_at_us, c.count, c.corrections, c.amount, c.oldest "
    "FROM payment_set s JOIN payment_cut_off o ON o.period = s.period "
    "CROSS JOIN LATERAL (SELECT count(*), count(*) FILTER (WHERE status = 'adjustment') "
    "AS corrections, sum((document::jsonb ->> 'amount')::bigint)::bigint AS amount, "
    "min(position) AS oldest FROM payment_charge "
    "WHERE (contract, package, period) = (s.contract, s.package, s.period)) c "
    "WHERE s.statement IS NULL AND s.begun_position > %s AND o.closes_at_us <= %s "
    "AND c.count > 0 AND {wanted} ORDER BY s.begun_position LIMIT %s"
)


def set_key(contract: str, package: str, period: str) -> Key:
    """Name the row of a contract's package and month."""
    return Key(SETS.name, uuid5(_SETS_NAMESPACE, f"{contract}/{period}/{package}"))


def month_key(period: str) -> Key:
    """Name the row of a month's cut-off."""
    return Key(CUT_OFFS.name, uuid5(_MONTHS_NAMESPACE, period))


def clock_us(snapshot: Snapshot) -> int:
    """Return the moment, microseconds UTC: the database's, but never before what was recorded.

    A quiet ledger records nothing at the cut-off itself, and its month is closed all the same.
    """
    ((now_us,),) = snapshot.rows("SELECT (extract(epoch FROM now()) * 1000000)::bigint", ())
    return max(int(now_us), snapshot.checkpoint.recorded_at)


def closes_at_us(snapshot: Snapshot, period: str) -> int | None:
    """Return when a month closes, microseconds UTC; None where nobody has set its cut-off."""
    found = snapshot.rows("SELECT closes_at_us FROM payment_cut_off WHERE period = %s", (period,))
    return None if not found else int(found[0][0])


def due(
    snapshot: Snapshot, wanted: Mapping[str, object], *, closed_by_us: int, after: int, limit: int
) -> Page:
    """List the sets that want a statement, in the order in which each got its first charge.

    A month is closed where its cut-off is not later than `closed_by_us`.
    """
    conditions = [sql.SQL("s.{} = %s").format(sql.Identifier(column)) for column in wanted]
    query = sql.SQL(_DUE).format(wanted=sql.SQL(" AND ").join([sql.SQL("true"), *conditions]))
    found = snapshot.rows(query, (after, closed_by_us, *wanted.values(), limit + 1))
    return Page([(row[0], _written(*row[1:])) for row in found[:limit]], more=len(found) > limit)


def _written(
    contract: UUID,
    package: str,
    period: str,
    provider: UUID,
    payer: str,
    closes_at_us: int,
    count: int,
    corrections: int,
    amount: int,
    oldest: int,
) -> str:
    return write(
        {
            "contract": str(contract),
            "package": package,
            "period": period,
            "provider": str(provider),
            "payer": payer,
            "closed_at": instant(closes_at_us),
            "count": count,
            "corrections": corrections,
            "amount": amount,
            "oldest_position": oldest,
        }
    )
