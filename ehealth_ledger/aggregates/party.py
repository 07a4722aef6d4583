"""Hold what the state registers say of a person at work."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, assert_never

from ehealth_ledger.events.fact import Fact
from ehealth_ledger.events.party import PartyDeceased, PartyFoundAlive, PartyVerified
from ehealth_ledger.values.identifiers import PartyId

AnyPartyFact = PartyVerified | PartyDeceased | PartyFoundAlive
Verification = Literal["VERIFIED", "VERIFICATION_NEEDED", "CHANGES_NEEDED"]


@dataclass(frozen=True, slots=True)
class Party:
    """Hold the registers' last verdicts; `barred_from` (microseconds UTC) is when grace ends."""

    id: PartyId
    verdicts: tuple[tuple[str, str], ...] = ()  # register and verdict, each register once, sorted
    barred_from: int | None = None
    deceased: bool = False

    @property
    def verification(self) -> Verification:
        """Sum the verdicts up.

        One NOT_VERIFIED asks for changes, and only VERIFIED everywhere is verified; a register that
        is not needed counts for nothing.
        """
        counted = {verdict for _, verdict in self.verdicts} - {"VERIFICATION_NOT_NEEDED"}
        if "NOT_VERIFIED" in counted:
            return "CHANGES_NEEDED"
        return "VERIFIED" if counted == {"VERIFIED"} else "VERIFICATION_NEEDED"

    def told(self, source: str, verdict: str) -> Party:
        """Return the person after a register's verdict; `barred_from` is not decided here."""
        verdicts = {**dict(self.verdicts), source: verdict}
        return replace(self, verdicts=tuple(sorted(verdicts.items())))


def evolve(state: Party | None, fact: AnyPartyFact) -> Party:
    """Take in what a register says; the first word about a person begins the stream."""
    party = state or Party(fact.party)
    match fact:
        case PartyVerified():
            return replace(party.told(fact.source, fact.verdict), barred_from=fact.barred_from)
        case PartyDeceased():
            return replace(party, deceased=True)
        case PartyFoundAlive():
            return replace(party, deceased=False)
        case _:
            assert_never(fact)


EVOLVE: Final[Mapping[type[Fact], Callable[[Any, Any], object | None]]] = {
    PartyVerified: evolve,
    PartyDeceased: evolve,
    PartyFoundAlive: evolve,
}
