"""Treat, state, pay and erase a patient: money and proofs stand, nothing tells of the person."""

from __future__ import annotations

import asyncio

from fastapi import FastAPI
from fastapi.testclient import TestClient

from ehealth_ledger.entrypoints.audit import verify_ledger, verify_money
from ehealth_ledger.entrypoints.http import problems
from ehealth_ledger.entrypoints.reader import open_reader
from ehealth_ledger.store.secrets import read_secret
from projections.projectors.catalogue import MODELS
from projections.projectors.follower import Follower
from projections.projectors.past import FoldedPast
from projections.projectors.rebuild import rebuild
from projections.projectors.replay import replay_statements
from projections.query_api.routes import router
from tests.countries.erasure import erase, second_person
from tests.countries.two_patients import live
from tests.projections.live import findings, rows
from tests.projections.log import silent
from tests.world import World

# The story puts nothing into the first; the only row of the other was the erased patient's.
# Models in which nobody else has rows.
NOBODY_ELSES = {"diagnostics", "prescription_status"}


def test_an_erased_patient_is_gone_and_the_money_stands(world: World) -> None:
    """Routes know nothing of the patient, now or then; statements, books and proofs hold."""
    gone, stays, referral, stated = asyncio.run(live(world))
    urls, master = world.urls, read_secret(world.settings.master_key_file)
    door, read_url = world.running.reader.notifications, urls.read
    with open_reader(urls, master) as other:  # a process that holds every key in memory
        Follower(other.notifications, read_url, MODELS).catch_up()
        before = door.head().position
        replayed = replay_statements(door, before, silent)
        charges = rows(read_url, "payment_statement")

        async def end() -> None:
            await erase(world, await second_person(world), gone)

        asyncio.run(end())
        Follower(other.notifications, read_url, MODELS).catch_up()
        assert other.vault.key(gone) is None
        for model in MODELS:
            empty = [f"read_model is empty: {model}"] if model in NOBODY_ELSES else []
            assert findings(other.notifications, read_url, model) == empty, model
            assert rebuild(door, read_url, model, silent).equal, model

    assert replay_statements(door, door.head().position, silent) == replayed
    assert {key: each.to_bytes() for key, each in replayed.items()} == {
        key: each.to_bytes() for key, each in replay_statements(door, before, silent).items()
    }
    assert rows(read_url, "payment_statement") == charges

    app, routes = FastAPI(), router(read_url, FoldedPast(door))
    app.include_router(routes)
    problems.install(app)
    with TestClient(app) as client:
        for path in (f"/patients/{gone}/summary", f"/referrals/{referral}"):
            for moment in ("", f"?at_position={before}"):
                problem = client.get(path + moment)
                assert problem.status_code == 404, path + moment
                assert problem.json()["code"] == "read_model.not_found"
        for path in (f"/patients/{gone}/conditions?", f"/care-plans?patient={gone}&"):
            for moment in ("", f"at_position={before}"):
                answer = client.get(path + moment)
                assert answer.status_code == 404 or not _listed(answer.json()), path + moment
        assert client.get(f"/patients/{stays}/summary").status_code == 200
        assert client.get(f"/patients/{stays}/summary?at_position={before}").status_code == 200
        body = client.get(f"/statements/{stated.fact.statement}/bytes").content
    routes.close()
    assert body == replayed[next(iter(replayed))].to_bytes()

    report = verify_ledger(urls, master, progress=silent)
    assert report.findings == ()
    assert report.erasures == 1
    books = verify_money(urls, master, progress=lambda _: None)
    assert books.findings == ()


def _listed(members: dict[str, object]) -> list[object]:
    return [each for value in members.values() if isinstance(value, list) for each in value]
