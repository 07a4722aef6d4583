"""A law with a fault in it is loud, writes nothing, and does not fail its neighbours."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ehealth_ledger.commands.patient import RegisterPatient
from ehealth_ledger.errors import RuleBroken
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.intake import judgement
from ehealth_ledger.intake.laws import LAWS
from ehealth_ledger.store.lookups.batch import BatchLookups
from tests.world import World
from tests.write_path.country import Country, codes, commit, contents, head, settle

Judge = Callable[[Any], list[Fact]]


class LawFaultError(Exception):
    """Be a fault of the program, not a refusal."""


def _judged_by(judge: Judge) -> dict[Any, Any]:
    return {**LAWS, RegisterPatient: replace(LAWS[RegisterPatient], judge=judge)}


def _breaks_once(country: Country) -> tuple[Judge, list[Any]]:
    """Give three registrations, and a law that breaks at the second after its facts are made."""
    batch = [country.patient_registration() for _ in range(3)]
    judge = LAWS[RegisterPatient].judge

    def judged(case: Any) -> list[Fact]:
        facts = judge(case)
        if case.command.body.command_id == batch[1].command_id:
            raise LawFaultError("a fault of the law")
        return facts

    return judged, batch


def test_refuses_service__internal_error_for_the_one_command_whose_law_broke(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Its neighbours are recorded, nothing of it is, and the log tells the whole fault."""
    country = asyncio.run(settle(world))
    judged, batch = _breaks_once(country)
    before = head(world)[0]
    monkeypatch.setattr(judgement, "LAWS", _judged_by(judged))
    with caplog.at_level(logging.ERROR):
        assert codes(commit(world, batch)) == ["accepted", "service.internal_error", "accepted"]
    assert head(world)[0] == before + 2
    (said,) = [each for each in caplog.records if each.exc_info]
    assert said.exc_info is not None
    assert said.exc_info[0] is LawFaultError
    assert str(batch[1].command_id) in said.getMessage()
    monkeypatch.undo()
    assert codes(commit(world, [batch[1]])) == ["accepted"]


def test_a_fault_while_a_batch_takes_facts_in_ends_the_process_and_writes_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a command taken in would lie to the commands that follow: no answer is given at all."""
    country = asyncio.run(settle(world))
    batch = [country.patient_registration() for _ in range(3)]
    before = contents(world)
    absorb = BatchLookups.absorb

    def breaks(self: BatchLookups, brought: Any, facts: Any, position: int) -> None:
        absorb(self, brought, facts, position)
        raise LawFaultError("half of it was taken in")

    monkeypatch.setattr(BatchLookups, "absorb", breaks)
    with pytest.raises(LawFaultError):
        commit(world, batch)
    assert contents(world) == before


def test_a_law_that_stumbles_while_it_is_asked_says_that_its_list_may_lack_something(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What it had refused is told beside the fault; a law that only stumbles gives no list."""
    country = asyncio.run(settle(world))
    content = country.patient_registration()
    stumbles_after = [RuleBroken("id.not_new", "$.resource.id", expected="another id")]

    def stumbles(case: Any) -> list[Fact]:
        case.collected.extend(stumbles_after)
        raise LawFaultError("over what was refused already")

    monkeypatch.setattr(judgement, "LAWS", _judged_by(stumbles))
    with caplog.at_level(logging.ERROR):
        answer = world.running.checker.check(content.content)
    assert [each.code for each in answer.violations] == ["id.not_new", "service.internal_error"]
    assert any(each.exc_info and each.exc_info[0] is LawFaultError for each in caplog.records)
    stumbles_after.clear()
    with pytest.raises(LawFaultError):
        world.running.checker.check(content.content)
