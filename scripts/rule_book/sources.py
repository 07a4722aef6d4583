"""Find, in the source, which law refuses with a code and which tests provoke it."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final

PROJECT: Final = Path(__file__).parents[2]
LAWS: Final = ("ehealth_ledger", "projections")
NOT_LAWS: Final = (
    "ehealth_ledger/entrypoints/",
    "ehealth_ledger/errors/",
    "ehealth_ledger/store/fsck/",
    "ehealth_ledger/store/guards.py",
)


def laws_by_code(codes: set[str]) -> dict[str, list[str]]:
    """Map each code to the functions that refuse with it, as `path:function`."""
    found: dict[str, list[str]] = defaultdict(list)
    for root in LAWS:
        for file in sorted((PROJECT / root).rglob("*.py")):
            path = file.relative_to(PROJECT).as_posix()
            if path.startswith(NOT_LAWS):
                continue
            for function, text in _texts(file):
                place = f"{path}:{function}" if function else path
                if text in codes and place not in found[text]:
                    found[text].append(place)
    return found


def tests_by_code(codes: set[str]) -> dict[str, list[str]]:
    """Map each code to the test files that name it, in a row, an assertion or a test's own name."""
    found: dict[str, list[str]] = defaultdict(list)
    for file in sorted((PROJECT / "tests").rglob("test_*.py")):
        text = file.read_text(encoding="utf-8")
        path = file.relative_to(PROJECT).as_posix()
        for code in codes:
            if f'"{code}"' in text or code.replace(".", "__") in text:
                found[code].append(path)
    return found


def _texts(file: Path) -> Iterator[tuple[str, str]]:
    """Give every text of a module with the name of the function it stands in."""

    def walk(node: ast.AST, function: str) -> Iterator[tuple[str, str]]:
        for child in ast.iter_child_nodes(node):
            named = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)
            inside = child.name if named and not function else function
            if isinstance(child, ast.Constant) and isinstance(child.value, str):
                yield inside, child.value
            yield from walk(child, inside)

    yield from walk(ast.parse(file.read_text(encoding="utf-8")), "")
