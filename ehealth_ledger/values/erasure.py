"""Name the grounds on which the law lets a person's data be destroyed."""

from __future__ import annotations

from typing import Literal

LegalBasis = Literal[
    "retention_ended",
    "relation_ended",
    "commissioner_order",
    "court_decision",
    "unlawful_collection",
]
"""The grounds of article 15 of the Law of Ukraine "On Personal Data Protection": the time of
keeping has passed; the relation has ended and no law says otherwise; the Commissioner for Human
Rights ordered it; a court decided it; the data were collected against that law."""
