"""Decide whom to believe: logs, witnesses, groups with thresholds, a quorum (C2SP tlog-policy).

    log <vkey> [<url>]
    witness <name> <vkey> [<url>]
    group <name> all|any|<k> <member>…
    quorum <name>|none

A checkpoint counts if one of the logs signed it and the quorum cosigned it. An empty policy is
refused: it would believe anybody.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Set
from dataclasses import dataclass
from typing import Final, NamedTuple

from ehealth_ledger.chain.checkpoint import Checkpoint
from ehealth_ledger.chain.cosignature import cosigners
from ehealth_ledger.chain.note import COSIGNATURE, ED25519, Note, NoteInvalid, VerifierKey

NONE: Final = "none"
_THRESHOLD: Final = re.compile(r"[1-9][0-9]{0,3}")


class PolicyInvalid(ValueError):  # noqa: N818 - the name is the finding
    """Report a policy file that does not say clearly whom to believe."""


class NotBelieved(NoteInvalid):
    """Report a note that is whole and still lacks what a policy asks for: more may come in."""


class Party(NamedTuple):
    """Name a log or a witness: its key, and where it listens (empty where it is not said)."""

    key: VerifierKey
    url: str


class Group(NamedTuple):
    """Ask for so many of the members."""

    threshold: int
    members: tuple[str, ...]


class Believed(NamedTuple):
    """Hold a checkpoint that satisfied a policy, and who cosigned it when (seconds)."""

    checkpoint: Checkpoint
    cosigned: dict[str, int]


@dataclass(frozen=True, slots=True)
class Policy:
    """Hold a policy file, read."""

    logs: tuple[Party, ...]
    witnesses: dict[str, Party]
    groups: dict[str, Group]
    quorum: str

    @classmethod
    def of_key(cls, key: str) -> Policy:
        """Believe one log by its key alone; raise PolicyInvalid where it is none."""
        return cls.parse(text_of_key(key))

    @classmethod
    def parse(cls, text: str) -> Policy:
        """Read a policy file; raise PolicyInvalid naming the line that is wrong."""
        reading = _Reading([], {}, {}, None, set())
        for number, line in enumerate(text.split("\n"), 1):
            words = line.replace("\t", " ").split(" ")
            words = [each for each in words if each]
            if not words or words[0].startswith("#"):
                continue
            try:
                reading.take(words)
            except ValueError as fault:
                raise PolicyInvalid(f"line {number}: {fault}") from fault
        if reading.quorum is None:
            raise PolicyInvalid("a policy has a quorum line")
        if not reading.logs:
            raise PolicyInvalid("a policy names a log")
        return cls(tuple(reading.logs), reading.witnesses, reading.groups, reading.quorum)

    @property
    def keys(self) -> list[VerifierKey]:
        """Return the keys of its logs and witnesses."""
        return [each.key for each in (*self.logs, *self.witnesses.values())]

    def knows(self, origin: str) -> bool:
        """Tell whether it names a key of the log of that origin: of others it says nothing."""
        return any(each.key.name == origin for each in self.logs)

    def believe(self, note: Note) -> Believed:
        """Return the checkpoint that the note carries; raise NoteInvalid unless the policy holds.

        NotBelieved where it lacks a signature that is asked for, and none of those it has is false.

        1. A log of the policy signed it, the one that its first line names.
        2. The witnesses' lines hold.
        3. They make up the quorum.
        """
        # 1.
        checkpoint = self.signed(note)
        # 2.
        names = {party.key: name for name, party in self.witnesses.items()}
        cosigned = {names[key]: at for key, at in cosigners(note, names).items()}
        # 3.
        if not self.is_quorum(cosigned.keys()):
            raise NotBelieved(f"the quorum {self.quorum} has not cosigned the checkpoint")
        return Believed(checkpoint, cosigned)

    def signed(self, note: Note) -> Checkpoint:
        """Return the checkpoint that a log of the policy signed, the one its first line names.

        No witness is asked for: whoever kept a checkpoint saw it. Raise NoteInvalid where none did.
        """
        checkpoint = Checkpoint.parse(note.text)
        keys = [each.key for each in self.logs if each.key.name == checkpoint.origin]
        if not note.signed_by(keys):
            raise NotBelieved("no log of the policy signed the checkpoint")
        return checkpoint

    def is_quorum(self, names: Set[str]) -> bool:
        """Tell whether these witnesses make up the quorum."""
        return self.quorum == NONE or self._holds(self.quorum, names)

    def cosignatures_min(self) -> int:
        """Return how many witnesses make up the quorum at the least."""
        return 0 if self.quorum == NONE else self._least(self.quorum)

    def _least(self, name: str) -> int:
        group = self.groups.get(name)
        if group is None:
            return 1
        return sum(sorted(self._least(each) for each in group.members)[: group.threshold])

    def _holds(self, name: str, names: Set[str]) -> bool:
        group = self.groups.get(name)
        if group is None:
            return name in names
        return sum(self._holds(each, names) for each in group.members) >= group.threshold


def text_of_key(key: str) -> str:
    """Return the policy file that believes one log by its key alone."""
    return f"log {key}\nquorum none\n"


@dataclass(slots=True)
class _Reading:
    logs: list[Party]
    witnesses: dict[str, Party]
    groups: dict[str, Group]
    quorum: str | None
    members: set[str]  # each name counts in one way

    def take(self, words: list[str]) -> None:
        match words:
            case ["log", vkey, *url] if len(url) <= 1:
                self.logs.append(_party(vkey, url, ED25519, self.logs))
            case ["witness", name, vkey, *url] if len(url) <= 1:
                self._new(name)
                self.witnesses[name] = _party(vkey, url, COSIGNATURE, self.witnesses.values())
            case ["group", name, threshold, *members] if members:
                self._new(name)
                for each in members:
                    self._known(each)
                    if each in self.members:
                        raise ValueError(f"{each} is a member twice")
                    self.members.add(each)
                self.groups[name] = Group(_threshold(threshold, len(members)), tuple(members))
            case ["quorum", name]:
                self._name_quorum(name)
            case _:
                raise ValueError("neither log, witness, group nor quorum")

    def _name_quorum(self, name: str) -> None:
        if self.quorum is not None:
            raise ValueError("a policy has one quorum line")
        if name != NONE:
            self._known(name)
        self.quorum = name

    def _new(self, name: str) -> None:
        if name == NONE or name in self.witnesses or name in self.groups:
            raise ValueError(f"{name} stands in an earlier line")

    def _known(self, name: str) -> None:
        if name not in self.witnesses and name not in self.groups:
            raise ValueError(f"{name} is not defined above")


def _party(vkey: str, url: list[str], kind: int, earlier: Iterable[Party]) -> Party:
    key = VerifierKey.parse(vkey)
    if key.kind != kind:
        raise ValueError("logs sign with type 0x01, witnesses with type 0x04")
    if key.public in {each.key.public for each in earlier}:
        raise ValueError("the key stands in an earlier line")
    return Party(key, "".join(url))


def _threshold(text: str, count: int) -> int:
    if text in ("all", "any"):
        return count if text == "all" else 1
    if _THRESHOLD.fullmatch(text) is None or int(text) > count:
        raise ValueError("a threshold is all, any, or a number up to that of the members")
    return int(text)
