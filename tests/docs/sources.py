"""Know every name the source defines."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import Final

from tests.docs.pages import PROJECT

ROOTS: Final = ("ehealth_ledger", "projections")
_SQL: Final = re.compile(
    r"CREATE (?:OR REPLACE )?(?:TABLE|FUNCTION|TRIGGER|VIEW|ROLE|INDEX|UNIQUE INDEX)"
    r"(?: IF NOT EXISTS)? +([a-z_]+)"
)


@cache
def names_in(file: Path) -> frozenset[str]:
    """Return what a file defines: functions, classes and members, constants; of SQL, objects."""
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".sql":
        return frozenset(_SQL.findall(text))
    return frozenset(_defined(ast.parse(text).body, ""))


@cache
def all_names() -> frozenset[str]:
    """Return what the whole source defines."""
    return frozenset().union(
        *(names_in(file) for file in source_files() if file.suffix in {".py", ".sql"})
    )


@cache
def source_files() -> tuple[Path, ...]:
    """List the files of the source."""
    return tuple(
        file for root in ROOTS for file in sorted((PROJECT / root).rglob("*")) if file.is_file()
    )


def _defined(body: list[ast.stmt], prefix: str) -> list[str]:
    found: list[str] = []
    for each in body:
        match each:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                found.append(prefix + name)
            case ast.ClassDef(name=name, body=members):
                found.append(prefix + name)
                found += _defined(members, f"{prefix}{name}.")
            case ast.AnnAssign(target=ast.Name(id=name)):
                found.append(prefix + name)
            case ast.Assign(targets=targets):
                found += [prefix + target.id for target in targets if isinstance(target, ast.Name)]
            case _:
                pass
    # An attribute that only __init__ or __slots__ sets is a member too.
    for each in body:
        if isinstance(each, ast.FunctionDef) and each.name == "__init__" and prefix:
            found += [
                prefix + node.attr
                for node in ast.walk(each)
                if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
            ]
    return found
