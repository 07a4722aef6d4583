"""A month of capitation is counted again by the auditor: no forged one agrees with the log."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterator
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import pytest

from ehealth_ledger.entrypoints.audit import verify_money
from ehealth_ledger.settings import Databases
from ehealth_ledger.store.embedded import drop_database, ensure_database
from ehealth_ledger.store.secrets import SigningKey, read_secret
from tests.audit.conftest import Audited
from tests.audit.forger import Forger
from tests.audit.test_forgeries import forging
from tests.audit.test_system import _replaced, _signed_again, _update
from tests.conftest import name_of
from tests.countries.capitation import living_on, reach, release, settled
from tests.world import World

OCTOBER: Final = date(2018, 10, 1)
BORN: Final = (date(1990, 1, 5), date(1991, 1, 5), date(1950, 1, 5), date(1992, 1, 5))


async def story(world: World) -> dict[str, int]:
    """Declare four patients, of whom one leaves before October begins."""
    practice = await settled(world)
    await release(world)
    await practice.concluded(OCTOBER, date(2018, 12, 31))
    held = []
    for born in BORN:
        patient = await practice.patient(born)
        held.append((patient, await practice.declared(patient)))
    patient, position = held[-1]
    await practice.left(position, patient)
    return {"left": position, "old": held[2][1]}


@pytest.fixture(scope="module")
def original(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Audited]:
    """Count October and November 2018: a line of each band of ages, and one fact before them."""
    urls = Databases.on(server, f"months_{secrets.token_hex(4)}")
    for url in urls:
        ensure_database(server, name_of(url))
    folder: Path = tmp_path_factory.mktemp("months")
    with living_on(folder, urls, date(2018, 9, 10)) as world:
        places = asyncio.run(story(world))
        for name, day in (("October", OCTOBER), ("November", date(2018, 11, 1))):
            reach(world.clock, day, 2)
            places[name] = world.running.reader.notifications.head().position + 1
            assert world.tick().recorded == 1
        settings, ledger = world.settings, world.author.ledger
    yield Audited(
        urls,
        read_secret(settings.master_key_file),
        SigningKey(read_secret(settings.signing_key_file)),
        ledger,
        ledger,
        ledger,  # nobody is erased here, and no checkpoint signed
        (),
        places,
    )
    for url in urls:
        drop_database(server, name_of(url))


def test_the_months_of_an_intact_ledger_are_counted_again(original: Audited) -> None:
    """The law, asked again as of then, says what stands there; the books balance by themselves."""
    assert original.verify().findings == ()
    report = verify_money(original.urls, original.master_key, progress=lambda _: None)
    assert report.findings == ()
    assert report.facts == 4
    assert sum(report.balances.values()) == 0
    assert min(report.balances.values()) == -2 * (6_167 + 6_167)


def _line(forger: Forger, at: int, change: Callable[[Any], Any]) -> None:
    """Put another line in the place of one, with the index rows that it would have."""
    before = forger.fact(at)
    forger.index(at, before, forger.body(at, change))


def _heavier(quantity: int, amount: int, **other: Any) -> Callable[[Any], Any]:
    def change(charge: Any) -> Any:
        sides = tuple(
            each.model_copy(update={"amount": amount if each.amount > 0 else -amount})
            for each in charge.postings
        )
        said = {"quantity": quantity, "amount": amount, "postings": sides, **other}
        return charge.model_copy(update=said)

    return change


def _one_more(forger: Forger, audited: Audited) -> None:
    """Count who had left, in the line and in the sum: both agree, and the money is exact."""
    at = audited.place("October")
    line = forger.fact(at + 1)
    acts = (*line.acts, audited.place("left"))
    _line(forger, at + 1, _heavier(3, 9_250, acts=acts))
    forger.body(at, lambda fact: _told(fact, declared=4, counted=4, amount=9_250 + 6_167))


def _told(fact: Any, *, declared: int, **said: int) -> Any:
    (package,) = fact.packages
    packages = (package.model_copy(update=said),)
    return fact.model_copy(update={"declared": declared, "packages": packages})


def _another_band(forger: Forger, audited: Audited) -> None:
    """Weigh the young as the smallest children, at the price of their band."""
    at = audited.place("October")
    coefficient = forger.fact(at + 1).coefficients[0]
    heavy = coefficient.model_copy(update={"code": "age-0-5", "value": "4"})
    _line(forger, at + 1, _heavier(2, 24_667, band="0-5", coefficients=(heavy,)))
    forger.body(at, lambda fact: _told(fact, declared=3, amount=24_667 + 6_167))


def _one_less(forger: Forger, audited: Audited) -> None:
    """Leave somebody out of the sum and of the line."""
    at = audited.place("October")
    line = forger.fact(at + 1)
    _line(forger, at + 1, _heavier(1, 3_083, acts=line.acts[:1]))
    forger.body(at, lambda fact: _told(fact, declared=2, counted=2, amount=3_083 + 6_167))


def _withheld(forger: Forger, audited: Audited) -> None:
    """Say that there was no tariff, beside lines that rest on one."""
    package = {"withheld": "no_tariff", "tariff": None, "counted": 0, "amount": 0}
    forger.body(audited.place("October"), lambda fact: _told(fact, declared=3, **package))


def _another_month(forger: Forger, audited: Audited) -> None:
    """Count October twice: November's run says that it is October's."""
    october, november = audited.place("October"), audited.place("November")
    fact = forger.fact(october)
    stored, _ = forger._stored(november)
    key = forger._vault.key(stored.key_id)
    assert key is not None
    body = forger._mapper.seal_body(key, stored.command_id, 0, fact.stream_id, 2, fact)
    forger.connection.execute("UPDATE bodies SET blob = %s WHERE position = %s", (body, november))
    forger.record(
        november, stream_id=fact.stream_id, stream_version=2, body_digest=sha256(body).digest()
    )
    again = _replaced(rb'"period":"2018-11"', b'"period":"2018-10"')
    forger.envelope(november, _signed_again(audited, again))


Forgery = Callable[[Forger, Audited], object]
FORGERIES: Final[dict[str, tuple[Forgery, str, str]]] = {
    "one declaration more": (_one_more, "October", "its law yields other facts"),
    "one declaration less": (_one_less, "October", "its law yields other facts"),
    "another band of ages": (_another_band, "October", "its law yields other facts"),
    "a month withheld that was due": (_withheld, "October", "its law yields other facts"),
    "a month counted twice": (_another_month, "November", "had settled it"),
    "a doctor who was not contracted": (
        lambda f, a: f.body(a.place("October") + 1, _update(performer=a.ledger)),
        "October",
        "its law yields other facts",
    ),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_month_is_named(audited: Audited, forgery: str) -> None:
    """The operator holds every key and leaves sums, books and chain in order; the log objects."""
    forge, place, detail = FORGERIES[forgery]
    with forging(audited) as forger:
        forge(forger, audited)
    found = [
        each.detail
        for each in audited.verify().findings
        if (str(each.kind), each.position) == ("due.invalid", audited.place(place))
    ]
    assert len(found) == 1
    assert detail in found[0]


def test_a_forged_index_beside_a_forged_month_is_named_too(audited: Audited) -> None:
    """Who lets the index agree with October's count alters a table that the log contradicts."""
    with forging(audited) as forger:
        _one_more(forger, audited)
        forger.connection.execute(
            "UPDATE declaration_course SET position = 900000 "
            "WHERE step = 'ended' AND declaration = "
            "(SELECT declaration FROM declarations WHERE position = %s)",
            (audited.place("left"),),
        )
    first, *_ = audited.verify().findings
    assert (str(first.kind), first.position) == ("index.altered", audited.place("left") + 1)
