"""Read the published vectors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "schemas" / "vectors"
KINDS = tuple(sorted(file.stem for file in FOLDER.glob("*.json")))


def cases(kind: str) -> list[dict[str, Any]]:
    """Read the cases of one kind."""
    published = json.loads((FOLDER / f"{kind}.json").read_bytes())
    assert published["kind"] == kind
    found: list[dict[str, Any]] = published["cases"]
    return found


ALL = [(kind, case) for kind in KINDS for case in cases(kind)]
IDS = [f"{kind}: {case['effect']} {case['name']}" for kind, case in ALL]
