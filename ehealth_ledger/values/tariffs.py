"""State what a tariff pays: a rate and what multiplies it, every number as it was published."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field

from ehealth_ledger.values.money import Factor, Kopiykas

RATE_MAX: Final = 100_000_000_000  # a billion hryvnias: no total of a month can leave a bigint
MONTHS_A_YEAR: Final = 12
Rate = Annotated[Kopiykas, Field(le=RATE_MAX)]
Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^|\s]+$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class NamedFactor(_Part):
    """Multiply by a factor of this name."""

    code: Name
    value: Factor


class AgeBand(_Part):
    """Weigh the patients of these ages, whole years, both included; None is: and older."""

    code: Name
    age_from: Annotated[int, Field(ge=0, le=200)]
    age_to: Annotated[int, Field(ge=0, le=200)] | None
    coefficient: Factor


class OverLimitStep(_Part):
    """Weigh the patients of a doctor above a limit, up to so many percent of it.

    They count at the base, without the coefficient of their age.
    """

    up_to_percent: Annotated[int, Field(gt=100, le=1000)]
    factor: Factor


class CapitationTerms(_Part):
    """Pay for each declared patient: a year's base by the month, weighed by age and place.

    `over_limit` is the ladder above a doctor's limit; what lies above its last step earns nothing.
    """

    kind: Literal["capitation"]
    base: Rate  # kopiykas a patient and year
    bands: Annotated[tuple[AgeBand, ...], Field(min_length=1, max_length=50)]
    mountain: Factor
    corrections: Annotated[tuple[NamedFactor, ...], Field(max_length=50)] = ()
    over_limit: Annotated[tuple[OverLimitStep, ...], Field(max_length=50)] = ()


class GlobalTerms(_Part):
    """Pay a rate a month; which corrections apply to whom is the contract's matter."""

    kind: Literal["global"]
    rate: Rate  # kopiykas a month
    corrections: Annotated[tuple[NamedFactor, ...], Field(max_length=50)] = ()


class CaseTerms(_Part):
    """Pay a rate for each treated case of a group."""

    kind: Literal["case"]
    group: Name
    rate: Rate  # kopiykas a case
    corrections: Annotated[tuple[NamedFactor, ...], Field(max_length=50)] = ()


class CaseMixTerms(_Part):
    """Pay a base rate times the weight of a treated case's group."""

    kind: Literal["case_mix"]
    base: Rate  # kopiykas a case of weight 1
    weights: Annotated[tuple[NamedFactor, ...], Field(min_length=1, max_length=5000)]
    corrections: Annotated[tuple[NamedFactor, ...], Field(max_length=50)] = ()


Terms = Annotated[CapitationTerms | GlobalTerms | CaseTerms | CaseMixTerms, Discriminator("kind")]


def rate_of(terms: Terms) -> Kopiykas:
    """Return the amount that everything else of a tariff multiplies."""
    return terms.rate if isinstance(terms, GlobalTerms | CaseTerms) else terms.base


def subject_of(package: str, terms: Terms) -> str:
    """Name what a tariff prices, as `system|code`: one tariff of a subject holds on a day."""
    if isinstance(terms, CaseTerms):
        return subject_of_group(package, terms.group)
    return subject(terms.kind, package)


def subject(kind: str, code: str) -> str:
    """Write `system|code` of what tariffs of a kind price."""
    return f"ehealth/tariffs/{kind}|{code}"


def subject_of_group(package: str, group: str) -> str:
    """Name what a rate for each case of a group prices."""
    return subject("case", f"{package}/{group}")


def subject_of_mix(package: str) -> str:
    """Name what the case mix of a package prices."""
    return subject("case_mix", package)
