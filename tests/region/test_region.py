"""A small region lives through a month over HTTP, and every count of it is explained."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from scripts.regional.tally import COMMANDS_NOT_HERE, Tally

PROJECT = Path(__file__).parents[2]


def test_a_month_is_accepted_whole_and_wrongs_are_refused_as_meant() -> None:
    """Nothing that care consists of is refused, and each wrong gets its own refusal."""
    lived = subprocess.run(
        [sys.executable, "-m", "scripts.regional", "--patients", "80", "--months", "1", "--json"],
        capture_output=True,
        check=False,
        cwd=PROJECT,
        text=True,
        timeout=600,
    )
    assert lived.returncode == 0, lived.stderr
    counts = json.loads(lived.stdout)
    assert counts["unexpected"] == {}
    assert counts["accepted"]["patient.register"] > 80
    assert min(counts["accepted"][name] for name in ("encounter.record", "declaration.sign")) > 10
    assert sum(1 for count in counts["provoked"].values() if count) >= 90
    assert counts["accepted"]["employee.dismiss_by_closing"] >= 1
    zeros = {name for name, count in counts["accepted"].items() if not count}
    assert zeros == counts["not_accepted"].keys() <= COMMANDS_NOT_HERE.keys()
    for code, count in counts["provoked"].items():
        assert count or "test_" in counts["not_provoked"][code], code


def test_an_unexpected_answer_is_told() -> None:
    """A receipt where a refusal was due, or a refusal where a receipt was, does not pass."""
    tally = Tally()
    tally.take("referral.issue", None, {"code": "patient.unknown", "errors": []})
    tally.take("referral.issue", "patient.unknown", {})
    assert sum(tally.surprises.values()) == 2
    assert not tally.accepted
    assert not tally.refused
