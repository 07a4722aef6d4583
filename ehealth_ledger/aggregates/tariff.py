"""Judge prices."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import Any, Final

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.employee import acting_employee
from ehealth_ledger.aggregates.kept import keep, stand
from ehealth_ledger.aggregates.replacement import last_day_left
from ehealth_ledger.commands.command import Command
from ehealth_ledger.commands.fhir.elements import coded
from ehealth_ledger.commands.tariff import (
    PublishTariff,
    ReleaseTariff,
    ReplaceReleasedTariff,
    ReplaceTariff,
    ReplacingTariff,
    ReplacingTariffRelease,
    Tariff,
    TariffRelease,
)
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.tariff import TariffEnded, TariffPublished, TariffReleased
from ehealth_ledger.values.money import Kopiykas
from ehealth_ledger.values.tariffs import CapitationTerms, CaseMixTerms, Terms, subject_of

_Release = Case[ReleaseTariff | ReplaceReleasedTariff]


def publish(case: Case[PublishTariff | ReplaceTariff]) -> list[Fact]:
    """Put a tariff in force; two tariffs of one service never hold on one day."""
    acting_employee(case)
    asked = case.command.body.resource
    case.require_new_id(asked.id, "$.resource.id")
    case.require_days(asked.first_day, asked.last_day, "tariff.period_invalid", "$.resource")
    service = coded(asked.service)
    return [
        *_ended(case, asked, service),
        TariffPublished(
            tariff=asked.id,
            package=asked.package,
            service=service,
            first_day=asked.first_day,
            last_day=asked.last_day,
            unit_price=Kopiykas(asked.unit_price),
            order=asked.order,
        ),
    ]


def release(case: _Release) -> list[Fact]:
    """Put rates and coefficients in force; two tariffs of one subject never hold on one day."""
    acting_employee(case)
    asked = case.command.body.resource
    case.require_new_id(asked.id, "$.resource.id")
    case.require_days(asked.first_day, asked.last_day, "tariff.period_invalid", "$.resource")
    if isinstance(asked.terms, CapitationTerms):
        _require_bands(case, asked.terms)
    _require_names(case, asked.terms)
    return [
        *_ended(case, asked, subject_of(asked.package, asked.terms)),
        TariffReleased(
            tariff=asked.id,
            package=asked.package,
            first_day=asked.first_day,
            last_day=asked.last_day,
            order=asked.order,
            trust=asked.trust,
            terms=asked.terms,
        ),
    ]


def _ended(
    case: Case[Command], asked: Tariff | TariffRelease, service: str
) -> Iterator[TariffEnded]:
    """End the tariff that is replaced, and refuse days on which another one holds."""
    replaced = None
    if isinstance(asked, ReplacingTariff | ReplacingTariffRelease):
        replaced = asked.replaces
        yield from _end(case, asked, service)
    case.require(
        not case.lookups.tariffs.overlap(
            service, asked.first_day, asked.last_day, apart_from=replaced
        ),
        "tariff.overlaps",
        "$.resource.first_day",
        expected="days without a tariff for the service or subject",
    )


def _end(
    case: Case[Command], asked: ReplacingTariff | ReplacingTariffRelease, service: str
) -> Iterator[TariffEnded]:
    """End a tariff of the same package and service on the day before another takes its place."""
    replaced = case.states.get(asked.replaces)
    if not isinstance(replaced, TariffPublished | TariffReleased):
        case.refuse(
            "tariff.unknown", "$.resource.replaces", expected="the id of a published tariff"
        )
        return
    if not case.require(
        (replaced.package, replaced.service) == (asked.package, service),
        "tariff.of_other_subject",
        "$.resource.replaces",
        expected=f"a tariff of {service} in the package {asked.package}",
    ):
        return
    yield TariffEnded(
        tariff=replaced.tariff,
        successor=asked.id,
        package=replaced.package,
        service=replaced.service,
        first_day=replaced.first_day,
        last_day=last_day_left(
            case,
            case.lookups.tariffs.days_of(service, replaced.tariff),
            asked.first_day,
            asked.last_day,
            over="tariff.already_over",
            gap="tariff.leaves_gap",
        ),
        unit_price=replaced.unit_price,
    )


def _require_bands(case: _Release, terms: CapitationTerms) -> None:
    """Require that each age has one band, and each share above the limit one step."""
    wanted: int | None = 0
    for at, band in enumerate(terms.bands):
        path = f"$.resource.terms.bands[{at}]"
        case.require(
            band.age_from == wanted and (band.age_to is None or band.age_to >= band.age_from),
            "tariff.bands_invalid",
            path,
            expected="no band" if wanted is None else f"a band from the age of {wanted}",
        )
        wanted = None if band.age_to is None else band.age_to + 1
    case.require(
        wanted is None,
        "tariff.bands_invalid",
        f"$.resource.terms.bands[{len(terms.bands) - 1}].age_to",
        expected="null: the last band holds everybody older",
    )
    for at, (one, other) in enumerate(pairwise(terms.over_limit), start=1):
        case.require(
            one.up_to_percent < other.up_to_percent,
            "tariff.ladder_invalid",
            f"$.resource.terms.over_limit[{at}].up_to_percent",
            expected=f"more than {one.up_to_percent}",
        )


def _require_names(case: _Release, terms: Terms) -> None:
    """Require that each coefficient has a name of its own."""
    lists = {"corrections": [each.code for each in terms.corrections]}
    if isinstance(terms, CapitationTerms):
        lists["bands"] = [each.code for each in terms.bands]
    if isinstance(terms, CaseMixTerms):
        lists["weights"] = [each.code for each in terms.weights]
    for name, codes in lists.items():
        seen = set[str]()
        for at, code in enumerate(codes):
            case.require(
                code not in seen,
                "tariff.code_repeated",
                f"$.resource.terms.{name}[{at}].code",
                expected="a code that stands once",
            )
            seen.add(code)


EVOLVE: Final[Mapping[type[Fact], Callable[[Any, Any], object | None]]] = {
    TariffPublished: keep,
    TariffReleased: keep,
    TariffEnded: stand,
}
