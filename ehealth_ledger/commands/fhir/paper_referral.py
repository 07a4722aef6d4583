"""Extension of ours: a referral on paper, where no electronic one was issued (rules 39 and 40)."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from ehealth_ledger.commands.fhir.elements import Day, FhirElement, Text

URL: Final = "eHealth/paper_referral"


class RequesterEdrpou(FhirElement):
    """Name the institution that referred, by its code (ЄДРПОУ)."""

    url: Literal["requester_edrpou"]
    value_string: Annotated[str, Field(pattern=r"^[0-9]{8,10}$")]


class RequesterName(FhirElement):
    """Name who referred."""

    url: Literal["requester_name"]
    value_string: Text


class PaperNumber(FhirElement):
    """Give the number on the paper."""

    url: Literal["number"]
    value_string: Text


class PaperDay(FhirElement):
    """Give the day on the paper."""

    url: Literal["date"]
    value_date: Day


Part = Annotated[
    RequesterEdrpou | RequesterName | PaperNumber | PaperDay, Field(discriminator="url")
]


def _whole(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    urls = [part.url for part in parts]
    if len(set(urls)) != len(urls) or not {"requester_edrpou", "requester_name", "date"} <= {*urls}:
        raise ValueError("requester_edrpou, requester_name and date are expected, each once")
    return parts


class PaperReferral(FhirElement):
    """State who referred on paper, and when (FHIR R4 Extension)."""

    url: Literal["eHealth/paper_referral"]
    extension: Annotated[
        tuple[Part, ...], Field(min_length=3, max_length=4), AfterValidator(_whole)
    ]

    @property
    def day(self) -> Day:
        """Return the day on the paper."""
        return next(part.value_date for part in self.extension if isinstance(part, PaperDay))


PaperReferrals = Annotated[tuple[PaperReferral, ...], Field(max_length=1)]
