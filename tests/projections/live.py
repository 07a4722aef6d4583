"""Look at live read models as their database holds them."""

from __future__ import annotations

from typing import Any

from projections.projectors.catalogue import MODELS
from projections.projectors.compare import compare
from projections.read_models import checkpoint
from projections.read_models.checkpoint import Checkpoint
from projections.read_models.database import connect
from tests.projections.log import silent


def rows(read_url: str, model: str) -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows of a model's tables."""
    with connect(read_url) as connection:
        return {
            table.name: sorted(
                connection.execute(f"SELECT * FROM {table.name}".encode()).fetchall(), key=str
            )
            for table in MODELS[model].model.tables
        }


def standing(read_url: str, model: str) -> Checkpoint:
    """Return a model's checkpoint."""
    with connect(read_url) as connection, connection.cursor() as cursor:
        return checkpoint.current(cursor, MODELS[model].model)


def everything(read_url: str) -> dict[str, Any]:
    """Return every row and checkpoint."""
    return {model: (rows(read_url, model), standing(read_url, model)) for model in MODELS}


def findings(log: Any, read_url: str, model: str) -> list[str]:
    """Compare a live model with its log."""
    return compare(log, read_url, model, silent).findings


def execute(read_url: str, statement: str, *parameters: object) -> None:
    """Change the read side as somebody with full access does."""
    with connect(read_url) as connection:
        connection.execute(statement.encode(), parameters)
