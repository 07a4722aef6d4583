"""Name what the check of a bundle can find, and what it comes to."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum, unique
from typing import Final
from uuid import UUID

from ehealth_ledger.bundle.layout import Selection
from ehealth_ledger.store.fsck.finding import NO_POSITION, Kind


@unique
class Outcome(StrEnum):
    """Say what a bundle comes to: the worst of its findings; what was erased is no finding."""

    VALID = "valid"
    INCOMPLETE = "incomplete"  # nothing speaks against it, but something is not there
    INVALID = "invalid"  # something is not what was recorded


@unique
class Flaw(StrEnum):
    """Name the kinds of finding a ledger's own check has no word for."""

    MANIFEST_MALFORMED = "manifest.malformed"
    FILE_MISSING = "file.missing"
    FILE_ALTERED = "file.altered"
    FILE_SURPLUS = "file.surplus"
    ENTRY_MALFORMED = "entry.malformed"
    RECORD_MISSING = "record.missing"
    RECORD_REPEATED = "record.repeated"
    PROOF_MISSING = "proof.missing"
    PROOF_INVALID = "proof.invalid"
    CHECKPOINT_UNBELIEVED = "checkpoint.unbelieved"  # nobody that the auditor believes signed it
    TRUST_UNNAMED = "trust.unnamed"  # the auditor did not say whom to believe
    EVIDENCE_SURPLUS = "evidence.surplus"
    SELECTION_EXCEEDED = "selection.exceeded"  # a record that was not asked for
    SELECTION_OTHER = "selection.other"  # of something else than the auditor asked for
    OPENING_MISSING = "opening.missing"
    STATEMENT_MISSING = "statement.missing"
    LINE_MISSING = "line.missing"
    ACT_MISSING = "act.missing"
    BASIS_MISSING = "basis.missing"  # a tariff or contract that a charge rests on


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Say what is wrong or missing, and where; `position` is 0 where no position applies."""

    outcome: Outcome
    kind: Flaw | Kind
    position: int = NO_POSITION
    expected: str = ""
    found: str = ""

    def __str__(self) -> str:
        place = f" at {self.position}" if self.position else ""
        said = [f"expected {self.expected}"] if self.expected else []
        said += [f"found {self.found}"] if self.found else []
        return f"{self.kind}{place}{': ' + ', '.join(said) if said else ''}"


def invalid(kind: Flaw | Kind, position: int = 0, expected: str = "", found: str = "") -> Finding:
    """Say that something is not what was recorded."""
    return Finding(Outcome.INVALID, kind, position, expected, found)


def incomplete(
    kind: Flaw | Kind, position: int = 0, expected: str = "", found: str = ""
) -> Finding:
    """Say that something is not there; `found` says what is there instead."""
    return Finding(Outcome.INCOMPLETE, kind, position, expected, found)


@dataclass(frozen=True, slots=True)
class OpenEnd:
    """Say up to which version a stream is here, and its topic: that none follows is not proved."""

    stream: UUID
    version: int
    topic: str


@dataclass(frozen=True, slots=True)
class DerivedLine:
    """Lead a line of a statement to its signed act: position, command, whether it is erased."""

    position: int
    amount: int
    act_position: int
    command_id: UUID
    erased: bool


@dataclass(frozen=True, slots=True)
class DerivedStatement:
    """Hold a statement's bytes, made from the revealed charges alone, equal to what was signed."""

    statement: UUID
    digest: str
    total: int
    content: bytes
    lines: tuple[DerivedLine, ...]


@dataclass(slots=True)
class Report:
    """Sum up a check. `withheld` counts bodies that the selection does not reveal.

    `selection`, `ledger` and `log` are the manifest's. `cosigned` names the believed witnesses and
    when each cosigned, in seconds. `open_ends` are the streams that end by the exporter's word.
    """

    selection: Selection | None = None
    ledger: UUID | None = None
    log: str = ""
    findings: list[Finding] = field(default_factory=list)
    records: int = 0
    commands: int = 0
    signatures: int = 0
    erased: int = 0  # records of erased patients
    unsigned: int = 0  # their commands: nobody can prove these signatures any more
    withheld: int = 0
    left_out: int = 0  # records of a patient's commands: by the exporter's word other people's
    size: int = 0
    root: str = ""
    cosigned: dict[str, int] = field(default_factory=dict)
    open_ends: tuple[OpenEnd, ...] = ()
    statements: list[DerivedStatement] = field(default_factory=list)

    @property
    def outcome(self) -> Outcome:
        """Return the worst finding's outcome; VALID where there is none."""
        return max((each.outcome for each in self.findings), key=_RANK.__getitem__, default=_BEST)

    def in_order(self) -> list[Finding]:
        """Return what is invalid before what is missing, along the log."""
        return sorted(
            set(self.findings),
            key=lambda each: (-_RANK[each.outcome], each.position or 2**63, str(each)),
        )


_RANK: Final = {each: rank for rank, each in enumerate(Outcome)}
_BEST: Final = Outcome.VALID
