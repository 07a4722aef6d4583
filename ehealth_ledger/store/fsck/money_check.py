"""Check the books alone: every money fact of the log against the accounts the database keeps.

The whole check proves that facts are what was signed; this one takes them as they open and asks
whether balances equal statements equal payments.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import psycopg

from ehealth_ledger.chain.record import RECORDS
from ehealth_ledger.store.fsck.books import MONEY_FACTS, AccountKey, Books, Owed
from ehealth_ledger.store.fsck.check import snapshot
from ehealth_ledger.store.fsck.finding import Finding, Findings
from ehealth_ledger.store.mapper import FactMapper
from ehealth_ledger.store.stored_fact import StoredFact
from ehealth_ledger.store.vault import Vault
from ehealth_ledger.values.identifiers import LedgerId

PAGE_RECORDS: Final = 5_000

_FACTS: Final = """
    SELECT r.position, r.command_id, r.fact_index, r.stream_id, r.stream_version, r.topic,
           r.key_id, b.blob
    FROM records r JOIN bodies b ON b.log = r.log AND b.position = r.position
    WHERE r.log = %s AND r.topic = ANY(%s) ORDER BY r.position
"""
_WRITTEN: Final = """
    SELECT owner, account, counterparty, sum(amount)::bigint FROM postings
    GROUP BY owner, account, counterparty
"""


@dataclass(frozen=True, slots=True)
class MoneyReport:
    """Sum up the books: what stands on each account, what was owed and paid, in kopiykas."""

    findings: tuple[Finding, ...]
    facts: int
    statements: int
    owed: Owed
    balances: Mapping[AccountKey, int]


def check_money(
    url: str, vault: Vault, ledger: LedgerId, *, progress: Callable[[int], None]
) -> MoneyReport:
    """Read every money fact in one snapshot; `progress` is told how many are done.

    Raise LedgerCorrupt where a body does not open or is no fact of its topic.
    """
    findings = Findings()
    books = Books(RECORDS, findings)
    mapper = FactMapper(vault, ledger, RECORDS)
    topics = [each.TOPIC for each in MONEY_FACTS]
    done = 0
    with snapshot(url) as connection:
        with connection.cursor(name="money") as cursor:
            cursor.execute(_FACTS, (RECORDS, topics))
            while rows := cursor.fetchmany(PAGE_RECORDS):
                for recorded in mapper.open_facts([StoredFact(*row) for row in rows]):
                    if recorded.fact is not None:  # the ledger's own key is never erased
                        books.absorb(recorded.position, recorded.fact)
                done += len(rows)
                progress(done)
        books.finish(_written(connection))
    return MoneyReport(
        findings=findings.in_order(None),
        facts=done,
        statements=len(books.statements),
        owed=books.owed(),
        balances=dict(sorted(books.balances.items(), key=str)),
    )


def _written(connection: psycopg.Connection) -> dict[AccountKey, int]:
    rows = connection.execute(_WRITTEN.encode()).fetchall()
    return {
        AccountKey(owner, account, counterparty): amount
        for owner, account, counterparty, amount in rows
    }
