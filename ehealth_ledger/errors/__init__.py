"""Name every way the ledger can say no: the whole vocabulary of refusal.

Three kinds of bad news, never mixed:

- `Refused`: the command is wrong and will stay wrong; the code says which rule, the path which
  field.
- `Undecided`: the ledger cannot tell yet (a revocation list is missing or stale); the same bytes
  may pass later.
- `LedgerCorrupt`: a stored byte is not what it was; nobody catches this, the process stops.
"""

from ehealth_ledger.errors.catalogue import CATALOGUE
from ehealth_ledger.errors.corruption import LedgerCorrupt, ReadModelCorrupt
from ehealth_ledger.errors.refusal import Refusal, Refused, RuleBroken, Undecided
from ehealth_ledger.errors.refusal_kind import RefusalKind

__all__ = [
    "CATALOGUE",
    "LedgerCorrupt",
    "ReadModelCorrupt",
    "Refusal",
    "RefusalKind",
    "Refused",
    "RuleBroken",
    "Undecided",
]
