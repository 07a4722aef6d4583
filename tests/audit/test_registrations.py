"""Facts of the registries are compared with what was signed for them."""

from __future__ import annotations

from typing import Any

import pytest

from ehealth_ledger.aggregates.consequences import MAY_LEAD_TO
from ehealth_ledger.commands.parsing import parse
from ehealth_ledger.events.contract import (
    ContractDeclined,
    ContractResumed,
    ContractSuspended,
    ContractTerminated,
)
from ehealth_ledger.events.declaration import DeclarationTerminated
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.store.fsck.registrations import REPEATED, agrees
from ehealth_ledger.values.json import canonical
from tests.laws.lookups import an_id
from tests.laws.scenes import registry

# What follows from the standing of others: store/fsck/standing.py and the streams derive it.
DERIVED = {
    *(DeclarationTerminated, ContractDeclined),
    *(ContractSuspended, ContractResumed, ContractTerminated),
}
UNREPEATED = {"party.found_alive.v1"}  # it says nothing that its command does not


def _pairs() -> list[tuple[str, Fact, Any]]:
    found = []
    for name, set_up in registry.SCENES.items():
        scene = set_up()
        command = parse(canonical(scene.content))
        found += [(name, fact, command) for fact in scene.judge()]
    return found


@pytest.mark.parametrize(("name", "fact", "command"), _pairs())
def test_what_was_signed_is_what_is_said(name: str, fact: Fact, command: Any) -> None:
    """An accepted scene's facts agree with it, and with no other thing's id in them."""
    assert agrees(command, fact)
    for field, value in fact:
        if value == fact.stream_id and (type(command), type(fact)) in REPEATED:
            other = fact.model_copy(update={field: an_id("another thing")})
            assert agrees(command, other) is (fact.TOPIC.startswith("party.")), (name, field)


def test_every_fact_of_the_registries_is_compared() -> None:
    """No command of the registries can gain a fact that nobody compares."""
    commands = {type(command) for _, _, command in _pairs()}
    wanted = {
        (command, fact)
        for command in commands
        for fact in MAY_LEAD_TO[command]
        if fact not in DERIVED and fact.TOPIC not in UNREPEATED
    }
    assert wanted <= REPEATED.keys()
