"""Report bytes that are not what was written: no answer, but an end."""

from __future__ import annotations

from typing import Self


class LedgerCorrupt(Exception):  # noqa: N818 - the name is the finding
    """Report stored bytes that are not what was written; never caught, the process stops.

    `position` is the first bad position (0 where no position applies), `kind` the published kind of
    damage.
    """

    def __init__(self, kind: str, log: str, position: int, detail: str = "") -> None:
        self.kind = kind
        self.log = log
        self.position = position
        self.detail = detail
        super().__init__(f"{kind} at {log}/{position}{': ' + detail if detail else ''}")

    def __reduce__(self) -> tuple[type[Self], tuple[str, str, int, str]]:
        """Take the parts along to another process."""
        return type(self), (self.kind, self.log, self.position, self.detail)


class ReadModelCorrupt(Exception):  # noqa: N818 - the name is the finding
    """Report read-model rows that contradict the log; the model stops, the ledger goes on.

    A read model is disposable: `projections rebuild` mends it, `verify` tells whether the log is
    sound. `kind` and `position` are as for `LedgerCorrupt`.
    """

    def __init__(self, kind: str, log: str, position: int, detail: str = "") -> None:
        self.kind = kind
        self.log = log
        self.position = position
        self.detail = detail
        super().__init__(f"{kind} at {log}/{position}{': ' + detail if detail else ''}")

    def __reduce__(self) -> tuple[type[Self], tuple[str, str, int, str]]:
        """Take the parts along to another process."""
        return type(self), (self.kind, self.log, self.position, self.detail)
