"""Name the closed lists by which a patient is registered."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

AuthenticationMethod = Literal["OTP", "OFFLINE", "THIRD_PERSON"]
"""How a patient confirms: a code sent to a telephone, documents shown, or a confidant's word."""

NoTaxIdReason = Literal["REFUSED", "NOT_ASSIGNED"]
"""Why a patient has no tax id: refused for religious reasons, or not (yet) assigned."""

ConfidantType = Literal["PRIMARY", "SECONDARY"]

DocumentType = Literal[
    "PASSPORT",
    "NATIONAL_ID",
    "BIRTH_CERTIFICATE",
    "BIRTH_CERTIFICATE_FOREIGN",
    "TEMPORARY_CERTIFICATE",
    "TEMPORARY_PASSPORT",
    "PERMANENT_RESIDENCE_PERMIT",
    "REFUGEE_CERTIFICATE",
    "COMPLEMENTARY_PROTECTION_CERTIFICATE",
]
RelationshipDocumentType = Literal[
    "BIRTH_CERTIFICATE", "CONFIDANT_CERTIFICATE", "COURT_DECISION", "DOCUMENT"
]

_SERIES_OF_TWO: Final = re.compile(r"[АБВГҐДЕЄЖЗИІЇЙКЛМНОПРСТУФХЦЧШЩЬЮЯ]{2}[0-9]{6}")
_NINE_DIGITS: Final = re.compile(r"[0-9]{9}")
_FREE: Final = re.compile(r"[0-9A-ZА-ЯҐЄІЇ№/()-]{2,25}")
DOCUMENT_NUMBERS: Final[Mapping[DocumentType, re.Pattern[str]]] = MappingProxyType(
    {
        "PASSPORT": _SERIES_OF_TWO,
        "NATIONAL_ID": _NINE_DIGITS,
        "BIRTH_CERTIFICATE": _FREE,
        "BIRTH_CERTIFICATE_FOREIGN": _FREE,
        "TEMPORARY_CERTIFICATE": _FREE,
        "TEMPORARY_PASSPORT": _FREE,
        "PERMANENT_RESIDENCE_PERMIT": _FREE,
        "REFUGEE_CERTIFICATE": _FREE,
        "COMPLEMENTARY_PROTECTION_CERTIFICATE": _FREE,
    }
)
"""Say how the number of each identity document is written, its series first."""
