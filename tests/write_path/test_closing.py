"""An institution closes: its people are dismissed by the system, their declarations end, and all of
it proves.
"""

from __future__ import annotations

import asyncio
from typing import Any

from ehealth_ledger.entrypoints.audit import verify_ledger
from ehealth_ledger.store.secrets import read_secret
from tests.countries import registry
from tests.world import World
from tests.write_path.country import codes, commit, settle, superuser


def _rows(world: World, statement: str, *asked: object) -> list[tuple[Any, ...]]:
    with superuser(world) as connection:
        return connection.execute(statement.encode(), asked).fetchall()


def test_a_closed_institution_ends_its_employments_and_their_declarations(world: World) -> None:
    """Closing makes the dismissals due; the tick does them, once; each ends its declarations."""
    country = asyncio.run(settle(world))
    clinic, doctor = country.clinic, country.doctor
    patients = [asyncio.run(world.patient(doctor)) for _ in range(3)]
    declared = {asyncio.run(world.declaration(doctor, each)) for each in patients}
    live = "SELECT declaration FROM live_declarations"
    assert {row[0] for row in _rows(world, live)} == declared
    asyncio.run(registry.decide(world, "legal_entity.close", clinic.legal_entity))
    # Until the system acts the declarations stand, but nobody of the institution orders anything.
    assert {row[0] for row in _rows(world, live)} == declared
    assert codes(commit(world, [country.patient_registration()])) == [
        "actor.legal_entity_not_active"
    ]

    done = world.tick()
    assert done.recorded == 2, done  # the head and the doctor
    assert _rows(world, live) == []
    ended = _rows(world, "SELECT stream_id FROM records WHERE topic = 'declaration.terminated.v1'")
    assert {row[0] for row in ended} == declared
    dismissed = _rows(world, "SELECT stream_id FROM records WHERE topic = 'employee.dismissed.v1'")
    assert {row[0] for row in dismissed} == {clinic.employee, doctor.employee}
    # A declaration ends in the commit of its doctor's dismissal.
    together = _rows(
        world,
        "SELECT count(DISTINCT command_id) FROM records WHERE topic = 'declaration.terminated.v1' "
        "AND command_id IN (SELECT command_id FROM records WHERE stream_id = %s)",
        doctor.employee,
    )
    assert together == [(1,)]
    assert _rows(world, "SELECT FROM deadlines WHERE kind = 'employee.dismiss_by_closing'") == []
    employed = _rows(world, "SELECT FROM employments WHERE legal_entity = %s", clinic.legal_entity)
    assert employed == []
    assert world.tick().recorded == 0

    master_key = read_secret(world.settings.master_key_file)
    assert not verify_ledger(world.urls, master_key, progress=lambda *_: None).findings
    # The patients are free to choose again.
    other = asyncio.run(world.institution("30000009", "PRIMARY_CARE", "2000000031"))
    successor = asyncio.run(world.employee(other, "DOCTOR", "2000000032"))
    again = asyncio.run(world.declaration(successor, patients[0]))
    assert {row[0] for row in _rows(world, live)} == {again}
