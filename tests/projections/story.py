"""Tell patients' stories in facts: registered, referred, treated, priced, stated, paid."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from ehealth_ledger.events.approval import (
    ApprovalCancelled,
    ApprovalConfirmed,
    ApprovalExpired,
    ApprovalRequested,
)
from ehealth_ledger.events.care_plan import (
    ActivityAdded,
    ActivityCompleted,
    ActivityReleased,
    ActivityUsed,
    CarePlanCompleted,
    CarePlanCreated,
)
from ehealth_ledger.events.charge import (
    ChargeAccrued,
    ChargeFlagged,
    ChargeQuestioned,
    ChargeSettled,
    ChargeWithdrawn,
    ChargeWithheld,
    Evidence,
)
from ehealth_ledger.events.cut_off import CutOffSet
from ehealth_ledger.events.declaration import DeclarationSigned, DeclarationTerminated, FrozenSeed
from ehealth_ledger.events.encounter import (
    EncounterCancelled,
    EncounterRecorded,
    RecordedMember,
    WithdrawnResource,
)
from ehealth_ledger.events.episode import (
    DiagnosisMade,
    EpisodeCancelled,
    EpisodeClosed,
    EpisodeDiagnosed,
    EpisodeDiagnosesWithdrawn,
    EpisodeOpened,
    EpisodeUpdated,
)
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.patient import PatientRegistered
from ehealth_ledger.events.payment import PaymentRecorded
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
from ehealth_ledger.events.statement import (
    Formed,
    StatementAccepted,
    StatementAcceptedV2,
    StatementCountersigned,
    StatementFormed,
    StatementFormedV2,
)
from ehealth_ledger.pricing.statement import Statement, StatementKey
from ehealth_ledger.values.requisition import requisition
from projections.projectors.replay import replay_statements
from tests.projections.capitation_story import tell_capitation, tell_global_rate
from tests.projections.contract_story import tell_contracts
from tests.projections.diagnostics_story import tell_diagnostics
from tests.projections.log import HandMadeLog, Said, silent
from tests.projections.pharmacy_story import tell_pharmacy
from tests.projections.registry_story import tell_registries

PACKAGE, PERIOD, DAY = "package-7", "2026-11", date(2026, 11, 20)
CLOSES_US = 1_800_000_000_000_000  # in 2027
SERVICE = "eHealth/services|A67"


@dataclass
class Story:
    """Write the facts of one small country into a log."""

    log: HandMadeLog = field(default_factory=HandMadeLog)
    clinic: UUID = field(default_factory=uuid4)
    hospital: UUID = field(default_factory=uuid4)
    payer: UUID = field(default_factory=uuid4)
    doctor: UUID = field(default_factory=uuid4)
    party: UUID = field(default_factory=uuid4)
    division: UUID = field(default_factory=uuid4)
    specialist: UUID = field(default_factory=uuid4)
    contract: UUID = field(default_factory=uuid4)
    tariff: UUID = field(default_factory=uuid4)
    episodes: dict[UUID, UUID] = field(default_factory=dict)  # of a patient, in the hospital

    def patient(self) -> UUID:
        patient = uuid4()
        resource = {"resourceType": "Patient", "id": str(patient), "name": [{"family": "Шевченко"}]}
        self.log.add(
            PatientRegistered(
                patient=patient,
                birth_date=date(1980, 5, 1),
                legal_entity=self.clinic,
                name_index="aa",
                tax_index="bb",
                authentication="OTP",
                phone_index="cc",
                resource_pointer="/resource",
            ),
            content={"resource": resource},
        )
        return patient

    def declare(self, patient: UUID, replaced: UUID | None = None) -> UUID:
        declaration = uuid4()
        begun = DeclarationSigned(
            declaration=declaration,
            patient=patient,
            doctor=self.doctor,
            party=self.party,
            legal_entity=self.clinic,
            division=self.division,
            speciality="FAMILY_DOCTOR",
            first_day=DAY,
            last_day=DAY.replace(year=DAY.year + 99),
            held=0,
            limit=1800,
            seed=FrozenSeed(log="records", position=1, chain_value="0" * 64),
        )
        if replaced is None:
            self.log.add(begun)
            return declaration
        ended = DeclarationTerminated(
            declaration=replaced,
            patient=patient,
            reason="replaced",
            successor=declaration,
            last_day=DAY,
        )
        self.log.add(ended, begun)
        return declaration

    def refer(self, patient: UUID, program: UUID | None = None) -> UUID:
        referral = uuid4()
        self.log.add(
            ReferralIssued(
                referral=referral,
                patient=patient,
                requisition=requisition(self.clinic, patient, referral),
                requester=self.doctor,
                legal_entity=self.clinic,
                category="409063005",
                services=(SERVICE,),
                reasons=(),
                program=program,
                expires_at=1_800_000_000_000_000,
                resource_pointer="/resource",
            )
        )
        return referral

    def redeem(self, patient: UUID, referral: UUID) -> Said:
        return self.log.add(
            ReferralRedeemed(
                referral=referral,
                patient=patient,
                performer=self.specialist,
                legal_entity=self.hospital,
                attempt=1,
            )
        )

    def release(self, patient: UUID, referral: UUID) -> Said:
        return self.log.add(
            ReferralReleased(
                referral=referral,
                patient=patient,
                employee=self.specialist,
                legal_entity=self.hospital,
                expires_at=1_800_000_000_000_000,
            )
        )

    def qualify(self, patient: UUID, referral: UUID, program: UUID) -> Said:
        return self.log.add(
            ReferralQualified(
                referral=referral,
                patient=patient,
                employee=self.specialist,
                legal_entity=self.hospital,
                program=program,
                answer="VALID",
                reasons=(),
            )
        )

    def process(self, patient: UUID, referral: UUID) -> Said:
        return self.log.add(
            ReferralProcessed(
                referral=referral,
                patient=patient,
                employee=self.specialist,
                legal_entity=self.hospital,
            )
        )

    def expire(self, patient: UUID, referral: UUID) -> Said:
        return self.log.add(
            ReferralExpired(referral=referral, patient=patient, expired_at=1_800_000_000_000_000)
        )

    def recall(self, patient: UUID, referral: UUID) -> Said:
        return self.log.add(
            ReferralRecalled(referral=referral, patient=patient, reason_pointer="/resource/reason")
        )

    def cancel(self, patient: UUID, referral: UUID) -> Said:
        return self.log.add(
            ReferralCancelled(referral=referral, patient=patient, reason_pointer="/resource/reason")
        )

    def episode(self, patient: UUID) -> UUID:
        """Open the patient's episode in the hospital, unless it is open."""
        if patient in self.episodes:
            return self.episodes[patient]
        episode = self.episodes[patient] = uuid4()
        name = [{"url": "eHealth/extensions/episode_name", "valueString": "Лікування"}]
        self.log.add(
            EpisodeOpened(
                episode=episode,
                patient=patient,
                legal_entity=self.hospital,
                care_manager=self.specialist,
                type="treatment",
                started_on=DAY,
                resource_pointer="/resource",
            ),
            content={"resource": {"resourceType": "EpisodeOfCare", "extension": name}},
        )
        return episode

    def amend(self, patient: UUID) -> Said:
        return self.log.add(
            EpisodeUpdated(
                episode=self.episodes[patient],
                patient=patient,
                care_manager=self.doctor,
                name_pointer="/resource/name",
            ),
            content={"resource": {"name": "Інша назва"}},
        )

    def close(self, patient: UUID) -> Said:
        return self.log.add(
            EpisodeClosed(
                episode=self.episodes[patient],
                patient=patient,
                ended_on=DAY,
                reason="resolved",
                summary_pointer="/resource/summary",
            ),
            content={"resource": {"summary": "Одужав"}},
        )

    def annul(self, patient: UUID) -> Said:
        """Mark the patient's episode as entered in error."""
        return self.log.add(
            EpisodeCancelled(
                episode=self.episodes[patient],
                patient=patient,
                reason="typo",
                letter_pointer="/resource/explanatory_letter",
            ),
            content={"resource": {"explanatory_letter": "Помилка"}},
        )

    def withdraw(self, patient: UUID, said: Said, *, closed: bool = False) -> Said:
        """Mark a package as entered in error; a closed period only questions its charge."""
        facts = [each.fact for each in self.log.records if each.command_id == said.command_id]
        recorded, charge = facts[0], facts[-1]
        assert isinstance(recorded, EncounterRecorded)
        assert isinstance(charge, ChargeAccrued | ChargeWithheld)
        kinds = [("Encounter", recorded.encounter)]
        kinds += [(each.kind, each.id) for each in recorded.members]
        cancelled = EncounterCancelled(
            encounter=recorded.encounter,
            patient=patient,
            episode=recorded.episode,
            cancelled_by=self.specialist,
            legal_entity=self.hospital,
            reason="typo",
            letter_pointer="/resource/explanatory_letter",
            withdrawn=tuple(WithdrawnResource(kind=kind, id=each) for kind, each in kinds),
        )
        ended = EpisodeDiagnosesWithdrawn(
            episode=recorded.episode, patient=patient, encounter=recorded.encounter
        )
        about: dict[str, Any] = {
            "charge": charge.charge,
            "act_log": "records",
            "act_position": charge.act_position,
            "reason": "act_in_error",
        }
        if closed:
            return self.log.add(cancelled, ended, ChargeQuestioned(**about), content={})
        if isinstance(charge, ChargeAccrued):
            about |= {
                "contract": charge.contract,
                "package": charge.package,
                "period": charge.period,
            }
        return self.log.add(cancelled, ended, ChargeWithdrawn(**about), content={})

    def plan(self, patient: UUID, quantity: int = 3) -> tuple[UUID, UUID]:
        """Make a care plan with one activity; return both."""
        care_plan, activity = uuid4(), uuid4()
        within = {"starts_at": 1_760_000_000_000_000, "ends_at": 1_800_000_000_000_000}
        self.log.add(
            CarePlanCreated(
                care_plan=care_plan,
                patient=patient,
                author=self.doctor,
                legal_entity=self.clinic,
                diagnosis="http://hl7.org/fhir/sid/icd-10-am|I10",
                resource_pointer="/resource",
                **within,
            )
        )
        self.log.add(
            ActivityAdded(
                care_plan=care_plan,
                patient=patient,
                activity=activity,
                kind="ServiceRequest",
                codes=(SERVICE,),
                quantity=quantity,
                detail_pointer="/resource/detail",
                **within,
            )
        )
        return care_plan, activity

    def use(
        self,
        patient: UUID,
        planned: tuple[UUID, UUID],
        request: UUID,
        quantity: int = 1,
        *,
        back: bool = False,
    ) -> Said:
        """Take a part of an activity for a request, or give it back."""
        kind = ActivityReleased if back else ActivityUsed
        return self.log.add(
            kind(
                care_plan=planned[0],
                patient=patient,
                activity=planned[1],
                request=request,
                quantity=quantity,
            )
        )

    def settle(
        self, patient: UUID, planned: tuple[UUID, UUID], kind: type[Fact], **more: Any
    ) -> Said:
        """End an activity, or the whole plan."""
        named = {"activity": planned[1]} if "activity" in kind.model_fields else {}
        return self.log.add(kind(care_plan=planned[0], patient=patient, **named, **more))

    def ask_approval(self, patient: UUID) -> UUID:
        approval = uuid4()
        self.log.add(
            ApprovalRequested(
                approval=approval,
                patient=patient,
                requester=self.doctor,
                legal_entity=self.clinic,
                granted_employee=self.doctor,
                access_level="write",
                selector="whole_patient",
                values=(),
                lapses_at=1_790_000_000_000_000,
                resource_pointer="/resource",
            )
        )
        return approval

    def confirm_approval(self, patient: UUID, approval: UUID) -> Said:
        return self.log.add(
            ApprovalConfirmed(
                approval=approval,
                patient=patient,
                employee=self.doctor,
                method="OTP",
                expires_at=1_795_000_000_000_000,
                evidence_pointer="/resource/evidence",
            )
        )

    def end_approval(self, patient: UUID, approval: UUID, *, expired: bool = False) -> Said:
        named = {"approval": approval, "patient": patient}
        if expired:
            return self.log.add(ApprovalExpired(expired_at=1_795_000_000_000_000, **named))
        return self.log.add(
            ApprovalCancelled(employee=self.doctor, reason_pointer="/resource/reason", **named)
        )

    def treat(
        self,
        patient: UUID,
        referral: UUID,
        *,
        value: Decimal | int = Decimal("72.50"),
        price: int | None = 15_000,
    ) -> Said:
        """Record an encounter that closes a referral; without a price the charge is withheld."""
        episode = self.episode(patient)
        encounter, condition, observation = uuid4(), uuid4(), uuid4()
        recorded = EncounterRecorded(
            encounter=encounter,
            patient=patient,
            episode=episode,
            performer=self.specialist,
            legal_entity=self.hospital,
            encounter_class="AMB",
            day=DAY,
            referral=referral,
            encounter_pointer="/resources/0",
            primary_condition_pointer="/resources/1",
            members=(
                RecordedMember(kind="Condition", id=condition, pointer="/resources/1"),
                RecordedMember(kind="Observation", id=observation, pointer="/resources/2"),
            ),
        )
        made = DiagnosisMade(condition=condition, role="primary", rank=1, pointer="/resources/1")
        diagnosed = EpisodeDiagnosed(
            episode=episode, patient=patient, encounter=encounter, day=DAY, diagnoses=(made,)
        )
        completed = ReferralCompleted(
            referral=referral,
            patient=patient,
            legal_entity=self.hospital,
            encounter=encounter,
        )
        content: dict[str, Any] = {
            "resources": [
                {"resourceType": "Encounter", "id": str(encounter)},
                {"resourceType": "Condition", "code": {"coding": [{"code": "J06.9"}]}},
                {"resourceType": "Observation", "valueQuantity": {"value": value}},
            ]
        }
        act = len(self.log.records) + 1
        charge = self.charge(act, price) if price is not None else self.withheld(act)
        return self.log.add(recorded, diagnosed, completed, charge, content=content)

    def charge(self, act: int, price: int) -> ChargeAccrued:
        return ChargeAccrued(
            kind="service",
            charge=uuid4(),
            act_log="records",
            act_position=act,
            provider=self.hospital,
            performer=self.specialist,
            service=SERVICE,
            day=DAY,
            payer=self.payer,
            contract=self.contract,
            package=PACKAGE,
            period=PERIOD,
            attempt=1,
            tariff=self.tariff,
            quantity=1,
            unit_price=price,
            amount=price,
            postings=(),
        )

    def withheld(self, act: int) -> ChargeWithheld:
        return ChargeWithheld(
            kind="service",
            charge=uuid4(),
            act_log="records",
            act_position=act,
            provider=self.hospital,
            performer=self.specialist,
            service=SERVICE,
            day=DAY,
            reason="no_tariff",
        )

    def settle_withheld(self, said: Said) -> Said:
        """Price what was withheld."""
        facts = [each.fact for each in self.log.records if each.command_id == said.command_id]
        withheld = facts[-1]
        assert isinstance(withheld, ChargeWithheld)
        charge = self.charge(withheld.act_position, 15_000)
        settled = ChargeSettled(
            charge=withheld.charge,
            provider=withheld.provider,
            successor=charge.charge,
            settled_by=self.doctor,
        )
        return self.log.add(settled, charge)

    def flag(self, said: Said) -> Said:
        """Let a rule find that a charge goes beyond what its contract plans."""
        facts = [each.fact for each in self.log.records if each.command_id == said.command_id]
        charge = facts[-1]
        assert isinstance(charge, ChargeAccrued)
        return self.log.add(
            ChargeFlagged(
                charge=charge.charge,
                provider=charge.provider,
                rule="over_ceiling",
                rule_version=1,
                evidence=(Evidence(name="planned", value="10000"),),
            )
        )

    def folded(self) -> Statement:
        """Fold what the contract's charges have come to."""
        found = replay_statements(self.log, len(self.log.records), silent)
        return found[StatementKey(self.contract, PACKAGE, PERIOD)]

    def form(self, **other: Any) -> Formed:
        """Form the statement; `other` fields are told otherwise than they are."""
        folded = self.folded()
        told = {
            "statement": uuid4(),
            "contract": self.contract,
            "provider": self.hospital,
            "payer": self.payer,
            "package": PACKAGE,
            "period": PERIOD,
            "as_of": folded.as_of,
            "count": len(folded.lines),
            "total": folded.total,
            "digest": folded.digest(),
            "content_digest": "ab" * 32,
        }
        said = {**told, **other}
        fact: Formed = (StatementFormedV2 if said["total"] < 0 else StatementFormed)(**said)
        self.log.add(fact)
        return fact

    def countersign(self, formed: Formed) -> Said:
        return self.log.add(
            StatementCountersigned(
                statement=formed.statement, signed_by=self.doctor, digest=formed.digest
            )
        )

    def accept(self, formed: Formed) -> Said:
        kind = StatementAcceptedV2 if formed.total < 0 else StatementAccepted
        return self.log.add(
            kind(
                statement=formed.statement,
                accepted_by=self.doctor,
                digest=formed.digest,
                total=formed.total,
                postings=(),
            )
        )

    def pay(self, formed: Formed, amount: int) -> Said:
        return self.log.add(
            PaymentRecorded(
                payment=uuid4(),
                statement=formed.statement,
                amount=amount,
                bank_reference=f"BANK-{uuid4().hex[:8]}",
                paid_on=DAY,
                postings=(),
            )
        )

    def treated(self, **options: Any) -> UUID:
        """Register a patient and lead a referral to its end; return the patient."""
        patient = self.patient()
        referral = self.refer(patient)
        self.redeem(patient, referral)
        self.treat(patient, referral, **options)
        return patient


def whole_story() -> Story:
    """Tell everything that can happen, to several patients."""
    story = Story()
    first = story.treated()
    story.declare(first, replaced=story.declare(first))
    story.treated(price=None)
    story.treated(price=20_000)
    patient = story.patient()
    story.recall(patient, story.refer(patient))
    story.cancel(patient, story.refer(patient))
    story.expire(patient, story.refer(patient))
    given_back = story.refer(patient)
    story.redeem(patient, given_back)
    story.release(patient, given_back)
    story.refer(patient)
    treated = story.patient()
    withdrawn = story.treat(treated, story.refer(treated))
    questioned = story.treat(treated, story.refer(treated))
    story.flag(questioned)
    unpriced = story.treat(treated, story.refer(treated), price=None)
    story.amend(treated)
    story.withdraw(treated, withdrawn)
    story.withdraw(treated, unpriced)
    story.close(first)
    planned = story.plan(patient)
    story.use(patient, planned, given_back, 2)
    story.use(patient, planned, given_back, back=True)
    story.settle(patient, planned, ActivityCompleted, employee=story.doctor)
    story.settle(patient, planned, CarePlanCompleted, employee=story.doctor)
    approval = story.ask_approval(patient)
    story.confirm_approval(patient, approval)
    story.end_approval(patient, approval)
    formed = story.form()
    story.withdraw(treated, questioned, closed=True)
    story.annul(treated)
    story.countersign(formed)
    story.accept(formed)
    story.pay(formed, 5_000)
    story.pay(formed, formed.total - 5_000)
    tell_registries(story.log, story.clinic, story.doctor, uuid4())
    tell_diagnostics(story.log, story.hospital, story.specialist, patient)
    tell_contracts(story.log, story.hospital, story.payer)
    tell_pharmacy(story.log, story.clinic, story.doctor, patient)
    tell_capitation(story.log, story.clinic, story.payer, story.doctor)
    tell_global_rate(story.log, story.hospital, story.payer)
    story.log.add(CutOffSet(cut_off=uuid4(), period=PERIOD, at=CLOSES_US))
    return story
