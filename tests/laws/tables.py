"""Lay out law tables: a row is a name with the rule's number, what differs, and what is refused
where.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ehealth_ledger.errors import CATALOGUE, RuleBroken
from tests.laws.bench import Change, Scene


def row(name: str, code: str, path: str, change: Change) -> Any:
    """Name a row `rule 47: referral.expired: its last moment has come`."""
    rule = CATALOGUE[code].rule
    title = f"{code}: {name}" if rule is None else f"rule {rule}: {code}: {name}"
    return pytest.param(change, code, path, id=title)


def refused(accepted: Callable[[], Scene], change: Change) -> tuple[str, str]:
    """Change one thing of an accepted scene and return the refusal's code and path.

    A check beforehand names it among the others, goes on to the end without stumbling, and says
    what would be accepted.
    """
    scene = accepted()
    change(scene)
    with pytest.raises(RuleBroken) as refusal:
        scene.judge()
    found = scene.violations()
    assert (refusal.value.code, refusal.value.path) in {(each.code, each.path) for each in found}
    silent = [str(each) for each in found if not each.evidence.get("expected")]
    assert not silent, silent
    return refusal.value.code, refusal.value.path
