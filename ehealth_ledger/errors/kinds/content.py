"""Refuse content: bytes that are no command of this ledger."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.errors.refusal_kind import RefusalKind

KINDS: Final[dict[str, RefusalKind]] = {
    "content.not_utf8": RefusalKind(422, "The signed content is not UTF-8"),
    "content.not_json": RefusalKind(422, "The signed content is not JSON"),
    "content.duplicate_key": RefusalKind(422, "A JSON object repeats a key"),
    "content.too_deep": RefusalKind(422, "The JSON is nested more deeply than the ledger reads"),
    "content.invalid_number": RefusalKind(422, "A number is not one JSON allows"),
    "content.command_unknown": RefusalKind(422, "There is no such command"),
    "content.version_unknown": RefusalKind(422, "The command has no such version"),
    "content.field_unknown": RefusalKind(422, "The field is not part of the command"),
    "content.field_missing": RefusalKind(422, "A mandatory field is absent"),
    "content.field_invalid": RefusalKind(422, "The field's value is not of its type"),
    "content.other_ledger": RefusalKind(422, "The command was signed for another deployment"),
    "content.issued_in_future": RefusalKind(422, "The command claims to be issued later than now"),
}
