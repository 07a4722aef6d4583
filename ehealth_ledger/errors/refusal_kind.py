"""Describe what a published refusal is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RefusalKind:
    """Describe one published refusal.

    `status` is the HTTP status, `retry` whether the same bytes may pass later, `rule` the domain's
    rule it enforces.
    """

    status: int
    title: str
    retry: bool = False
    rule: str | None = None
