"""Check that each patient who signed is the one whose act it was.

Patients sign seldom, and there are many of them: what a patient's stream said before the act is
read when it is asked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import psycopg

from ehealth_ledger.aggregates.evolution import evolve
from ehealth_ledger.aggregates.patient import Patient
from ehealth_ledger.commands.command import PatientCommand
from ehealth_ledger.commands.signed import PatientSigner
from ehealth_ledger.store.fsck.due import STREAMS
from ehealth_ledger.store.fsck.facts import Bodies
from ehealth_ledger.store.fsck.pages import RecordRow
from ehealth_ledger.store.fsck.proof import Proved
from ehealth_ledger.values.identifiers import PatientId

_WRONG_KIND: Final = "signed by the wrong kind of signer"


class Unreadable(Exception):  # noqa: N818 - the name is the finding
    """Report a patient's past of which a record is damaged, and named where it stands."""


class PatientPast:
    """Tell what the records before an act said of a patient."""

    def __init__(self, connection: psycopg.Connection, log: str, bodies: Bodies) -> None:
        self._connection = connection
        self._log = log
        self._bodies = bodies

    def before(self, patient: PatientId, position: int) -> Patient | None:
        """Return the patient as of the record before a position; None where there was none.

        Raise Unreadable where a record of the past is damaged.
        """
        state: object | None = None
        asked = (self._log, [patient], position)
        with self._connection.cursor(binary=True) as cursor:
            rows = cursor.execute(STREAMS.encode(), asked, prepare=True).fetchall()
        for _, fact in self._bodies.anywhere((RecordRow(*row[:14]), row[14]) for row in rows):
            if fact is None:
                raise Unreadable
            state = evolve(state, fact)
        return state if isinstance(state, Patient) else None


class SigningPatients:
    """Ask again, of the records before an act, whose tax id the patient's is."""

    def __init__(self, patients: PatientPast, tax_index: Callable[[str], bytes]) -> None:
        self._patients = patients
        self._tax_index = tax_index

    def objection(self, proved: Proved, *, all_read: bool) -> str | None:
        """Say why the signer was not the patient; None where he was, or where it is erased."""
        command, signer = proved.command, proved.signer
        if not isinstance(command, PatientCommand):
            return _WRONG_KIND if isinstance(signer, PatientSigner) else None
        if not isinstance(signer, PatientSigner):
            return _WRONG_KIND
        try:
            state = self._patients.before(command.patient, proved.stored.first.position)
        except Unreadable:
            return None
        if state is None:
            return "no such patient" if all_read else None
        if self._tax_index(signer.tax_id).hex() != state.tax_index:
            return "the signer is not the patient"
        return None
