"""Say of every table why it may exist: it is the truth, or this code derives or checks it again.

A table that is in no list below holds something nobody could miss, restore or disprove. A test
reads the databases' own catalogues and fails on such a one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from ehealth_ledger.store.fsck.evidence import check_evidence
from ehealth_ledger.store.fsck.indexes import Indexes
from ehealth_ledger.store.fsck.pages import pages
from ehealth_ledger.store.fsck.receipts import Receipts
from ehealth_ledger.store.fsck.super_log import check_super_log
from ehealth_ledger.store.fsck.tables import check_head, check_migrations
from ehealth_ledger.store.fsck.tree import GrownTree, check_cosignatures
from ehealth_ledger.store.indexes.catalogue import INDEXES
from ehealth_ledger.store.migrate import pending
from ehealth_ledger.store.previews import PreviewStore
from ehealth_ledger.store.vault import Vault


class Standing(StrEnum):
    """Say what would be lost with a table."""

    TRUTH = "the log: nothing else could give it back"
    KEYS = "keys and who they are of: nothing else could give them back, and some must go"
    SIGNED = "signed statements about the log, which those who hold copies can give back"
    DERIVED = "what follows from the log, or from this release"
    PASSING = "what ends by itself, and is in no backup"


class Derivation(NamedTuple):
    """Name a table's standing, and the code that derives it again or holds it against the log."""

    standing: Standing
    by: Callable[..., Any]


LEDGER: Final[Mapping[str, Derivation]] = MappingProxyType(
    {
        "records": Derivation(Standing.TRUTH, pages),
        "bodies": Derivation(Standing.TRUTH, pages),
        "envelopes": Derivation(Standing.TRUTH, pages),
        "evidence": Derivation(Standing.TRUTH, check_evidence),
        "receipts": Derivation(Standing.SIGNED, Receipts),
        "checkpoints": Derivation(Standing.SIGNED, GrownTree),
        "cosignatures": Derivation(Standing.SIGNED, check_cosignatures),
        "super_log": Derivation(Standing.SIGNED, check_super_log),
        "heads": Derivation(Standing.DERIVED, check_head),
        "tiles": Derivation(Standing.DERIVED, GrownTree),
        "migrations": Derivation(Standing.DERIVED, check_migrations),
        "previews": Derivation(Standing.PASSING, PreviewStore),
        **dict.fromkeys(INDEXES, Derivation(Standing.DERIVED, Indexes)),
    }
)
"""Tables of the ledger's database; an index table follows from `store.indexes`."""

VAULT: Final[Mapping[str, Derivation]] = MappingProxyType(
    {
        "subject_keys": Derivation(Standing.KEYS, Vault),
        "parties": Derivation(Standing.KEYS, Vault),
        "migrations": Derivation(Standing.DERIVED, pending),
    }
)
"""Tables of the vault: nothing derives a key, so the vault has backups of its own.

`verify` asks for the key of every record, and names one that is missing, unreadable or back again.
"""
