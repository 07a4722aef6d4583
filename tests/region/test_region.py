"""A small region lives through a month over HTTP, and every count of it is explained."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from ehealth_ledger.commands.catalogue import NAMES
from ehealth_ledger.errors import CATALOGUE
from scripts.regional.tally import BAR_MAX, COMMANDS_NOT_HERE, Tally, bar

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


def test_the_tables_show_each_count_and_explain_each_zero() -> None:
    """Whoever reads the closing tables sees what was frequent, and why a row is empty."""
    tally = Tally()
    tally.accepted.update({"encounter.record": 400, "referral.issue": 100, "contract.sign": 1})
    drawn = [bar(count, 400) for count in (400, 100, 1)]
    assert [len(each) for each in drawn] == [BAR_MAX, BAR_MAX // 4, 1]
    tally.accepted.update(set(NAMES) - COMMANDS_NOT_HERE.keys())
    for table in (tally.commands(), tally.refusals()):
        assert all(table.columns[2]._cells), table.title
    assert f"of {len(CATALOGUE)} refusal codes" in tally.summary()
