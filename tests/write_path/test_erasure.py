"""Erase a patient: the key goes, the blobs go, the proofs stay, and nothing about the person comes
back.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

import psycopg
import pytest

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.commands.command import Command
from ehealth_ledger.entrypoints import bootstrap
from ehealth_ledger.entrypoints.audit import verify_ledger
from ehealth_ledger.entrypoints.demo import commands as write
from ehealth_ledger.entrypoints.demo.acts import countersign_erasure, order_erasure
from ehealth_ledger.entrypoints.demo.commands import Actor, Signed
from ehealth_ledger.entrypoints.reader import open_reader
from ehealth_ledger.errors import RuleBroken
from ehealth_ledger.intake.answers import Accepted
from ehealth_ledger.intake.committer import Committer
from ehealth_ledger.intake.judgement import Submission
from ehealth_ledger.store.erasures import Eraser
from ehealth_ledger.store.fsck import check
from ehealth_ledger.store.fsck.finding import Report
from ehealth_ledger.store.secrets import read_secret
from tests.countries import pharmacy
from tests.countries import referral as referrals
from tests.countries.erasure import erase, second_person
from tests.world import World
from tests.write_path.country import (
    Country,
    codes,
    commit,
    committer_of,
    contents,
    head,
    settle,
    submission,
    superuser,
    vault_without_triggers,
)
from tests.write_path.interleaving import one_after_the_other, one_inside_the_other

How = Callable[[World, Submission, Submission], list[str]]


@dataclass
class Scene:
    """Hold a patient with a history, and the payer's second person."""

    country: Country
    second: Actor

    @property
    def world(self) -> World:
        return self.country.world

    @property
    def patient(self) -> UUID:
        return self.country.patient

    async def erase(self) -> Accepted:
        return await erase(self.world, self.second, self.patient)

    async def ordered(self) -> Signed:
        """Order the erasure and return the countersignature, signed and not posted."""
        order = order_erasure(self.world.author, self.world.payer, self.patient)
        placed = (await self.world.post(order)).receipt.placement
        return countersign_erasure(self.world.author, self.second, self.patient, order, placed)


async def prepared(world: World) -> Scene:
    """Let a patient be referred and treated, and let the payer hire a second person."""
    country = await settle(world)
    await world.tariff()
    await world.contract(country.hospital)
    await country.treated()
    return Scene(country, await second_person(world))


def verified(world: World) -> Report:
    master = read_secret(world.settings.master_key_file)
    return verify_ledger(world.urls, master, progress=lambda *_: None)


def asked(url: str, statement: str, *parameters: object) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET search_path = ledger, vault, public")
        return connection.execute(statement.encode(), parameters).fetchall()


def blobs_of(world: World, patient: UUID) -> int:
    """Count the bodies and envelopes that are left under a patient's key."""
    rows = asked(
        world.urls.ledger,
        "SELECT (SELECT count(*) FROM bodies b JOIN records r USING (log, position) "
        "WHERE r.key_id = %s) + (SELECT count(*) FROM envelopes WHERE key_id = %s)",
        patient,
        patient,
    )
    return int(str(rows[0][0]))


def test_the_key_and_the_blobs_go_and_every_proof_stays(world: World) -> None:
    """After two signatures nothing can open what was recorded, and `verify` is still content."""

    async def story() -> None:
        scene = await prepared(world)
        await referrals.plan(world, scene.country.doctor, scene.patient)
        await referrals.approve(world, scene.country.doctor, scene.patient)
        before = contents(world)
        position = (await scene.erase()).receipt.placement.last_position
        after = contents(world)
        assert blobs_of(world, scene.patient) == 0
        assert after["records"] == before["records"] + 2
        rows = asked(
            world.urls.vault,
            "SELECT wrapped, destroyed_at IS NOT NULL FROM subject_keys WHERE key_id = %s",
            scene.patient,
        )
        assert rows == [(None, True)]
        assert world.running.reader.vault.key(scene.patient) is None
        stays = asked(world.urls.ledger, "SELECT patient, position FROM erasures")
        assert stays == [(scene.patient, position)]
        for table in ("patients", "patient_phones", "open_care_plans", "live_approvals"):
            assert not after[table], table
        report = verified(world)
        assert report.findings == ()
        assert (report.erasures, report.erased) == (1, before["bodies"] + 2 - after["bodies"])
        assert report.erased > 5

    asyncio.run(story())


def test_nothing_falls_due_of_an_erased_patient(world: World) -> None:
    """Deadlines, treatments and holds go with the erasure: `tick` has nothing to ask in vain."""

    async def story() -> None:
        scene = await prepared(world)
        place = await world.division(scene.country.doctor)
        counter = await pharmacy.supplied(world, scene.country.doctor, place, scene.patient)
        prescription = await counter.prescribed()
        await counter.reserved(prescription, counter.pharmacies[0])
        await world.referral(scene.country.doctor, scene.patient)
        waiting = contents(world)
        assert waiting["deadlines"] >= 3
        assert waiting["treatments"] == waiting["live_dispenses"] == 1
        await scene.erase()
        left = contents(world)
        assert left["treatments"] == left["live_dispenses"] == 0
        with superuser(world) as connection:
            kinds = connection.execute("SELECT DISTINCT kind FROM deadlines").fetchall()
        assert set(kinds) <= {("global_rate.run",)}  # of contracts, and nobody's
        assert verified(world).findings == ()

    asyncio.run(story())


def test_refuses_patient__erased(world: World) -> None:
    """Whatever names an erased patient, or a thing that was the patient's, is refused alike."""

    async def story() -> None:
        scene = await prepared(world)
        referral = await world.referral(scene.country.doctor, scene.patient)
        countersigned = await scene.ordered()
        await world.post(countersigned)
        standing = contents(world), head(world)
        country = scene.country
        wrong = {"patient": str(scene.patient), "reason": "помилка"}
        for signed in (
            country.redemption(country.specialist, referral),
            country.encounter(country.specialist),
            country.declaration(country.doctor),
            world.author.sign("patient.deactivate", world.payer, resource=wrong),
            order_erasure(world.author, world.payer, scene.patient),
        ):
            with pytest.raises(RuleBroken) as refusal:
                await world.post(signed)
            assert refusal.value.code == "patient.erased", signed.content
        assert (contents(world), head(world)) == standing

    asyncio.run(story())


def test_another_process_hears_of_it_at_its_next_batch(world: World) -> None:
    """A process that held the key and the streams in memory forgets them under the head's lock."""

    async def story() -> None:
        scene = await prepared(world)
        with second_process(world) as other:
            referral = submission(world, referred(scene.country))
            assert codes(other.commit([referral])) == ["accepted"]  # keys and streams are in memory
            assert other._vault.key(scene.patient) is not None
            await scene.erase()
            again = submission(world, referred(scene.country))
            assert codes(other.commit([again])) == ["patient.erased"]
            assert other._vault.key(scene.patient) is None

    asyncio.run(story())


def test_an_erased_command_is_answered_with_its_receipt_marked_erased(world: World) -> None:
    """A repeat, and a question by id, get the receipt they always got, marked."""

    async def story() -> None:
        scene = await prepared(world)
        signed = referred(scene.country)
        first = await world.post(signed)
        await scene.erase()
        again = await world.post(signed)
        assert (again.receipt, again.repeated, again.erased) == (first.receipt, True, True)
        found = world.running.intake.find(signed.command_id)
        assert found is not None
        assert (found.receipt, found.erased) == (first.receipt, True)

    asyncio.run(story())


def test_the_same_person_registers_anew_under_another_id(world: World) -> None:
    """The blind indexes went, so the person is nobody's double; the old id never comes back."""

    async def story() -> None:
        scene = await prepared(world)
        old = scene.country.patient_registration()
        await world.post(old)
        gone = UUID(json_id(old))
        await erase(world, scene.second, gone)
        with pytest.raises(RuleBroken) as refusal:
            await world.post(scene.country.patient_registration(gone))
        assert refusal.value.code == "id.not_new"
        await world.post(scene.country.patient_registration(uuid4()))
        assert verified(world).findings == ()

    asyncio.run(story())


@pytest.mark.parametrize("first", ["the erasure", "the act"])
@pytest.mark.parametrize("how", [one_after_the_other, one_inside_the_other])
def test_an_act_beside_the_erasure(world: World, first: str, how: How) -> None:
    """An act of the patient stands before the erasure and goes with it, or is refused after it."""

    async def story() -> None:
        scene = await prepared(world)
        erasing = submission(world, await scene.ordered())
        acting = submission(world, referred(scene.country))
        pair = (erasing, acting) if first == "the erasure" else (acting, erasing)
        said = how(world, *pair)
        expected = ["accepted", "patient.erased"] if first == "the erasure" else ["accepted"] * 2
        assert said == expected
        assert blobs_of(world, scene.patient) == 0
        assert verified(world).findings == ()

    asyncio.run(story())


@pytest.mark.parametrize("how", [one_after_the_other, one_inside_the_other])
def test_two_erasures_at_once(world: World, how: How) -> None:
    """One of two countersignatures erases; the other finds the patient erased."""

    async def story() -> None:
        scene = await prepared(world)
        order = order_erasure(world.author, world.payer, scene.patient)
        placed = (await world.post(order)).receipt.placement
        pair = [
            submission(
                world,
                countersign_erasure(world.author, scene.second, scene.patient, order, placed),
            )
            for _ in range(2)
        ]
        assert how(world, *pair) == ["accepted", "patient.erased"]
        assert verified(world).findings == ()

    asyncio.run(story())


def test_an_act_in_the_batch_of_the_erasure(world: World) -> None:
    """Within one batch the order decides, too, before anything of it is committed."""

    async def story() -> None:
        scene = await prepared(world)
        referral = await world.referral(scene.country.doctor, scene.patient)
        countersigned = await scene.ordered()
        country = scene.country
        recalled = {"referral": str(referral), "patient": str(scene.patient), "reason": "Одужав"}
        batch = [
            referred(country),
            countersigned,
            referred(country),
            country.redemption(country.specialist, referral),
            # Its law reads the referral and not the patient: no key seals what it yields.
            country.sign("referral.recall", country.doctor, resource=recalled),
        ]
        assert codes(commit(world, batch)) == [*["accepted"] * 2, *["patient.erased"] * 3]
        assert blobs_of(world, scene.patient) == 0
        assert verified(world).findings == ()

    asyncio.run(story())


def test_a_batch_that_fails_erases_nobody(world: World) -> None:
    """Where the commit does not come about, the key stays and the patient is treated on."""

    async def story() -> None:
        scene = await prepared(world)
        countersigned = submission(world, await scene.ordered())
        with committer_of(world) as committer:
            committer._send = _stumbling  # type: ignore[method-assign, assignment]
            with pytest.raises(RuntimeError, match="before the commit"):
                committer.commit([countersigned])
        assert world.running.reader.vault.key(scene.patient) is not None
        await world.referral(scene.country.doctor, scene.patient)
        assert blobs_of(world, scene.patient) > 0

    asyncio.run(story())


def test_what_a_dead_process_left_is_finished_before_anybody_is_served(world: World) -> None:
    """An erasure whose process died after the commit is carried out by the next start."""

    async def story() -> None:
        scene = await prepared(world)
        countersigned = submission(world, await scene.ordered())
        with committer_of(world) as committer:
            committer._erase = _nothing  # type: ignore[method-assign] # it dies here
            assert codes(committer.commit([countersigned])) == ["accepted"]
        assert blobs_of(world, scene.patient) > 0
        found = verified(world).findings
        assert [str(each.kind) for each in found] == ["erasure.unfinished"]
        with bootstrap.service(world.settings, world.urls, on_fatal=print) as other:
            assert other.reader.vault.key(scene.patient) is None
            assert blobs_of(world, scene.patient) == 0
        assert verified(world).findings == ()

    asyncio.run(story())


def test_tick_finishes_what_is_pending(world: World) -> None:
    """Whatever kept a process from it, the next tick carries the erasure out."""

    async def story() -> None:
        scene = await prepared(world)
        countersigned = submission(world, await scene.ordered())
        with committer_of(world) as committer:
            committer._erase = _nothing  # type: ignore[method-assign]
            committer.commit([countersigned])
        world.tick()
        assert blobs_of(world, scene.patient) == 0
        assert verified(world).findings == ()

    asyncio.run(story())


def test_an_unreachable_vault_delays_the_destruction_and_not_the_answer(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The erasure is recorded and answered; the key is given out no more, and goes later."""

    async def story() -> None:
        scene = await prepared(world)

        def away(*_: object) -> None:
            raise psycopg.OperationalError("the vault is away")

        with monkeypatch.context() as patched:
            patched.setattr(Eraser, "finish", away)
            await scene.erase()
        assert world.running.reader.vault.key(scene.patient) is None
        assert blobs_of(world, scene.patient) > 0
        world.tick()
        assert blobs_of(world, scene.patient) == 0

    asyncio.run(story())


def test_an_older_vault_is_erased_again_before_it_serves(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """A backup of the vault brings the key back; the start destroys it again, and says so."""

    async def story() -> None:
        scene = await prepared(world)
        rows = asked(
            world.urls.vault, "SELECT * FROM subject_keys WHERE key_id = %s", scene.patient
        )
        await scene.erase()
        put_back(world, rows[0])
        assert [str(each.kind) for each in verified(world).findings] == ["key.returned"]
        with bootstrap.service(world.settings, world.urls, on_fatal=print) as other:
            assert other.reader.vault.key(scene.patient) is None
        assert "the vault is older than the ledger: 1 keys" in caplog.text
        assert verified(world).findings == ()

    asyncio.run(story())


def test_a_vault_that_never_knew_the_patient_can_never_make_the_key(world: World) -> None:
    """Also where the restored vault is older than the patient, the id stays without a key."""

    async def story() -> None:
        scene = await prepared(world)
        await scene.erase()
        with vault_without_triggers(world) as vault:
            vault.execute("DELETE FROM subject_keys WHERE key_id = %s", (scene.patient,))
        with bootstrap.erasing(world.settings, world.urls) as eraser:
            assert eraser.finish().pending == {scene.patient}
        world.running.reader.vault.ensure_patient(scene.patient)  # type: ignore[arg-type]
        rows = asked(
            world.urls.vault, "SELECT wrapped FROM subject_keys WHERE key_id = %s", scene.patient
        )
        assert rows == [(None,)]

    asyncio.run(story())


# What `verify` says of a law that slept


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("patient.erasure_by_one_person", "one person ordered and countersigned the erasure"),
        ("patient.erasure_reference_mismatch", "the countersignature names another record"),
    ],
)
def test_an_erasure_that_the_law_let_pass_is_named(
    world: World, monkeypatch: pytest.MonkeyPatch, code: str, said: str
) -> None:
    """The auditor asks again who signed, and what."""
    required: Callable[..., bool] = Case.require

    def asleep(case: Case[Command], holds: bool, found: str, *rest: str, **more: object) -> bool:
        return required(case, holds or found == code, found, *rest, **more)

    async def story() -> None:
        scene = await prepared(world)
        order = order_erasure(world.author, world.payer, scene.patient)
        placed = (await world.post(order)).receipt.placement
        signer = world.payer if code == "patient.erasure_by_one_person" else scene.second
        if signer is scene.second:
            placed = placed._replace(chain_value=bytes(32))
        signed = countersign_erasure(world.author, signer, scene.patient, order, placed)
        with monkeypatch.context() as patched:
            patched.setattr(Case, "require", asleep)
            position = (await world.post(signed)).receipt.placement.first_position
        found = [(str(each.kind), each.position, each.detail) for each in verified(world).findings]
        assert found == [("fact.contradicted", position, said)]

    asyncio.run(story())


def test_an_erasure_while_the_auditor_reads_is_no_damage(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A snapshot taken before the erasure meets a key that is gone since: the log says why."""

    async def story() -> None:
        scene = await prepared(world)
        with monkeypatch.context() as patched:
            patched.setattr(Eraser, "finish", _nothing)
            await scene.erase()
        world.running.reader.vault.destroy([scene.patient])  # the blobs are in the snapshot still
        with monkeypatch.context() as patched:
            patched.setattr(check, "erased_patients", lambda _: {})
            assert verified(world).findings == ()
            patched.setattr(check, "erased_since", lambda _: frozenset())
            assert {str(each.kind) for each in verified(world).findings} == {"key.missing"}

    asyncio.run(story())


# What the databases themselves refuse


def test_a_destroyed_key_is_never_replaced(world: World) -> None:
    """The vault's own triggers keep the tombstone, whoever writes and in whatever mode."""

    async def story() -> None:
        scene = await prepared(world)
        await scene.erase()
        vault = world.running.reader.vault
        with psycopg.connect(world.urls.vault, autocommit=True) as connection:
            connection.execute("SET search_path = vault")
            for mode in ("origin", "replica"):
                connection.execute(f"SET session_replication_role = {mode}".encode())
                for statement in (
                    "UPDATE subject_keys SET wrapped = '\\x00', destroyed_at = NULL",
                    "UPDATE subject_keys SET key_id = gen_random_uuid()",
                    "DELETE FROM subject_keys",
                ):
                    with pytest.raises(psycopg.errors.IntegrityError):
                        connection.execute(
                            f"{statement} WHERE key_id = %s".encode(), (scene.patient,)
                        )
                with pytest.raises(psycopg.errors.IntegrityError):
                    connection.execute("TRUNCATE subject_keys CASCADE")
        with pytest.raises(psycopg.errors.IntegrityError):
            vault.destroy([world.running.reader.ledger])  # only a patient's key can be

    asyncio.run(story())


def test_blobs_leave_by_one_function_and_for_the_erased_alone(world: World) -> None:
    """No setting, no owner and no superuser removes a blob of somebody who is not erased."""

    async def story() -> None:
        scene = await prepared(world)
        other = await world.patient(scene.country.doctor)
        await scene.erase()
        with superuser(world) as connection:
            with pytest.raises(psycopg.errors.IntegrityError, match="no record erases"):
                connection.execute("SELECT erase_blobs(%s)", (other,))
            with pytest.raises(psycopg.errors.IntegrityError, match="no record at position"):
                connection.execute("INSERT INTO erasures VALUES (%s, 5)", (other,))
            connection.execute("SET ehealth.erasing = 'on'")
            for table in ("bodies", "envelopes", "bodies_records_0", "envelopes_records_0"):
                with pytest.raises(psycopg.errors.IntegrityError, match="only grows"):
                    connection.execute(f"DELETE FROM {table}".encode())
            connection.execute("SET ROLE ledger_reader")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("SELECT erase_blobs(%s)", (scene.patient,))
        assert blobs_of(world, other) == 2

    asyncio.run(story())


def test_guard_records_of_erased_patient_refuses_patient__erased(world: World) -> None:
    """Where a process did not hear of the erasure, the second wall refuses its command."""

    async def story() -> None:
        scene = await prepared(world)
        with second_process(world) as deaf:
            deaf.commit([submission(world, referred(scene.country))])
            await scene.erase()
            deaf._streams._erasures.look = _nothing  # type: ignore[method-assign, assignment]
            deaf._streams._position = head(world)[0]
            act = submission(world, referred(scene.country))
            assert codes(deaf.commit([act])) == ["patient.erased"]

    asyncio.run(story())


# Helpers


def referred(country: Country) -> Signed:
    """Sign a referral of the patient, by the doctor."""
    authored_on = country.world.clock.now - timedelta(seconds=1)
    resource = write.service_request(
        uuid4(), country.patient, country.doctor, authored_on=authored_on
    )
    return country.sign("referral.issue", country.doctor, resource=resource)


def json_id(signed: Signed) -> str:
    """Read whom a registration is about."""
    return str(json.loads(signed.content)["resource"]["id"])


def _nothing(*_: object) -> None:
    return None


def _stumbling(*_: object) -> None:
    raise RuntimeError("before the commit")


@contextmanager
def second_process(world: World) -> Iterator[Committer]:
    """Run a committer with a vault, a cache and connections of its own, as another process has."""
    keys = bootstrap.Keys.read(world.settings)
    _, evidence = bootstrap.build_verifier(world.settings)
    with open_reader(world.urls, keys.master) as reading:
        committer = bootstrap.build_committer(
            world.settings, world.urls, reading, keys, evidence, print, world.clock
        )
        try:
            yield committer
        finally:
            committer.stop()


def put_back(world: World, row: tuple[object, ...]) -> None:
    """Restore one row of the vault from a backup."""
    with vault_without_triggers(world) as vault:
        vault.execute("DELETE FROM subject_keys WHERE key_id = %s", (row[0],))
        vault.execute(
            "INSERT INTO subject_keys (key_id, kind, wrapped, created_at) VALUES (%s, %s, %s, %s)",
            row[:4],
        )
