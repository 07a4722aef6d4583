"""Turn signed content into a command, or into the one refusal that says which field and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydantic import ValidationError

from ehealth_ledger.commands.catalogue import COMMANDS, NAMES
from ehealth_ledger.commands.command import Command
from ehealth_ledger.commands.strict_json import read_object
from ehealth_ledger.errors import Refused
from ehealth_ledger.values.json import json_path

# pydantic's words for what is wrong, in the order in which they are reported
_CODES: Final = {
    "extra_forbidden": "content.field_unknown",
    "missing": "content.field_missing",
    "union_tag_not_found": "content.field_missing",
}
_DISCRIMINATED: Final = ("union_tag_not_found", "union_tag_invalid")
VIOLATIONS_MAX: Final = 100  # told at once, beside the first; the evidence counts all
_TAG_AT: Final = 2  # resources, its index, then the tag


def parse(content: bytes) -> Command:
    """Read the content strictly and validate it against its command's schema.

    Raise Refused: `content.*` for bytes that are no JSON object, an unknown command or version, an
    unknown, absent or ill-typed field. The path names the first offending field, `others` the rest.
    """
    read = read_object(content)
    name, version = read.get("command"), read.get("version")
    if not isinstance(name, str) or name not in NAMES:
        raise Refused("content.command_unknown", "$.command")
    kind = COMMANDS.get((name, version)) if type(version) is int else None
    if kind is None:
        raise Refused("content.version_unknown", "$.version", command=name)
    try:
        return kind.model_validate_json(content)
    except ValidationError as fault:
        raise _refusal(fault) from None


def _refusal(fault: ValidationError) -> Refused:
    found = fault.errors(include_url=False, include_context=False, include_input=False)
    # A field that is unknown or absent comes first: it often explains the others.
    found.sort(key=lambda each: each["type"] not in _CODES)
    first, *others = (_violation(each, len(found)) for each in found)
    return first.beside(others[:VIOLATIONS_MAX])


def _violation(found: Mapping[str, Any], count: int) -> Refused:
    code = _CODES.get(found["type"], "content.field_invalid")
    location = _without_tag(found["loc"])
    if found["type"] in _DISCRIMINATED:
        location = (*location, "resourceType")
    return Refused(code, json_path(location), expected=found["msg"], violations=count)


def _without_tag(location: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """Drop the name of the union's member, which pydantic puts after `resources[n]`."""
    if location[:1] == ("resources",) and len(location) > _TAG_AT:
        return location[:_TAG_AT] + location[_TAG_AT + 1 :]
    return location
