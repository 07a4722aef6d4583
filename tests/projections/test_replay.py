"""Replay money and models from the log alone, to any past moment."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest

from ehealth_ledger.events.charge import ChargeAccrued, ChargeAccruedV1
from ehealth_ledger.pricing.statement import StatementKey, fold
from ehealth_ledger.values.time import from_microseconds
from projections.projectors.replay import fold_as_of, position_at, replay_statements
from projections.read_models.model import Key
from tests.projections.log import BEGAN_US, HandMadeLog, silent
from tests.projections.story import PACKAGE, PERIOD, Story


def replayed(story: Story, position: int | None = None) -> dict[StatementKey, object]:
    end = len(story.log.records) if position is None else position
    return dict(replay_statements(story.log, end, silent))


def test_a_replay_adds_up_the_charges_and_nothing_else() -> None:
    """The digest is that of the pricing fold over the same charges, with or without a statement."""
    story = Story()
    story.treated()
    story.treated(price=20_000)
    story.treated(price=None)
    before = story.folded()
    formed = story.form()
    story.accept(formed)
    again = story.folded()
    assert again == before
    assert again == fold(again.key, story.hospital, story.payer, reversed(again.lines))
    assert sha256(again.to_bytes()).hexdigest() == again.digest() == formed.digest


def test_one_other_price_gives_another_digest() -> None:
    """A statement's digest holds every price: one kopiyka more is another statement."""
    story = Story()
    for _ in range(3):
        story.treated()
    before = story.folded()
    at = next(n for n, each in enumerate(story.log.records) if each.topic == "charge.accrued.v2")
    charge = story.log.records[at].fact
    assert isinstance(charge, ChargeAccrued)
    dearer = charge.model_copy(update={"unit_price": 15_001, "amount": 15_001})
    story.log.records[at] = replace(story.log.records[at], fact=dearer)
    after = story.folded()
    assert after.total == before.total + 1
    assert after.digest() != before.digest()


def test_a_lie_in_the_formed_statement_does_not_reach_a_replay() -> None:
    """What the statement record says plays no part."""
    story = Story()
    story.treated()
    before = story.folded()
    story.form(digest="00" * 32, total=1, count=9)
    assert story.folded() == before


def test_a_replay_ends_where_it_is_told() -> None:
    """Charges after the position are not yet known; before the first there is no statement."""
    story = Story()
    story.treated()
    end = len(story.log.records)
    story.treated(price=20_000)
    assert story.folded().total == 35_000
    (early,) = replay_statements(story.log, end, silent).values()
    assert (early.total, early.as_of) == (15_000, end)
    assert replayed(story, 0) == {}
    assert replayed(story, end - 1) == {}


def test_a_replay_beyond_the_log_is_refused() -> None:
    """Nobody is told that a short log holds what a longer one held."""
    story = Story()
    story.treated()
    with pytest.raises(LookupError):
        replayed(story, len(story.log.records) + 1)


def test_each_contract_package_and_month_is_its_own_statement() -> None:
    """Charges are added up by the key the law gave them."""
    story = Story()
    story.treated()
    charge = story.charge(1, 700)
    story.log.add(charge.model_copy(update={"period": "2026-12"}))
    found = replay_statements(story.log, len(story.log.records), silent)
    totals = {key.period: statement.total for key, statement in found.items()}
    assert totals == {PERIOD: 15_000, "2026-12": 700}
    assert {key.package for key in found} == {PACKAGE}


def test_money_replays_after_an_erasure() -> None:
    """With the patient's key gone the statement still has the same bytes."""
    story = Story()
    patient = story.treated()
    before = story.folded().to_bytes()
    story.log.erase(patient)
    assert story.folded().to_bytes() == before


def test_any_model_as_of_a_position() -> None:
    """The past is folded as it was known then."""
    story = Story()
    patient = story.patient()
    referral = story.refer(patient)
    story.redeem(patient, referral)
    key = Key("referral_status", referral)
    known = [
        fold_as_of(story.log, "referral_status", position, silent).documents.get(key)
        for position in range(4)
    ]
    assert [None if each is None else each["redeemed_by"] for each in known] == [
        None,
        None,
        None,
        str(story.hospital),
    ]
    assert [None if each is None else each["status"] for each in known[1:3]] == [None, "active"]


def test_any_moment_has_a_position() -> None:
    """A time leads to the last record at or before it."""
    story = Story()
    story.treated()
    began = from_microseconds(BEGAN_US)
    moments = [timedelta(0), timedelta(milliseconds=1), timedelta(milliseconds=3), timedelta(1)]
    assert [position_at(story.log, began + each) for each in moments] == [0, 1, 3, 8]
    assert position_at(HandMadeLog(), began) == 0


def test_progress_is_told_to_the_end() -> None:
    """Whoever waits sees how far it is, and that it ended."""
    story = Story()
    story.treated()
    told: list[tuple[int, int]] = []
    replay_statements(story.log, 6, lambda done, total: told.append((done, total)))
    assert told == [(6, 6)]


def test_a_charge_of_the_first_version_is_the_same_line() -> None:
    """What was written as `charge.accrued.v1` folds to the bytes that were signed then."""
    story = Story()
    story.treated()
    before = story.folded()
    at = next(n for n, each in enumerate(story.log.records) if each.topic == "charge.accrued.v2")
    charge = story.log.records[at].fact
    assert isinstance(charge, ChargeAccrued)
    elder = ChargeAccruedV1.model_validate(
        {name: getattr(charge, name) for name in ChargeAccruedV1.model_fields}
    )
    story.log.records[at] = replace(story.log.records[at], topic=elder.TOPIC, fact=elder)
    assert story.folded().to_bytes() == before.to_bytes()
