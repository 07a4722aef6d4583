"""Number referrals: one number for all that is asked for in one encounter (rule 44).

The number is derived, not drawn: the same patient and encounter always give the same one, so the
law needs no counter and no look-up, and whoever replays it reaches the same number. It is 80 bits
of a hash over two random ids that the number does not reveal. So nobody finds a referral by
counting; at sixty million referrals a year, two encounters share a number once in 25,000 years.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Final
from uuid import UUID

from ehealth_ledger.values.identifiers import Requisition

_PURPOSE: Final = b"ehealth/requisition/1"
_BYTES: Final = 10  # 16 characters of 5 bits
_READABLE: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # none reads as another
_SHIFTS: Final = range(70, -1, -10)  # of two characters each
_PAIRS: Final = tuple(first + second for first in _READABLE for second in _READABLE)


def requisition(ledger: UUID, patient: UUID, origin: UUID) -> Requisition:
    """Derive the number of what is asked for a patient in one encounter, the `origin`.

    A referral that comes from no encounter is its own origin.
    """
    digest = sha256(_PURPOSE + ledger.bytes + patient.bytes + origin.bytes).digest()
    number = int.from_bytes(digest[:_BYTES], "big")
    text = [_PAIRS[number >> shift & 0x3FF] for shift in _SHIFTS]
    return Requisition("{}{}-{}{}-{}{}-{}{}".format(*text))
