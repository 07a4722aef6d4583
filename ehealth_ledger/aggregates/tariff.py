"""Judge prices."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.employee import acting_employee
from ehealth_ledger.aggregates.kept import keep
from ehealth_ledger.commands.tariff import PublishTariff
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.tariff import TariffPublished
from ehealth_ledger.values.money import Kopiykas


def publish(case: Case[PublishTariff]) -> list[Fact]:
    """Put a tariff in force; two tariffs of one service never hold on one day."""
    acting_employee(case)
    asked = case.command.body.resource
    case.require_new_id(asked.id, "$.resource.id")
    case.require(
        asked.first_day <= asked.last_day,
        "tariff.period_invalid",
        "$.resource.last_day",
        expected=f"{asked.first_day} or later",
    )
    service = f"{asked.service.system}|{asked.service.code}"
    case.require(
        not case.lookups.tariffs.overlap(service, asked.first_day, asked.last_day),
        "tariff.overlaps",
        "$.resource.first_day",
        expected="days without a tariff for the service",
    )
    return [
        TariffPublished(
            tariff=asked.id,
            package=asked.package,
            service=service,
            first_day=asked.first_day,
            last_day=asked.last_day,
            unit_price=Kopiykas(asked.unit_price),
            order=asked.order,
        )
    ]


EVOLVE: Final[Mapping[type[Fact], Callable[[Any, Any], object | None]]] = {
    TariffPublished: keep,
}
