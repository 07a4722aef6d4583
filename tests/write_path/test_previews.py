"""What a person signs is what he was shown, and a difference is named by its place (rule 3)."""

from __future__ import annotations

import asyncio
import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from hypothesis import assume
from hypothesis import given as for_all
from hypothesis import strategies as some

from ehealth_ledger.commands.strict_json import read_object
from ehealth_ledger.entrypoints.demo import commands as write
from ehealth_ledger.entrypoints.demo.cades import sign_cades
from ehealth_ledger.entrypoints.demo.commands import Actor
from ehealth_ledger.errors import Refused, Undecided
from ehealth_ledger.intake import previews
from ehealth_ledger.intake.answers import Accepted
from ehealth_ledger.intake.previews import Preview, Previews, mismatches
from ehealth_ledger.store import previews as held
from ehealth_ledger.store.previews import PreviewStore
from ehealth_ledger.values.json import Json, Location, canonical, json_path
from tests.world import CLINIC_EDRPOU, CMS, World

FAMILY = "Непомітна"  # nobody else is called so
NOBODY = "00000000-0000-4000-8000-00000000000a"


@dataclass
class Shown:
    """Hold a preview of a patient's registration, and the doctor who is to sign it."""

    world: World
    doctor: Actor
    preview: Preview

    def read(self) -> Json:
        return read_object(self.preview.content)

    async def signed(self, content: bytes) -> Accepted:
        container = sign_cades(content, self.doctor.credential)
        return await self.world.running.intake.accept(container, CMS, client="test")

    def refusal(self, content: bytes) -> Refused | Undecided:
        with pytest.raises((Refused, Undecided)) as caught:
            asyncio.run(self.signed(content))
        return caught.value


def show(world: World, content: bytes) -> Preview:
    return world.running.previews.preview(content)


@pytest.fixture
def shown(world: World) -> Shown:
    """Show a doctor the registration of a patient."""

    async def staff() -> Actor:
        clinic = await world.institution(CLINIC_EDRPOU, "PRIMARY_CARE", "2000000001")
        return await world.employee(clinic, "DOCTOR", "2000000003")

    doctor = asyncio.run(staff())
    resource = write.patient(
        uuid4(), family=FAMILY, given="Тест", birth_date=date(1980, 5, 1), gender="female"
    )
    content = world.author.content("patient.register", doctor, resource=resource)
    return Shown(world, doctor, show(world, content))


def rows(world: World) -> list[tuple[bytes, bytes, int]]:
    with psycopg.connect(world.urls.ledger) as connection:
        return connection.execute(
            "SELECT named, blob, expires_at FROM ledger.previews ORDER BY named"
        ).fetchall()


def head(world: World) -> int:
    return world.running.reader.notifications.head().position


# The journey


def test_the_bytes_shown_are_signed_and_recorded(shown: Shown) -> None:
    """Preview, sign exactly those bytes, accepted: they stand in the ledger, and nothing is held.

    Until then nothing was recorded; afterwards a repeat gets the receipt without any preview.
    """
    world, preview = shown.world, shown.preview
    before = head(world)
    assert (preview.seed.position, len(rows(world))) == (before, 1)
    assert shown.read()["preview"] == str(preview.id)
    accepted = asyncio.run(shown.signed(preview.content))
    placed = accepted.receipt.placement
    assert (placed.first_position, accepted.repeated) == (before + 1, False)
    door = world.running.reader.notifications
    (record,) = door.read(door.place_at(before), 1)
    assert record.content() == json.loads(preview.content)
    assert rows(world) == []
    again = asyncio.run(shown.signed(preview.content))
    assert (again.receipt, again.repeated) == (accepted.receipt, True)


def test_other_content_under_a_recorded_id_is_a_conflict(shown: Shown) -> None:
    """The preview has gone with its command: what stands in the ledger is compared instead."""
    asyncio.run(shown.signed(shown.preview.content))
    other = shown.read()
    other["resource"]["name"][0]["family"] = "Інша"
    assert shown.refusal(canonical(other)).code == "command.conflict"


def test_content_is_compared_and_not_its_spelling(shown: Shown) -> None:
    """Another order of members, spaces, and the delta field `issued_at` are no differences."""
    read = shown.read()
    read["issued_at"] = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
    turned = dict(reversed(read.items()))
    spelt = json.dumps(turned, indent=1, ensure_ascii=True).encode()
    assert spelt != shown.preview.content
    assert shown.preview.delta == (("issued_at",),)
    assert not asyncio.run(shown.signed(spelt)).repeated


def test_content_that_names_no_preview_needs_none(shown: Shown) -> None:
    """A preview is a service: who does not use it is judged as ever."""
    read = shown.read()
    del read["preview"]
    assert not asyncio.run(shown.signed(canonical(read))).repeated


Change = Callable[[Json], object]
# What was changed | the places that are named
CHANGES: list[tuple[str, Change, list[str]]] = [
    (
        "one value",
        lambda c: c["resource"]["name"][0].__setitem__("family", "Інша"),
        ["$.resource.name[0].family"],
    ),
    (
        "the head's own",
        lambda c: c.__setitem__("command_id", str(uuid4())),
        ["$.command_id"],
    ),
    (
        "two values and the delta field",
        lambda c: (
            c.__setitem__("employee", NOBODY),
            c.__setitem__("issued_at", "2026-01-01T00:00:00+00:00"),
            c["resource"].__setitem__("gender", "male"),
        ),
        ["$.employee", "$.resource.gender"],
    ),
    (
        "one given name more",
        lambda c: c["resource"]["name"][0]["given"].append("Друге"),
        ["$.resource.name[0].given[1]"],
    ),
]


@pytest.mark.parametrize(
    ("change", "paths"),
    [each[1:] for each in CHANGES],
    ids=[f"preview.mismatch: {each[0]}" for each in CHANGES],
)
def test_a_difference_is_named_by_its_place(shown: Shown, change: Change, paths: list[str]) -> None:
    """Every place that differs is named, nothing is written, and the preview is held on."""
    before = head(shown.world)
    other = shown.read()
    change(other)
    refusal = shown.refusal(canonical(other))
    found = (refusal, *refusal.others)
    assert sorted((each.code, each.path) for each in found) == [
        ("preview.mismatch", path) for path in sorted(paths)
    ]
    assert (refusal.kind.rule, head(shown.world)) == ("3", before)
    assert not asyncio.run(shown.signed(shown.preview.content)).repeated


def test_the_first_hundred_differences_are_named_and_all_are_counted(
    monkeypatch: pytest.MonkeyPatch, shown: Shown
) -> None:
    """Whoever signed something else altogether is told how much of it, in a bounded answer."""
    monkeypatch.setattr(previews, "PATHS_MAX", 2)
    other = shown.read()
    other.update(employee=NOBODY, legal_entity=NOBODY, command_id=NOBODY)
    refusal = shown.refusal(canonical(other))
    assert len((refusal, *refusal.others)) == 2
    assert refusal.evidence["differences"] == "3"


# How long, and for whom


def test_a_preview_nobody_held__preview__unknown(shown: Shown) -> None:
    """An id that the ledger did not give opens nothing."""
    other = shown.read()
    other["preview"] = str(uuid4())
    refusal = shown.refusal(canonical(other))
    assert (refusal.code, refusal.path) == ("preview.unknown", "$.preview")


def test_a_preview_after_its_time__preview__expired(shown: Shown) -> None:
    """It holds to the stated microsecond, and then names the moment it ended."""
    world, preview = shown.world, shown.preview
    held_s = world.settings.preview_seconds
    age_us = world.clock() - (preview.expires_at - held_s * 1_000_000)
    assert 0 <= age_us < 60_000_000
    world.clock.ahead = timedelta(seconds=held_s + 1)
    refusal = shown.refusal(preview.content)
    assert (refusal.code, refusal.path) == ("preview.expired", "$.preview")
    assert refusal.evidence == {"expired_at_us": str(preview.expires_at)}
    world.clock.ahead = timedelta(seconds=held_s - 60)
    assert not asyncio.run(shown.signed(preview.content)).repeated


def test_what_nobody_signed_in_time_is_forgotten(shown: Shown) -> None:
    """Neither the next preview nor a tick leaves behind what has passed its time."""
    world = shown.world
    doctor, again = shown.doctor, {**shown.read(), "command_id": str(uuid4())}
    del again["preview"]
    world.clock.ahead = timedelta(seconds=world.settings.preview_seconds + 1)
    second = show(world, canonical(again))
    assert len(rows(world)) == 1
    world.tick()
    assert len(rows(world)) == 1
    world.clock.ahead *= 2
    world.tick()
    assert rows(world) == []
    assert Shown(world, doctor, second).refusal(second.content).code == "preview.unknown"


@pytest.fixture
def unreachable(shown: Shown, monkeypatch: pytest.MonkeyPatch) -> Iterator[Previews]:
    """Make previews whose table cannot be reached."""
    monkeypatch.setattr(held, "WAIT_S_MAX", 0.2)
    world, reader = shown.world, shown.world.running.reader
    url = "postgresql://127.0.0.1:1/nowhere"
    store = PreviewStore(url, reader.vault, reader.ledger, "records")
    away = Previews(
        reader.ledger,
        store,
        held_s=60,
        head=reader.notifications.head,
        new_id=uuid4,
        clock=world.clock,
    )
    yield away
    away.close()


def test_a_table_that_cannot_be_reached__preview__unavailable(
    shown: Shown, unreachable: Previews
) -> None:
    """The ledger cannot tell: undecided, nothing is written, and the same bytes pass later."""
    intake, before = shown.world.running.intake, head(shown.world)
    intake._previews, present = unreachable, intake._previews
    refusal = shown.refusal(shown.preview.content)
    assert isinstance(refusal, Undecided)
    assert (refusal.code, refusal.kind.retry) == ("preview.unavailable", True)
    assert head(shown.world) == before
    content = shown.read()
    del content["preview"]
    with pytest.raises(Undecided, match=r"preview\.unavailable"):
        unreachable.preview(canonical(content))
    intake._previews = present
    assert not asyncio.run(shown.signed(shown.preview.content)).repeated


def test_a_record_stands_where_its_preview_cannot_be_forgotten(
    shown: Shown, unreachable: Previews, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who is accepted is told so, whatever becomes of the table behind him."""
    previews_, before = shown.world.running.previews, head(shown.world)
    monkeypatch.setattr(previews_, "release", unreachable.release)
    asyncio.run(shown.signed(shown.preview.content))
    assert (head(shown.world), len(rows(shown.world))) == (before + 1, 1)


# What is held is sealed


def test_the_held_bytes_are_sealed(shown: Shown) -> None:
    """Neither a word of the content nor the id that opens it stands in the table."""
    ((named, blob, _),) = rows(shown.world)
    kept = named + blob
    preview = shown.preview.id
    for part in (FAMILY.encode(), b"patient.register", preview.bytes, str(preview).encode()):
        assert part in shown.preview.content + preview.bytes
        assert part not in kept


def test_what_is_held_opens_under_its_own_id_alone(shown: Shown) -> None:
    """A row renamed to another preview's is no preview; nothing of it is told."""
    again = {**shown.read(), "command_id": str(uuid4())}
    del again["preview"]
    second = show(shown.world, canonical(again))
    (one, other) = rows(shown.world)
    with psycopg.connect(shown.world.urls.ledger, autocommit=True) as connection:
        for (named, *_), (_, blob, _) in ((one, other), (other, one)):
            connection.execute(
                "UPDATE ledger.previews SET blob = %s WHERE named = %s", (blob, named)
            )
    for preview in (shown.preview, second):
        assert shown.refusal(preview.content).code == "preview.unknown"


def test_previews_are_in_no_log_and_no_backup(world: World) -> None:
    """The table is unlogged: it reaches neither a replica nor a physical backup."""
    with psycopg.connect(world.urls.ledger) as connection:
        row = connection.execute(
            "SELECT relpersistence FROM pg_class WHERE oid = 'ledger.previews'::regclass"
        ).fetchone()
    assert row is not None
    assert row[0] in (b"u", "u")


# What cannot be previewed

REFUSED: list[tuple[str, Change, tuple[str, str]]] = [
    (
        "content.field_unknown: an id of one's own",
        lambda c: c.__setitem__("preview", NOBODY),
        ("content.field_unknown", "$.preview"),
    ),
    (
        "content.field_missing: no command's form",
        lambda c: c["resource"].pop("id"),
        ("content.field_missing", "$.resource.id"),
    ),
    (
        "content.other_ledger",
        lambda c: c.__setitem__("ledger", NOBODY),
        ("content.other_ledger", "$.ledger"),
    ),
    (
        "content.invalid_number: beyond 64 bits",
        lambda c: c.__setitem__("version", 10**30),
        ("content.invalid_number", "$"),
    ),
]


@pytest.mark.parametrize(
    ("change", "said"), [each[1:] for each in REFUSED], ids=[each[0] for each in REFUSED]
)
def test_what_is_no_command_is_not_held(
    shown: Shown, change: Change, said: tuple[str, str]
) -> None:
    """Nobody is shown what he could never sign."""
    content = shown.read()
    del content["preview"]
    change(content)
    before = rows(shown.world)
    with pytest.raises(Refused) as caught:
        show(shown.world, json.dumps(content).encode())
    assert (caught.value.code, caught.value.path) == said
    assert rows(shown.world) == before


def test_a_command_of_the_system_is_not_previewed__system__signed_by_staff(world: World) -> None:
    """The system needs no preview of what it does by itself."""
    content: Json = {
        "command": "referral.expire",
        "version": 1,
        "command_id": str(uuid4()),
        "ledger": str(world.author.ledger),
        "issued_at": "2026-01-01T00:00:00+00:00",
        "reason": {"position": 1, "rule": "referral.expiry"},
        "resource": {"referral": NOBODY, "patient": NOBODY},
    }
    with pytest.raises(Refused) as caught:
        show(world, canonical(content))
    assert caught.value.code in {"system.signed_by_staff", "content.field_unknown"}


# The comparison, for any content

SCALARS = (
    some.none()
    | some.booleans()
    | some.integers(-(2**53), 2**53)
    | some.decimals(allow_nan=False, allow_infinity=False, places=2)
    | some.text(alphabet=some.characters(exclude_categories=["Cs"], exclude_characters="\0"))
)
NAMES = some.text("ab[.'\\ є", min_size=1, max_size=3)
VALUES = some.recursive(
    SCALARS,
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(NAMES, inner, max_size=3),
    max_leaves=12,
)
CONTENTS = some.dictionaries(NAMES, VALUES, min_size=1, max_size=4)


def places(value: object, at: Location = ()) -> Iterator[Location]:
    """Give the place of everything in a JSON value."""
    steps: list[tuple[int | str, object]] = []
    if isinstance(value, dict):
        steps = list(value.items())
    elif isinstance(value, list):
        steps = list(enumerate(value))
    for step, below in steps:
        yield (*at, step)
        yield from places(below, (*at, step))


def at_place(value: Any, place: Location) -> Any:
    for step in place:
        value = value[step]
    return value


@for_all(some.data(), CONTENTS, SCALARS)
def test_any_single_change_is_named_by_exactly_its_path(
    data: some.DataObject, content: Json, new: object
) -> None:
    """Whatever is put in the place of any value, that place is named, and no other."""
    place = data.draw(some.sampled_from(list(places(content))))
    *above, step = place
    changed = copy.deepcopy(content)
    old = at_place(content, place)
    assume(type(old) is not type(new) or str(old) != str(new))
    at_place(changed, tuple(above))[step] = new
    assert mismatches(canonical(content), canonical(changed), ()) == [place]
    assert mismatches(canonical(changed), canonical(content), ()) == [place]
    assert mismatches(canonical(content), canonical(changed), (place,)) == []


@for_all(some.data(), CONTENTS)
def test_anything_removed_or_added_is_named_by_exactly_its_path(
    data: some.DataObject, content: Json
) -> None:
    """A member that only one side has, or the last element of a longer list, is a difference."""
    member = [
        each
        for each in places(content)
        if isinstance(each[-1], str) or each[-1] == len(at_place(content, each[:-1])) - 1
    ]
    *above, step = place = data.draw(some.sampled_from(member))
    shorter = copy.deepcopy(content)
    del at_place(shorter, tuple(above))[step]
    assert mismatches(canonical(content), canonical(shorter), ()) == [place]
    assert mismatches(canonical(shorter), canonical(content), ()) == [place]


@for_all(CONTENTS)
def test_equal_content_has_no_difference(content: Json) -> None:
    """Spelt with spaces and in another order it is still the same."""
    spelt = json.dumps(content, default=_digits, indent=1).encode()
    assume(b'"decimal:' not in spelt)
    assert mismatches(canonical(content), spelt, ()) == []


def _digits(value: Decimal) -> str:
    return f"decimal:{value}"


@pytest.mark.parametrize(
    ("one", "other"), [("72.50", "72.5"), ("1", "1.0"), ("1", "true"), ("0", "-0"), ("1e2", "100")]
)
def test_a_number_written_otherwise_is_a_difference(one: str, other: str) -> None:
    """What is signed is digits: a value that is equal to a computer may not be so to a reader."""
    held_, signed_ = (f'{{"value": {each}}}'.encode() for each in (one, other))
    assert [json_path(each) for each in mismatches(held_, signed_, ())] == ["$.value"]


def test_a_preview_is_given_an_id_nobody_can_guess(world: World, shown: Shown) -> None:
    """Two previews of the same content are two, each under a random id."""
    content = shown.read()
    del content["preview"]
    second = show(world, canonical(content))
    assert second.id != shown.preview.id
    assert {UUID(str(each)).version for each in (second.id, shown.preview.id)} == {4}
