"""List which facts a command may lead to.

None is ever slipped in beside the ones that were signed for: `verify` compares.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ehealth_ledger.commands.approval import (
    CancelApproval,
    ConfirmApproval,
    ExpireApproval,
    RequestApproval,
)
from ehealth_ledger.commands.capitation import RunCapitation
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
from ehealth_ledger.commands.confidant import (
    DeactivateConfidant,
    ExpireConfidant,
    RegisterConfidant,
)
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
    ActivateDeclaration,
    ApproveDeclaration,
    CloseDeclaration,
    EndDeclarationByPatient,
    RejectDeclaration,
    SignDeclaration,
    TerminateDeclaration,
)
from ehealth_ledger.commands.diagnostic_report import (
    CancelDiagnosticReport,
    RecordDiagnosticReport,
)
from ehealth_ledger.commands.directory import PublishDirectory, RetireCodes
from ehealth_ledger.commands.dispense import (
    ExpireDispense,
    ProcessDispense,
    RejectDispense,
    ReserveDispense,
)
from ehealth_ledger.commands.division import (
    ActivateDivision,
    DeactivateDivision,
    RegisterDivision,
    UpdateDivision,
    VerifyDrugstore,
)
from ehealth_ledger.commands.employee import (
    DismissByClosing,
    DismissEmployee,
    RegisterEmployee,
    UpdateEmployee,
)
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
from ehealth_ledger.commands.global_rate import RunGlobalRate
from ehealth_ledger.commands.grouping import ReleaseGrouping, ReplaceGrouping
from ehealth_ledger.commands.healthcare_service import (
    ActivateHealthcareService,
    DeactivateHealthcareService,
    RegisterHealthcareService,
)
from ehealth_ledger.commands.ledger import OpenLedger
from ehealth_ledger.commands.legal_entity import (
    ChangeHead,
    CloseLegalEntity,
    RegisterLegalEntity,
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
    ExpirePrescription,
    IssuePrescription,
    RejectPrescription,
    UnblockPrescription,
)
from ehealth_ledger.commands.procedure import CancelProcedure, RecordProcedure
from ehealth_ledger.commands.program_provision import CloseProgramProvision, OpenProgramProvision
from ehealth_ledger.commands.referral import (
    CancelReferral,
    CompleteReferral,
    ExpireReferral,
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
from ehealth_ledger.events.approval import (
    ApprovalCancelled,
    ApprovalConfirmed,
    ApprovalExpired,
    ApprovalRequested,
)
from ehealth_ledger.events.capitation import CapitationCounted, CapitationSettled
from ehealth_ledger.events.care_plan import (
    ActivityAdded,
    ActivityCancelled,
    ActivityCompleted,
    ActivityReleased,
    ActivityUsed,
    CarePlanCancelled,
    CarePlanCompleted,
    CarePlanCreated,
    CarePlanTerminated,
)
from ehealth_ledger.events.charge import (
    ChargeAccrued,
    ChargeAccruedV1,
    ChargeAdjusted,
    ChargeDenied,
    ChargeFlagged,
    ChargeQuestioned,
    ChargeResubmitted,
    ChargeSettled,
    ChargeWithdrawn,
    ChargeWithheld,
    ChargeWithheldV1,
)
from ehealth_ledger.events.composition import (
    CompositionCancelled,
    CompositionReplaced,
    CompositionSigned,
)
from ehealth_ledger.events.confidant import (
    ConfidantDeactivated,
    ConfidantExpired,
    ConfidantRegistered,
)
from ehealth_ledger.events.contract import (
    ContractAmended,
    ContractConcluded,
    ContractCountersigned,
    ContractDeclined,
    ContractPayerSigned,
    ContractRequested,
    ContractResumed,
    ContractSigned,
    ContractSuspended,
    ContractTerminated,
)
from ehealth_ledger.events.cut_off import CutOffSet
from ehealth_ledger.events.declaration import (
    DeclarationActivated,
    DeclarationApproved,
    DeclarationClosed,
    DeclarationRejected,
    DeclarationSigned,
    DeclarationTerminated,
)
from ehealth_ledger.events.diagnostic_report import (
    DiagnosticReportCancelled,
    DiagnosticReportRecorded,
)
from ehealth_ledger.events.directory import DirectoryCodesRetired, DirectoryPublished
from ehealth_ledger.events.dispense import (
    DispenseExpired,
    DispenseProcessed,
    DispenseRejected,
    DispenseReserved,
)
from ehealth_ledger.events.division import (
    DivisionActivated,
    DivisionDeactivated,
    DivisionRegistered,
    DivisionUpdated,
    DrugstoreVerified,
)
from ehealth_ledger.events.employee import (
    EmployeeDismissed,
    EmployeeRegistered,
    EmployeeUpdated,
)
from ehealth_ledger.events.employee_role import (
    EmployeeRoleActivated,
    EmployeeRoleDeactivated,
    EmployeeRoleRegistered,
)
from ehealth_ledger.events.encounter import EncounterCancelled, EncounterRecorded
from ehealth_ledger.events.episode import (
    EpisodeCancelled,
    EpisodeClosed,
    EpisodeDiagnosed,
    EpisodeDiagnosesWithdrawn,
    EpisodeOpened,
    EpisodeUpdated,
)
from ehealth_ledger.events.erasure import ErasureOrdered, PatientErased
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.global_rate import GlobalRateReckoned, GlobalRateSettled
from ehealth_ledger.events.grouping import GroupingEnded, GroupingReleased
from ehealth_ledger.events.healthcare_service import (
    HealthcareServiceActivated,
    HealthcareServiceDeactivated,
    HealthcareServiceRegistered,
)
from ehealth_ledger.events.ledger import LedgerOpened
from ehealth_ledger.events.legal_entity import (
    LegalEntityClosed,
    LegalEntityHeadChanged,
    LegalEntityRegistered,
    LegalEntityReorganised,
    LegalEntityResumed,
    LegalEntitySuspended,
    LegalEntityUpdated,
    LegalEntityVerified,
)
from ehealth_ledger.events.licence import LicenceRegistered, LicenceUpdated
from ehealth_ledger.events.medical_program import (
    MedicalProgramDeactivated,
    MedicalProgramPublished,
    ProgramMedicationAdded,
    ProgramMedicationEnded,
    ProgramServiceAdded,
    ProgramServiceEnded,
)
from ehealth_ledger.events.medication import (
    InnmDosagePublished,
    MedicationDeactivated,
    ProductDelisted,
    ProductListed,
    ProductPublished,
)
from ehealth_ledger.events.parameter import ParameterSet
from ehealth_ledger.events.party import PartyDeceased, PartyFoundAlive, PartyVerified
from ehealth_ledger.events.patient import (
    PatientAbsorbed,
    PatientDeactivated,
    PatientDeceased,
    PatientMerged,
    PatientRegistered,
    PatientReleased,
    PatientUnmerged,
    PatientUpdated,
    PrepersonRegistered,
)
from ehealth_ledger.events.payment import PaymentRecorded, RefundRecorded
from ehealth_ledger.events.prescription import (
    PrescriptionBlocked,
    PrescriptionCompleted,
    PrescriptionExpired,
    PrescriptionIssued,
    PrescriptionRejected,
    PrescriptionUnblocked,
)
from ehealth_ledger.events.procedure import ProcedureCancelled, ProcedureRecorded
from ehealth_ledger.events.program_provision import ProgramProvisionClosed, ProgramProvisionOpened
from ehealth_ledger.events.referral import (
    ReferralCancelled,
    ReferralCompleted,
    ReferralExpired,
    ReferralIssued,
    ReferralProcessed,
    ReferralQualified,
    ReferralRecalled,
    ReferralRedeemed,
    ReferralReleased,
)
from ehealth_ledger.events.service import ServicePublished
from ehealth_ledger.events.specimen import (
    SpecimenCancelled,
    SpecimenInvalidated,
    SpecimenProcessed,
    SpecimenRegistered,
    SpecimenRejected,
)
from ehealth_ledger.events.statement import (
    StatementAccepted,
    StatementAcceptedV2,
    StatementCountersigned,
    StatementFormed,
    StatementFormedV2,
    StatementOffset,
    StatementRecovered,
    StatementReviewed,
    StatementReviewedV2,
)
from ehealth_ledger.events.tariff import TariffEnded, TariffPublished, TariffReleased

_PRICED: Final = (
    *(ChargeAccruedV1, ChargeAccrued, ChargeWithheldV1, ChargeWithheld),
    ChargeFlagged,
)

MAY_LEAD_TO: Final[Mapping[type[Command], frozenset[type[Fact]]]] = {
    OpenLedger: frozenset({LedgerOpened, LegalEntityRegistered, EmployeeRegistered}),
    SetParameters: frozenset({ParameterSet}),
    PublishDirectory: frozenset({DirectoryPublished}),
    RetireCodes: frozenset({DirectoryCodesRetired}),
    PublishServices: frozenset({ServicePublished}),
    RegisterLegalEntity: frozenset({LegalEntityRegistered, EmployeeRegistered}),
    UpdateLegalEntity: frozenset({LegalEntityUpdated}),
    VerifyLegalEntity: frozenset({LegalEntityVerified}),
    SuspendLegalEntity: frozenset({LegalEntitySuspended, ContractSuspended}),
    ResumeLegalEntity: frozenset({LegalEntityResumed, ContractResumed}),
    CloseLegalEntity: frozenset({LegalEntityClosed, ContractTerminated, ContractDeclined}),
    ReorganiseLegalEntity: frozenset(
        {LegalEntityReorganised, ContractTerminated, ContractDeclined}
    ),
    ChangeHead: frozenset(
        {
            *(LegalEntityHeadChanged, EmployeeDismissed, EmployeeRegistered),
            *(DeclarationTerminated, ContractSuspended),
        }
    ),
    RegisterDivision: frozenset({DivisionRegistered}),
    UpdateDivision: frozenset({DivisionUpdated}),
    ActivateDivision: frozenset({DivisionActivated}),
    DeactivateDivision: frozenset({DivisionDeactivated}),
    VerifyDrugstore: frozenset({DrugstoreVerified}),
    RegisterLicence: frozenset({LicenceRegistered}),
    UpdateLicence: frozenset({LicenceUpdated}),
    RegisterEmployee: frozenset({EmployeeRegistered}),
    UpdateEmployee: frozenset({EmployeeUpdated}),
    DismissEmployee: frozenset({EmployeeDismissed, DeclarationTerminated}),
    DismissByClosing: frozenset({EmployeeDismissed, DeclarationTerminated}),
    VerifyParty: frozenset({PartyVerified}),
    MarkDeceased: frozenset({PartyDeceased}),
    MarkAlive: frozenset({PartyFoundAlive}),
    RegisterHealthcareService: frozenset({HealthcareServiceRegistered}),
    ActivateHealthcareService: frozenset({HealthcareServiceActivated}),
    DeactivateHealthcareService: frozenset({HealthcareServiceDeactivated}),
    RegisterEmployeeRole: frozenset({EmployeeRoleRegistered}),
    ActivateEmployeeRole: frozenset({EmployeeRoleActivated}),
    DeactivateEmployeeRole: frozenset({EmployeeRoleDeactivated}),
    RegisterPatient: frozenset({PatientRegistered, ConfidantRegistered}),
    UpdatePatient: frozenset({PatientUpdated, ConfidantRegistered}),
    RegisterPreperson: frozenset({PrepersonRegistered}),
    MarkPatientDeceased: frozenset({PatientDeceased, DeclarationTerminated}),
    DeactivatePatient: frozenset({PatientDeactivated, DeclarationTerminated}),
    MergePatient: frozenset({PatientMerged, PatientAbsorbed, DeclarationTerminated}),
    UnmergePatient: frozenset({PatientUnmerged, PatientReleased}),
    ErasePatient: frozenset({ErasureOrdered}),
    CountersignErasure: frozenset({PatientErased}),
    RegisterConfidant: frozenset({ConfidantRegistered}),
    DeactivateConfidant: frozenset({ConfidantDeactivated}),
    ExpireConfidant: frozenset({ConfidantExpired}),
    SignDeclaration: frozenset({DeclarationSigned, DeclarationTerminated}),
    PublishMedication: frozenset({InnmDosagePublished, ProductPublished, ProductListed}),
    DeactivateMedication: frozenset({MedicationDeactivated, ProductDelisted}),
    PublishMedicalProgram: frozenset({MedicalProgramPublished}),
    DeactivateMedicalProgram: frozenset({MedicalProgramDeactivated}),
    AddProgramMedications: frozenset({ProgramMedicationAdded}),
    EndProgramMedication: frozenset({ProgramMedicationEnded}),
    AddProgramServices: frozenset({ProgramServiceAdded}),
    EndProgramService: frozenset({ProgramServiceEnded}),
    ApproveDeclaration: frozenset({DeclarationApproved}),
    RejectDeclaration: frozenset({DeclarationRejected}),
    TerminateDeclaration: frozenset({DeclarationTerminated}),
    EndDeclarationByPatient: frozenset({DeclarationTerminated}),
    ActivateDeclaration: frozenset({DeclarationActivated}),
    CloseDeclaration: frozenset({DeclarationClosed}),
    OpenProgramProvision: frozenset({ProgramProvisionOpened}),
    CloseProgramProvision: frozenset({ProgramProvisionClosed}),
    IssuePrescription: frozenset({PrescriptionIssued, ActivityUsed}),
    BlockPrescription: frozenset({PrescriptionBlocked}),
    UnblockPrescription: frozenset({PrescriptionUnblocked}),
    RejectPrescription: frozenset({PrescriptionRejected, DispenseExpired, ActivityReleased}),
    ExpirePrescription: frozenset({PrescriptionExpired, DispenseExpired, ActivityReleased}),
    ReserveDispense: frozenset({DispenseReserved, DispenseExpired}),
    ProcessDispense: frozenset(
        {
            *(DispenseProcessed, PrescriptionCompleted),
            *(ChargeAccrued, ChargeWithheld, ChargeFlagged),
        }
    ),
    RejectDispense: frozenset({DispenseRejected}),
    ExpireDispense: frozenset({DispenseExpired}),
    PublishTariff: frozenset({TariffPublished}),
    ReplaceTariff: frozenset({TariffEnded, TariffPublished}),
    ReleaseTariff: frozenset({TariffReleased}),
    ReplaceReleasedTariff: frozenset({TariffEnded, TariffReleased}),
    ReleaseGrouping: frozenset({GroupingReleased}),
    ReplaceGrouping: frozenset({GroupingEnded, GroupingReleased}),
    SignContractAlone: frozenset({ContractSigned}),
    RequestContract: frozenset({ContractRequested}),
    SignContract: frozenset({ContractPayerSigned}),
    DeclineContract: frozenset({ContractDeclined}),
    WithdrawContract: frozenset({ContractDeclined}),
    CountersignContract: frozenset(
        {ContractCountersigned, ContractConcluded, ContractAmended, ContractResumed}
    ),
    SuspendContract: frozenset({ContractSuspended}),
    ResumeContract: frozenset({ContractResumed}),
    TerminateContract: frozenset({ContractTerminated}),
    SetCutOff: frozenset({CutOffSet}),
    IssueReferral: frozenset({ReferralIssued, ActivityUsed}),
    RedeemReferral: frozenset({ReferralRedeemed}),
    QualifyReferral: frozenset({ReferralQualified}),
    ReleaseReferral: frozenset({ReferralReleased}),
    ProcessReferral: frozenset({ReferralProcessed}),
    CompleteReferral: frozenset({ReferralCompleted}),
    RecallReferral: frozenset({ReferralRecalled, ActivityReleased}),
    CancelReferral: frozenset({ReferralCancelled, ActivityReleased}),
    ExpireReferral: frozenset({ReferralExpired, ActivityReleased}),
    CreateCarePlan: frozenset({CarePlanCreated}),
    AddActivity: frozenset({ActivityAdded, CarePlanTerminated}),
    CompleteActivity: frozenset({ActivityCompleted}),
    CancelActivity: frozenset({ActivityCancelled}),
    CompleteCarePlan: frozenset({CarePlanCompleted}),
    CancelCarePlan: frozenset({CarePlanCancelled}),
    RequestApproval: frozenset({ApprovalRequested}),
    ConfirmApproval: frozenset({ApprovalConfirmed}),
    CancelApproval: frozenset({ApprovalCancelled}),
    ExpireApproval: frozenset({ApprovalExpired}),
    OpenEpisode: frozenset({EpisodeOpened}),
    UpdateEpisode: frozenset({EpisodeUpdated}),
    CloseEpisode: frozenset({EpisodeClosed}),
    CancelEpisode: frozenset({EpisodeCancelled}),
    RecordEncounter: frozenset(
        {
            EncounterRecorded,
            EpisodeDiagnosed,
            ReferralCompleted,
            *_PRICED,
        }
    ),
    CancelEncounter: frozenset(
        {EncounterCancelled, EpisodeDiagnosesWithdrawn, ChargeWithdrawn, ChargeQuestioned}
    ),
    RegisterSpecimen: frozenset({SpecimenRegistered}),
    ProcessSpecimen: frozenset({SpecimenProcessed}),
    InvalidateSpecimen: frozenset({SpecimenInvalidated}),
    RejectSpecimen: frozenset({SpecimenRejected}),
    CancelSpecimen: frozenset({SpecimenCancelled}),
    RecordDiagnosticReport: frozenset(
        {
            DiagnosticReportRecorded,
            ReferralCompleted,
            *_PRICED,
        }
    ),
    CancelDiagnosticReport: frozenset(
        {DiagnosticReportCancelled, ChargeWithdrawn, ChargeQuestioned}
    ),
    RecordProcedure: frozenset({ProcedureRecorded, ReferralCompleted, *_PRICED}),
    CancelProcedure: frozenset({ProcedureCancelled, ChargeWithdrawn, ChargeQuestioned}),
    SignComposition: frozenset({CompositionSigned, CompositionReplaced}),
    CancelComposition: frozenset({CompositionCancelled}),
    FormStatement: frozenset({StatementFormed, StatementFormedV2}),
    CountersignStatement: frozenset({StatementCountersigned}),
    AcceptStatement: frozenset({StatementAccepted, StatementAcceptedV2}),
    RunCapitation: frozenset({CapitationCounted, ChargeAccrued, ChargeFlagged}),
    RunGlobalRate: frozenset({GlobalRateReckoned, ChargeAccrued, ChargeFlagged}),
    ReviewStatement: frozenset({StatementReviewed, StatementReviewedV2, ChargeDenied}),
    ResubmitCharge: frozenset({ChargeResubmitted, ChargeAccruedV1, ChargeAccrued, ChargeFlagged}),
    SettleMonth: frozenset({CapitationSettled, GlobalRateSettled, ChargeAccrued, ChargeFlagged}),
    SettleCharge: frozenset({ChargeSettled, ChargeAccrued, ChargeFlagged}),
    AdjustCharge: frozenset({ChargeAdjusted}),
    RecordPayment: frozenset({PaymentRecorded}),
    OffsetStatement: frozenset({StatementOffset, StatementRecovered}),
    RecordRefund: frozenset({RefundRecorded}),
}
