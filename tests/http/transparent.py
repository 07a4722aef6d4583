"""Give a served log that its operator signs for."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from ehealth_ledger.entrypoints import bootstrap
from ehealth_ledger.store.connections import LEDGER_SCHEMA, connect
from tests.http.conftest import Served


@dataclass
class Transparent:
    """Hold a served log with checkpoints; `vkey` is what an auditor was given beforehand."""

    served: Served
    vkey: str
    notes: list[bytes]  # the checkpoints an auditor kept, the oldest first

    @classmethod
    def grown(cls, served: Served, *counts: int) -> Transparent:
        """Let the log grow by so many patients at a time, and sign each time."""
        world = served.world
        log = cls(served, str(bootstrap.signer(world.settings, world.author.ledger).key), [])
        for count in counts:
            log.grow(count)
            log.sign()
        return log

    def grow(self, count: int) -> list[str]:
        """Register so many patients; return the ids of the commands."""

        async def post() -> list[str]:
            made = [self.served.patient() for _ in range(count)]
            accepted = await asyncio.gather(*(self.served.world.post(each) for each in made))
            return [str(each.receipt.placement.command_id) for each in accepted]

        return asyncio.run(post())

    def sign(self) -> None:
        """Sign a checkpoint, as the service's own thread does every second."""
        world = self.served.world
        with connect(world.urls.ledger, schema=LEDGER_SCHEMA, role="ledger_signer") as connection:
            note = bootstrap.signer(world.settings, world.author.ledger).sign(connection)
            assert note is not None
            bootstrap.super_signer(world.settings, world.author.ledger).sign_over(
                connection, [note]
            )
        self.notes.append(note.to_bytes())
