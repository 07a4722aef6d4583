"""Take a signed container from arrival to answer.

Every step of the write path is named here, in order.

1. Open the container; verify signature, certificate path and revocation; read the content
   strictly (verification/).
2. Refuse what was signed for another deployment.
3. Refuse what differs from the preview it names; a repeat of what is recorded needs none.
4. Make the keys of the people the command brings: durable before any record under them.
5. Fold what the law will need folded, outside the lock.
6. Queue; the committer judges, writes and commits (committer.py).
7. Answer: a receipt, a refusal, or neither yes nor no. A preview has done its work.
"""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import assert_never
from uuid import UUID

from psycopg_pool import ConnectionPool

from ehealth_ledger.commands.command import Command, PatientCommand, StaffCommand
from ehealth_ledger.commands.employee import RegisterEmployee
from ehealth_ledger.commands.ledger import OpenLedger
from ehealth_ledger.commands.legal_entity import ChangeHead, RegisterLegalEntity
from ehealth_ledger.commands.patient import RegisterPatient, RegisterPreperson
from ehealth_ledger.commands.signed import Verified
from ehealth_ledger.commands.statement import FormStatement
from ehealth_ledger.errors import Refusal, Refused, Undecided
from ehealth_ledger.intake.answers import Accepted
from ehealth_ledger.intake.committer import Clock, Committer
from ehealth_ledger.intake.judgement import Submission
from ehealth_ledger.intake.laws.money import statement_key
from ehealth_ledger.intake.previews import Previews
from ehealth_ledger.store.erasures import is_of_erased
from ehealth_ledger.store.receipts import read_receipts
from ehealth_ledger.store.vault import Vault
from ehealth_ledger.values.identifiers import LedgerId
from ehealth_ledger.values.time import from_microseconds
from ehealth_ledger.verification.verifier import Verifier

_log = logging.getLogger(__name__)


class Intake:
    """Accept commands for one deployment."""

    def __init__(
        self,
        ledger: LedgerId,
        *,
        verifier: Verifier,
        vault: Vault,
        committer: Committer,
        previews: Previews,
        reading: ConnectionPool,
        threads: ThreadPoolExecutor,
        clock: Clock,
    ) -> None:
        self._ledger = ledger
        self._verifier = verifier
        self._vault = vault
        self._committer = committer
        self._previews = previews
        self._reading = reading
        self._threads = threads
        self._clock = clock

    async def accept(self, container: bytes, media_type: str, *, client: str) -> Accepted:
        """Return the acceptance, or raise the Refusal that is the command's answer."""
        loop = asyncio.get_running_loop()
        verified = await loop.run_in_executor(self._threads, self.prepare, container, media_type)
        answer = await self._committer.submit(Submission(verified, client))
        match answer:
            case Accepted():
                body = verified.body
                if isinstance(body, StaffCommand | PatientCommand) and body.preview is not None:
                    await loop.run_in_executor(self._threads, self._release, body.preview)
                return answer
            case Refusal():
                raise answer
            case _:
                assert_never(answer)

    def prepare(self, container: bytes, media_type: str) -> Verified[Command]:
        """Run steps 1 to 5; blocking, safe on any thread."""
        at = from_microseconds(self._clock())
        verified = self._verifier.verify(container, media_type, at=at)
        command = verified.body
        if command.ledger != self._ledger:
            raise Refused("content.other_ledger", "$.ledger")
        self._compare(verified)
        self._make_keys(command)
        if isinstance(command, FormStatement):
            self._committer.folder.prepare(self._reading, statement_key(command))
        return verified

    def find(self, command_id: UUID) -> Accepted | None:
        """Return the stored receipt of a command, or None where the ledger does not know it."""
        with self._reading.connection() as connection, connection.cursor() as cursor:
            receipt = read_receipts(cursor, [command_id]).get(command_id)
            if receipt is None:
                return None
            erased = is_of_erased(cursor, receipt.placement)
        return Accepted(receipt, repeated=True, erased=erased)

    def is_in_progress(self, command_id: UUID) -> bool:
        """Tell whether this process is judging the command now."""
        return self._committer.is_in_progress(command_id)

    def _compare(self, verified: Verified[Command]) -> None:
        try:
            self._previews.compare(verified)
        except Refused:
            # Recorded before, its preview is gone: the committer compares the content.
            if self.find(verified.body.command_id) is None:
                raise

    def _release(self, preview: UUID) -> None:
        try:
            self._previews.release(preview)
        except Undecided:
            _log.warning("a preview stays until its time has passed")

    def _make_keys(self, command: Command) -> None:
        match command:
            case RegisterPatient() | RegisterPreperson():
                self._vault.ensure_patient(command.resource.id)
            case RegisterEmployee():
                self._vault.ensure_party(command.resource.party.tax_id)
            case RegisterLegalEntity() | ChangeHead():
                self._vault.ensure_party(command.resource.head.party.tax_id)
            case OpenLedger():
                for administrator in command.resource.administrators:
                    self._vault.ensure_party(administrator.party.tax_id)
            case _:
                pass  # about people who have keys already
