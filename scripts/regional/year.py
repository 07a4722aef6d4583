"""Live through the months: visits, referrals and what became of them, medicines, papers, deaths.

Rates are those of the national system a patient and year: some forty records in five visits, 1.7
referrals, 0.4 prescriptions of which four in five are dispensed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from random import Random
from typing import Final
from uuid import UUID

from ehealth_ledger.entrypoints.demo import commands as write
from ehealth_ledger.entrypoints.demo.commands import Actor, Author, Signed
from ehealth_ledger.entrypoints.demo.resources import (
    care_plan,
    diagnostics,
    encounter,
    prescription,
    treated_case,
)
from ehealth_ledger.entrypoints.demo.resources.episode import episode_of_care
from ehealth_ledger.values.identifiers import PrescriptionId
from ehealth_ledger.values.json import Json
from ehealth_ledger.values.time import kyiv_day
from scripts.regional.clock import Clock, at_hour
from scripts.regional.enrolment import Enrolment
from scripts.regional.market import Market
from scripts.regional.mis import Act, Mis
from scripts.regional.people import Patient, an_id
from scripts.regional.service import Running
from scripts.regional.stage import Place, Stage

VISITS: Final = 5.0  # to the family doctor, a patient and year
REFERRED: Final = 0.34  # of visits: 1.7 referrals a year
USED: Final = 0.58  # of referrals
RECALLED, CANCELLED, RELEASED = 0.03, 0.01, 0.04  # of referrals
PRESCRIBED: Final = 0.08  # of visits: 0.4 prescriptions a year
DISPENSED: Final = 0.79  # of prescriptions
REJECTED, BLOCKED = 0.03, 0.02  # of prescriptions
WHOLE_PACKAGE: Final = 0.02  # of visits, with a member of every kind
MISTAKEN: Final = 0.01  # of visits, cancelled afterwards
SICK_LEAVE: Final = 0.03  # of visits
BLOOD_COUNT: Final = 0.15  # of referrals
PLANNED: Final = 0.02  # of visits, beginning a care plan
HOSPITALISED: Final = 0.15  # a patient and year
OPERATED, DIABETIC = 0.6, 0.2  # of those: an appendix taken out; the others fit no group
STAY_DAYS_MAX: Final = 5
DYING, MOVING = 0.012, 0.05  # a patient and year
DAYS_A_YEAR: Final = 365
EVERY_MINUTES: Final = 2
TICK_DAYS: Final = 7
PHC: Final = ("http://hl7.org/fhir/sid/icpc-2", "K86")

Later = Callable[[], None]


@dataclass(slots=True)
class Day:
    """Collect a day's acts by phase: what stands in one phase rests on the phases before."""

    phases: dict[int, list[Act]] = field(default_factory=lambda: defaultdict(list))

    def add(self, phase: int, signed: Signed) -> None:
        """Put an act into a phase."""
        self.phases[phase].append(Act(signed))


@dataclass(slots=True)
class Year:
    """Live through days, one after the other."""

    running: Running
    mis: Mis
    author: Author
    clock: Clock
    stage: Stage
    market: Market
    enrolment: Enrolment
    patients: Sequence[Patient]
    random: Random
    planned: dict[date, list[Later]] = field(default_factory=lambda: defaultdict(list))
    specialist_episodes: dict[UUID, tuple[Actor, UUID]] = field(default_factory=dict)
    today: Day = field(default_factory=Day)

    def live(self, first: date, days: int, told: Callable[[int], None]) -> None:
        """Live through so many days; `told` counts them."""
        for number in range(days):
            day = first + timedelta(days=number)
            self.clock.reach(at_hour(day, 9))
            if day.day == 1 or number == 0:
                self.market.begin_month(day)
            self._day(day)
            if number % TICK_DAYS == TICK_DAYS - 1:
                self.running.tick()
            told(1)

    def _day(self, day: date) -> None:
        self.today = Day()
        for later in self.planned.pop(day, []):
            later()
        for patient in self._visiting():
            self._visit(patient, day)
        for patient in self._chosen(HOSPITALISED / DAYS_A_YEAR):
            self._hospitalise(patient, day)
        for patient in self._chosen(DYING / DAYS_A_YEAR):
            self._die(patient, day)
        for patient in self._chosen(MOVING / DAYS_A_YEAR):
            self._move(patient)
        for phase in sorted(self.today.phases):
            self.clock.pass_by(timedelta(minutes=EVERY_MINUTES))
            self.mis.post(self.today.phases[phase])

    def _visiting(self) -> Iterable[Patient]:
        return self._chosen(VISITS / DAYS_A_YEAR)

    def _chosen(self, rate: float) -> list[Patient]:
        return [each for each in self.patients if not each.deceased and self.random.random() < rate]

    def _does(self, rate: float) -> bool:
        return self.random.random() < rate

    def _in_days(self, day: date, least: int, most: int, later: Later) -> None:
        self.planned[day + timedelta(days=self.random.randint(least, most))].append(later)

    # The family doctor

    def _visit(self, patient: Patient, day: date) -> None:
        clinic = self.stage.clinics[patient.clinic]
        doctor = clinic.staff["DOCTOR"][patient.doctor]
        at = self.clock.now
        if patient.episode is None:
            patient.episode = an_id(self.random)
            opened = episode_of_care(
                patient.episode, patient.id, doctor, started_on=day - timedelta(days=1)
            )
            self.today.add(0, self.author.sign("episode.open", doctor, resource=opened))
        package = write.encounter_package(
            patient.id,
            doctor,
            at=at,
            episode=patient.episode,
            encounter_class="PHC",
            diagnosis=PHC,
            systolic=f"{self.random.randint(100, 170)}.{self.random.randint(0, 9)}0",
        )
        if self._does(WHOLE_PACKAGE):
            package += encounter.everything_else(package, patient.id, doctor, at=at)
        self.today.add(1, self.author.sign("encounter.record", doctor, resources=package))
        visited = UUID(package[0]["id"])
        if self._does(MISTAKEN):
            self._mistake(patient, doctor, visited, package)
            return
        if self._does(REFERRED):
            self._refer(patient, doctor, visited, day)
        if self._does(PRESCRIBED):
            self._prescribe(patient, clinic, doctor, visited, day)
        if self._does(SICK_LEAVE):
            self._certify(patient, doctor, visited)
        if self._does(PLANNED):
            self._plan(patient, doctor)

    def _mistake(self, patient: Patient, doctor: Actor, visited: UUID, package: list[Json]) -> None:
        self.today.add(
            3,
            self.author.sign(
                "encounter.cancel",
                doctor,
                resource={
                    "encounter": str(visited),
                    "patient": str(patient.id),
                    "reason": "incorrect_patient",
                    "explanatory_letter": "Записано іншій людині",
                },
                resources=encounter.cancelled(package),
            ),
        )

    def _certify(self, patient: Patient, doctor: Actor, visited: UUID) -> None:
        resource = diagnostics.disability(
            an_id(self.random),
            patient.id,
            doctor,
            visited,
            at=self.clock.now,
        )
        self.today.add(3, self.author.sign("composition.sign", doctor, resource=resource))

    # Referrals

    def _refer(self, patient: Patient, doctor: Actor, visited: UUID, day: date) -> None:
        referral = an_id(self.random)
        is_blood = self._does(BLOOD_COUNT)
        service = diagnostics.BLOOD_COUNT if is_blood else write.CARDIOLOGIST
        resource = write.service_request(
            referral,
            patient.id,
            doctor,
            authored_on=self.clock.now,
            days=60,
            service=service,
            category="108252007" if is_blood else write.COUNSELLING,
            encounter=write.reference("Encounter", visited),
        )
        self.today.add(3, self.author.sign("referral.issue", doctor, resource=resource))
        fate = self.random.random()
        named = {"referral": str(referral), "patient": str(patient.id)}
        if fate < RECALLED + CANCELLED:
            command = "referral.recall" if fate < RECALLED else "referral.cancel"
            withdrawn = {**named, "reason": "Більше не потрібно"}
            self.today.add(4, self.author.sign(command, doctor, resource=withdrawn))
        elif fate < RECALLED + CANCELLED + USED:
            specialist = self.random.choice(self._hospital.staff["SPECIALIST"])
            treat = self._examine if is_blood else self._treat
            self._in_days(day, 1, 20, partial(treat, patient, specialist, referral))

    @property
    def _hospital(self) -> Place:
        hospital = self.stage.hospital
        if hospital is None:
            raise TypeError("the region has a hospital")
        return hospital

    def _treat(self, patient: Patient, specialist: Actor, referral: UUID) -> None:
        if patient.deceased:
            return
        used = {
            "referral": str(referral),
            "patient": str(patient.id),
            "performer": str(specialist.employee),
        }
        self.today.add(2, self.author.sign("referral.redeem", specialist, resource=used))
        if self._does(RELEASED):
            named = {"referral": str(referral), "patient": str(patient.id)}
            self.today.add(3, self.author.sign("referral.release", specialist, resource=named))
            return
        episode = self._episode_at_hospital(patient, specialist)
        package = write.encounter_package(
            patient.id, specialist, at=self.clock.now, episode=episode, referral=referral
        )
        self.today.add(4, self.author.sign("encounter.record", specialist, resources=package))

    def _episode_at_hospital(self, patient: Patient, specialist: Actor) -> UUID:
        known = self.specialist_episodes.get(patient.id)
        if known is not None:
            return known[1]
        episode = an_id(self.random)
        opened = episode_of_care(
            episode,
            patient.id,
            specialist,
            started_on=kyiv_day(self.clock.now) - timedelta(days=1),
        )
        self.today.add(0, self.author.sign("episode.open", specialist, resource=opened))
        self.specialist_episodes[patient.id] = specialist, episode
        return episode

    def _examine(self, patient: Patient, specialist: Actor, referral: UUID) -> None:
        if patient.deceased:
            return
        specimen = an_id(self.random)
        taken = diagnostics.specimen(specimen, patient.id, specialist, at=self.clock.now)
        self.today.add(2, self.author.sign("specimen.register", specialist, resource=taken))
        report = diagnostics.laboratory_report(
            an_id(self.random),
            an_id(self.random),
            patient.id,
            specialist,
            at=self.clock.now,
            specimen_id=specimen,
            referral=referral,
        )
        self.today.add(
            3, self.author.sign("diagnostic_report.record", specialist, resources=report)
        )

    def _hospitalise(self, patient: Patient, day: date) -> None:
        """Discharge a patient who came some days ago; what it earns is for the rules to say."""
        surgeon = self.random.choice(self._hospital.staff["SPECIALIST"])
        days, episode = self.random.randint(0, STAY_DAYS_MAX), an_id(self.random)
        opened = episode_of_care(
            episode, patient.id, surgeon, started_on=day - timedelta(days=days + 1)
        )
        self.today.add(0, self.author.sign("episode.open", surgeon, resource=opened))
        operated = self._does(OPERATED)
        package = treated_case.discharge(
            patient.id,
            surgeon,
            at=self.clock.now,
            episode=episode,
            diagnosis=treated_case.APPENDICITIS if operated else treated_case.PNEUMONIA,
            done=(treated_case.APPENDECTOMY,) if operated else (),
            beside=(treated_case.DIABETES,) if self._does(DIABETIC) else (),
            days=days,
        )
        self.today.add(1, self.author.sign("encounter.record", surgeon, resources=package))

    # Medicines

    def _prescribe(
        self, patient: Patient, clinic: Place, doctor: Actor, visited: UUID, day: date
    ) -> None:
        wanted = an_id(self.random)
        generic, product = self.market.medicine_for(patient.id, day)
        if generic is None or product is None:
            return
        resource = prescription.medication_request(
            wanted,
            patient=patient.id,
            encounter=visited,
            requester=doctor.employee,
            division=clinic.division,
            medication=generic,
            program=self.market.program,
            authored_on=self.clock.now,
            first_day=day,
            diagnosis=self.market.diagnosis,
        )
        self.today.add(3, self.author.sign("prescription.issue", doctor, resource=resource))
        fate = self.random.random()
        if fate < REJECTED:
            reason = prescription.reason(prescription.REJECT_REASONS)
            resource = prescription.named(
                wanted, patient.id, reason=reason, explanation="Змінено лікування"
            )
            self.today.add(4, self.author.sign("prescription.reject", doctor, resource=resource))
            return
        if fate < REJECTED + BLOCKED:
            reason = prescription.reason(prescription.BLOCK_REASONS)
            resource = prescription.named(wanted, patient.id, reason=reason)
            self.today.add(4, self.author.sign("prescription.block", doctor, resource=resource))
            self.today.add(5, self.author.sign("prescription.unblock", doctor, resource=resource))
        if fate < REJECTED + DISPENSED:
            parts = (60,) if self._does(0.8) else (30, 30)
            for number, quantity in enumerate(parts):
                self._in_days(
                    day,
                    1 + number * 6,
                    5 + number * 6,
                    partial(self._dispense, patient, wanted, product, quantity),
                )

    def _dispense(self, patient: Patient, wanted: UUID, product: UUID, quantity: int) -> None:
        if patient.deceased:
            return
        pharmacy = self.random.choice(self.stage.pharmacies)
        (pharmacist,) = pharmacy.staff["PHARMACIST"]
        dispense = an_id(self.random)
        vault = self.running.service.reader.vault
        held = prescription.hold(
            dispense,
            prescription=wanted,
            patient=patient.id,
            code=vault.dispense_code(PrescriptionId(wanted)),
            division=pharmacy.division,
            program=self.market.program,
            medication=product,
            quantity=quantity,
        )
        self.today.add(2, self.author.sign("dispense.reserve", pharmacist, resource=held))
        if self._does(0.03):
            reason = prescription.reason(prescription.DISPENSE_REASONS)
            let_go = prescription.named(wanted, patient.id, dispense=str(dispense), reason=reason)
            self.today.add(3, self.author.sign("dispense.reject", pharmacist, resource=let_go))
            return
        handed = prescription.medication_dispense(
            dispense,
            prescription=wanted,
            patient=patient.id,
            pharmacist=pharmacist.employee,
            division=pharmacy.division,
            program=self.market.program,
            medication=product,
            handed_over=self.clock.now,
            quantity=quantity,
        )
        prices = prescription.prices(quantity=quantity, discount=quantity * 200)
        self.today.add(
            3, self.author.sign("dispense.process", pharmacist, resource=handed, prices=prices)
        )

    # Plans and papers

    def _plan(self, patient: Patient, doctor: Actor) -> None:
        approval, plan, activity = (an_id(self.random) for _ in range(3))
        asked = care_plan.approval(approval, patient.id, doctor, level="write", whole_patient=True)
        self.today.add(3, self.author.sign("approval.request", doctor, resource=asked))
        confirmed = {
            "approval": str(approval),
            "patient": str(patient.id),
            "method": "OTP",
            "evidence": "код підтверджено",
        }
        self.today.add(4, self.author.sign("approval.confirm", doctor, resource=confirmed))
        written = care_plan.care_plan(plan, patient.id, doctor, at=self.clock.now)
        self.today.add(5, self.author.sign("care_plan.create", doctor, resource=written))
        added = care_plan.activity(plan, patient.id, activity, at=self.clock.now)
        self.today.add(6, self.author.sign("care_plan.add_activity", doctor, resource=added))

    # Lives

    def _die(self, patient: Patient, day: date) -> None:
        clinic = self.stage.clinics[patient.clinic]
        doctor = clinic.staff["DOCTOR"][patient.doctor]
        died = {
            "patient": str(patient.id),
            "died_on": day.isoformat(),
            "certificate": f"СМ-{self.random.randint(1, 10**6)}",
        }
        self.today.add(9, self.author.sign("patient.mark_deceased", doctor, resource=died))
        patient.deceased = True

    def _move(self, patient: Patient) -> None:
        nobody_signs = patient.confidant is not None and patient.confidant.deceased
        if not patient.declared or nobody_signs:
            return
        clinic = self.stage.clinics[patient.clinic]
        patient.doctor = self.random.randrange(len(clinic.staff["DOCTOR"]))
        self.today.add(8, self.enrolment.declaration(patient))
