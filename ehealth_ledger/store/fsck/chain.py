"""Follow a log's records: no gap, every hash that of its columns, every link held, whole commands.

What is broken anchors nothing: after an altered record the next one may link to what stands there
or to what its columns hash to, so that one bad row is one finding and not the rest of the log.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from ehealth_ledger.chain.record import genesis_value
from ehealth_ledger.store.fsck.finding import Findings, Kind
from ehealth_ledger.store.fsck.pages import RecordRow


@dataclass(frozen=True, slots=True)
class StoredCommand:
    """Hold the records of one whole command, all intact."""

    rows: tuple[RecordRow, ...]

    @property
    def first(self) -> RecordRow:
        """Return the record of the first fact, beside which the envelope lies."""
        return self.rows[0]

    @property
    def last(self) -> RecordRow:
        """Return the record of the last fact, which the receipt names."""
        return self.rows[-1]

    @property
    def envelope_key(self) -> UUID:
        """Name the key of the first person the facts are about, else the ledger's.

        So intake/judgement.py seals it.
        """
        personal = (each.key_id for each in self.rows if each.key_id != each.ledger)
        return next(personal, self.first.key_id)


class Chain:
    """Follow one log; `take` tells whether a record is intact, `commands` gives whole commands."""

    def __init__(self, ledger: UUID, log: str, findings: Findings) -> None:
        self._ledger = ledger
        self._log = log
        self._findings = findings
        self.position = 0
        self.chain_value = genesis_value(ledger, log)  # as stored
        self.recorded_at = 0
        self._anchors = {self.chain_value}
        self._open: list[RecordRow] = []
        self._open_is_judged = True  # whether nothing beside the open command is damaged
        self._damaged = False  # whether the record just taken was, or a gap lay before it
        self._whole: list[StoredCommand] = []

    def take(self, row: RecordRow) -> bool:
        """Take the next record; note what is wrong with it and tell whether it is intact."""
        if row.position < 1:
            self._findings.add(Kind.POSITION_SURPLUS, self._log, row.position)
            return False
        expected = self.position + 1
        is_after_gap = row.position > expected
        if is_after_gap:
            missing = row.position - expected
            self._findings.add(Kind.POSITION_MISSING, self._log, expected, f"{missing} missing")
        is_intact = self._is_intact(row)
        if is_intact and not is_after_gap and row.previous not in self._anchors:
            self._findings.add(Kind.LINK_BROKEN, self._log, row.position)
        if is_intact and row.recorded_at < self.recorded_at:
            self._findings.add(Kind.TIME_REVERSED, self._log, row.position)
        self._anchors = (
            {row.chain_value} if is_intact else {row.chain_value, row.computed(self._log)}
        )
        self.position, self.chain_value = row.position, row.chain_value
        if is_intact:
            self.recorded_at = row.recorded_at
        self._collect(row, is_intact=is_intact, is_after_gap=is_after_gap)
        return is_intact

    def commands(self) -> list[StoredCommand]:
        """Hand over the commands completed since the last call."""
        whole, self._whole = self._whole, []
        return whole

    @property
    def open_from(self) -> int | None:
        """Return the first position of the command whose records are not all read yet."""
        return self._open[0].position if self._open else None

    def end(self) -> None:
        """Close the command that is still open."""
        self._close(is_beside_damage=False)

    def _is_intact(self, row: RecordRow) -> bool:
        detail = "ledger" if row.ledger != self._ledger else ""
        if detail or not row.is_intact(self._log):
            self._findings.add(Kind.RECORD_ALTERED, self._log, row.position, detail)
            return False
        return True

    def _collect(self, row: RecordRow, *, is_intact: bool, is_after_gap: bool) -> None:
        if not is_intact or is_after_gap:
            self._findings.unread = True
        if not is_intact:
            self._close(is_beside_damage=True)
        elif is_after_gap or row.fact_index == 0 or row.command_id != self._open_id():
            self._close(is_beside_damage=is_after_gap)
            self._open_is_judged = not (self._damaged or is_after_gap)
        if is_intact:
            self._open.append(row)
            if len(self._open) == row.fact_count and _is_whole(self._open):
                self._whole.append(StoredCommand(tuple(self._open)))
                self._open = []
        self._damaged = not is_intact

    def _open_id(self) -> UUID | None:
        return self._open[0].command_id if self._open else None

    def _close(self, *, is_beside_damage: bool) -> None:
        """Drop an open command; a finding, unless damage beside it explains what is missing."""
        if self._open:
            if self._open_is_judged and not is_beside_damage:
                self._findings.add(Kind.COMMAND_BROKEN, self._log, self._open[0].position)
            self._findings.unread = True
        self._open = []


def _is_whole(rows: list[RecordRow]) -> bool:
    count = len(rows)
    for at, row in enumerate(rows):  # noqa: SIM110 - of one record mostly, and there are many
        if row.fact_index != at or row.fact_count != count:
            return False
    return True
