"""Find the pages of the documentation, and their examples."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import Final, NamedTuple

PROJECT: Final = Path(__file__).parents[2]
PAGES: Final = sorted([*PROJECT.glob("*.md"), *PROJECT.glob("docs/**/*.md")])
README: Final = PROJECT / "README.md"
ARCHITECTURE: Final = PROJECT / "docs" / "ARCHITECTURE.md"
GLOSSARY: Final = PROJECT / "docs" / "GLOSSARY.md"
OPERATING: Final = PROJECT / "docs" / "OPERATING.md"
CHANGELOG: Final = PROJECT / "CHANGELOG.md"
DECISIONS: Final = PROJECT / "docs" / "adr"

_FENCE: Final = re.compile(r"^( *)```(\w*)\n(.*?)^\1```", re.DOTALL | re.MULTILINE)


class Example(NamedTuple):
    """Hold one fenced block: its language, its text, the line it begins at."""

    page: Path
    language: str
    text: str
    line: int

    @property
    def name(self) -> str:
        return f"{self.page.relative_to(PROJECT)}:{self.line}"


def examples(page: Path, language: str) -> list[Example]:
    """List a page's blocks of a language."""
    text = page.read_text(encoding="utf-8")
    return [
        Example(page, language, textwrap.dedent(found[3]), text.count("\n", 0, found.start()) + 1)
        for found in _FENCE.finditer(text)
        if found[2] == language
    ]


def all_examples(language: str) -> list[Example]:
    """List every page's blocks of a language."""
    return [example for page in PAGES for example in examples(page, language)]


def section(page: Path, heading: str) -> str:
    """Return the text under a heading, up to the next one of its rank or above."""
    text = page.read_text(encoding="utf-8")
    begun = re.search(rf"^(#+) +{re.escape(heading)}$", text, re.MULTILINE)
    assert begun is not None, f"{page.name} has no heading {heading!r}"
    rest = text[begun.end() :]
    rank = len(begun[1])
    end = re.search(
        rf"^#{{1,{rank}}} ",
        re.sub(r"^```.*?^```", _blanked, rest, flags=re.DOTALL | re.MULTILINE),
        re.MULTILINE,
    )
    return rest if end is None else rest[: end.start()]


def rows(text: str) -> list[list[str]]:
    """Read the cells of every table row, headings and rules left out."""
    lines = [line.strip() for line in text.splitlines()]
    body = []
    for at, line in enumerate(lines):
        is_rule = set(line) <= set("|-: ")
        is_heading = at + 1 < len(lines) and lines[at + 1].startswith("|--")
        if line.startswith("|") and not is_rule and not is_heading:
            body.append(
                [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line[1:-1])]
            )
    return body


def _blanked(found: re.Match[str]) -> str:
    return " " * len(found[0])
