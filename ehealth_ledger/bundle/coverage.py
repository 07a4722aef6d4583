"""Say whether what was asked for is all there: positions, and the versions of each stream.

Versions of a stream are 1, 2, 3 … along the log, so a gap shows. Its end does not: that a later
version exists is known in the log alone. What a bundle reaches is therefore said beside the
outcome, and where it is the whole log the size of the checkpoint's tree ends every stream.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from uuid import UUID

from ehealth_ledger.bundle.finding import Finding, Flaw, OpenEnd, incomplete, invalid
from ehealth_ledger.bundle.layout import (
    Everything,
    Manifest,
    OfPatient,
    OfStatement,
    Selection,
    Stretch,
    named,
)
from ehealth_ledger.bundle.part import Header
from ehealth_ledger.store.fsck.finding import Kind


def check_asked(wanted: Selection, selection: Selection) -> Iterator[Finding]:
    """Compare what the auditor asked for with what the bundle says to be.

    A range may be wider than was asked for: the exporter widens it to whole commands.
    """
    match wanted, selection:
        case Stretch(), Stretch() if (
            selection.first <= wanted.first and wanted.last <= selection.last
        ):
            return
        case _ if wanted == selection:
            return
    yield incomplete(Flaw.SELECTION_OTHER, 0, named(wanted), named(selection))


def check_coverage(manifest: Manifest, selected: Sequence[Header]) -> Iterator[Finding]:
    """Say what is missing of the selection, and what stands in it that was not asked for."""
    match manifest.selection:
        case Everything():
            yield from _positions(selected, 1, manifest.size)
        case Stretch(first=first, last=last):
            yield from _positions(selected, first, last)
        case OfPatient(patient=patient):
            yield from _patient(selected, patient, manifest.ledger)
            yield from _versions(selected, _streams_of(selected, patient))
        case OfStatement(statement=statement):  # what lies behind its lines, the lines say
            yield from _versions(selected, {statement})


def open_ends(selection: Selection, selected: Sequence[Header]) -> tuple[OpenEnd, ...]:
    """Say up to which version each stream is here whose end no proof tells, along the log."""
    match selection:
        case OfPatient(patient=patient):
            streams = _streams_of(selected, patient)
        case OfStatement(statement=statement):
            streams = {statement}
        case _:  # what promises positions is bounded by the proof
            return ()
    last = {each.stream_id: each for each in selected if each.stream_id in streams}
    return tuple(OpenEnd(each.stream_id, each.stream_version, each.topic) for each in last.values())


def _positions(selected: Iterable[Header], first: int, last: int) -> Iterator[Finding]:
    """Say what is missing between two positions, and what stands outside; one finding a gap."""
    expected = first
    for header in selected:
        if not first <= header.position <= last:
            yield invalid(Flaw.SELECTION_EXCEEDED, header.position, f"{first} to {last}")
            continue
        if header.position > expected:
            yield incomplete(Flaw.RECORD_MISSING, expected, f"up to {header.position - 1}")
        expected = header.position + 1
    if expected <= last:
        yield incomplete(Flaw.RECORD_MISSING, expected, f"up to {last}")


def _streams_of(selected: Iterable[Header], patient: UUID) -> set[UUID]:
    return {each.stream_id for each in selected if each.key_id == patient}


def _patient(selected: Sequence[Header], patient: UUID, ledger: UUID) -> Iterator[Finding]:
    """Name records that are somebody else's, or of a command that is not the patient's.

    No proof tells that a patient has no further streams: `README`, limits.
    """
    streams = _streams_of(selected, patient)
    if not streams:
        yield incomplete(Flaw.RECORD_MISSING, expected=f"records of {patient}")
    commands = {each.command_id for each in selected if each.stream_id in streams}
    for each in selected:
        if each.key_id not in (patient, ledger) or each.command_id not in commands:
            yield invalid(Flaw.SELECTION_EXCEEDED, each.position, str(patient), str(each.key_id))


def _versions(selected: Iterable[Header], streams: Set[UUID]) -> Iterator[Finding]:
    """Say which versions of these streams are missing before the last one that is here."""
    reached = dict.fromkeys(streams, 0)
    for each in selected:
        before = reached.get(each.stream_id)
        if before is None:
            continue
        if each.stream_version <= before:
            said = (f"after version {before}", f"version {each.stream_version}")
            yield invalid(Kind.STREAM_BROKEN, each.position, *said)
            continue
        if each.stream_version > before + 1:
            last = each.stream_version - 1
            upto = f"version {last}" if last == before + 1 else f"versions {before + 1} to {last}"
            text = f"{upto} of stream {each.stream_id}"
            yield incomplete(Flaw.RECORD_MISSING, each.position, text)
        reached[each.stream_id] = each.stream_version
