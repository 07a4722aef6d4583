"""Map commands about people who receive care to their laws."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.aggregates import patient
from ehealth_ledger.commands.patient import RegisterPatient
from ehealth_ledger.intake.law import Law, LawTable

LAWS: Final[LawTable] = {
    RegisterPatient: Law(patient.register, brings=lambda c: (c.resource.id,)),
}
