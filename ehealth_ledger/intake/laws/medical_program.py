"""Map commands about medical programs to their laws."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.aggregates import medical_program
from ehealth_ledger.commands.medical_program import (
    AddProgramMedications,
    AddProgramServices,
    DeactivateMedicalProgram,
    EndProgramMedication,
    EndProgramService,
    PublishMedicalProgram,
)
from ehealth_ledger.intake.law import Law, LawTable

LAWS: Final[LawTable] = {
    PublishMedicalProgram: Law(medical_program.publish, brings=lambda c: (c.resource.id,)),
    DeactivateMedicalProgram: Law(
        medical_program.deactivate, streams=lambda c: (c.resource.program,)
    ),
    AddProgramMedications: Law(
        medical_program.add_medications,
        streams=lambda c: (
            c.resource.program,
            *(each.medication for each in c.resource.participants),
        ),
    ),
    EndProgramMedication: Law(
        medical_program.end_medication, streams=lambda c: (c.resource.program,)
    ),
    AddProgramServices: Law(medical_program.add_services, streams=lambda c: (c.resource.program,)),
    EndProgramService: Law(medical_program.end_service, streams=lambda c: (c.resource.program,)),
}
