"""What is due is done once, in order, whoever finds it and whatever interrupts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any
from uuid import UUID

import psycopg
import pytest

from ehealth_ledger.commands.referral import ExpireReferral
from ehealth_ledger.entrypoints import bootstrap
from ehealth_ledger.entrypoints.demo.cades import sign_cades
from ehealth_ledger.errors import Refused, Undecided
from ehealth_ledger.intake.answers import Accepted, Answer
from ehealth_ledger.intake.due import contents
from ehealth_ledger.intake.judgement import Submission
from ehealth_ledger.intake.tick import Done
from ehealth_ledger.store.deadlines import BEGINNING, Due, read_due
from ehealth_ledger.verification.ledger_key import LedgerVerifier, contain
from tests.world import CLINIC_EDRPOU, CMS, World

JOSE = "application/jose"


async def referred(world: World, *days: float) -> tuple[Any, UUID, list[UUID]]:
    """Issue referrals that last so many days; return the doctor, the patient and them."""
    clinic = await world.institution(CLINIC_EDRPOU, "PRIMARY_CARE", "2000000001")
    doctor = await world.employee(clinic, "DOCTOR", "2000000003")
    patient = await world.patient(doctor)
    return doctor, patient, [await world.referral(doctor, patient, days=each) for each in days]


def records(world: World, topic: str = "referral.expired.v1") -> list[tuple[UUID, int, int]]:
    with psycopg.connect(world.urls.ledger) as connection:
        return connection.execute(
            "SELECT stream_id, position, recorded_at FROM ledger.records WHERE topic = %s "
            "ORDER BY position",
            (topic,),
        ).fetchall()


def deadlines(world: World) -> list[UUID]:
    with psycopg.connect(world.urls.ledger) as connection:
        rows = connection.execute("SELECT id FROM ledger.deadlines ORDER BY due_at, kind, id")
        return [each for (each,) in rows]


def findings(world: World) -> list[str]:
    from ehealth_ledger.entrypoints.audit import verify_ledger
    from ehealth_ledger.store.secrets import read_secret

    master = read_secret(world.settings.master_key_file)
    report = verify_ledger(world.urls, master, progress=lambda *_: None)
    return [str(each) for each in report.findings]


def test_what_is_due_is_done_in_order_and_once(world: World) -> None:
    """Only what is due by then, the oldest first; a second run finds nothing; verify agrees."""
    _, _, (late, early, never) = asyncio.run(referred(world, 2, 1, 400))
    assert world.tick() == Done()
    world.clock.ahead = timedelta(days=3)
    assert world.tick().recorded == 2
    assert [stream for stream, *_ in records(world)] == [early, late]
    assert deadlines(world) == [never]
    assert world.tick() == Done()
    assert findings(world) == []


def test_until_holds_later_deadlines_back(world: World) -> None:
    """What falls due after the named moment stays; what lies ahead cannot be done."""
    _, _, (first, second) = asyncio.run(referred(world, 1, 2))
    world.clock.ahead = timedelta(days=3)
    at = world.clock() - timedelta(days=1, hours=12) // timedelta(microseconds=1)
    assert world.tick(at).recorded == 1
    assert [stream for stream, *_ in records(world)] == [first]
    assert deadlines(world) == [second]
    with pytest.raises(ValueError, match="not due yet"):
        world.tick(world.clock() + 10**12)


def test_what_was_settled_before_is_left_alone(world: World) -> None:
    """A referral that was recalled in time has no deadline any more."""

    async def recalled() -> None:
        doctor, patient, (referral,) = await referred(world, 1)
        resource = {"referral": str(referral), "patient": str(patient), "reason": "помилка"}
        await world.send("referral.recall", doctor, resource=resource)

    asyncio.run(recalled())
    assert deadlines(world) == []
    world.clock.ahead = timedelta(days=3)
    assert world.tick() == Done()


def test_two_ticks_at_once_are_harmless(world: World) -> None:
    """Both find everything due; each thing is recorded once, by whichever came first."""
    _, _, referrals = asyncio.run(referred(world, *(1 + each / 100 for each in range(12))))
    world.clock.ahead = timedelta(days=3)
    barrier, done = Barrier(2), list[Done]()

    def tick() -> None:
        with bootstrap.scheduling(world.settings, world.urls, now=world.clock) as scheduler:
            scheduler._batch = 3
            barrier.wait()
            done.append(scheduler.run(scheduler.now()))

    threads = [Thread(target=tick) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 2
    assert sum(each.recorded for each in done) == len(referrals)
    assert all(not each.refused and not each.undecided for each in done)
    assert [stream for stream, *_ in records(world)] == referrals
    assert deadlines(world) == []
    assert findings(world) == []


class Killed(Exception):  # noqa: N818 - what happened
    """Stand for the process that ends here."""


@pytest.mark.parametrize("after", [0, 1, 2, 3])
@pytest.mark.parametrize("answered", [False, True], ids=["before the commit", "after the commit"])
def test_a_tick_cut_off_anywhere_is_finished_by_the_next(
    world: World, after: int, answered: bool
) -> None:
    """Killed before or right after the n-th commit, nothing is lost and nothing comes twice."""
    _, _, referrals = asyncio.run(referred(world, 1, 1.1, 1.2, 1.3))
    world.clock.ahead = timedelta(days=3)
    with bootstrap.scheduling(world.settings, world.urls, now=world.clock) as scheduler:
        scheduler._batch = 1
        scheduler._commit = _dying(scheduler._commit, after, answered=answered)
        with pytest.raises(Killed):
            scheduler.run(scheduler.now())
    assert len(records(world)) == after + answered
    assert world.tick().recorded == len(referrals) - after - answered
    assert [stream for stream, *_ in records(world)] == referrals
    assert findings(world) == []


def _dying(
    commit: Callable[[Sequence[Submission]], list[Answer]], after: int, *, answered: bool
) -> Callable[[Sequence[Submission]], list[Answer]]:
    left = [after]

    def wrapped(submissions: Sequence[Submission]) -> list[Answer]:
        if left[0] == 0:
            if answered:
                commit(submissions)
            raise Killed
        left[0] -= 1
        return commit(submissions)

    return wrapped


def _due(world: World) -> Due:
    reading = world.running.reader
    with psycopg.connect(world.urls.ledger) as connection, connection.cursor() as cursor:
        cursor.execute("SET search_path = ledger, public")
        (found,) = read_due(cursor, reading.mapper, until=world.clock(), after=BEGINNING, limit=10)
    return found


def test_the_same_command_repeated_gets_the_same_receipt(world: World) -> None:
    """Whoever signs it again later, with another clock, gets the receipt that stands."""
    asyncio.run(referred(world, 1))
    world.clock.ahead = timedelta(days=3)
    due = _due(world)
    with bootstrap.scheduling(world.settings, world.urls, now=world.clock) as scheduler:
        (first,) = scheduler._commit(scheduler._submissions(due))
        world.clock.ahead = timedelta(days=4)
        (second,) = scheduler._commit(scheduler._submissions(due))
    assert isinstance(first, Accepted)
    assert isinstance(second, Accepted)
    assert (second.receipt, second.repeated) == (first.receipt, True)


def test_a_deadline_nobody_knows_is_undecided__system__duty_unknown(world: World) -> None:
    """A newer release's deadline is left to it, and said aloud."""
    asyncio.run(referred(world, 1))
    with psycopg.connect(world.urls.ledger, autocommit=True) as connection:
        connection.execute("UPDATE ledger.deadlines SET kind = 'referral.evaporate'")
    world.clock.ahead = timedelta(days=3)
    done = world.tick()
    (((due, refusal)),) = done.undecided
    assert (due.kind, refusal.code) == ("referral.evaporate", "system.duty_unknown")
    assert isinstance(refusal, Undecided)


# Who may sign what


def _content(world: World) -> bytes:
    world.clock.ahead = timedelta(days=3)
    (content,) = contents(_due(world), world.author.ledger)
    return content


def test_a_client_cannot_act_for_the_system__system__signed_by_staff(world: World) -> None:
    """A valid certificate under a command of the system is refused by its own code."""
    doctor, _, _ = asyncio.run(referred(world, 1))
    container = sign_cades(_content(world), doctor.credential)
    world.clock.ahead = timedelta()
    with pytest.raises(Refused) as refusal:
        asyncio.run(world.running.intake.accept(container, CMS, client="test"))
    assert (refusal.value.code, refusal.value.path) == ("system.signed_by_staff", "$.command")
    assert records(world) == []


def test_the_gateway_opens_no_container_of_the_ledger(world: World) -> None:
    """What the ledger's key signed carries no certificate: from outside it is no signature."""
    asyncio.run(referred(world, 1))
    key = bootstrap.Keys.read(world.settings).signing
    container = contain(_content(world), key.public, key.sign)
    with pytest.raises(Refused) as refusal:
        asyncio.run(world.running.intake.accept(container, JOSE, client="test"))
    assert refusal.value.code == "container.certificate_missing"
    assert records(world) == []


def test_the_ledger_signs_no_act_of_staff__system__not_a_system_command(world: World) -> None:
    """The ledger's key under a person's command is refused where it would be verified."""
    doctor, patient, _ = asyncio.run(referred(world, 1))
    key = bootstrap.Keys.read(world.settings).signing
    resource = {"referral": str(UUID(int=1)), "patient": str(patient), "reason": "x"}
    signed = world.author.sign("referral.recall", doctor, resource=resource)
    content = world.verify(signed).signed_bytes
    with pytest.raises(Refused) as refusal:
        LedgerVerifier(key.public).verify(
            contain(content, key.public, key.sign), at=world.clock.now
        )
    assert refusal.value.code == "system.not_a_system_command"


ALTERATIONS: dict[str, Callable[[bytes], bytes]] = {
    "another key's name": lambda c: c.replace(c.split(b".")[0], b"eyJhbGciOiJFZDI1NTE5In0"),
    "another content": lambda c: b".".join((c.split(b".")[0], b"e30", c.split(b".")[2])),
    "no content": lambda c: b".".join((c.split(b".")[0], b"", c.split(b".")[2])),
    "a cut signature": lambda c: c[:-4],
    "no signature": lambda c: c.rsplit(b".", 1)[0] + b".",
    "another segment": lambda c: c + b".e30",
    "other base64": lambda c: c + b"=",
}


@pytest.mark.parametrize("alteration", ALTERATIONS)
def test_the_ledgers_container_has_one_form(world: World, alteration: str) -> None:
    """One byte elsewhere, and the container proves nothing."""
    asyncio.run(referred(world, 1))
    key = bootstrap.Keys.read(world.settings).signing
    verifier = LedgerVerifier(key.public)
    container = contain(_content(world), key.public, key.sign)
    assert isinstance(verifier.verify(container, at=world.clock.now).body, ExpireReferral)
    with pytest.raises(Refused) as refusal:
        verifier.verify(ALTERATIONS[alteration](container), at=world.clock.now)
    assert refusal.value.code in {
        "container.not_jws",
        "container.content_missing",
        "signature.invalid",
    }


def test_another_ledgers_key_proves_nothing(world: World) -> None:
    """The key is this deployment's, as position 1 names it."""
    asyncio.run(referred(world, 1))
    key = bootstrap.Keys.read(world.settings).signing
    other = bootstrap.SigningKey(bytes(range(32)))
    for container in (
        contain(_content(world), other.public, other.sign),
        contain(_content(world), key.public, other.sign),
    ):
        with pytest.raises(Refused):
            LedgerVerifier(key.public).verify(container, at=world.clock.now)
