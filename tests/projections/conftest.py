"""Give tests of the read side a database with its tables."""

from __future__ import annotations

import pytest

from ehealth_ledger.settings import Databases
from projections.read_models.schema import prepare


@pytest.fixture
def read_url(database: Databases) -> str:
    """Give the URL of a fresh read side."""
    prepare(database.read)
    return database.read
