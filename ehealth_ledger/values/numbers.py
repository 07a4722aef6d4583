"""Write numbers that people read out: of prescriptions, as the national system forms them.

Four groups of four characters of an alphabet in which none is taken for another, in Latin or in
Cyrillic script; the first group names the version of the form.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Annotated, Final
from uuid import UUID

from pydantic import Field

ALPHABET: Final = "0123456789AEHKMPTX"
FORM: Final = "0000"
_PURPOSE: Final = b"ehealth/prescription-number/1"
_GROUP: Final = 4
_DRAWN: Final = 12  # characters: 18 ** 12 is a good quadrillion

PrescriptionNumber = Annotated[str, Field(pattern=rf"^[{ALPHABET}]{{4}}(-[{ALPHABET}]{{4}}){{3}}$")]


def prescription_number(ledger: UUID, prescription: UUID, attempt: int = 0) -> str:
    """Return the number that a prescription's id yields in a deployment.

    The id is random, so nobody guesses the number, and a preview shows it before anything is
    signed. Where it is taken, the next `attempt` yields another.
    """
    digest = sha256(_PURPOSE + ledger.bytes + prescription.bytes + attempt.to_bytes(1)).digest()
    value = int.from_bytes(digest)
    drawn = ""
    for _ in range(_DRAWN):
        value, at = divmod(value, len(ALPHABET))
        drawn += ALPHABET[at]
    groups = (drawn[at : at + _GROUP] for at in range(0, _DRAWN, _GROUP))
    return "-".join((FORM, *groups))
