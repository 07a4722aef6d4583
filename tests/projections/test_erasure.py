"""An erased patient leaves every read model, and what is built again is what is live."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from ehealth_ledger.events.erasure import ErasureOrdered, PatientErased
from projections.projectors.catalogue import MODELS
from projections.projectors.difference import difference
from projections.projectors.follower import Follower
from projections.projectors.past import FoldedPast
from projections.projectors.rebuild import rebuild
from projections.projectors.replay import replay_statements
from projections.read_models.schema import NothingToRollBack, roll_back
from tests.projections.live import everything, findings, rows
from tests.projections.log import silent
from tests.projections.story import Story, whole_story


def _patients(story: Story) -> list[UUID]:
    return list(dict.fromkeys(e.subject for e in story.log.records if _is_patient(e)))


def _is_patient(record: object) -> bool:
    return getattr(record, "topic", "") == "patient.registered.v1"


def erase(story: Story, patient: UUID) -> None:
    """Order an erasure, countersign it, and destroy the key."""
    content = {"legal_entity": str(story.payer)}
    order = ErasureOrdered(
        patient=patient,
        basis="court_decision",
        reference_pointer="/resource/reference",
        ordered_by=uuid4(),
        party=uuid4(),
        act_position=len(story.log.records) + 1,
        content_digest="ab" * 32,
    )
    story.log.add(order, content=content)
    erased = PatientErased(patient=patient, order=order.act_position, countersigned_by=uuid4())
    story.log.add(erased, content=content)
    story.log.erase(patient)


@pytest.fixture(params=[1, 7, 5_000], ids=lambda size: f"batches of {size}")
def lived(
    read_url: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> tuple[Story, UUID]:
    """Bring the read side up to a whole story, then erase one of its patients."""
    monkeypatch.setattr("projections.projectors.follower.BATCH_RECORDS", request.param)
    story = whole_story()
    Follower(story.log, read_url, MODELS).catch_up()
    patient = _patients(story)[0]
    erase(story, patient)
    Follower(story.log, read_url, MODELS).catch_up()
    return story, patient


def test_no_row_names_the_patient_but_the_payers_own_feed(
    lived: tuple[Story, UUID], read_url: str
) -> None:
    """Rows about the patient, and about each thing that was the patient's, are gone everywhere."""
    story, patient = lived
    things = {str(e.stream_id) for e in story.log.records if e.subject == patient}
    assert len(things) > 3
    left = {
        model: [
            row for table in rows(read_url, model).values() for row in table if names(row, things)
        ]
        for model in MODELS
    }
    feed = left.pop("feed")
    assert {model: found for model, found in left.items() if found} == {}
    assert len(feed) == 2  # the payer is told of the erasure; beside it stands the thread
    assert all(str(patient) in str(row) for row in feed)


def names(row: tuple[object, ...], things: set[str]) -> bool:
    """Tell whether a row is about one of these, by its key or by what it says."""
    return any(each in str(row) for each in things)


def test_rebuilt_compared_and_live_are_one(lived: tuple[Story, UUID], read_url: str) -> None:
    """What was folded while the key was there, and what is folded without it, come to one thing."""
    story, _ = lived
    before = everything(read_url)
    for model in MODELS:
        # Whose only patient is gone is empty, and says so.
        assert set(findings(story.log, read_url, model)) <= {f"read_model is empty: {model}"}
        assert rebuild(story.log, read_url, model, silent).equal, model
    assert everything(read_url) == before


def test_the_past_shows_nothing_of_the_patient(lived: tuple[Story, UUID]) -> None:
    """Also as of a moment at which the patient was there."""
    story, patient = lived
    past = FoldedPast(story.log)
    for model in MODELS.values():
        for key, document in past.documents(model.model, len(story.log.records) - 2, None).items():
            assert key.id != patient
            assert str(patient) not in str(document)


def test_two_moments_differ_by_what_is_still_known(lived: tuple[Story, UUID]) -> None:
    """A difference across the erasure tells of nothing that was erased."""
    story, _ = lived
    end = len(story.log.records)
    assert difference(story.log, "patient_summary", end - 2, end, silent) == []


@pytest.mark.parametrize("lagging", [False, True])
def test_the_tables_kept_from_before_go_too(read_url: str, lagging: bool) -> None:
    """What a rebuild replaced is no hiding place, whoever comes to the erasure first."""
    story = whole_story()
    Follower(story.log, read_url, MODELS).catch_up()
    for model in MODELS:
        rebuild(story.log, read_url, model, silent)
    patient = _patients(story)[0]
    erase(story, patient)
    if lagging:
        for model in MODELS:
            rebuild(story.log, read_url, model, silent)
    else:
        Follower(story.log, read_url, MODELS).catch_up()
    for model in MODELS.values():
        with pytest.raises(NothingToRollBack):
            roll_back(read_url, model.model)


def test_the_money_stays_byte_for_byte() -> None:
    """Statements replay as before, and the institutions keep their entries about charges."""
    story = whole_story()
    before = replay_statements(story.log, len(story.log.records), silent)
    patient = _patients(story)[0]
    assert any(line for each in before.values() for line in each.lines)
    erase(story, patient)
    after = replay_statements(story.log, len(story.log.records), silent)
    assert {key: each.to_bytes() for key, each in after.items()} == {
        key: each.to_bytes() for key, each in before.items()
    }
