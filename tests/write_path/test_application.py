"""The library's application over the ledger reads, and nothing but the committer writes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest
from eventsourcing.persistence import StoredEvent

from ehealth_ledger.aggregates.referral import Referral, Status
from ehealth_ledger.events.referral import ReferralRedeemed
from ehealth_ledger.store.ledger import Ledger
from ehealth_ledger.store.mapper import RecordedFact
from ehealth_ledger.values.identifiers import EmployeeId, LegalEntityId, PatientId, ReferralId
from tests.world import World
from tests.write_path.country import head, settle

STRAY = {
    "COMPRESSOR_TOPIC": "zlib",
    "CIPHER_TOPIC": "eventsourcing.cipher:AESCipher",
    "CIPHER_KEY": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    "PERSISTENCE_MODULE": "eventsourcing.popo",
    "IS_SNAPSHOTTING_ENABLED": "y",
    "CREATE_TABLE": "y",
    "POSTGRES_DBNAME": "nowhere",
    "POSTGRES_HOST": "nowhere.invalid",
    "POSTGRES_ENABLE_DB_FUNCTIONS": "y",
    "LEDGER_POSTGRES_DBNAME": "nowhere",
    "POSTGRES_SCHEMA": "public",
    "TRANSCODER_TOPIC": "nowhere:Transcoder",
}


@contextmanager
def application(world: World) -> Iterator[Ledger]:
    ledger = Ledger(world.urls.ledger, world.running.reader.mapper)
    try:
        yield ledger
    finally:
        ledger.close()


def test_a_stream_folds_at_every_version(world: World) -> None:
    """The repository gives today's state and that of each past version."""

    async def story() -> ReferralId:
        country = await settle(world)
        referral = await world.referral(country.doctor, country.patient)
        await world.redemption(country.specialist, country.patient, referral)
        await world.encounter(country.specialist, country.patient, referral)
        return ReferralId(referral)

    referral = asyncio.run(story())
    with application(world) as ledger:
        states = [ledger.state_of(referral, version=version) for version in (1, 2, 3)]
        folded = [state for state in states if isinstance(state, Referral)]
        assert [(state.status, state.redeemed_by is None) for state in folded] == [
            (Status.ACTIVE, True),
            (Status.ACTIVE, False),
            (Status.COMPLETED, False),
        ]
        assert ledger.state_of(referral) == states[-1]


def test_save_is_closed(world: World) -> None:
    """No fact enters past a verified command, not even one that is well formed."""
    fact = ReferralRedeemed(
        referral=ReferralId(uuid4()),
        patient=PatientId(uuid4()),
        performer=EmployeeId(uuid4()),
        legal_entity=LegalEntityId(uuid4()),
        attempt=1,
    )
    before = head(world)
    with application(world) as ledger:
        with pytest.raises(TypeError, match="without a command"):
            ledger.save(RecordedFact(fact.referral, 1, 1, uuid4(), fact))
        with pytest.raises(KeyError, match="command"):
            ledger.recorder.insert_events(list(_stored()))
    assert head(world) == before


def _stored() -> Iterator[StoredEvent]:
    yield StoredEvent(uuid4(), 1, "referral.redeemed.v1", b"{}")


def test_a_stray_variable_does_not_reach_the_library(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the environment says to the library is not heard: same database, same bytes, no new
    table.
    """
    country = asyncio.run(settle(world))
    with application(world) as ledger:
        before = ledger.state_of(country.patient)
    for name, value in STRAY.items():
        monkeypatch.setenv(name, value)
    with application(world) as ledger:
        assert ledger.state_of(country.patient) == before is not None
        assert STRAY.keys() & ledger.env.keys() == {
            "CREATE_TABLE",
            "POSTGRES_DBNAME",
            "POSTGRES_HOST",
            "POSTGRES_SCHEMA",
            "POSTGRES_ENABLE_DB_FUNCTIONS",
        }
        assert all(ledger.env[name] != STRAY[name] for name in STRAY if name in ledger.env)
        assert not ledger.factory.datastore.enable_db_functions  # type: ignore[attr-defined]
