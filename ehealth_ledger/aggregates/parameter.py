"""Judge parameters: the law's own settings, each value dated and signed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from ehealth_ledger.aggregates.case import Case, Parameter
from ehealth_ledger.aggregates.dated import Dated
from ehealth_ledger.aggregates.employee import acting_employee
from ehealth_ledger.commands.parameter import SetParameters
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.parameter import ParameterSet
from ehealth_ledger.values.identifiers import parameter_stream
from ehealth_ledger.values.parameters.catalogue import DEFINITIONS


def evolve(state: Parameter | None, fact: ParameterSet) -> Parameter:
    """Take in a value."""
    before = Dated() if state is None else state.values
    return Parameter(fact.name, before.since(fact.first_day, fact.value))


EVOLVE: Final[Mapping[type[Fact], Callable[[Any, Any], object | None]]] = {ParameterSet: evolve}


def set_parameters(case: Case[SetParameters]) -> list[Fact]:
    """Set values; what has a value changes from today or later, so no past day is judged anew."""
    acting_employee(case)
    facts: list[Fact] = []
    for at, asked in enumerate(case.command.body.resource.settings):
        path = f"$.resource.settings[{at}]"
        definition = DEFINITIONS.get(asked.name)
        if definition is None:
            case.refuse(
                "parameter.unknown",
                f"{path}.name",
                name=asked.name,
                expected="a name of the published catalogue",
            )
            continue
        case.require(
            definition.fits(asked.value),
            "parameter.value_invalid",
            f"{path}.value",
            expected=definition.expected,
        )
        before = case.find(Parameter, parameter_stream(asked.name))
        case.require(
            before is None or asked.first_day >= case.today,
            "parameter.first_day_passed",
            f"{path}.first_day",
            expected=f"{case.today} or later",
        )
        facts.append(
            ParameterSet(
                name=asked.name,
                value=asked.value,
                first_day=asked.first_day,
                source=asked.source,
            )
        )
    return facts
