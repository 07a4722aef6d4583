"""A procedure on a paper referral, from the signature to what the payer reads over HTTP."""

from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

from fastapi import FastAPI
from fastapi.testclient import TestClient

from ehealth_ledger.aggregates.charge import ATTEMPT_FIRST, charge_id
from ehealth_ledger.events.charge import ChargeAccrued, ChargeFlagged, ChargeWithdrawn
from projections.projectors.catalogue import MODELS
from projections.projectors.follower import Follower
from projections.projectors.past import FoldedPast
from projections.query_api.routes import router
from tests.world import World
from tests.write_path.test_corrections import sound
from tests.write_path.test_money import facts_of
from tests.write_path.test_tick import findings
from tests.write_path.test_unreferred import PRICE, bought, on_paper, recorded


def test_a_procedure_on_paper_is_charged_flagged_read_and_taken_back(world: World) -> None:
    """From the signature to what the payer reads over HTTP; the log proves it at every step."""
    procedure, kept = uuid4(), uuid4()

    async def story() -> tuple[UUID, UUID]:
        country = await bought(world)
        given = on_paper(country, procedure)
        _, charge, flag = facts_of(world, await recorded(country, given))
        assert isinstance(charge, ChargeAccrued)
        assert (charge.amount, charge.unreferred) == (PRICE, "paper")
        assert isinstance(flag, ChargeFlagged)
        assert [(each.name, each.value) for each in flag.evidence] == [("found", "paper")]
        await recorded(country, on_paper(country, kept))
        cancelled = await world.send(
            "procedure.cancel",
            country.specialist,
            cancellation={"reason": "typo", "explanation": "Не тому пацієнту"},
            resource={**given, "status": "entered-in-error"},
        )
        _, withdrawn = facts_of(world, cancelled)
        assert isinstance(withdrawn, ChargeWithdrawn)
        return charge.charge, charge_id(kept, ATTEMPT_FIRST)

    taken_back, stands = asyncio.run(story())
    door, read_url = world.running.reader.notifications, world.urls.read
    Follower(door, read_url, MODELS).catch_up()
    app, routes = FastAPI(), router(read_url, FoldedPast(door))
    app.include_router(routes)
    with TestClient(app) as client:
        one = client.get(f"/charges/{stands}").json()["charge"]
        other = client.get(f"/charges/{taken_back}").json()["charge"]
    routes.close()
    assert (one["status"], one["unreferred"]) == ("accrued", "paper")
    assert [each["rule"] for each in one["flags"]] == ["missing_referral"]
    assert other["status"] == "withdrawn"
    sound(world)
    assert findings(world) == []
