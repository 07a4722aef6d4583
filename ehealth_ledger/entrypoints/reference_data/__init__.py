"""Ship the data a deployment begins with, each value with its source, ready to be signed."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any


def parameters() -> dict[str, Any]:
    """Return the resource of the `parameter.set` that a new deployment signs first."""
    text = (files(__package__) / "parameters.json").read_text(encoding="utf-8")
    resource: dict[str, Any] = json.loads(text)
    return resource
