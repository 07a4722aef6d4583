"""Write docs/rules.md, or say whether it is current."""

from __future__ import annotations

import sys

from scripts.rule_book.page import page
from scripts.rule_book.sources import PROJECT


def main(arguments: list[str]) -> int:
    """Write the page; with `--check`, compare and return 1 where it differs."""
    file = PROJECT / "docs" / "rules.md"
    wanted = page()
    if arguments == ["--check"]:
        if file.read_text(encoding="utf-8") == wanted:
            return 0
        print("docs/rules.md is not current: run scripts/rules", file=sys.stderr)  # noqa: T201 - a command speaks
        return 1
    if arguments:
        print("usage: scripts/rules [--check]", file=sys.stderr)  # noqa: T201 - a command speaks
        return 2
    file.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
