"""The page of rules is what the code says, and every rule is built or says why not."""

from __future__ import annotations

from ehealth_ledger.errors import CATALOGUE
from scripts.rule_book.page import page
from scripts.rule_book.rules import RULES
from scripts.rule_book.sources import PROJECT


def test_the_page_of_rules_is_current() -> None:
    """Whoever adds a refusal, a law or a test runs scripts/rules."""
    assert (PROJECT / "docs" / "rules.md").read_text(encoding="utf-8") == page()


def test_every_rule_refuses_or_says_why_not() -> None:
    """No rule is passed over in silence."""
    enforced = {
        number.strip() for kind in CATALOGUE.values() for number in (kind.rule or "").split(",")
    }
    assert [rule.number for rule in RULES] == list(range(1, 66))
    silent = [rule.number for rule in RULES if str(rule.number) not in enforced and not rule.limits]
    assert silent == []
