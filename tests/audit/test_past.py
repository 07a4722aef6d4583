"""Read the records of one subject through the real door, and stop at the first altered one."""

from __future__ import annotations

from uuid import uuid4

import pytest

from ehealth_ledger.entrypoints.reader import open_reader
from ehealth_ledger.errors import LedgerCorrupt
from ehealth_ledger.store.notifications import Notification, Notifications
from projections.projectors.catalogue import MODELS
from projections.projectors.past import FoldedPast
from projections.projectors.replay import fold_as_of
from tests.audit.conftest import Audited

TOPICS = tuple(sorted({fact.TOPIC for each in MODELS.values() for fact in each.facts}))


def whole(door: Notifications) -> list[Notification]:
    """Read every record."""
    return door.read(door.beginning(), 100_000)


def test_one_subjects_records_are_those_the_whole_log_holds(original: Audited) -> None:
    """Selecting reads the same records in the same order, no other subject's, none beyond."""
    with open_reader(original.urls, original.master_key) as reading:
        door = reading.notifications
        records = whole(door)
        head = records[-1].position
        every = [each.position for each in records if each.topic in TOPICS]
        assert [each.position for each in door.select(TOPICS, upto=head, subject=None)] == every
        mine = [
            each.position
            for each in records
            if each.topic in TOPICS and each.fact and each.fact.subject == original.patient
        ]
        assert len(mine) > 10
        chosen = door.select(TOPICS, upto=head, subject=original.patient)
        assert [(each.position, each.fact is not None) for each in chosen] == [
            (position, True) for position in mine
        ]
        middle = mine[len(mine) // 2]
        early = list(door.select(TOPICS, upto=middle, subject=original.patient))
        assert early[-1].position == middle
        assert list(door.select(TOPICS, upto=head, subject=uuid4())) == []
        assert list(door.select((), upto=head, subject=None)) == []


def test_the_past_of_one_patient_is_part_of_the_whole(original: Audited) -> None:
    """On a real ledger too, one key's records make all rows about its patient."""
    with open_reader(original.urls, original.master_key) as reading:
        door = reading.notifications
        head = door.head().position
        for name, projector in MODELS.items():
            folded = fold_as_of(door, name, head, lambda *_: None).documents
            patient = str(original.patient)
            mine = {key: each for key, each in folded.items() if each.get("patient") == patient}
            read = FoldedPast(door).documents(projector.model, head, original.patient)
            assert mine.items() <= read.items(), name


@pytest.mark.parametrize(
    ("column", "kind"),
    [("topic", "record.altered"), ("stream_version", "record.altered")],
)
def test_an_altered_record_is_not_handed_out(audited: Audited, column: str, kind: str) -> None:
    """Whoever asks about the past is never shown what does not hash to its chain value."""
    changed = "'episode.opened.v1'" if column == "topic" else "stream_version + 1000"
    with open_reader(audited.urls, audited.master_key) as reading:
        door = reading.notifications
        position = next(
            each.position
            for each in whole(door)
            if each.topic == "referral.issued.v1"
            and each.fact
            and each.fact.subject == audited.patient
        )
        with audited.as_superuser() as connection:
            connection.execute(
                f"UPDATE records SET {column} = {changed} WHERE position = {position}".encode()
            )
        with pytest.raises(LedgerCorrupt, match=kind) as found:
            list(door.select(TOPICS, upto=position, subject=audited.patient))
        assert f"records/{position}" in str(found.value)
