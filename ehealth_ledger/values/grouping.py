"""State how treated cases are grouped: rules in order, each with its conditions."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from ehealth_ledger.values.tariffs import Name

AGE_MAX: Final = 200
STAY_DAYS_MAX: Final = 9999
RULES_MAX: Final = 5000  # as many as a case mix has weights

_BEGINNING: Final = "[A-Z]([0-9]([0-9A-Z]([.][0-9A-Z]{1,4})?)?)?"

Codes = Annotated[str, Field(pattern=rf"^{_BEGINNING}(-{_BEGINNING})?$")]
"""Codes of ICD-10-AM: `I63` is every code that begins so, `I60-I64` all from `I60` to `I64.…`."""

ActCode = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\s]+( [^\s]+)*$")]


class Conditions(BaseModel):
    """Say what fits a rule: everything that is named has to hold; an empty list asks nothing.

    Of a list, one is enough. Ages are whole years on the first day of the stay, days of stay the
    civil days from the first to the last (0: discharged on the day of admission); bounds are
    included. Whose age nobody knows fits no rule that asks for one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    encounter_class: Name
    main_diagnosis: Annotated[tuple[Codes, ...], Field(max_length=500)] = ()
    secondary_diagnosis: Annotated[tuple[Codes, ...], Field(max_length=500)] = ()
    interventions: Annotated[tuple[ActCode, ...], Field(max_length=500)] = ()
    discharge: Annotated[tuple[ActCode, ...], Field(max_length=50)] = ()
    age_from: Annotated[int, Field(ge=0, le=AGE_MAX)] = 0
    age_to: Annotated[int, Field(ge=0, le=AGE_MAX)] = AGE_MAX
    stay_days_from: Annotated[int, Field(ge=0, le=STAY_DAYS_MAX)] = 0
    stay_days_to: Annotated[int, Field(ge=0, le=STAY_DAYS_MAX)] = STAY_DAYS_MAX


class GroupingRule(BaseModel):
    """Put the cases that fit into a group of a package; `package` is as contracts name it."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    group: Name
    package: ActCode
    when: Conditions


Rules = Annotated[tuple[GroupingRule, ...], Field(min_length=1, max_length=RULES_MAX)]
