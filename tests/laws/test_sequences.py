"""Any order of commands leads a statement through states that a tiny model predicts."""

from __future__ import annotations

from typing import Any

from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as some

from ehealth_ledger.aggregates.evolution import evolve
from ehealth_ledger.aggregates.statement import Statement, Status
from ehealth_ledger.errors import RuleBroken
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.payment import PaymentRecorded
from ehealth_ledger.events.posting import Posting
from tests.laws.bench import Scene, asks
from tests.laws.scenes.common import STATEMENT, statement
from tests.laws.scenes.money import accept_statement, countersign_statement, record_payment

_STATEMENT_STEPS = {
    "countersign": countersign_statement,
    "accept": accept_statement,
    "pay": record_payment,
}


def _judged(scene: Scene) -> list[Fact] | None:
    try:
        return scene.judge()
    except RuleBroken:
        return None


def _taken_in(state: Any, facts: list[Fact]) -> Any:
    for fact in facts:
        assert sum(each.amount for each in _postings(fact)) == 0
        if fact.stream_id == STATEMENT:
            state = evolve(state, fact)
    return state


def _postings(fact: Fact) -> tuple[Posting, ...]:
    postings: tuple[Posting, ...] = getattr(fact, "postings", ())
    return postings


@for_all(
    some.lists(
        some.tuples(some.sampled_from(sorted(_STATEMENT_STEPS)), some.integers(1, 16_000)),
        max_size=12,
    )
)
@settings(max_examples=80, deadline=None)
def test_a_statement_is_never_paid_beyond_its_total(steps: list[tuple[str, int]]) -> None:
    """Payments come after acceptance, add up, and stop at the total, in any order of attempts."""
    state: Statement = statement()
    reached, paid = "formed", 0
    for step, amount in steps:
        scene = _STATEMENT_STEPS[step]()
        scene.states[STATEMENT] = state
        if step == "pay":
            asks("resource", "amount", value=amount)(scene)
            allowed = reached in ("accepted", "paid") and paid + amount <= 15_000
        else:
            allowed = (reached, step) in {("formed", "countersign"), ("countersigned", "accept")}
        facts = _judged(scene)
        assert (facts is not None) == allowed
        for fact in facts or []:
            paid += fact.amount if isinstance(fact, PaymentRecorded) else 0
        state = _taken_in(state, facts or [])
        if allowed and step != "pay":
            reached = "countersigned" if step == "countersign" else "accepted"
        reached = "paid" if paid == 15_000 else reached
        assert (state.paid, state.status) == (paid, Status(reached))
