"""Content becomes a command or one refusal that says which field and why."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from ehealth_ledger.commands.encounter import RecordEncounter
from ehealth_ledger.commands.fhir.observation import Observation
from ehealth_ledger.commands.parsing import parse
from ehealth_ledger.commands.strict_json import DEPTH_MAX, DIGITS_MAX, read_object
from ehealth_ledger.errors import Refused
from ehealth_ledger.values.json import Json, canonical
from tests.laws.scenes import SCENES

ENCOUNTER, TARIFF, PATIENT, CUT_OFF = (
    "encounter.record",
    "tariff.publish",
    "patient.register",
    "cut_off.set",
)
_VALUE = ("resources", 2, "valueQuantity", "value")


def content(command: str) -> Json:
    return deepcopy(SCENES[command]().content)


def changed(command: str, *path: str | int, value: Any) -> bytes:
    document = content(command)
    place: Any = document
    for step in path[:-1]:
        place = place[step]
    if value is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return canonical(document)


def written(literal: bytes) -> bytes:
    """Write a number as it stands, where the JSON writer would write it otherwise."""
    return changed(ENCOUNTER, *_VALUE, value=987654321).replace(b"987654321", literal)


def refusal(raw: bytes) -> tuple[str, str]:
    with pytest.raises(Refused) as caught:
        parse(raw)
    assert json.dumps(dict(caught.value.evidence), ensure_ascii=False).encode()
    assert caught.value.path.encode()
    return caught.value.code, caught.value.path


def row(name: str, code: str, path: str, raw: bytes) -> Any:
    return pytest.param(raw, code, path, id=f"{code}: {name}")


_WHOLE = canonical(content(ENCOUNTER))
BYTES = [
    row("Windows-1251", "content.not_utf8", "$", '{"a": "їжак"}'.encode("cp1251")),
    row("UTF-16", "content.not_utf8", "$", "{}".encode("utf-16")),
    row("half a character", "content.not_utf8", "$", b'{"a": "\xd0'),
    row("a surrogate in UTF-8", "content.not_utf8", "$", b'{"a": "\xed\xa0\x80"}'),
    row("nothing", "content.not_json", "$", b""),
    row("a byte order mark", "content.not_json", "$", b"\xef\xbb\xbf" + _WHOLE),
    row("trailing garbage", "content.not_json", "$", _WHOLE + b"x"),
    row("two objects", "content.not_json", "$", _WHOLE + _WHOLE),
    row("a trailing NUL", "content.not_json", "$", _WHOLE + b"\0"),
    row("an array", "content.not_json", "$", b"[" + _WHOLE + b"]"),
    row("a string", "content.not_json", "$", b'"command"'),
    row("null", "content.not_json", "$", b"null"),
    row("a comment", "content.not_json", "$", b'{"a": 1 /* one */}'),
    row("a trailing comma", "content.not_json", "$", b'{"a": 1,}'),
    row("a raw line feed in a string", "content.not_json", "$", b'{"a": "x\ny"}'),
    row("a leading zero", "content.not_json", "$", written(b"01")),
    row("a leading plus", "content.not_json", "$", written(b"+1")),
    row("a bare point", "content.not_json", "$", written(b"1.")),
    row("hexadecimal", "content.not_json", "$", written(b"0x10")),
    row("a repeated key", "content.duplicate_key", "$", b'{"command": 1, "command": 2}'),
    row("a key repeated by escape", "content.duplicate_key", "$", b'{"a": 1, "\\u0061": 2}'),
    row("a key repeated deep inside", "content.duplicate_key", "$", b'{"x": [{"y": 1, "y": 1}]}'),
    row("half a surrogate repeated", "content.duplicate_key", "$", b'{"\\ud800": 1, "\\ud800": 2}'),
    row("100 000 brackets", "content.too_deep", "$", b"[" * 100_000),
    row(
        "one object too deep",
        "content.too_deep",
        "$",
        b'{"a":' * (DEPTH_MAX + 1) + b"1" + b"}" * 33,
    ),
    row("NaN", "content.invalid_number", "$", written(b"NaN")),
    row("Infinity", "content.invalid_number", "$", written(b"Infinity")),
    row("-Infinity", "content.invalid_number", "$", written(b"-Infinity")),
    row("a huge integer", "content.invalid_number", "$", written(b"9" * (DIGITS_MAX + 1))),
    row("a huge fraction", "content.invalid_number", "$", written(b"0." + b"9" * DIGITS_MAX)),
    row("an exponent of 30 digits", "content.invalid_number", "$", written(b"1E" + b"9" * 30)),
]
COMMANDS = [
    row("no command", "content.command_unknown", "$.command", b"{}"),
    row(
        "unheard of",
        "content.command_unknown",
        "$.command",
        changed(ENCOUNTER, "command", value="encounter.erase"),
    ),
    row("a number", "content.command_unknown", "$.command", changed(ENCOUNTER, "command", value=1)),
    row("a list", "content.command_unknown", "$.command", changed(ENCOUNTER, "command", value=[])),
    *(
        row(
            repr(version),
            "content.version_unknown",
            "$.version",
            changed(ENCOUNTER, "version", value=version),
        )
        for version in (2, 0, -1, True, "1", None, ..., [1], 1.0)
    ),
]
UNKNOWN = [
    row("in the head", "content.field_unknown", "$.note", changed(ENCOUNTER, "note", value=1)),
    row(
        "with a capital",
        "content.field_unknown",
        "$.Command",
        changed(ENCOUNTER, "Command", value=1),
    ),
    row("with a space", "content.field_unknown", "$['a b']", changed(ENCOUNTER, "a b", value=1)),
    row("with a quote", "content.field_unknown", r"$['a\'b']", changed(ENCOUNTER, "a'b", value=1)),
    row(
        "in Ukrainian", "content.field_unknown", "$['назва']", changed(ENCOUNTER, "назва", value=1)
    ),
    row(
        "in a resource",
        "content.field_unknown",
        "$.resources[0].Extra",
        changed(ENCOUNTER, "resources", 0, "Extra", value=1),
    ),
    row(
        "named as a resource is",
        "content.field_unknown",
        "$.resources[0].serviceType.coding[0].Condition",
        changed(ENCOUNTER, "resources", 0, "serviceType", "coding", 0, "Condition", value=1),
    ),
    row(
        "in snake case",
        "content.field_unknown",
        "$.resource.birth_date",
        changed(PATIENT, "resource", "birth_date", value="1980-05-01"),
    ),
]
MISSING = [
    *(
        row(field, "content.field_missing", f"$.{field}", changed(ENCOUNTER, field, value=...))
        for field in ("command_id", "ledger", "issued_at", "legal_entity", "employee", "resources")
    ),
    row(
        "the type of a resource",
        "content.field_missing",
        "$.resources[1].resourceType",
        changed(ENCOUNTER, "resources", 1, "resourceType", value=...),
    ),
    row(
        "a code's system",
        "content.field_missing",
        "$.resources[1].code.coding[0].system",
        changed(ENCOUNTER, "resources", 1, "code", "coding", 0, "system", value=...),
    ),
    row(
        "a price",
        "content.field_missing",
        "$.resource.unit_price",
        changed(TARIFF, "resource", "unit_price", value=...),
    ),
]


def _invalid(name: str, command: str, *path: str | int, value: Any) -> Any:
    steps = "".join(f"[{each}]" if isinstance(each, int) else f".{each}" for each in path)
    return row(name, "content.field_invalid", f"${steps}", changed(command, *path, value=value))


_SPELLINGS = {
    "in capitals": str.upper,
    "without hyphens": lambda text: text.replace("-", ""),
    "in braces": lambda text: f"{{{text}}}",
    "as an URN": lambda text: f"urn:uuid:{text}",
    "with a space": lambda text: f"{text} ",
}
_UUIDS: list[Any] = [
    _invalid(f"a UUID {name}", ENCOUNTER, field, value=spell(content(ENCOUNTER)[field]))
    for field in ("employee", "ledger")
    for name, spell in _SPELLINGS.items()
]
_MOMENTS = [
    "2026-11-23T10:00:00",
    "2026-11-23T10:00Z",
    "2026-11-23 10:00:00Z",
    "2026-11-23t10:00:00z",
    "2026-11-23",
    "2026-02-30T10:00:00Z",
    "2026-11-23T24:00:00Z",
    "2026-11-23T10:00:00+0200",
    "2026-11-23T10:00:00+25:00",
    "٢٠٢٦-11-23T10:00:00Z",
    "1790000000",
    "1790000000.5",
    "9999-12-31T23:59:59-12:00",
    "0001-01-01T00:00:00+14:00",
    "",
    1790000000,
    True,
    None,
]
_DAYS = ["2026-02-30", "2026-2-3", "20260203", "2026-02-03T00:00:00Z", "٢٠٢٦-02-03", 0, None, ""]
_MONTHS = ["2026-13", "2026-00", "2026-1", "2026-11-01", "20٢٦-11", "1999-12", " 2026-11", 202611]
INVALID = [
    *_UUIDS,
    _invalid(
        "a UUID of another version",
        ENCOUNTER,
        "command_id",
        value="c232ab00-9414-11ec-b3c8-9f6bdeced846",
    ),
    *(_invalid(f"the moment {each!r}", ENCOUNTER, "issued_at", value=each) for each in _MOMENTS),
    *(
        _invalid(f"the day {each!r}", PATIENT, "resource", "birthDate", value=each)
        for each in _DAYS
    ),
    *(
        _invalid(f"the month {each!r}", CUT_OFF, "resource", "period", value=each)
        for each in _MONTHS
    ),
    *(
        _invalid(f"the price {each!r}", TARIFF, "resource", "unit_price", value=each)
        for each in (-1, 2**63, Decimal("1.0"), "12", True, None, [12])
    ),
    *(
        _invalid(
            f"the rank {each!r}", ENCOUNTER, "resources", 0, "diagnosis", 0, "rank", value=each
        )
        for each in (Decimal("1.0"), "1", True, [1])
    ),
    *(
        _invalid(f"the amount {each!r}", ENCOUNTER, *_VALUE, value=each)
        for each in ("12", "NaN", True, None, [1], {})
    ),
    *(
        _invalid(
            f"the text {each!r}", ENCOUNTER, "resources", 2, "valueQuantity", "unit", value=each
        )
        for each in (12, True, "", " mm", "mm ", ["mm"], "x" * 4001)
    ),
    *(
        _invalid(f"the code {each!r}", TARIFF, "resource", "package", value=each)
        for each in ("", " 9", "9  9", "9\n", 9, None)
    ),
    *(
        _invalid(
            f"the tax id {each!r}",
            "legal_entity.register",
            "resource",
            "head",
            "party",
            "tax_id",
            value=each,
        )
        for each in (
            "200000000",
            "20000000011",
            "٢٠٠٠٠٠٠٠٠١",
            "20000000a1",
            2000000001,
            "2000000001\n",
        )
    ),
    *(
        _invalid(
            f"the reference {each!r}",
            ENCOUNTER,
            *("resources", 0, "subject", "reference"),
            value=each,
        )
        for each in ("Patient/1", "Person/3d2b9c7a-1e4f-4a6b-8c5d-7e9f0a1b2c33", "", 5, None)
    ),
    *(
        _invalid(f"the digest {each!r}", "statement.accept", "resource", "digest", value=each)
        for each in ("AB" * 32, "ab" * 31, "", None)
    ),
    _invalid("another type of resource", ENCOUNTER, "resources", 1, "resourceType", value="Person"),
    _invalid("an empty package", ENCOUNTER, "resources", value=[]),
    _invalid("an object for a list", ENCOUNTER, "resources", value={}),
    _invalid("a list for an object", TARIFF, "resource", value=[]),
    _invalid("null for an object", TARIFF, "resource", value=None),
    _invalid("an unfinished encounter", ENCOUNTER, "resources", 0, "status", value="planned"),
    _invalid(
        "two participants",
        ENCOUNTER,
        "resources",
        0,
        "participant",
        value=content(ENCOUNTER)["resources"][0]["participant"] * 2,
    ),
    _invalid(
        "no encounter first", ENCOUNTER, "resources", value=content(ENCOUNTER)["resources"][::-1]
    ),
    _invalid(
        "two encounters", ENCOUNTER, "resources", value=content(ENCOUNTER)["resources"][:1] * 2
    ),
    row(
        "two value[x]",
        "content.field_invalid",
        "$.resources[2]",
        changed(ENCOUNTER, "resources", 2, "valueString", value="142"),
    ),
    row(
        "no value[x]",
        "content.field_invalid",
        "$.resources[2]",
        changed(ENCOUNTER, "resources", 2, "valueQuantity", value=...),
    ),
    *(
        row(
            f"the number {literal.decode()}",
            "content.field_invalid",
            "$.resources[2].valueQuantity.value",
            written(literal),
        )
        for literal in (b"1E999999", b"-1e400")
    ),
    row(
        "half a surrogate pair",
        "content.field_invalid",
        "$.resources[2].valueQuantity.unit",
        _WHOLE.replace(b"mmHg", b"mm\\ud800"),
    ),
    row(
        "a pair the wrong way round",
        "content.field_invalid",
        "$.resources[2].valueQuantity.unit",
        _WHOLE.replace(b"mmHg", b"\\udc00\\ud800"),
    ),
    row(
        "NUL, which no database holds",
        "content.field_invalid",
        "$.resources[2].valueQuantity.unit",
        _WHOLE.replace(b"mmHg", b"mm\\u0000Hg"),
    ),
    row(
        "half a surrogate pair for a key",
        "content.field_invalid",
        r"$.resources[2].valueQuantity['\\ud800']",
        _WHOLE.replace(b'"unit"', b'"\\ud800"'),
    ),
]


@pytest.mark.parametrize(("raw", "code", "path"), BYTES)
def test_bytes_are_one_strict_json_object(raw: bytes, code: str, path: str) -> None:
    """Content is UTF-8 JSON, one object, without a repeated key or an invented number."""
    assert refusal(raw) == (code, path)


@pytest.mark.parametrize(("raw", "code", "path"), COMMANDS)
def test_the_command_is_one_of_the_catalogue(raw: bytes, code: str, path: str) -> None:
    """A name and a version that are not published are refused before anything else is read."""
    assert refusal(raw) == (code, path)


@pytest.mark.parametrize(("raw", "code", "path"), UNKNOWN)
def test_nothing_is_ignored(raw: bytes, code: str, path: str) -> None:
    """A field the schema does not name is refused, and named."""
    assert refusal(raw) == (code, path)


@pytest.mark.parametrize(("raw", "code", "path"), MISSING)
def test_nothing_is_assumed(raw: bytes, code: str, path: str) -> None:
    """A mandatory field that is absent is refused, and named."""
    assert refusal(raw) == (code, path)


@pytest.mark.parametrize(("raw", "code", "path"), INVALID)
def test_nothing_is_coerced(raw: bytes, code: str, path: str) -> None:
    """A value of another type, spelling or range is refused, and its place is named."""
    assert refusal(raw) == (code, path)


_ACCEPTED: dict[str, Callable[[], bytes]] = {
    "escaped Ukrainian": lambda: json.dumps(content(PATIENT)).encode(),
    "white space around": lambda: b" \n" + json.dumps(content(PATIENT), indent=2).encode() + b"\n",
    "an emoji escaped in two halves": lambda: _WHOLE.replace(b"mmHg", b"\\ud83d\\ude00"),
    "an escaped backslash before u0000": lambda: _WHOLE.replace(b"mmHg", b"\\\\u0000"),
    "nanoseconds": lambda: changed(ENCOUNTER, "issued_at", value="2026-11-23T10:00:00.123456789Z"),
    "another offset": lambda: changed(ENCOUNTER, "issued_at", value="2026-11-23T10:00:00-09:30"),
}


@pytest.mark.parametrize("name", _ACCEPTED)
def test_other_spellings_of_the_same_json_are_read(name: str) -> None:
    """Strict is not narrow: what JSON and ISO 8601 call the same is read."""
    assert parse(_ACCEPTED[name]())


@pytest.mark.parametrize("command", sorted(SCENES))
def test_every_command_is_read(command: str) -> None:
    """The content of each published command becomes its own type."""
    read = parse(canonical(content(command)))
    assert (command, content(command)["version"]) == (read.NAME, read.VERSION)


@pytest.mark.parametrize("literal", ["72.50", "72.5", "0.10", "-0.0", "1E+2", "100"])
def test_a_number_keeps_its_digits(literal: str) -> None:
    """72.50 stays 72.50 from the signed bytes to the answer, and the command reads its value."""
    raw = written(literal.encode())
    value = read_object(raw)["resources"][2]["valueQuantity"]["value"]
    assert canonical({"value": value}) == b'{"value":' + literal.encode() + b"}"
    command = parse(raw)
    assert isinstance(command, RecordEncounter)
    observation = command.resources[2]
    assert isinstance(observation, Observation)
    assert observation.value_quantity is not None
    assert observation.value_quantity.value == Decimal(literal)


_JSON: some.SearchStrategy[Any] = some.recursive(
    some.none()
    | some.booleans()
    | some.integers()
    | some.floats()
    | some.text(max_size=8)
    | some.sampled_from(["2026-11-23", "1E400", "\ud800", "\0", "Patient/", "12"]),
    lambda inner: (
        some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)


def _places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    found = [path] if path else []
    if isinstance(value, dict):
        for key, item in value.items():
            found += _places(item, (*path, key))
    if isinstance(value, list):
        for at, item in enumerate(value):
            found += _places(item, (*path, at))
    return found


_PLACES = [(command, path) for command in sorted(SCENES) for path in _places(content(command))]


@given(some.sampled_from(_PLACES), _JSON)
@settings(max_examples=400, deadline=None)
def test_any_value_anywhere_is_read_or_refused(
    place: tuple[str, tuple[str | int, ...]], value: Any
) -> None:
    """Whatever stands at whatever place, the answer is a command or a refusal, and can be
    written.
    """
    command, path = place
    document = content(command)
    inner: Any = document
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    _read_or_refused(json.dumps(document).encode())


@given(some.binary(max_size=64) | some.text(max_size=64).map(str.encode))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    """Noise is refused with a code."""
    _read_or_refused(raw)


@given(some.sampled_from(sorted(SCENES)), some.data())
@settings(max_examples=300, deadline=None)
def test_any_altered_byte_is_read_or_refused(command: str, data: some.DataObject) -> None:
    """One byte changed, dropped or doubled never raises anything but a refusal."""
    raw = canonical(content(command))
    at = data.draw(some.integers(0, len(raw) - 1))
    put = data.draw(some.binary(max_size=2))
    _read_or_refused(raw[:at] + put + raw[at + 1 :])


def _read_or_refused(raw: bytes) -> None:
    try:
        parse(raw)
    except Refused as found:
        refusal = found
    else:
        return
    assert refusal.code.startswith("content.")
    assert canonical({"code": refusal.code, "path": refusal.path, **refusal.evidence})
