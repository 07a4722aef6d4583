"""Give the demo's tests a folder that PostgreSQL's account can reach."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def shared_folder() -> Iterator[Path]:
    """Make one folder for the tests of a module; the usual one is closed to other accounts."""
    folder = Path(tempfile.mkdtemp(prefix="ehealth-demo-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
