"""Give tests of the write path a founded ledger."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ehealth_ledger.settings import Databases
from tests.world import World, founded, serving


@pytest.fixture
def world(tmp_path: Path, database: Databases) -> Iterator[World]:
    """Found a ledger and run its write side."""
    with founded(tmp_path, database) as founding, serving(founding):
        yield founding
