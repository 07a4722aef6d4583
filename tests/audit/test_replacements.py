"""What was replaced is derived again: its end, and by which tariff each charge was priced."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, cast
from uuid import UUID

import pytest

from ehealth_ledger.bundle.finding import Outcome
from ehealth_ledger.bundle.layout import Everything, OfStatement
from ehealth_ledger.entrypoints import bootstrap
from ehealth_ledger.entrypoints.demo.resources import treated_case
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.settings import Databases
from ehealth_ledger.store.embedded import drop_database, ensure_database
from ehealth_ledger.store.fsck.proof import Proved
from ehealth_ledger.store.fsck.relations import contradicted
from ehealth_ledger.store.secrets import SigningKey, read_secret
from ehealth_ledger.values.time import Month
from tests.audit.conftest import Audited, sign
from tests.audit.forger import Forger
from tests.audit.test_forgeries import forging
from tests.bundle.conftest import check, export, statement_of
from tests.conftest import name_of
from tests.countries import treated_case as cases
from tests.laws.bench import Scene
from tests.laws.scenes.grouping import replace_grouping
from tests.laws.scenes.money import replace_release, replace_tariff
from tests.world import World, founded, serving
from tests.write_path.country import settle

ANOTHER: Final = UUID(int=7)


async def story(world: World) -> dict[str, int]:
    """Treat, replace tariff and rules backwards, treat again, state both acts."""
    places: dict[str, int] = {}

    def note_last(name: str) -> None:
        places[name] = world.running.reader.notifications.head().position

    country = await settle(world)
    year = world.clock.now.year - 1
    elder = await world.tariff(15_000, first_day=f"{year}-01-01")
    contract = await world.contract(country.hospital)
    await country.treated()
    note_last("before")
    await world.tariff(18_000, replaces=str(elder), first_day=f"{year}-07-01")
    note_last("successor")
    places["tariff's end"] = places["successor"] - 1
    await country.treated()
    note_last("after")
    rules = treated_case.rules(world.clock.now.year)
    await cases.group(world, id=rules["id"])
    await cases.group(world, replaces=rules["id"], version="second")
    note_last("second rules")
    places["rules' end"] = places["second rules"] - 1
    period = Month(country.month)
    await world.cut_off(period, world.clock.now + timedelta(minutes=1))
    world.clock.ahead += timedelta(minutes=2)
    places["statement"] = (await world.statement(contract, period)).position
    sign(world)
    return places


@pytest.fixture(scope="module")
def original(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Audited]:
    """Replace once; nobody alters this ledger."""
    urls = Databases.on(server, f"replaced_{secrets.token_hex(4)}")
    for url in urls:
        ensure_database(server, name_of(url))
    folder: Path = tmp_path_factory.mktemp("replaced")
    with founded(folder, urls) as world:
        with serving(world):
            places = asyncio.run(story(world))
        settings, ledger = world.settings, world.author.ledger
        key = bootstrap.signer(settings, ledger).key
        super_key = bootstrap.super_signer(settings, ledger).key
    yield Audited(
        urls,
        read_secret(settings.master_key_file),
        SigningKey(read_secret(settings.signing_key_file)),
        ledger,
        ledger,
        ledger,  # nobody is erased here
        (key, super_key),
        places,
    )
    for url in urls:
        drop_database(server, name_of(url))


def test_an_intact_ledger_has_nothing_to_find(original: Audited) -> None:
    """Each charge is held against what had been said before it, and not against today's rows."""
    assert original.verify().findings == ()


@pytest.mark.parametrize("name", ["statement", "everything"])
def test_a_bundle_over_a_replacement_is_verified(
    original: Audited, tmp_path: Path, name: str
) -> None:
    """Old line and new line stand in one statement; both tariffs and the end go along."""
    statement = statement_of(original)
    selection = OfStatement(statement=statement) if name == "statement" else Everything()
    export(original, selection, tmp_path / "bundle")
    report = check(original, tmp_path / "bundle")
    assert report.in_order() == []
    assert report.outcome is Outcome.VALID
    (derived,) = report.statements
    assert [each.amount for each in derived.lines] == [15_000, 18_000]


def _alike(fact: Any) -> Callable[[Any], Any]:
    """Price a charge as another one is, with books that balance."""
    same = {each: getattr(fact, each) for each in ("tariff", "unit_price", "amount", "postings")}
    return lambda charge: charge.model_copy(update=same)


def _priced_as(other: str) -> Callable[[Forger, Audited, int], None]:
    def forge(forger: Forger, audited: Audited, at: int) -> None:
        before = forger.fact(at)
        forger.index(at, before, forger.body(at, _alike(forger.fact(audited.place(other)))))

    return forge


def _says(**fields: Any) -> Callable[[Forger, Audited, int], None]:
    """Let an end say something else, and its row with it."""

    def forge(forger: Forger, _: Audited, at: int) -> None:
        after = forger.body(at, lambda fact: fact.model_copy(update=fields))
        table, key = (
            ("tariffs", "tariff") if hasattr(after, "tariff") else ("groupings", "grouping")
        )
        columns = {each: getattr(after, each) for each in fields if each != "successor"}
        for column, value in columns.items():
            forger.connection.execute(
                f"UPDATE {table} SET {column} = %s WHERE {key} = %s".encode(),
                (value, after.stream_id),
            )

    return forge


def _longer(forger: Forger, audited: Audited, at: int) -> None:
    """Let the elder one go on for a day, on which the other holds as well."""
    for table in ("tariffs", "groupings"):
        forger.connection.execute(
            f"ALTER TABLE {table} DROP CONSTRAINT {table}_no_overlap".encode()
        )
    ended = forger.fact(at)
    before = ended.last_day or ended.first_day - timedelta(days=1)
    _says(last_day=before + timedelta(days=1))(forger, audited, at)


# What is forged | where it stands | how | what is said of it
FORGERIES: Final[dict[str, tuple[str, Callable[[Forger, Audited, int], None], tuple[str, str]]]] = {
    "a charge by what was replaced": (
        "after",
        _priced_as("before"),
        ("charge.altered", "its tariff does not hold on the day"),
    ),
    "a charge by what came later": (
        "before",
        _priced_as("after"),
        ("charge.altered", "not the tariff's price"),
    ),
    "a day more": ("tariff's end", _longer, ("fact.contradicted", "tariff.ended.v1")),
    "no day left": (
        "tariff's end",
        _says(last_day=None),
        ("fact.contradicted", "tariff.ended.v1"),
    ),
    "another successor": (
        "tariff's end",
        _says(successor=ANOTHER),
        ("fact.contradicted", "tariff.ended.v1"),
    ),
    "another package": (
        "tariff's end",
        _says(package="other"),
        ("fact.contradicted", "tariff.ended.v1"),
    ),
    "another price": (
        "tariff's end",
        _says(unit_price=1),
        ("fact.contradicted", "the end of something else than was published"),
    ),
    "another first day": (
        "tariff's end",
        _says(first_day=date(2020, 1, 1)),
        ("fact.contradicted", "the end of something else than was published"),
    ),
    "another version": (
        "rules' end",
        _says(version="another"),
        ("fact.contradicted", "the end of something else than was published"),
    ),
    "rules that go on": ("rules' end", _longer, ("fact.contradicted", "grouping.ended.v1")),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_replacement_is_named(audited: Audited, forgery: str) -> None:
    """The operator holds every key and leaves rows, books and chain in order; the log objects."""
    place, forge, said = FORGERIES[forgery]
    at = audited.place(place)
    with forging(audited) as forger:
        forge(forger, audited, at)
    kind, detail = said
    found = audited.verify().findings
    assert (kind, at, detail) in {(str(e.kind), e.position, e.detail) for e in found}, found


@pytest.mark.parametrize("accepted", [replace_tariff, replace_release, replace_grouping])
@pytest.mark.parametrize("kept", [0, 1], ids=["no beginning", "no end"])
def test_half_a_replacement_is_named(accepted: Callable[[], Scene], kept: int) -> None:
    """The content says that one ends and another begins: neither can be left out of its facts."""
    scene = accepted()
    wish = scene.wish()
    facts = scene.judge(wish)

    def said(*those: Fact) -> str | None:
        stored = SimpleNamespace(first=SimpleNamespace(fact_count=len(those)))
        return contradicted(
            cast("Proved", SimpleNamespace(command=wish.body, stored=stored)), those, {}
        )

    assert said(*facts) is None
    assert said(facts[kept]) == "not one end and one beginning"
