"""List who may order what: types of employee for every command that staff may order.

Default deny. Sources: sections 1 and 2 of the domain, rule 2.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ehealth_ledger.commands.approval import CancelApproval, ConfirmApproval, RequestApproval
from ehealth_ledger.commands.care_plan import (
    AddActivity,
    CancelActivity,
    CancelCarePlan,
    CompleteActivity,
    CompleteCarePlan,
    CreateCarePlan,
)
from ehealth_ledger.commands.charge import AdjustCharge, ResubmitCharge, SettleCharge
from ehealth_ledger.commands.command import Command
from ehealth_ledger.commands.composition import CancelComposition, SignComposition
from ehealth_ledger.commands.confidant import DeactivateConfidant, RegisterConfidant
from ehealth_ledger.commands.contract import (
    CountersignContract,
    DeclineContract,
    RequestContract,
    ResumeContract,
    SignContract,
    SignContractAlone,
    SuspendContract,
    TerminateContract,
    WithdrawContract,
)
from ehealth_ledger.commands.cut_off import SetCutOff
from ehealth_ledger.commands.declaration import (
    ApproveDeclaration,
    RejectDeclaration,
    SignDeclaration,
    TerminateDeclaration,
)
from ehealth_ledger.commands.diagnostic_report import (
    CancelDiagnosticReport,
    RecordDiagnosticReport,
)
from ehealth_ledger.commands.directory import PublishDirectory, RetireCodes
from ehealth_ledger.commands.dispense import ProcessDispense, RejectDispense, ReserveDispense
from ehealth_ledger.commands.division import (
    ActivateDivision,
    DeactivateDivision,
    RegisterDivision,
    UpdateDivision,
    VerifyDrugstore,
)
from ehealth_ledger.commands.employee import DismissEmployee, RegisterEmployee, UpdateEmployee
from ehealth_ledger.commands.employee_role import (
    ActivateEmployeeRole,
    DeactivateEmployeeRole,
    RegisterEmployeeRole,
)
from ehealth_ledger.commands.encounter import CancelEncounter, RecordEncounter
from ehealth_ledger.commands.episode import (
    CancelEpisode,
    CloseEpisode,
    OpenEpisode,
    UpdateEpisode,
)
from ehealth_ledger.commands.erasure import CountersignErasure, ErasePatient
from ehealth_ledger.commands.grouping import ReleaseGrouping, ReplaceGrouping
from ehealth_ledger.commands.healthcare_service import (
    ActivateHealthcareService,
    DeactivateHealthcareService,
    RegisterHealthcareService,
)
from ehealth_ledger.commands.legal_entity import (
    ChangeHead,
    CloseLegalEntity,
    ReorganiseLegalEntity,
    ResumeLegalEntity,
    SuspendLegalEntity,
    UpdateLegalEntity,
    VerifyLegalEntity,
)
from ehealth_ledger.commands.licence import RegisterLicence, UpdateLicence
from ehealth_ledger.commands.medical_program import (
    AddProgramMedications,
    AddProgramServices,
    DeactivateMedicalProgram,
    EndProgramMedication,
    EndProgramService,
    PublishMedicalProgram,
)
from ehealth_ledger.commands.medication import DeactivateMedication, PublishMedication
from ehealth_ledger.commands.month import SettleMonth
from ehealth_ledger.commands.parameter import SetParameters
from ehealth_ledger.commands.party import MarkAlive, MarkDeceased, VerifyParty
from ehealth_ledger.commands.patient import (
    DeactivatePatient,
    MarkPatientDeceased,
    MergePatient,
    RegisterPatient,
    RegisterPreperson,
    UnmergePatient,
    UpdatePatient,
)
from ehealth_ledger.commands.payment import RecordPayment, RecordRefund
from ehealth_ledger.commands.prescription import (
    BlockPrescription,
    IssuePrescription,
    RejectPrescription,
    UnblockPrescription,
)
from ehealth_ledger.commands.procedure import CancelProcedure, RecordProcedure
from ehealth_ledger.commands.program_provision import CloseProgramProvision, OpenProgramProvision
from ehealth_ledger.commands.referral import (
    CancelReferral,
    CompleteReferral,
    IssueReferral,
    ProcessReferral,
    QualifyReferral,
    RecallReferral,
    RedeemReferral,
    ReleaseReferral,
)
from ehealth_ledger.commands.service import PublishServices
from ehealth_ledger.commands.specimen import (
    CancelSpecimen,
    InvalidateSpecimen,
    ProcessSpecimen,
    RegisterSpecimen,
    RejectSpecimen,
)
from ehealth_ledger.commands.statement import (
    AcceptStatement,
    CountersignStatement,
    FormStatement,
    OffsetStatement,
    ReviewStatement,
)
from ehealth_ledger.commands.tariff import (
    PublishTariff,
    ReleaseTariff,
    ReplaceReleasedTariff,
    ReplaceTariff,
)
from ehealth_ledger.events.employee import EmployeeType

_CLINICIANS: Final = frozenset[EmployeeType]({"DOCTOR", "SPECIALIST", "SURGEON"})
_PRESCRIBERS: Final = frozenset[EmployeeType]({"DOCTOR", "SPECIALIST"})  # rule 52
# Which categories of service each of them may ask for is dated data (rule 45).
_REFERRING: Final = frozenset[EmployeeType]({*_CLINICIANS, "ASSISTANT"})
_PAYER: Final = frozenset[EmployeeType]({"NHS_ADMIN_SIGNER"})
PAYER: Final = _PAYER  # whoever decides for the payer
_REGISTRARS: Final = frozenset[EmployeeType]({"DOCTOR", "SPECIALIST", "RECEPTIONIST"})
_PHARMACISTS: Final = frozenset[EmployeeType]({"PHARMACIST"})
_VERIFIERS: Final = frozenset[EmployeeType]({"NHS_ADMIN_SIGNER", "NHS_LE_VERIFIER"})
_HEADS: Final = frozenset[EmployeeType]({"OWNER", "PHARMACY_OWNER"})
_RUNNING: Final = frozenset[EmployeeType]({"OWNER", "PHARMACY_OWNER", "HR", "ADMIN"})
_STAFFING: Final = frozenset[EmployeeType](
    {"OWNER", "PHARMACY_OWNER", "HR", "NHS_ADMIN_SIGNER"}  # the last for the payer's own staff
)

MAY_ORDER: Final[Mapping[type[Command], frozenset[EmployeeType]]] = {
    UpdateLegalEntity: _HEADS,
    VerifyLegalEntity: _VERIFIERS,
    SuspendLegalEntity: _VERIFIERS,
    ResumeLegalEntity: _VERIFIERS,
    CloseLegalEntity: _VERIFIERS,
    ReorganiseLegalEntity: _VERIFIERS,
    ChangeHead: _VERIFIERS,
    RegisterDivision: _RUNNING,
    UpdateDivision: _RUNNING,
    ActivateDivision: _RUNNING,
    DeactivateDivision: _RUNNING,
    VerifyDrugstore: _VERIFIERS,
    RegisterLicence: _HEADS,
    UpdateLicence: _HEADS,
    RegisterEmployee: _STAFFING,
    UpdateEmployee: _STAFFING,
    DismissEmployee: _STAFFING,
    VerifyParty: _VERIFIERS,
    MarkDeceased: _VERIFIERS,
    MarkAlive: _VERIFIERS,
    RegisterHealthcareService: _RUNNING,
    ActivateHealthcareService: _RUNNING,
    DeactivateHealthcareService: _RUNNING,
    RegisterEmployeeRole: _RUNNING,
    ActivateEmployeeRole: _RUNNING,
    DeactivateEmployeeRole: _RUNNING,
    RegisterPatient: _REGISTRARS,
    UpdatePatient: _REGISTRARS,
    RegisterPreperson: _REGISTRARS,
    MarkPatientDeceased: _CLINICIANS | _PAYER,
    DeactivatePatient: _PAYER,
    MergePatient: _CLINICIANS | _PAYER,
    UnmergePatient: _PAYER,
    ErasePatient: _PAYER,
    CountersignErasure: _PAYER,
    RegisterConfidant: _REGISTRARS,
    DeactivateConfidant: _REGISTRARS | _PAYER,
    SignDeclaration: frozenset({"DOCTOR"}),
    ApproveDeclaration: _PAYER,
    RejectDeclaration: _PAYER,
    TerminateDeclaration: frozenset({"DOCTOR", "OWNER", *_PAYER}),
    IssueReferral: _REFERRING,
    RedeemReferral: _CLINICIANS,
    RecallReferral: _REFERRING,
    QualifyReferral: _CLINICIANS,
    ReleaseReferral: _CLINICIANS,
    ProcessReferral: _CLINICIANS,
    CompleteReferral: _CLINICIANS,
    CancelReferral: _REFERRING,
    OpenEpisode: _CLINICIANS,
    UpdateEpisode: _CLINICIANS,
    CloseEpisode: _CLINICIANS,
    CancelEpisode: _CLINICIANS,
    CreateCarePlan: _CLINICIANS,
    AddActivity: _CLINICIANS,
    CompleteActivity: _CLINICIANS,
    CancelActivity: _CLINICIANS,
    CompleteCarePlan: _CLINICIANS,
    CancelCarePlan: _CLINICIANS,
    RequestApproval: _CLINICIANS,
    ConfirmApproval: _CLINICIANS | {"RECEPTIONIST"},
    CancelApproval: _CLINICIANS | {"RECEPTIONIST"},
    RecordEncounter: _CLINICIANS,
    RegisterSpecimen: _CLINICIANS,
    ProcessSpecimen: _CLINICIANS,
    InvalidateSpecimen: _CLINICIANS,
    RejectSpecimen: _CLINICIANS,
    CancelSpecimen: _CLINICIANS,
    RecordDiagnosticReport: _CLINICIANS,
    CancelDiagnosticReport: _CLINICIANS,
    RecordProcedure: _CLINICIANS,
    CancelProcedure: _CLINICIANS,
    SignComposition: _CLINICIANS,
    CancelComposition: _CLINICIANS,
    CancelEncounter: _CLINICIANS,
    SetParameters: _PAYER,
    PublishDirectory: _PAYER,
    RetireCodes: _PAYER,
    PublishServices: _PAYER,
    PublishMedication: _PAYER,
    DeactivateMedication: _PAYER,
    PublishMedicalProgram: _PAYER,
    DeactivateMedicalProgram: _PAYER,
    AddProgramMedications: _PAYER,
    EndProgramMedication: _PAYER,
    AddProgramServices: _PAYER,
    EndProgramService: _PAYER,
    OpenProgramProvision: _PAYER,
    CloseProgramProvision: _PAYER,
    IssuePrescription: _PRESCRIBERS,
    BlockPrescription: _PRESCRIBERS | _PHARMACISTS | _PAYER,
    UnblockPrescription: _PRESCRIBERS | _PHARMACISTS | _PAYER,
    RejectPrescription: _PRESCRIBERS | _PHARMACISTS,
    ReserveDispense: _PHARMACISTS,
    ProcessDispense: _PHARMACISTS,
    RejectDispense: _PHARMACISTS,
    PublishTariff: _PAYER,
    ReplaceTariff: _PAYER,
    ReleaseTariff: _PAYER,
    ReplaceReleasedTariff: _PAYER,
    ReleaseGrouping: _PAYER,
    ReplaceGrouping: _PAYER,
    SignContractAlone: _PAYER,
    RequestContract: _HEADS,
    SignContract: _PAYER,
    DeclineContract: _PAYER,
    WithdrawContract: _HEADS,
    CountersignContract: _HEADS,
    SuspendContract: _PAYER,
    ResumeContract: _PAYER,
    TerminateContract: _PAYER,
    SetCutOff: _PAYER,
    FormStatement: _PAYER,
    CountersignStatement: _HEADS,
    AcceptStatement: _PAYER,
    ReviewStatement: _PAYER,
    ResubmitCharge: _HEADS,
    SettleCharge: _PAYER,
    SettleMonth: _PAYER,
    AdjustCharge: _PAYER,
    RecordPayment: _PAYER,
    OffsetStatement: _PAYER,
    RecordRefund: _PAYER,
}

# A suspended institution gives no care and takes nobody on; it puts its papers in order, lets
# people go, and agrees to what is owed for care already given.
WHILE_SUSPENDED: Final = frozenset[type[Command]](
    {UpdateLegalEntity, UpdateLicence, DismissEmployee, CountersignStatement, ResubmitCharge}
)
