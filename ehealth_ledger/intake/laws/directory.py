"""Map commands about directories of codes to their laws."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.aggregates import directory
from ehealth_ledger.commands.directory import PublishDirectory, RetireCodes
from ehealth_ledger.intake.law import Law, LawTable

LAWS: Final[LawTable] = {
    PublishDirectory: Law(directory.publish, directories=lambda c: (c.resource.system,)),
    RetireCodes: Law(directory.retire_codes, directories=lambda c: (c.resource.system,)),
}
