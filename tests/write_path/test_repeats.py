"""A command is its id and its content: repeats get the stored receipt, nothing is written twice."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from ehealth_ledger.entrypoints.demo.cades import sign_cades
from ehealth_ledger.entrypoints.demo.commands import Signed
from ehealth_ledger.errors import Refused
from ehealth_ledger.intake.answers import Accepted
from ehealth_ledger.store.blobs import SubjectKey
from ehealth_ledger.store.vault import Vault
from tests.world import World
from tests.write_path.country import (
    codes,
    commit,
    committer_of,
    contents,
    head,
    lose_key,
    settle,
    submission,
    superuser,
)


def _signed_again(signed: Signed, actor_credential: object) -> Signed:
    return replace(signed, container=sign_cades(signed.content, actor_credential))  # type: ignore[arg-type]


class _LosesItsConnectionOnce:
    """Be a vault whose connection is lost at the first look, and there again at the next."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self.lost = 0

    def key(self, key_id: UUID) -> SubjectKey | None:
        if not self.lost:
            self.lost += 1
            raise psycopg.OperationalError("the connection is lost")
        return self._vault.key(key_id)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._vault, name)


def test_a_connection_lost_while_judging_is_no_fault_of_the_command(world: World) -> None:
    """The batch is judged again, and every command of it gets its real answer."""
    country = asyncio.run(settle(world))
    wanted = [submission(world, country.patient_registration()) for _ in range(3)]
    with committer_of(world) as committer:
        flaky = _LosesItsConnectionOnce(world.running.reader.vault)
        committer._vault = flaky  # type: ignore[assignment]
        answers = committer.commit(wanted)
    assert (flaky.lost, codes(answers)) == (1, ["accepted"] * 3)


def test_the_same_bytes_twice_give_the_same_receipt(world: World) -> None:
    """A caller who lost the answer posts the same bytes and gets the same receipt; nothing is
    added.
    """

    async def story() -> None:
        country = await settle(world)
        signed = country.patient_registration()
        first = await world.post(signed)
        before = contents(world), head(world)
        again = await world.post(signed)
        assert (again.receipt, again.repeated, first.repeated) == (first.receipt, True, False)
        assert (contents(world), head(world)) == before

    asyncio.run(story())


def test_the_same_content_signed_again_gives_the_same_receipt(world: World) -> None:
    """Other signature bytes over the same content are the same command."""

    async def story() -> None:
        country = await settle(world)
        signed = country.patient_registration()
        again = _signed_again(signed, country.doctor.credential)
        assert again.container != signed.container
        first = await world.post(signed)
        assert (await world.post(again)).receipt == first.receipt

    asyncio.run(story())


def test_both_copies_in_one_batch_give_one_record(world: World) -> None:
    """Two copies that wait together are one command: one is written, both callers get its
    receipt.
    """

    async def story() -> None:
        country = await settle(world)
        signed = country.patient_registration()
        position, _ = head(world)
        with superuser(world) as connection, connection.transaction():
            connection.execute("SELECT FROM heads FOR UPDATE")  # let them queue up together
            posts = [asyncio.create_task(world.post(signed)) for _ in range(5)]
            await asyncio.sleep(0.3)
        answers = await asyncio.gather(*posts)
        assert {answer.receipt for answer in answers} == {answers[0].receipt}
        assert sum(not answer.repeated for answer in answers) == 1
        assert head(world)[0] == position + 1

    asyncio.run(story())


def test_refuses_command__conflict(world: World) -> None:
    """The same id with other content is refused, and nothing is written."""

    async def story() -> None:
        country = await settle(world)
        signed = country.patient_registration()
        await world.post(signed)
        before = contents(world), head(world)
        world.author.head = {"command_id": str(signed.command_id)}
        with pytest.raises(Refused) as refusal:
            await world.post(country.patient_registration())
        assert (refusal.value.code, refusal.value.path) == ("command.conflict", "$.command_id")
        assert (contents(world), head(world)) == before

    asyncio.run(story())


def test_a_refused_command_reserves_no_id(world: World) -> None:
    """What was refused may be posted again under its id, corrected."""

    async def story() -> None:
        country = await settle(world)
        world.author.head = {"command_id": str(uuid4())}
        with pytest.raises(Refused):
            await world.post(country.patient_registration(country.patient))
        assert isinstance(await world.post(country.patient_registration()), Accepted)

    asyncio.run(story())


def test_refuses_content__other_ledger(world: World) -> None:
    """A command signed for another deployment cannot be replayed here."""

    async def story() -> None:
        country = await settle(world)
        before = contents(world), head(world)
        world.author.head = {"ledger": str(uuid4())}
        with pytest.raises(Refused) as refusal:
            await world.post(country.patient_registration())
        assert (refusal.value.code, refusal.value.path) == ("content.other_ledger", "$.ledger")
        assert (contents(world), head(world)) == before

    asyncio.run(story())


@pytest.mark.parametrize(("ahead_s", "accepted"), [(290, True), (320, False)])
def test_refuses_content__issued_in_future(world: World, ahead_s: int, accepted: bool) -> None:
    """A claimed time may drift five minutes ahead of the ledger's, no further."""

    async def story() -> None:
        country = await settle(world)
        claimed = world.clock.now + timedelta(seconds=ahead_s)
        world.author.head = {"issued_at": claimed.isoformat()}
        signed = country.patient_registration()
        if accepted:
            await world.post(signed)
            return
        with pytest.raises(Refused) as refusal:
            await world.post(signed)
        assert (refusal.value.code, refusal.value.path) == (
            "content.issued_in_future",
            "$.issued_at",
        )

    asyncio.run(story())


def test_refuses_id__not_new_across_batches_and_kinds(world: World) -> None:
    """An id that stands for anything cannot stand for another thing (rule 24)."""

    async def story() -> None:
        country = await settle(world)
        for taken in (country.patient, country.doctor.employee, country.hospital.legal_entity):
            with pytest.raises(Refused) as refusal:
                await world.post(country.patient_registration(taken))
            assert (refusal.value.code, refusal.value.path) == ("id.not_new", "$.resource.id")

    asyncio.run(story())


def test_refuses_id__not_new_inside_one_batch(world: World) -> None:
    """A command sees the ids of the ones before it in its batch; its neighbours stay whole."""

    async def story() -> None:
        country = await settle(world)
        wanted = uuid4()
        signed = [
            country.patient_registration(),
            country.patient_registration(wanted),
            country.patient_registration(wanted),
            country.patient_registration(),
        ]
        assert codes(commit(world, signed)) == ["accepted", "accepted", "id.not_new", "accepted"]

    asyncio.run(story())


def test_one_bad_command_harms_no_neighbour(world: World) -> None:
    """Refused commands leave neither record nor gap; their neighbours stand side by side."""

    async def story() -> None:
        country = await settle(world)
        good = [country.patient_registration() for _ in range(4)]
        bad = [
            country.patient_registration(country.patient),
            country.redemption(country.specialist, uuid4()),
            country.declaration(country.specialist),
        ]
        start, _ = head(world)
        order = [good[0], bad[0], good[1], bad[1], bad[2], good[2], good[3]]
        answers = commit(world, order)
        assert codes(answers) == [
            *("accepted", "id.not_new", "accepted", "referral.unknown"),
            *("actor.role_not_allowed", "accepted", "accepted"),
        ]
        placed = [a.receipt.placement.first_position for a in answers if isinstance(a, Accepted)]
        assert placed == [start + 1, start + 2, start + 3, start + 4]
        assert head(world)[0] == start + 4

    asyncio.run(story())


def test_a_batch_of_refusals_writes_nothing(world: World) -> None:
    """When all are refused, no table of the ledger changes and the head stays."""

    async def story() -> None:
        country = await settle(world)
        before = contents(world), head(world)
        wrong = [country.patient_registration(country.patient) for _ in range(3)]
        assert codes(commit(world, wrong)) == ["id.not_new"] * 3
        assert (contents(world), head(world)) == before

    asyncio.run(story())


def test_refuses_subject__key_missing(world: World) -> None:
    """Once a person's key is gone nothing can be added to the record, whatever is still in
    memory.
    """

    async def story() -> None:
        country = await settle(world)
        await world.referral(country.doctor, country.patient)  # the patient's state is in memory
        before = contents(world), head(world)
        lose_key(world, country.patient)
        world.running.reader.vault._cache.clear()
        with pytest.raises(Refused) as refusal:
            await world.referral(country.doctor, country.patient)
        assert refusal.value.code == "subject.key_missing"
        assert (contents(world), head(world)) == before

    asyncio.run(story())


def test_a_repeat_after_the_key_is_gone_says_erased(world: World) -> None:
    """The receipt outlives the content: a repeat of an erased command gets it, marked."""

    async def story() -> None:
        country = await settle(world)
        signed = country.patient_registration()
        first = await world.post(signed)
        envelope = submission(world, signed)
        lose_key(world, UUID(json.loads(signed.content)["resource"]["id"]))
        world.running.reader.vault._cache.clear()
        (again,) = world.running.committer.commit([envelope])
        assert isinstance(again, Accepted)
        assert (again.receipt, again.repeated, again.erased) == (first.receipt, True, True)

    asyncio.run(story())


def test_text_that_no_database_holds_stops_before_it(world: World) -> None:
    """NUL in a code that a law looks up is a refusal of that command, not a fault of the
    service.
    """

    async def story() -> None:
        country = await settle(world)
        referral = await world.referral(country.doctor, country.patient)
        signed = country.encounter(country.specialist, referral)
        content = signed.content.replace(b"A67003", b"A67\\u0000")
        broken = replace(
            signed,
            content=content,
            container=sign_cades(content, country.specialist.credential),
        )
        with pytest.raises(Refused) as refusal:
            await world.post(broken)
        assert refusal.value.code == "content.field_invalid"
        assert isinstance(await world.post(country.patient_registration()), Accepted)

    asyncio.run(story())
