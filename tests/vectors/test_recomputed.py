"""The published vectors follow from their descriptions alone: no code of the product is needed."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.vectors.independent import HOLDS, Case
from tests.vectors.vectors import ALL, IDS, KINDS, cases


@pytest.mark.parametrize(("kind", "case"), ALL, ids=IDS)
def test_a_vector_follows_from_its_description(kind: str, case: Case) -> None:
    """What is to be accepted can be recomputed; what is to be refused cannot."""
    assert HOLDS[kind](case) == (case["effect"] == "accept")


def test_every_kind_accepts_and_refuses() -> None:
    """Each kind has cases of both effects, one of them a changed byte, and no two of one name."""
    assert set(KINDS) == set(HOLDS)
    for kind in KINDS:
        found = cases(kind)
        assert {case["effect"] for case in found} == {"accept", "refuse"}
        assert any(
            "one changed byte" in case["name"] for case in found if case["effect"] == "refuse"
        )
        assert len({case["name"] for case in found}) == len(found)


@pytest.mark.parametrize(
    "file", ["independent.py", "vectors.py", "test_recomputed.py", "../http/auditor.py"]
)
def test_nothing_of_the_product_is_imported(file: str) -> None:
    """This half would find a fault that product and vectors share."""
    tree = ast.parse((Path(__file__).parent / file).read_text(encoding="utf-8"))
    imported = {
        name
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert not [name for name in imported if name.startswith(("ehealth_ledger", "projections"))]
