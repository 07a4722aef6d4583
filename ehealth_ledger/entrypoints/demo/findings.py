"""Gather what the demo shows at its end, every fact of it from the product's own answers.

Over HTTP: a patient's summary, the referrals, the charges, the statement and its bytes. From the
log's one door: who signed each act, by the name the signed registration gave. From the auditor: the
check.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from ehealth_ledger.bundle.finding import Outcome
from ehealth_ledger.entrypoints import bootstrap
from ehealth_ledger.entrypoints.audit import own_keys, verify_ledger
from ehealth_ledger.entrypoints.demo import commands as write
from ehealth_ledger.entrypoints.demo.handing_over import HandedOver, hand_over
from ehealth_ledger.entrypoints.demo.proving import ProvedAct, prove
from ehealth_ledger.entrypoints.demo.region import Attempt, Region
from ehealth_ledger.entrypoints.demo.resources.treated_case import SURGERY
from ehealth_ledger.entrypoints.demo.show import Advance, Show
from ehealth_ledger.entrypoints.demo.taken import TakenHome, take_home
from ehealth_ledger.entrypoints.reader import open_reader
from ehealth_ledger.events.employee import EmployeeRegistered
from ehealth_ledger.events.legal_entity import LegalEntityRegistered
from ehealth_ledger.events.patient import PatientRegistered
from ehealth_ledger.pricing.statement import Statement, StatementKey
from ehealth_ledger.settings import Databases, Settings
from ehealth_ledger.store.fsck.finding import Report
from ehealth_ledger.store.notifications import Notification, Notifications, Place
from ehealth_ledger.values.identifiers import ContractId
from ehealth_ledger.values.json import Json
from ehealth_ledger.values.time import next_month
from projections.projectors.replay import replay_statements

PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class Act:
    """Say who signed the command at a position, and when it was recorded (microseconds UTC)."""

    position: int
    command_id: UUID
    stream_id: UUID
    topic: str
    signed_by: UUID | None  # None where that went with an erased patient's key
    recorded_at: int


@dataclass(frozen=True, slots=True)
class Log:
    """Hold what the report reads from the log: names as registered, and acts by position."""

    names: Mapping[UUID, str]
    acts: Mapping[int, Act]
    by_itself: int  # commands that the ledger signed, because something was due


@dataclass(frozen=True, slots=True)
class Findings:
    """Hold everything that is shown; what came over HTTP is held as it came."""

    summary: Json
    referrals: list[Json]
    cases: list[Json]  # treated cases that were grouped and priced
    withheld: list[Json]
    later: list[Json]  # charges of the next month: recorded after the cut-off
    capitation: Json  # the practice's month
    settled: int  # commands of last month, posted in process
    statement: Json
    debt: Json  # the statement below zero
    statement_bytes: bytes
    log: Log
    replayed: Statement
    verified: Report
    taken: TakenHome
    proved: ProvedAct
    handed_over: HandedOver
    attempts: list[Attempt]
    same_receipt: bool
    accepted: int
    refused: int

    @property
    def replay_is_equal(self) -> bool:
        """Tell whether the log alone yields the statement the payer accepted, byte for byte."""
        signed = str(self.statement["digest"])
        return (self.replayed.to_bytes(), self.replayed.digest()) == (self.statement_bytes, signed)

    @property
    def is_handed_over(self) -> bool:
        """Tell whether the bundle is valid and yields the statement the payer accepted."""
        report = self.handed_over.report
        made = [each.content for each in report.statements]
        return report.outcome is Outcome.VALID and made == [self.statement_bytes]

    @property
    def _is_counted_whole(self) -> bool:
        """Tell whether each package of the practice's month counts everybody who was declared."""
        month = self.capitation
        counted = [each["counted"] for each in month["packages"]]
        return set(counted) == {month["declared"]} and sum(counted) == month["patients"] > 0

    @property
    def is_sound(self) -> bool:
        """Tell whether everything the demo promises came true."""
        total = sum(int(line["amount"]) for line in self.statement["lines"])
        return (
            self.replay_is_equal
            and self.same_receipt
            and not self.verified.findings
            and self.verified.erasures == 1
            and total == int(self.statement["total"])
            and self.taken.reconciliation.agrees
            and (self.debt["status"], self.debt["remaining"]) == ("paid", 0)
            and self.is_handed_over
            and self.capitation["status"] == "counted"
            and self._is_counted_whole
        )


def gather(region: Region, settings: Settings, urls: Databases, show: Show) -> Findings:
    """Ask the service, the log and the auditor."""
    mis, cast = region.mis, region.cast
    summary = mis.read(f"/patients/{cast.mover.id}/summary", "patient")
    known = [each for each in cast.patients if each is not cast.leaver]
    referrals = [mis.read(f"/referrals/{each.referral}", "referral") for each in known]
    statement = mis.read(f"/statements/{region.statement}", "statement")
    debt = mis.read(f"/statements/{region.debt}", "statement")
    later = f"contract={region.contract}&period={next_month(region.period)}&package={write.PACKAGE}"
    master = bootstrap.Keys.read(settings).master
    with show.working("Verifying every record and signature", mis.position) as advance:
        keys = own_keys(settings, urls)
        verified = verify_ledger(urls, master, keys=keys, progress=steps(advance))
    key_of_log, *_ = keys  # the log's own, before that of the super-log
    command = UUID(statement["lines"][0]["command_id"])
    proved = prove(mis, settings.data_dir, str(key_of_log), command)
    mis.await_file(f"/log/records/proof/{verified.position}")  # until a checkpoint covers it all
    with show.working("Verifying the statement's bundle") as advance:
        asked = (urls, master, str(key_of_log), UUID(statement["statement"]))
        handed_over = hand_over(*asked, settings.data_dir, steps(advance))
    with open_reader(urls, master) as reading:
        door = reading.notifications
        with show.working("Replaying the statement from the log", verified.position) as advance:
            replayed = replay_statements(door, verified.position, steps(advance))
        acts = {line["act"]["position"] for line in statement["lines"]}
        log = read_log(door, acts, region.statement)
    key = StatementKey(ContractId(region.contract), write.PACKAGE, region.period)
    return Findings(
        summary=summary,
        referrals=referrals,
        cases=mis.read(f"/charges?package={SURGERY}&status=accrued", "charges"),
        withheld=mis.read("/charges?status=withheld", "charges"),
        later=mis.read(f"/charges?{later}", "charges"),
        capitation=region.capitation(),
        settled=region.practice.commands,
        statement=statement,
        debt=debt,
        statement_bytes=mis.download(f"/statements/{region.statement}/bytes"),
        log=log,
        replayed=replayed[key],
        verified=verified,
        taken=take_home(mis, statement, debt, settings.data_dir, urls.read),
        proved=proved,
        handed_over=handed_over,
        attempts=region.attempts,
        same_receipt=all(
            first.placement == second.placement and second.repeated
            for first, second in region.repeated
        ),
        accepted=mis.accepted,
        refused=mis.refused,
    )


def steps(advance: Advance) -> Callable[[int, int], None]:
    """Turn what is told in all (done, of how many) into steps."""
    told = 0

    def tell(done: int, _total: int) -> None:
        nonlocal told
        advance(done - told)
        told = done

    return tell


def read_log(door: Notifications, positions: Iterable[int], statement: UUID) -> Log:
    """Read the whole log once: names, the acts at these positions, the acts upon a statement."""
    names: dict[UUID, str] = {}
    acts: dict[int, Act] = {}
    wanted = set(positions)
    by_itself: set[UUID] = set()
    for each in _records(door):
        names |= _named(each)
        if each.position in wanted or each.stream_id == statement:
            acts[each.position] = _act(each)
        if "reason" in _content(each):  # of the head: only the system gives one
            by_itself.add(each.command_id)
    return Log(names, acts, len(by_itself))


def _records(door: Notifications) -> Iterator[Notification]:
    place = door.beginning()
    while page := door.read(place, PAGE):
        yield from page
        place = Place(page[-1].position, page[-1].chain_value)


def _content(record: Notification) -> Json:
    """Read what was signed; nothing where it went with an erased patient's key."""
    try:
        return record.content()
    except KeyError:
        return {}


def _act(record: Notification) -> Act:
    content = _content(record)
    return Act(
        record.position,
        record.command_id,
        record.stream_id,
        record.topic,
        UUID(content["employee"]) if content else None,
        record.recorded_at,
    )


def _named(record: Notification) -> dict[UUID, str]:
    """Return the name a registration gave, as it was signed."""
    match record.fact:
        case EmployeeRegistered() as fact:
            party = record.said(fact.party_pointer)
            return {fact.employee: f"{party['given']} {party['family']}"}
        case PatientRegistered() as fact:
            name = record.said(fact.resource_pointer)["name"][0]
            return {fact.patient: f"{name['given'][0]} {name['family']}"}
        case LegalEntityRegistered() as fact:
            return {fact.legal_entity: str(record.said(fact.resource_pointer)["name"])}
        case _:
            return {}
