"""Follow every relative link of the documentation, and its walk through the code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from tests.docs.pages import ARCHITECTURE, PAGES, PROJECT, section
from tests.docs.sources import names_in

LINK: Final = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE: Final = re.compile(r"^```.*?^```|`[^`\n]*`", re.DOTALL | re.MULTILINE)
STEP: Final = re.compile(r"\[`([\w./-]+):([\w.]+)`\]\(([^)\s]+)\)")
STEPS_MIN: Final = 30


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    """A reader who follows a link of ours finds the file and the heading it promises."""
    for link in LINK.findall(CODE.sub("", page.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", link):
            continue  # the outside world changes without us
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), f"{link} leads nowhere"
        if anchor and target.suffix == ".md":
            assert anchor in _anchors(target), f"{link} names no heading"


def test_the_traced_command_passes_through_code_that_exists() -> None:
    """Whoever follows the trace finds each function in the file that its link leads to."""
    trace = section(ARCHITECTURE, "Trace one command")
    steps = STEP.findall(trace)
    assert len(steps) >= STEPS_MIN
    for path, name, link in steps:
        file = PROJECT / path
        assert (ARCHITECTURE.parent / link).resolve() == file, f"{link} is not {path}"
        assert name in names_in(file), f"{path} defines no {name}"


def test_the_trace_is_a_whole_numbered_list() -> None:
    """No step of the walk is missing or counted twice."""
    numbers = re.findall(r"^(\d+)\. ", section(ARCHITECTURE, "Trace one command"), re.MULTILINE)
    assert [int(each) for each in numbers] == list(range(1, len(numbers) + 1))


def _anchors(page: Path) -> set[str]:
    text = CODE.sub(_kept, page.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ +(.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _kept(code: re.Match[str]) -> str:
    # Inline code is part of a heading; a fenced block, whose comments look like headings, is not.
    return "" if code[0].startswith("```") else code[0].strip("`")
