"""Read a table page by page, in an order that never changes: pages stay stable under writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from psycopg import sql

from projections.read_models.database import Snapshot


@dataclass(frozen=True, slots=True)
class Page:
    """Hold a page of rows, each with the position that orders it."""

    rows: list[tuple[int, str]]
    more: bool


def page(
    snapshot: Snapshot,
    table: str,
    order: str,
    wanted: Mapping[str, object],
    *,
    after: int,
    limit: int,
    also: Sequence[sql.Composable] = (),
) -> Page:
    """List the documents whose columns have the wanted values, by the column `order`.

    `also` are further conditions, values included.
    """
    conditions: list[sql.Composable] = [sql.SQL("{} > %s").format(sql.Identifier(order))]
    conditions += [sql.SQL("{} = %s").format(sql.Identifier(column)) for column in wanted]
    conditions += also
    query = sql.SQL(
        "SELECT {order}, document FROM {table} WHERE {conditions} ORDER BY {order} LIMIT %s"
    ).format(
        order=sql.Identifier(order),
        table=sql.Identifier(table),
        conditions=sql.SQL(" AND ").join(conditions),
    )
    found = snapshot.rows(query, (after, *wanted.values(), limit + 1))
    return Page(found[:limit], more=len(found) > limit)
