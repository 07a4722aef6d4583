"""Turn signed content into a command, or into the one refusal that says which field and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from pydantic import ValidationError

from ehealth_ledger.commands.catalogue import COMMANDS, NAMES
from ehealth_ledger.commands.command import Command
from ehealth_ledger.commands.strict_json import read_object
from ehealth_ledger.errors import Refusal, Refused
from ehealth_ledger.values.json import Json, Location, canonical, json_path

UNKNOWN: Final = "content.field_unknown"
# pydantic's words for what is wrong, in the order in which they are reported
_CODES: Final = {
    "extra_forbidden": UNKNOWN,
    "missing": "content.field_missing",
    "union_tag_not_found": "content.field_missing",
}
_DISCRIMINATED: Final = ("union_tag_not_found", "union_tag_invalid")
VIOLATIONS_MAX: Final = 100  # told at once, beside the first; the evidence counts all


class Reading(NamedTuple):
    """Hold what is wrong with content's form, and its command where no more than fields too many.

    `command` is None where the form leaves nothing that a law could judge. `left_off` counts the
    violations of form that are not listed, where there are too many.
    """

    command: Command | None
    violations: tuple[Refusal, ...]
    left_off: int = 0


def read(content: bytes) -> Reading:
    """Read content that may be wrong: all that is, and the command without its unknown fields."""
    try:
        return Reading(parse(content), ())
    except Refused as refusal:
        found = (refusal, *refusal.others)
        left_off = max(0, int(refusal.evidence.get("violations", 0)) - len(found))
        if any(each.code != UNKNOWN for each in found):
            return Reading(None, found, left_off)
    return Reading(_without_unknown(content), found, left_off)


def parse(content: bytes) -> Command:
    """Read the content strictly and validate it against its command's schema.

    Raise Refused: `content.*` for bytes that are no JSON object, an unknown command or version, an
    unknown, absent or ill-typed field. The path names the first offending field, `others` the rest.
    """
    document = read_object(content)
    name, version = document.get("command"), document.get("version")
    if not isinstance(name, str) or name not in NAMES:
        raise Refused(
            "content.command_unknown", "$.command", expected="a command of the published catalogue"
        )
    kind = COMMANDS.get((name, version)) if type(version) is int else None
    if kind is None:
        known = " | ".join(str(each) for command, each in COMMANDS if command == name)
        raise Refused("content.version_unknown", "$.version", command=name, expected=known)
    try:
        return kind.model_validate_json(content)
    except ValidationError as fault:
        raise _refusal(document, fault) from None


def _without_unknown(content: bytes) -> Command | None:
    kept = read_object(content)
    kind = COMMANDS[kept["command"], kept["version"]]
    try:
        kind.model_validate_json(content)
    except ValidationError as fault:
        for each in fault.errors(include_url=False, include_context=False, include_input=False):
            *above, name = _place(kept, each)
            inside = _at(kept, above)
            del inside[name]
    try:
        return kind.model_validate_json(canonical(kept))
    except (ValidationError, TypeError):  # it had no form without them; or an integer is too long
        return None


def _at(document: Any, place: Iterable[int | str]) -> Any:
    for step in place:
        document = document[step]
    return document


def _refusal(document: Json, fault: ValidationError) -> Refused:
    found = fault.errors(include_url=False, include_input=False)
    # A field that is unknown or absent comes first: it often explains the others.
    found.sort(key=lambda each: each["type"] not in _CODES)
    first, *others = (_violation(document, each, len(found)) for each in found)
    return first.beside(others[:VIOLATIONS_MAX])


def _violation(document: Json, found: Mapping[str, Any], count: int) -> Refused:
    code = _CODES.get(found["type"], "content.field_invalid")
    location = _place(document, found)
    if found["type"] in _DISCRIMINATED:
        # What tells the members of a union apart, under its published name.
        *_, name = found["ctx"]["discriminator"].strip("'").split("' | '")
        location = (*location, name)
    return Refused(code, json_path(location), expected=found["msg"], violations=count)


def _place(document: Json, found: Mapping[str, Any]) -> Location:
    """Name the place in the content: pydantic puts names of a union's members in between."""
    value: Any = document
    place: list[Any] = []
    *above, last = found["loc"] or ("",)
    for step in (*above, last):
        if _leads(value, step):
            place.append(step)
            value = value[step]
    if found["type"] == "missing":
        place.append(last)
    return tuple(place)


def _leads(value: object, step: int | str) -> bool:
    match value:
        case dict():
            return step in value
        case list():
            return isinstance(step, int) and step < len(value)
        case _:
            return False
