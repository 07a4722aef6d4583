"""Digest a resource by everything that was signed but its status (rule 41).

Who cancels signs the whole content again; equal digests say that nothing but the status differs.
The digest stands inside a sealed fact only.
"""

from __future__ import annotations

from collections.abc import Collection
from hashlib import sha256
from typing import Final

from ehealth_ledger.commands.fhir.elements import FhirElement
from ehealth_ledger.values.json import canonical

STATUS: Final = frozenset({"status"})


def digest(resource: FhirElement, without: Collection[str] = STATUS) -> str:
    """Return the SHA-256 of a resource in canonical JSON, in hexadecimal."""
    said = resource.model_dump(
        mode="json", by_alias=True, exclude=set(without), exclude_defaults=True
    )
    return sha256(canonical(said)).hexdigest()
