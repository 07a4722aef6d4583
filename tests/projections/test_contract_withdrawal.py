"""A provider takes back what it asked for: nobody signs it any more, and the payer hears of it."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from ehealth_ledger.aggregates.contract import withdrawal
from ehealth_ledger.errors import Refusal
from projections.projectors.catalogue import MODELS
from projections.projectors.follower import Follower
from projections.projectors.past import FoldedPast
from projections.query_api.routes import router
from tests.projections.log import HandMadeLog
from tests.world import HOSPITAL_EDRPOU, World
from tests.write_path.country import superuser
from tests.write_path.test_tick import findings


async def _asked(world: World, *, signed: bool) -> tuple[UUID, UUID]:
    """Ask for a contract; return the request, signed by the payer or not, and the provider."""
    hospital = await world.institution(HOSPITAL_EDRPOU, "OUTPATIENT", "2000000002")
    request, _ = await world.contract_request(hospital)
    if signed:
        agreed = {"request": str(request), "plan": [], "number": "T-9"}
        await world.send("contract.sign", world.payer, version=2, resource=agreed)
    return request, hospital.legal_entity


def _why(request: UUID) -> dict[str, str]:
    return {"request": str(request), "reason": "Помилка в днях"}


def test_a_signed_request_is_taken_back_and_the_payer_is_told(world: World) -> None:
    """It waits for nobody; the list, the request and the payer's feed say so; the log proves."""

    async def story() -> tuple[UUID, UUID]:
        request, provider = await _asked(world, signed=True)
        head = world.heads[provider]
        await world.send("contract.withdraw", head, resource=_why(request))
        with pytest.raises(Refusal) as refusal:
            await world.send("contract.withdraw", head, resource=_why(request))
        assert refusal.value.code == "contract.request_over"
        return request, provider

    request, provider = asyncio.run(story())
    with superuser(world) as connection:
        rows = connection.execute("SELECT FROM open_contract_requests").fetchall()
    assert rows == []
    door, read_url = world.running.reader.notifications, world.urls.read
    Follower(door, read_url, MODELS).catch_up()
    app, routes = FastAPI(), router(read_url, FoldedPast(HandMadeLog()))
    app.include_router(routes)
    with TestClient(app) as client:
        listed = client.get("/contract-requests?status=withdrawn").json()["contract_requests"]
        told = client.get(f"/contract-requests/{request}").json()["contract_request"]
        feed = client.get(f"/feed?legal_entity={world.payer.legal_entity}&limit=1000").json()
        own = client.get(f"/feed?legal_entity={provider}&limit=1000").json()
    routes.close()
    assert [each["request"] for each in listed] == [str(request)]
    assert (told["status"], told["history"][-1]["reason"]) == ("withdrawn", "Помилка в днях")
    heard = [(each["topic"], each["because"]) for each in feed["entries"]]
    assert ("contract.declined.v1", "followed") in heard
    assert own["entries"][-1]["topic"] == "contract.declined.v1"
    assert findings(world) == []


def test_what_was_not_the_provider_s_to_take_back_is_found(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An operator who lets one provider end another's request is contradicted by the log."""

    async def story() -> None:
        request, _ = await _asked(world, signed=False)
        other = await world.institution("20000099", "OUTPATIENT", "2000000009")
        with pytest.raises(Refusal) as refusal:
            await world.send("contract.withdraw", other, resource=_why(request))
        assert refusal.value.code == "contract.not_yours"
        with monkeypatch.context() as patch:
            patch.setattr(withdrawal.Case, "require", lambda *_, **__: True)
            await world.send("contract.withdraw", other, resource=_why(request))

    asyncio.run(story())
    (found,) = findings(world)
    assert found.startswith("fact.contradicted at records/")
    assert found.endswith("it takes back no open request of its institution")
