"""Ship the data a deployment begins with, each value with its source, ready to be signed."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any, Final

_TARIFFS: Final = "tariffs/2018-2026.json"


def parameters() -> dict[str, Any]:
    """Return the resource of the `parameter.set` that a new deployment signs first."""
    return _resource("parameters.json")


def directories() -> list[dict[str, Any]]:
    """Return the resources of `directory.publish`: small extracts for the demo and the tests.

    A deployment loads the whole directories (`ehealth-ledger load directory`).
    """
    folder = files(__package__) / "directories"
    return [
        _resource(f"directories/{name}")
        for name in sorted(each.name for each in folder.iterdir())
        if name.endswith(".json")
    ]


def services() -> dict[str, Any]:
    """Return the resource of the `service.publish` of the demo and the tests."""
    return _resource("services.json")


def tariffs() -> list[dict[str, Any]]:
    """Return the resources of `tariff.release` without their ids: the figures of 2018 to 2026."""
    releases: list[dict[str, Any]] = _resource(_TARIFFS)["releases"]
    return releases


def coefficients() -> list[dict[str, Any]]:
    """Return the coefficients of 2018 to 2026 that multiply a rate which nobody published.

    No tariff can hold one alone: the payer names it as a correction of a release of his own.
    """
    found: list[dict[str, Any]] = _resource(_TARIFFS)["coefficients_without_a_rate"]
    return found


def groupings() -> list[dict[str, Any]]:
    """Return the resources of `grouping.release` without their ids: examples that we invented."""
    releases: list[dict[str, Any]] = _resource("grouping/2026.json")["releases"]
    return releases


def _resource(name: str) -> dict[str, Any]:
    text = (files(__package__) / name).read_text(encoding="utf-8")
    resource: dict[str, Any] = json.loads(text)
    return resource
