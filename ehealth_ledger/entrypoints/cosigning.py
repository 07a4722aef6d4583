"""Ask witnesses to cosign the checkpoints; hear it when one of them has seen another log."""

from __future__ import annotations

import logging
from typing import Final

import httpx
import psycopg

from ehealth_ledger.chain.checkpoint import read_size
from ehealth_ledger.chain.cosignature import cosigned_at, cosigners
from ehealth_ledger.chain.note import NoteInvalid, SignatureLine, VerifierKey, read_line
from ehealth_ledger.chain.policy import Party, Policy
from ehealth_ledger.chain.proof_file import ConsistencyFile
from ehealth_ledger.store.checkpoints import keep_cosignatures
from ehealth_ledger.store.proofs import Signed, signed_tree

ANSWER_S_MAX: Final = 5.0

_log = logging.getLogger(__name__)


class Unanswered(Exception):  # noqa: N818 - the name is the finding
    """Report a witness that did not cosign, for a reason that may pass."""


class Contradicted(Exception):  # noqa: N818 - the name is the finding
    """Report a witness that has seen another log than the one signed for here."""


class Collector:
    """Collect the cosignatures that a policy asks for."""

    def __init__(self, policy: Policy, log: str, http: httpx.Client) -> None:
        self._policy = policy
        self._log = log
        self._http = http
        self._seen: dict[VerifierKey, int] = {}  # how far each witness is, as it told last

    def collect(self, connection: psycopg.Connection) -> str:
        """Ask every witness whose line the newest checkpoint lacks; say in words how it stands."""
        signed = signed_tree(connection, self._log, keys=[each.key for each in self._policy.logs])
        if signed is None:
            return "no checkpoint yet that a key of the policy signed"
        note, faults = signed.note, list[str]()
        for name, party in self._policy.witnesses.items():
            if not party.url or cosigners(note, [party.key]):
                continue
            try:
                line = self._ask(party, signed)
            except Unanswered as fault:
                faults.append(f"{name} {fault}")
            except Contradicted as fault:
                faults.append(f"CONTRADICTED: {name} {fault}")
                _log.critical("the witness %s contradicts this log: it %s", name, fault)
            else:
                keep_cosignatures(connection, self._log, signed.tree.size, [line])
                note = note.and_signed([line])
        try:
            self._policy.believe(note)
        except NoteInvalid as fault:
            faults.insert(0, str(fault))
        return "; ".join(faults) or "the quorum has cosigned"

    def _ask(self, party: Party, signed: Signed) -> SignatureLine:
        """Return the witness's line; ask again once where it says how far it is."""
        size, old = signed.tree.size, self._seen.get(party.key, 0)
        for _ in range(2):
            path = signed.tree.consistency(old) if 0 < old < size else ()
            body = ConsistencyFile(old, path, signed.note).to_bytes()
            try:
                answer = self._http.post(f"{party.url.rstrip('/')}/add-checkpoint", content=body)
            except httpx.HTTPError as fault:
                raise Unanswered(f"is out of reach ({type(fault).__name__})") from fault
            match answer.status_code:
                case 200:
                    line = _line_of(answer.text, signed.note.text, party.key)
                    self._seen[party.key] = size
                    return line
                case 409:
                    told = _told(answer.text)
                    if told > size:
                        raise Contradicted(f"has seen {told} records, {size} are signed for here")
                    if told == old < size:
                        raise Unanswered(f"refuses to go on from the {told} records it has seen")
                    if told == old:
                        raise Contradicted(f"has seen another root at {size} records")
                    old = self._seen[party.key] = told
                case 422:
                    raise Contradicted(f"has seen another history of {old} records")
                case status:
                    raise Unanswered(f"answered {status}")
        raise Unanswered("goes on while it is asked")


def _told(text: str) -> int:
    try:
        return read_size(text.removesuffix("\n"))
    except NoteInvalid as fault:
        raise Unanswered("answered 409 without a size") from fault


def _line_of(answer: str, text: str, key: VerifierKey) -> SignatureLine:
    """Return the line of the witness's key that holds; lines of other keys are passed over."""
    try:
        for each in answer.splitlines():
            line = read_line(each)
            if line.is_of(key):
                cosigned_at(text, line, key)
                return line
    except NoteInvalid as fault:
        raise Unanswered(f"sent no cosignature: {fault}") from fault
    raise Unanswered("sent no line of its key")
