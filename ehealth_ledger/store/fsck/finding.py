"""Name what a check can find: published kinds, one finding a place, one report a check."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum, unique
from typing import Final

NO_POSITION: Final = 0  # where no position applies


@unique
class Kind(StrEnum):
    """Publish the kinds of damage, in the order in which they are named at one position."""

    # The chain
    POSITION_MISSING = "position.missing"  # a gap, or a tail the head still counts
    POSITION_SURPLUS = "position.surplus"  # a record before position 1
    RECORD_ALTERED = "record.altered"  # the columns do not hash to the chain value
    LINK_BROKEN = "link.broken"  # the record names another one before it
    TIME_REVERSED = "time.reversed"  # recorded before the record it follows
    COMMAND_BROKEN = "command.broken"  # a command's facts are not all there, in order
    STREAM_BROKEN = "stream.broken"  # versions of a stream are not 1, 2, 3 … along the log
    TOPIC_UNKNOWN = "topic.unknown"
    # The blobs
    BODY_MISSING = "body.missing"
    BODY_ALTERED = "body.altered"  # other bytes than the record binds
    BODY_SURPLUS = "body.surplus"
    BODY_UNREADABLE = "body.unreadable"  # the key does not open it: another key, or another place
    BODY_MALFORMED = "body.malformed"  # not a fact of its topic
    BODY_MISPLACED = "body.misplaced"  # a fact of another stream or another person
    ENVELOPE_MISSING = "envelope.missing"
    ENVELOPE_ALTERED = "envelope.altered"
    ENVELOPE_SURPLUS = "envelope.surplus"
    ENVELOPE_UNREADABLE = "envelope.unreadable"
    ENVELOPE_MALFORMED = "envelope.malformed"
    KEY_MISSING = "key.missing"  # the ledger's own key, or one that no recorded erasure destroyed
    KEY_UNREADABLE = "key.unreadable"
    KEY_RETURNED = "key.returned"  # an erased patient's key is there again
    ERASURE_UNFINISHED = "erasure.unfinished"  # a key or blobs of an erased patient are still there
    PARTY_ALTERED = "party.altered"  # the vault leads from a tax id to somebody else, or to nobody
    # The signatures
    EVIDENCE_MISSING = "evidence.missing"
    EVIDENCE_ALTERED = "evidence.altered"
    SIGNATURE_INVALID = "signature.invalid"  # signature, path, revocation, or the verdict's inputs
    CONTENT_INVALID = "content.invalid"  # what was signed is no command, or another one
    ACTOR_INVALID = "actor.invalid"  # the signer is not the acting employee, or may not act so
    DUE_INVALID = "due.invalid"  # the system acted without a reason, too early, or beside its law
    FACT_CONTRADICTED = "fact.contradicted"  # a fact says other than what was signed
    # Receipts, head
    RECEIPT_MISSING = "receipt.missing"
    RECEIPT_ALTERED = "receipt.altered"
    RECEIPT_SURPLUS = "receipt.surplus"
    HEAD_MISSING = "head.missing"
    HEAD_ALTERED = "head.altered"
    # The tree, and what was signed of it; a position is the size of the tree
    TREE_ALTERED = "tree.altered"  # the head's edge is not that of the records
    TILE_MISSING = "tile.missing"
    TILE_ALTERED = "tile.altered"  # not the hashes of the records, or another root
    TILE_SURPLUS = "tile.surplus"
    CHECKPOINT_ALTERED = "checkpoint.altered"  # no checkpoint of this log and size under its key
    CHECKPOINT_CONTRADICTED = "checkpoint.contradicted"  # the records are not what was signed
    COSIGNATURE_ALTERED = "cosignature.altered"  # no witness's line beneath its checkpoint
    # Money, and the tables derived from the log
    POSTINGS_UNBALANCED = "postings.unbalanced"
    CHARGE_ALTERED = "charge.altered"  # not the tariff's price, or in a closed statement's set
    STATEMENT_ALTERED = "statement.altered"  # not the fold of its charges
    INDEX_ALTERED = "index.altered"
    SCHEMA_ALTERED = "schema.altered"


_ORDER: Final = {kind: order for order, kind in enumerate(Kind)}


@dataclass(frozen=True, slots=True)
class Finding:
    """Say what is wrong and where; `position` is 0 where no position applies."""

    kind: Kind
    log: str
    position: int
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.kind} at {self.log}/{self.position}{self.detail and ': ' + self.detail}"


@dataclass(frozen=True, slots=True)
class Report:
    """Sum up a check: findings, the first bad position first; an intact ledger has none.

    `erased` counts the records of erased patients, `erasures` these patients. `position` and
    `chain_value` are those of the last record of the log of acts: what a checkpoint or a receipt
    kept elsewhere must agree with. `checkpoints` and `cosignatures` count those whose signature
    held, `…_without_key` those whose key is not known here: nobody can tell of them.
    """

    findings: tuple[Finding, ...]
    records: int
    commands: int
    signatures: int
    erased: int
    erasures: int
    checkpoints: int
    checkpoints_without_key: int
    cosignatures: int
    cosignatures_without_key: int
    position: int
    chain_value: bytes


@dataclass(slots=True)
class Findings:
    """Collect findings and what was counted on the way."""

    items: list[Finding] = field(default_factory=list)
    records: int = 0
    commands: int = 0
    signatures: int = 0
    erased: int = 0
    erasures: int = 0
    checkpoints: int = 0
    checkpoints_without_key: int = 0
    cosignatures: int = 0
    cosignatures_without_key: int = 0
    # Whether a record, body or envelope could not be read: what follows from it cannot be judged.
    unread: bool = False

    def add(self, kind: Kind, log: str, position: int, detail: str = "") -> None:
        """Note one finding."""
        self.items.append(Finding(kind, log, position, detail))

    def reached(self, limit: int | None, log: str, position: int) -> bool:
        """Tell whether `limit` findings stand in a log up to a position."""
        if limit is None or len(self.items) < limit:
            return False
        return (
            sum(1 for each in self.items if each.log == log and each.position <= position) >= limit
        )

    def in_order(self, limit: int | None) -> tuple[Finding, ...]:
        """Return the findings along the log, those of no position last, at most `limit`."""
        altered = {
            (each.log, each.position) for each in self.items if each.kind is Kind.RECORD_ALTERED
        }
        # An altered record's version says nothing about its stream.
        kept = (
            each
            for each in self.items
            if each.kind is not Kind.STREAM_BROKEN or (each.log, each.position) not in altered
        )
        ordered = sorted(
            kept,
            key=lambda each: (
                each.position == NO_POSITION,
                each.log,
                each.position,
                _ORDER[each.kind],
            ),
        )
        return tuple(ordered[:limit])
