"""Name the filters that lists share; each narrows a list to the rows that have its value."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

ContractFilter = Annotated[str | None, Query(description="of this contract (its id)")]
EntityFilter = Annotated[str | None, Query(description="of this institution (its id)")]
PatientFilter = Annotated[str | None, Query(description="of this patient (its id)")]
KindFilter = Annotated[str | None, Query(description="of this kind")]
StatusFilter = Annotated[str | None, Query(description="in this status")]
DayFilter = Annotated[
    str | None, Query(description="in force on this day, YYYY-MM-DD, as far as is known")
]
