"""Check a ledger whole, in one snapshot of its database, while it goes on being written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

import psycopg

from ehealth_ledger.chain.checkpoint import origin_of
from ehealth_ledger.chain.note import VerifierKey
from ehealth_ledger.chain.record import RECORDS, genesis_value
from ehealth_ledger.chain.super_log import is_super
from ehealth_ledger.store.connections import connect_to_moments
from ehealth_ledger.store.derivations import LEDGER
from ehealth_ledger.store.fsck.erasures import erased_patients, erased_since
from ehealth_ledger.store.fsck.evidence import EvidenceShelf, check_evidence
from ehealth_ledger.store.fsck.facts import Keys
from ehealth_ledger.store.fsck.finding import Findings, Report
from ehealth_ledger.store.fsck.kept import Kept
from ehealth_ledger.store.fsck.pages import pages
from ehealth_ledger.store.fsck.receipts import check_surplus_receipts
from ehealth_ledger.store.fsck.super_log import check_super_log
from ehealth_ledger.store.fsck.tables import (
    check_head,
    check_keys,
    check_migrations,
    check_stray_logs,
    check_streams,
    check_tables,
    ledger_of,
    read_heads,
)
from ehealth_ledger.store.fsck.tree import (
    GrownTree,
    check_cosignatures,
    check_surplus_of_tree,
)
from ehealth_ledger.store.fsck.walk import Ports, Walk
from ehealth_ledger.store.vault import Vault

Progress = Callable[[int, int], None]
"""Be told how many records are done, and of how many."""


def snapshot(url: str) -> psycopg.Connection:
    """Connect read-only, every statement seeing the database as of the first one."""
    return connect_to_moments(url, name="verify")


def named_ledger(url: str) -> UUID | None:
    """Return the id of the ledger in a database; None where there is no record and no head."""
    with snapshot(url) as connection:
        return ledger_of(connection, RECORDS, read_heads(connection).get(RECORDS))


def check(
    url: str,
    vault: Vault,
    ledger: UUID,
    ports: Ports,
    *,
    keys: Sequence[VerifierKey],
    progress: Progress,
    limit: int | None = None,
    kept: Sequence[Kept] = (),
) -> Report:
    """Check everything stored; stop after the page in which the `limit`-th finding lies.

    `keys` are those of the log and of witnesses: signatures of others are counted, not judged.
    `kept` are checkpoints of this ledger from outside its database: only they tell of a log that
    was rewritten whole.

    Memory holds a page, the employments, the declarations that ended and each charge of an open
    period; not the log, nor the rows that follow from it.
    """
    findings = Findings()
    with snapshot(url) as connection:
        heads = read_heads(connection)
        check_streams(connection, findings)
        check_surplus_receipts(connection, findings)
        check_surplus_of_tree(connection, RECORDS, heads.get(RECORDS), findings)
        check_cosignatures(connection, keys, findings)
        check_super_log(
            connection,
            ledger,
            keys,
            findings,
            [each for each in kept if is_super(each.checkpoint.origin)],
        )
        check_migrations(connection, RECORDS, findings)
        check_tables(connection, LEDGER, RECORDS, findings)
        check_keys(connection, RECORDS, findings)
        check_stray_logs(connection, {RECORDS}, heads, findings)
        subjects = Keys(ledger, vault, findings, erased_patients(connection))
        walk = Walk(
            connection,
            ledger,
            RECORDS,
            ports=ports,
            keys=subjects,
            vault=vault,
            evidence=EvidenceShelf(connection),
            tree=GrownTree(
                *(connection, ledger, RECORDS, keys, findings),
                [each for each in kept if each.checkpoint.origin == origin_of(ledger, RECORDS)],
            ),
            findings=findings,
        )
        head = heads.get(RECORDS)
        total = 0 if head is None else head.position
        stopped = False
        for page in pages(connection, RECORDS):
            walk.take(page)
            progress(findings.records, max(total, findings.records))
            if findings.reached(limit, RECORDS, walk.chain.position):
                stopped = True
                break
        if not stopped:
            check_head(ledger, head, RECORDS, walk.chain, findings)
            walk.tree.check_edge(head)
            walk.tree.check_length(walk.chain.position)
            walk.finish(vault)
            subjects.name_gone(RECORDS, erased_since(url))
            check_evidence(connection, RECORDS, walk.damaged_evidence, findings)
    return Report(
        findings=findings.in_order(limit),
        records=findings.records,
        commands=findings.commands,
        signatures=findings.signatures,
        erased=findings.erased,
        erasures=findings.erasures,
        checkpoints=findings.checkpoints,
        checkpoints_without_key=findings.checkpoints_without_key,
        cosignatures=findings.cosignatures,
        cosignatures_without_key=findings.cosignatures_without_key,
        position=walk.chain.position,
        chain_value=walk.chain.chain_value
        if walk.chain.position
        else genesis_value(ledger, RECORDS),
    )
