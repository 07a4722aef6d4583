"""Facts about parameters."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Final
from uuid import UUID

from ehealth_ledger.events.fact import Fact
from ehealth_ledger.values.identifiers import parameter_stream
from ehealth_ledger.values.parameters.definition import Value


class ParameterSet(Fact):
    """A parameter has a value from a day on, until a later day says otherwise."""

    TOPIC: ClassVar[str] = "parameter.set.v1"

    name: str
    value: Value
    first_day: date
    source: str

    @property
    def stream_id(self) -> UUID:
        """Name the parameter's own stream."""
        return parameter_stream(self.name)

    @property
    def subject(self) -> None:
        """Seal under the ledger's key: it is about nobody."""
        return


FACTS: Final = (ParameterSet,)
