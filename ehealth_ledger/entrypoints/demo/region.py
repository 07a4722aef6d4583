"""Play a month of a region, act by act: each signed, posted over HTTP, answered by the ledger."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from ehealth_ledger.entrypoints.demo import acts, people, wrongs
from ehealth_ledger.entrypoints.demo import commands as write
from ehealth_ledger.entrypoints.demo.acts import Treated
from ehealth_ledger.entrypoints.demo.chapters.play import CHAPTERS
from ehealth_ledger.entrypoints.demo.chapters.stage import Play, Stage
from ehealth_ledger.entrypoints.demo.commands import Author, Signed
from ehealth_ledger.entrypoints.demo.mis import Mis, Refused, Taken, Unexpected
from ehealth_ledger.entrypoints.demo.practice import RED_LIST, Practice, tariff
from ehealth_ledger.entrypoints.demo.resources.treated_case import SURGERY
from ehealth_ledger.entrypoints.demo.roles import (
    TARIFFS,
    Cast,
    Part,
)
from ehealth_ledger.entrypoints.demo.show import PERCENT, Show
from ehealth_ledger.entrypoints.demo.wrongs import Wrong
from ehealth_ledger.values.json import Json
from ehealth_ledger.values.money import hryvnias
from ehealth_ledger.values.time import Month, kyiv_day, month_of, next_month

CUT_OFF_AHEAD: Final = timedelta(seconds=3)
VISIT_MAX: Final = timedelta(hours=1)  # an episode begins on the day of its first visit
FAMILY_VISITS_AGO: Final = timedelta(days=2)  # paper of the last days; the law allows seven
CORRECTION: Final = -5_000  # kopiykas
OFFSET: Final = 600_000
REFUND: Final = 400_000
FINAL_S: Final = 0.05


@dataclass(frozen=True, slots=True)
class Attempt:
    """Hold one deliberate wrong command and what the ledger said to it."""

    what: str
    answer: Refused


@dataclass(slots=True)
class Region:
    """Play the acts in order; what a later act or the report needs is kept here."""

    author: Author
    cast: Cast
    practice: Practice
    mis: Mis
    show: Show
    dispense_code: Callable[[UUID], str]  # what the ledger told the patient
    tick: Callable[[], int]  # do what is due now; how many acts that were
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    contract: UUID = field(default_factory=uuid4)
    statement: UUID = field(default_factory=uuid4)
    debt: UUID = field(default_factory=uuid4)  # the statement of what the hospital owes back
    attempts: list[Attempt] = field(default_factory=list)
    repeated: list[tuple[Taken, Taken]] = field(default_factory=list)

    @property
    def period(self) -> Month:
        """Return the month the hospital's visits fall into; all of them share one moment."""
        return month_of(kyiv_day(self.now - timedelta(minutes=20)))

    def play(self) -> None:
        """Play the whole month."""
        self.show.chapter("Who takes part, and what the payer buys")
        self.register()
        self.buy()
        self.show.chapter("Care: each act signed by who did it")
        self.enrol()
        self.see_family_doctors()
        self.refer()
        self.treat()
        self.show.chapter("Every other act of the system, once")
        self.play_chapters()
        self.show.chapter("What the ledger refuses")
        self.be_refused()
        self.show.chapter("The month closes")
        self.close_month()
        self.pay()
        self.show.chapter("A month below zero")
        self.owe_back()
        self.show.chapter("A patient is erased")
        self.erase()

    def register(self) -> None:
        """Register institutions by their heads' signatures, then employees by the heads."""
        author, cast = self.author, self.cast
        for head, institution in cast.heads.described():
            self.mis.send(acts.register_institution(author, head, institution))
            self.show.step(f"{institution.name} registered; signed by its head, {head.name}")
            self.mis.send(acts.verify_institution(author, cast.payer, head.legal_entity))
            self.show.step(f"{institution.name} verified by the payer")
            self.mis.send(acts.register_division(author, head))
        staff = list(cast.staff.described(cast.heads))
        self._send_all(
            "Employees registered by the heads",
            [acts.register_employee(author, *each) for each in staff],
        )

    def buy(self) -> None:
        """Publish the tariffs and sign a contract with the hospital."""
        payer = self.cast.payer
        for service, price in TARIFFS:
            self.mis.send(acts.publish_tariff(self.author, payer, service, price, self.period))
            self.show.step(f"Tariff (тариф) published: {service[1]}, {hryvnias(price)} грн")
        self.mis.send(acts.release_grouping(self.author, payer, self.period))
        self.show.step("Rules of grouping (ДСГ) released: an example, not the state's table")
        self.mis.send(acts.release_case_mix(self.author, payer, self.period))
        self.show.step("Case mix of surgery released: a base rate and the weights of groups")
        hospital = self.cast.heads.hospital
        author, request = self.author, uuid4()
        self.mis.send(acts.request_contract(author, hospital, request, self.contract, self.period))
        signed = acts.sign_contract(author, payer, request, "Д-1")
        placement = self.mis.send(signed).placement
        self.mis.send(acts.countersign_contract(author, hospital, request, signed, placement))
        self.show.step(
            "Contract (договір) for the hospital's services: requested by its head, signed by the "
            "payer, countersigned"
        )

    def enrol(self) -> None:
        """Register patients and sign their declarations; one patient changes the doctor."""
        staff, mover = self.cast.staff, self.cast.mover
        self._send_all(
            "Patients registered",
            [
                acts.register_patient(self.author, staff.receptionist, each)
                for each in self.cast.patients
            ],
        )
        first = [replace(mover, doctor=staff.doctor), *self.cast.patients[1:]]
        self._send_all(
            "Declarations (декларації) signed by family doctors",
            [acts.sign_declaration(self.author, each.doctor, each.id) for each in first],
        )
        moved = self.mis.send(acts.sign_declaration(self.author, mover.doctor, mover.id))
        records = moved.placement.last_position - moved.placement.first_position + 1
        self.show.step(
            f"{self._name(mover)} changes doctor: {records} records in one commit, "
            "the old declaration ends and the new one begins"
        )

    def see_family_doctors(self) -> None:
        """Record the visits to family doctors, coded in ICPC-2."""
        at = self.now - FAMILY_VISITS_AGO
        self._send_all(
            "Episodes (епізоди) opened by family doctors",
            [
                acts.open_family_episode(self.author, each, started_on=kyiv_day(at - VISIT_MAX))
                for each in self.cast.patients
            ],
        )
        self._send_all(
            "Family doctors' encounters recorded (ICPC-2)",
            [
                acts.record_family_visit(self.author, each, number, at=at)
                for number, each in enumerate(self.cast.patients)
            ],
        )

    def refer(self) -> None:
        """Issue a referral for each patient; one is recalled, one stays open, the rest redeemed."""
        self._send_all(
            "Referrals (електронні направлення) issued",
            [
                acts.issue_referral(self.author, each, authored_on=self.now - FAMILY_VISITS_AGO)
                for each in self.cast.patients
            ],
        )
        for each in self.cast.playing(Part.RECALLED):
            self.mis.send(acts.recall_referral(self.author, each, "Пацієнт одужав"))
            self.show.step(f"The referral of {self._name(each)} is recalled by its author")
        today = kyiv_day(self.now - VISIT_MAX)
        redeemed = self.cast.playing(Part.TREATED, Part.UNPRICED, Part.LATE)
        self._send_all(
            "Referrals redeemed (погашені) by the hospital's cardiologists",
            [acts.redeem_referral(self.author, each.performer, each) for each in redeemed],
        )
        self._send_all(
            "Episodes opened by the hospital's cardiologists",
            [acts.open_hospital_episode(self.author, each, started_on=today) for each in redeemed],
        )

    def treat(self) -> None:
        """Record the hospital's encounters: each closes its referral and earns a charge."""
        treated = self.cast.playing(Part.TREATED, Part.UNPRICED)
        self._send_all(
            "Hospital encounters recorded (ICD-10-AM), referrals closed, acts priced",
            [
                acts.record_visit(self.author, each, number, at=self.now)
                for number, each in enumerate(treated)
            ],
        )
        for each in self.cast.playing(Part.UNPRICED):
            self.show.step(
                f"{each.service[1]} of {self._name(each)} has no tariff: care stands, "
                "its charge is withheld"
            )

    def play_chapters(self) -> None:
        """Do everything the main line leaves out, then let the ledger do what is due by itself."""
        for title, chapter in CHAPTERS:
            self._send_each(title, chapter(self._stage()))
        done = self.tick()
        self.show.step(
            f"What fell due was done by the ledger under its own key: {done}, "
            "such as dismissing who worked where an institution was closed"
        )

    def capitation(self) -> Json:
        """Ask what the practice's month came to."""
        asked = f"contract={self.practice.contract}&period={self.practice.period}"
        (month,) = self.mis.read(f"/reports/capitation?{asked}", "months")
        return dict(month)

    def _stage(self) -> Stage:
        heads, staff = self.cast.heads, self.cast.staff
        return Stage(
            author=self.author,
            authority=self.cast.authority,
            payer=self.cast.payer,
            clinic=heads.clinic,
            hospital=heads.hospital,
            doctor=staff.doctor,
            receptionist=staff.receptionist,
            specialist=staff.cardiologist,
            dispense_code=self.dispense_code,
            placed=self.mis.placed,
        )

    def be_refused(self) -> None:
        """Try what is forbidden, and post the same bytes twice."""
        cast, author = self.cast, self.author
        for wrong in wrongs.commands(author, cast, self.contract, self.period, self.now):
            self._refused(wrong)
        late = cast.playing(Part.LATE)[0]
        again = acts.sign_declaration(author, late.doctor, late.id)
        first, second = self.mis.send(again), self.mis.send(again)
        self.repeated.append((first, second))
        self.show.step("The same bytes posted twice: recorded once, the same receipt twice")
        self._refused(wrongs.conflict(author, late.doctor, cast.mover, again.command_id))

    def close_month(self) -> None:
        """Set the cut-off, wait for it, record a late visit, form and countersign the statement."""
        month = self.capitation()
        self.show.step(
            f"Capitation (капітація) of {month['period']} was counted by the ledger itself: "
            f"{month['patients']} of {month['declared']} who were declared when it began, "
            f"{hryvnias(month['amount'])} грн"
        )
        self._settle_month()
        self._close(self.period)
        for number, each in enumerate(self.cast.playing(Part.LATE)):
            self.mis.send(acts.record_visit(self.author, each, number, at=self.now))
            self.show.step(f"The visit of {self._name(each)} comes after the cut-off")
        payer, head = self.cast.payer, self.cast.heads.hospital
        digest = self._state(self.statement, self.period, write.PACKAGE)["digest"]
        denied, corrected, *_ = self._lines()
        self.mis.send(acts.review_statement(self.author, payer, self.statement, digest, denied))
        self.show.step("Accepted by the payer, but for one line, denied as a duplicate")
        self.mis.send(acts.resubmit_charge(self.author, head, denied))
        self.show.step("The hospital claims the denied act again: a charge of the next month")
        self.mis.send(acts.adjust_charge(self.author, payer, corrected, CORRECTION))
        self.show.step(
            f"A line is corrected by {hryvnias(CORRECTION)} грн: a line of the next month; "
            "the closed one stays as it is"
        )

    def _close(self, period: Month) -> None:
        """Set a month's cut-off a moment ahead, and wait for it."""
        self._await(self._set_cut_off(period))

    def _state(self, statement: UUID, period: Month, package: str) -> Json:
        """Form a statement and let the hospital countersign it; return it as it was formed."""
        author, head = self.author, self.cast.heads.hospital
        self.mis.send(
            acts.form_statement(
                *(author, self.cast.payer, statement, self.contract, period), package=package
            )
        )
        formed: Json = self.mis.read(f"/statements/{statement}", "statement")
        self.show.step(
            f"Statement (звіт) of {period}, package {package}, formed: {formed['count']} lines, "
            f"{hryvnias(formed['total'])} грн"
        )
        digest, first = formed["digest"], formed["first"]
        self.mis.send(acts.countersign_statement(author, head, statement, digest, first))
        self.show.step(
            f"Countersigned by the hospital's head, {head.name}, digest and record named"
        )
        return formed

    def _settle_month(self) -> None:
        """Release the tariff that a package of the practice waits for, and price its month."""
        author, payer, practice = self.author, self.cast.payer, self.practice
        late = tariff(practice.period, RED_LIST)
        self.mis.send(author.sign("tariff.release", payer, resource=late))
        self.mis.send(acts.settle_month(author, payer, practice.contract, practice.period))
        self.show.step(
            f"Package {RED_LIST} had no tariff when the month was counted: it is released now, and "
            "the month settled, as of the very record it was counted at"
        )

    def pay(self) -> None:
        """Record the payment; a second one is refused."""
        total = self.mis.read(f"/statements/{self.statement}", "statement")["owed"]
        day = kyiv_day(datetime.now(UTC))
        order = acts.record_payment(
            self.author, self.cast.payer, self.statement, total, "ДЕМО-1", day
        )
        self.mis.send(order)
        self.show.step(f"Paid: {hryvnias(total)} грн, bank reference ДЕМО-1")
        twice = acts.record_payment(
            self.author, self.cast.payer, self.statement, total, "ДЕМО-2", day
        )
        what = "The payer pays the same statement again"
        self._refused(Wrong(what, "payment.exceeds_statement", twice))

    def owe_back(self) -> None:
        """Correct a treated case, so that the next month of its package is below zero; settle it.

        Part of what the hospital owes back is set off, the rest comes back through the treasury.
        """
        author, payer = self.author, self.cast.payer
        (case,) = self.mis.read(f"/charges?package={SURGERY}&status=accrued", "charges")
        if case["period"] != self.period:  # discharged after a midnight between two months
            self._close(case["period"])
        owed = uuid4()
        self._accepted_whole(owed, case["period"])
        self.mis.send(acts.adjust_charge(author, payer, case, -(OFFSET + REFUND)))
        self.show.step(
            f"The case of {case['day']} is corrected by {hryvnias(-(OFFSET + REFUND))} грн"
        )
        later = next_month(case["period"])
        self._close(later)
        self._accepted_whole(self.debt, later)
        self.mis.send(acts.offset_statement(author, payer, owed, self.debt, OFFSET))
        self.show.step(f"Set off (зарахування) against the month before: {hryvnias(OFFSET)} грн")
        day = kyiv_day(datetime.now(UTC))
        self.mis.send(acts.record_refund(author, payer, self.debt, REFUND, "ДЕМО-3", day))
        self.show.step(f"Repaid (повернення коштів): {hryvnias(REFUND)} грн, reference ДЕМО-3")

    def _accepted_whole(self, statement: UUID, period: Month) -> None:
        digest = self._state(statement, period, SURGERY)["digest"]
        accepting = acts.accept_statement(self.author, self.cast.payer, statement, digest)
        self.mis.send(accepting)
        self.show.step("Accepted by the payer, whole")

    def erase(self) -> None:
        """Erase a patient whose visit is in the statement; two people of the payer sign."""
        author, cast, leaver = self.author, self.cast, self.cast.leaver
        payer, second = cast.payer, cast.second_signer
        self.mis.send(
            acts.register_employee(author, payer, second, people.SECOND_SIGNER, "NHS_ADMIN_SIGNER")
        )
        order = acts.order_erasure(author, payer, leaver.id)
        what = f"{payer.name} orders the erasure (знищення даних) of {self._name(leaver)}"
        self._refused(Wrong(f"{what}, whose declaration is live", "patient.erasure_barred", order))
        live = self.mis.read(f"/patients/{leaver.id}/summary", "patient")["declaration"]
        ending = acts.terminate_declaration(
            author, leaver.doctor, leaver.id, UUID(live["declaration"])
        )
        self.mis.send(ending)
        placement = self.mis.send(order).placement
        self.show.step(f"{what}; the declaration was terminated first")
        alone = acts.countersign_erasure(author, payer, leaver.id, order, placement)
        same = "Who ordered the erasure countersigns it"
        self._refused(Wrong(same, "patient.erasure_by_one_person", alone))
        self.mis.send(acts.countersign_erasure(author, second, leaver.id, order, placement))
        self.show.step(f"{second.name} countersigns: the key is destroyed, the content removed")
        again = acts.sign_declaration(author, leaver.doctor, leaver.id)
        self._refused(Wrong("A doctor signs for the erased patient", "patient.erased", again))

    def _lines(self) -> list[Json]:
        lines: list[Json] = self.mis.read(f"/statements/{self.statement}", "statement")["lines"]
        return lines

    def _set_cut_off(self, period: Month) -> datetime:
        """Set the cut-off a moment ahead; again, where a slow machine let the moment pass first."""
        ahead = CUT_OFF_AHEAD
        while True:
            at = datetime.now(UTC) + ahead
            signed = acts.set_cut_off(self.author, self.cast.payer, period, at)
            answer = self.mis.post(signed)
            if isinstance(answer, Taken):
                self.show.step(f"Cut-off (дата закриття) of {period} set a moment ahead")
                return at
            if answer.code != "cut_off.not_in_future" or ahead > CUT_OFF_AHEAD * 10:
                raise Unexpected(f"cut_off.set was refused: {answer.code} at {answer.path}")
            ahead *= 2

    def _await(self, at: datetime) -> None:
        """Wait until a moment has passed."""
        whole = max(0.0, (at - datetime.now(UTC)).total_seconds())
        with self.show.working("Waiting for the cut-off", PERCENT) as advance:
            done = 0
            while (left := (at - datetime.now(UTC)).total_seconds()) > 0:
                share = int(PERCENT * (1 - left / whole))
                advance(share - done)
                done = share
                time.sleep(min(left, FINAL_S))
            advance(PERCENT - done)

    def _send_all(self, what: str, commands: Sequence[Signed]) -> None:
        with self.show.working(what, len(commands)) as advance:
            for _ in self.mis.send_all(commands):
                advance(1)

    def _send_each(self, what: str, commands: Play) -> None:
        """Post commands of which each rests on the ones before."""
        with self.show.working(what) as advance:
            for each in commands:
                self.mis.send(each)
                advance(1)

    def _refused(self, wrong: Wrong) -> None:
        answer = self.mis.post(wrong.signed)
        if isinstance(answer, Taken):
            raise Unexpected(f"accepted, though it is wrong: {wrong.what}")
        if answer.code != wrong.code:
            raise Unexpected(f"{wrong.what}: refused with {answer.code}, not with {wrong.code}")
        self.attempts.append(Attempt(wrong.what, answer))
        self.show.step(f"{wrong.what}: {answer.code}", refused=True)

    def _name(self, treated: Treated) -> str:
        return self.cast.names[str(treated.id)]
