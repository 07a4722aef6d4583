"""Write many ids as one parameter: the writer looks hundreds up at once."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID


def uuid_array(ids: Iterable[UUID]) -> str:
    """Write ids as PostgreSQL reads an array of them, for a parameter `%s::uuid[]`.

    The driver's own way visits each id several times; here C code writes them all.
    """
    return "{" + b"".join([each.bytes for each in ids]).hex(",", 16) + "}"


def integer_array(numbers: Iterable[int]) -> str:
    """Write integers as PostgreSQL reads an array of them, for a parameter `%s::bigint[]`."""
    return "{" + ",".join(map(str, numbers)) + "}"
