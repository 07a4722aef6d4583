"""An intact ledger gives no finding."""

from __future__ import annotations

from ehealth_ledger.aggregates.consequences import MAY_LEAD_TO
from ehealth_ledger.intake.laws import LAWS
from tests.audit.conftest import Audited


def test_an_intact_ledger_gives_no_finding(original: Audited) -> None:
    """Everything the write path wrote is found as it was written, and counted."""
    seen: list[tuple[int, int]] = []
    report = original.verify(progress=lambda *done: seen.append(done))
    assert report.findings == ()
    assert report.records == report.position == original.place("end")
    assert report.signatures == report.commands - original.erased_commands > 20
    assert (report.erasures, report.erased) == (1, original.erased_records)
    assert report.checkpoints == 6  # the log's, and the super-log's over each
    assert report.cosignatures == 1
    assert (report.checkpoints_without_key, report.cosignatures_without_key) == (0, 0)
    assert seen[-1] == (report.records, report.records)


def test_signatures_whose_key_is_not_known_are_counted(original: Audited) -> None:
    """What cannot be verified is told as that, and is no finding."""
    log_key, *_ = original.keys
    report = original.verify(keys=[log_key])
    assert report.findings == ()
    assert (report.checkpoints, report.checkpoints_without_key) == (3, 3)
    assert (report.cosignatures, report.cosignatures_without_key) == (0, 1)


def test_every_command_says_which_facts_it_may_lead_to() -> None:
    """A new command fails here until the auditor knows what may follow from it."""
    assert LAWS.keys() == MAY_LEAD_TO.keys()
