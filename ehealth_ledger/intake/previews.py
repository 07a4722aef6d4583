"""Show what will be signed, hold it, and compare what was signed with it (rule 3)."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final
from uuid import UUID

from ehealth_ledger.commands.command import Command, PatientCommand, StaffCommand
from ehealth_ledger.commands.parsing import parse
from ehealth_ledger.commands.signed import Verified
from ehealth_ledger.commands.strict_json import read_object
from ehealth_ledger.errors import Refused
from ehealth_ledger.intake.laws import LAWS
from ehealth_ledger.store.batch import Head
from ehealth_ledger.store.previews import Held, PreviewStore
from ehealth_ledger.values.identifiers import LedgerId
from ehealth_ledger.values.json import Location, canonical, differences, json_path

PATHS_MAX: Final = 100  # named at once; the evidence counts all


@dataclass(frozen=True, slots=True)
class Preview:
    """Carry what is to be signed, and the end of the log it was previewed at."""

    id: UUID
    content: bytes
    expires_at: int
    delta: tuple[Location, ...]
    seed: Head

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the content, in hexadecimal."""
        return sha256(self.content).hexdigest()

    @property
    def base64(self) -> str:
        """Return the content as a signing component takes it."""
        return b64encode(self.content).decode("ascii")


class Previews:
    """Preview commands for one deployment."""

    def __init__(
        self,
        ledger: LedgerId,
        store: PreviewStore,
        *,
        held_s: int,
        head: Callable[[], Head],
        new_id: Callable[[], UUID],
        clock: Callable[[], int],
    ) -> None:
        self._ledger = ledger
        self._store = store
        self._held_us = held_s * 1_000_000
        self._head = head
        self._new_id = new_id
        self._clock = clock

    def close(self) -> None:
        """Give back the connections."""
        self._store.close()

    def preview(self, content: bytes) -> Preview:
        """Write the exact bytes to sign and hold them.

        Raise Refused where the content is no command that a person may sign here; what the law says
        of it is `POST /commands/check`.
        """
        read = read_object(content)
        if "preview" in read:
            raise Refused("content.field_unknown", "$.preview", expected="the ledger's to give")
        preview = self._new_id()
        try:
            exact = canonical({**read, "preview": str(preview)})
        except TypeError as fault:  # an integer beyond 64 bits
            raise Refused("content.invalid_number") from fault
        command = parse(exact)
        if not isinstance(command, StaffCommand | PatientCommand):
            raise Refused("system.signed_by_staff", "$.command")
        if command.ledger != self._ledger:
            raise Refused("content.other_ledger", "$.ledger")
        now = self._clock()
        held = Held(exact, now + self._held_us)
        self._store.hold(preview, held, now=now)
        delta = LAWS[type(command)].delta
        return Preview(preview, exact, held.expires_at, delta, self._head())

    def compare(self, verified: Verified[Command]) -> None:
        """Refuse signed content that names a preview and differs from it, place by place.

        Raise Undecided("preview.unavailable") where the ledger cannot tell.
        """
        command = verified.body
        if not isinstance(command, StaffCommand | PatientCommand) or command.preview is None:
            return
        held = self._store.find(command.preview)
        if held is None:
            raise Refused("preview.unknown", "$.preview")
        if held.expires_at < self._clock():
            raise Refused("preview.expired", "$.preview", expired_at_us=held.expires_at)
        found = mismatches(held.content, verified.signed_bytes, LAWS[type(command)].delta)
        if found:
            paths = [json_path(each) for each in found[:PATHS_MAX]]
            first, *others = (
                Refused("preview.mismatch", each, differences=len(found)) for each in paths
            )
            raise first.beside(others)

    def release(self, preview: UUID) -> None:
        """Forget what was held for a command that is recorded now."""
        self._store.release(preview)

    def forget_expired(self) -> None:
        """Forget what nobody signed in time."""
        self._store.forget_expired(self._clock())


def mismatches(held: bytes, signed: bytes, delta: tuple[Location, ...]) -> list[Location]:
    """Name the places where signed content differs from what was held, and may not."""
    if held == signed:
        return []
    return [
        place
        for place in differences(read_object(held), read_object(signed))
        if not any(place[: len(each)] == each for each in delta)
    ]
