"""Check that each patient who signed is the one whose act it was.

Patients sign seldom, and there are many of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ehealth_ledger.aggregates.patient import Patient
from ehealth_ledger.commands.command import PatientCommand
from ehealth_ledger.commands.signed import PatientSigner
from ehealth_ledger.store.fsck.proof import Proved
from ehealth_ledger.store.fsck.stream_past import StreamPast, Unreadable

_WRONG_KIND: Final = "signed by the wrong kind of signer"


class SigningPatients:
    """Ask again, of the records before an act, whose tax id the patient's is."""

    def __init__(self, past: StreamPast, tax_index: Callable[[str], bytes]) -> None:
        self._past = past
        self._tax_index = tax_index

    def objection(self, proved: Proved, *, all_read: bool) -> str | None:
        """Say why the signer was not the patient; None where he was, or where it is erased."""
        command, signer = proved.command, proved.signer
        if not isinstance(command, PatientCommand):
            return _WRONG_KIND if isinstance(signer, PatientSigner) else None
        if not isinstance(signer, PatientSigner):
            return _WRONG_KIND
        try:
            state = self._past.before(Patient, command.patient, proved.stored.first.position)
        except Unreadable:
            return None
        if state is None:
            return "no such patient" if all_read else None
        if self._tax_index(signer.tax_id).hex() != state.tax_index:
            return "the signer is not the patient"
        return None
