"""Facts about directories of codes."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Final
from uuid import UUID

from ehealth_ledger.events.fact import Fact, Pointer
from ehealth_ledger.values.identifiers import directory_stream


class DirectoryFact(Fact):
    """Share the stream and the key of every fact about a directory."""

    system: str

    @property
    def stream_id(self) -> UUID:
        """Name the directory's own stream."""
        return directory_stream(self.system)

    @property
    def subject(self) -> None:
        """Seal under the ledger's key: it is about nobody."""
        return


class DirectoryPublished(DirectoryFact):
    """Codes may be used from a day on; the inactive ones are known and may not.

    The codes stand here because laws judge by them; what they mean stays in the signed content.
    """

    TOPIC: ClassVar[str] = "directory.published.v1"

    version: str
    first_day: date
    source: str
    codes: tuple[str, ...]
    inactive: tuple[str, ...]
    codes_pointer: Pointer


class DirectoryCodesRetired(DirectoryFact):
    """Codes may no longer be used from a day on."""

    TOPIC: ClassVar[str] = "directory.codes_retired.v1"

    from_day: date
    source: str
    codes: tuple[str, ...]


FACTS: Final = (DirectoryPublished, DirectoryCodesRetired)
