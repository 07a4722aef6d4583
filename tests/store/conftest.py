"""Give tests of the store a founded ledger whose service is not running."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ehealth_ledger.settings import Databases
from tests.world import World, founded


@pytest.fixture
def quiet(tmp_path: Path, database: Databases) -> Iterator[World]:
    """Found a ledger."""
    with founded(tmp_path, database) as world:
        yield world
