"""Give the law tables the parameters that a new deployment signs."""

from __future__ import annotations

from datetime import date
from functools import cache
from uuid import UUID

from ehealth_ledger.aggregates.case import Parameter
from ehealth_ledger.aggregates.parameter import evolve
from ehealth_ledger.commands.parameter import Settings
from ehealth_ledger.entrypoints import reference_data
from ehealth_ledger.events.parameter import ParameterSet
from ehealth_ledger.values.identifiers import parameter_stream
from ehealth_ledger.values.json import canonical
from ehealth_ledger.values.parameters.definition import Value


@cache
def given_parameters() -> dict[UUID, Parameter]:
    """Fold the shipped settings into the states a law sees."""
    states: dict[UUID, Parameter] = {}
    settings = Settings.model_validate_json(canonical(reference_data.parameters())).settings
    for each in settings:
        fact = ParameterSet(
            name=each.name, value=each.value, first_day=each.first_day, source=each.source
        )
        states[fact.stream_id] = evolve(states.get(fact.stream_id), fact)
    return states


def valued(name: str, value: Value) -> tuple[UUID, Parameter]:
    """Give one parameter another value, from the beginning of time on."""
    fact = ParameterSet(name=name, value=value, first_day=date(1900, 1, 1), source="a test")
    return parameter_stream(name), evolve(None, fact)
