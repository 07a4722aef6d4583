"""Refuse coded values, and acts about the directories and the catalogue they come from."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.errors.refusal_kind import RefusalKind

KINDS: Final[dict[str, RefusalKind]] = {
    # Directories
    "directory.unknown": RefusalKind(422, "No directory of this system is published"),
    "directory.version_differs": RefusalKind(
        409, "The version is published already, with another first day"
    ),
    "directory.retired_in_past": RefusalKind(
        422, "A code in force ends today or later: acts of past days used it rightly"
    ),
    "directory.code_not_active": RefusalKind(409, "The code is not in force on this day"),
    # The service catalogue
    "catalogue.first_day_passed": RefusalKind(
        422, "A published service changes today or later: acts of past days used it rightly"
    ),
    "catalogue.group_unknown": RefusalKind(422, "There is no such group of services on this day"),
    "catalogue.service_unknown": RefusalKind(
        422, "There is no such service on this day", rule="38"
    ),
    "catalogue.service_not_active": RefusalKind(
        422, "The service is not active on this day", rule="38"
    ),
    "catalogue.not_requestable": RefusalKind(
        422, "No referral may ask for the service, and none can be given for one", rule="40"
    ),
    # Coded values of every act
    "code.directory_unknown": RefusalKind(
        422, "No directory of the code's system is published", rule="38"
    ),
    "code.unknown": RefusalKind(422, "The directory has no such code", rule="38"),
    "code.not_active": RefusalKind(
        422, "The code is not in force on the day of the act", rule="38"
    ),
}
