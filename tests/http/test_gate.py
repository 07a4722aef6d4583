"""Damage ends the process, alone or in the company of other faults."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from ehealth_ledger.entrypoints.http.gate import Gate
from ehealth_ledger.errors import LedgerCorrupt

DAMAGE = LedgerCorrupt("record.altered", "records", 7)


@pytest.mark.parametrize(
    "fault", [DAMAGE, ExceptionGroup("lines", [ValueError("?"), ExceptionGroup("one", [DAMAGE])])]
)
def test_damage_is_told_whatever_it_comes_in(fault: Exception) -> None:
    """The lines of a batch are judged in a group: what one of them finds is not lost in it."""
    told: list[BaseException] = []

    async def app(*_: Any) -> None:
        raise fault

    async def nothing(*_: Any) -> Any:
        raise AssertionError("nobody is answered")

    gate = Gate(app, told.append)
    with pytest.raises(type(fault)):
        asyncio.run(gate({"type": "http", "method": "POST"}, nothing, nothing))
    (one,) = told
    assert one is DAMAGE or (isinstance(one, ExceptionGroup) and one.subgroup(LedgerCorrupt))
