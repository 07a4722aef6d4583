"""A small region lives through a month over HTTP, and every count of it is explained."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from ehealth_ledger.commands.catalogue import NAMES
from scripts.regional.tally import ZEROS, Tally

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
    assert counts["accepted"]["patient.register"] == 80
    assert min(counts["accepted"][name] for name in ("encounter.record", "declaration.sign")) > 10
    assert sum(1 for count in counts["provoked"].values() if count) > 30


def test_an_unexpected_answer_is_told() -> None:
    """A receipt where a refusal was due, or a refusal where a receipt was, does not pass."""
    tally = Tally()
    tally.take("referral.issue", None, {"code": "patient.unknown", "errors": []})
    tally.take("referral.issue", "patient.unknown", {})
    assert sum(tally.surprises.values()) == 2
    assert not tally.accepted
    assert not tally.refused


def test_every_zero_has_its_reason() -> None:
    """No command is left out of the closing table's reasons."""
    assert {name.partition(".")[0] for name in NAMES} <= ZEROS["commands"].keys()
