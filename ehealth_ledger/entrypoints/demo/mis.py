"""Speak to the ledger as a hospital system (МІС) does: signed commands in, checked receipts out."""

from __future__ import annotations

import json
import time
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, Self
from uuid import UUID

import httpx
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ehealth_ledger.chain.receipt import Placement, Receipt
from ehealth_ledger.entrypoints.demo.commands import Signed
from ehealth_ledger.values.json import Json

CMS: Final = "application/pkcs7-mime"
NDJSON: Final = "application/x-ndjson"
ANSWER_S_MAX: Final = 60.0
READ_MODEL_S_MAX: Final = 60.0
POLL_S: Final = 0.05
BATCH_MAX: Final = 50
_NOT_YET: Final = (httpx.codes.NOT_FOUND, httpx.codes.SERVICE_UNAVAILABLE)


class Unexpected(Exception):  # noqa: N818 - the name is the finding
    """Report an answer that the story did not expect."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Hold a refusal as the ledger gave it (RFC 9457)."""

    status: int
    code: str
    path: str
    title: str

    @classmethod
    def read(cls, problem: Json) -> Self:
        """Read a problem's members."""
        return cls(
            problem["status"],
            str(problem["code"]),
            problem["errors"][0]["path"] if problem["errors"] else "$",
            problem["title"],
        )


@dataclass(frozen=True, slots=True)
class Taken:
    """Hold a receipt whose signature was checked, and the answer's members as they came."""

    placement: Placement
    repeated: bool
    members: Json

    @property
    def position(self) -> int:
        """Return the position of the command's last record."""
        return self.placement.last_position


def placement_of(members: Json) -> Placement:
    """Read from a receipt's members where the command stands."""
    return Placement(
        ledger=UUID(members["ledger"]),
        log=members["log"],
        command_id=UUID(members["command_id"]),
        first_position=members["first_position"],
        last_position=members["last_position"],
        chain_value=bytes.fromhex(members["chain_value"]),
        recorded_at=members["recorded_at_us"],
    )


def checked(members: Json, signing_key: str) -> Taken:
    """Check a receipt under the ledger's public key, which the caller knows from elsewhere."""
    placement = placement_of(members)
    proof, signature = members["proof"], bytes.fromhex(members["signature"])
    path = tuple(bytes.fromhex(each) for each in proof["path"])
    receipt = Receipt(placement, proof["index"], proof["size"], path, signature)
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(signing_key))
        key.verify(signature, receipt.signed_bytes())
    except (InvalidSignature, ValueError) as fault:
        raise Unexpected(
            f"the receipt of command {placement.command_id} is not the ledger's"
        ) from fault
    return Taken(placement, members["repeated"], members)


@dataclass(slots=True)
class Mis:
    """Post and read over HTTP; keep count of what the ledger answered."""

    http: httpx.Client
    signing_key: str
    accepted: int = 0
    refused: int = 0
    position: int = field(default=0)  # the last one any receipt named

    def post(self, signed: Signed) -> Taken | Refused:
        """Post one container as it is."""
        response = self.http.post(
            "/commands", content=signed.container, headers={"content-type": CMS}
        )
        return self._answer(_members(response), signed)

    def send(self, signed: Signed) -> Taken:
        """Post a command that is to be accepted."""
        return _accepted(self.post(signed), signed)

    def send_all(self, commands: Sequence[Signed]) -> Iterator[Taken]:
        """Post commands in batches, as NDJSON; give each one's receipt in turn."""
        for start in range(0, len(commands), BATCH_MAX):
            batch = commands[start : start + BATCH_MAX]
            lines = [json.dumps({"signed_data": b64encode(c.container).decode()}) for c in batch]
            response = self.http.post(
                "/commands/batch",
                content="\n".join(lines).encode(),
                headers={"content-type": NDJSON},
            )
            if response.status_code != httpx.codes.OK:
                raise Unexpected(f"a batch was answered {response.status_code}: {response.text}")
            answers = [json.loads(line) for line in response.text.splitlines()]
            if len(answers) != len(batch):
                raise Unexpected(f"{len(batch)} commands got {len(answers)} answers")
            for signed, members in zip(batch, answers, strict=True):
                yield _accepted(self._answer(members, signed), signed)

    def placed(self, command_id: UUID) -> Placement:
        """Ask where an accepted command stands, as one does who lost the answer."""
        members = _members(self.http.get(f"/commands/{command_id}"))
        return checked(members, self.signing_key).placement

    def read(self, path: str, member: str) -> Any:
        """Get a member of an answer that reflects everything posted here."""
        deadline = time.monotonic() + READ_MODEL_S_MAX
        while True:
            response = self.http.get(path)
            if response.status_code == httpx.codes.OK:
                # A measured 72.50 stays 72.50.
                members = json.loads(response.text, parse_float=Decimal)
                if members["position"] >= self.position:
                    return members[member]
            elif response.status_code not in _NOT_YET:
                raise Unexpected(f"GET {path} was answered {response.status_code}: {response.text}")
            if time.monotonic() > deadline:
                raise Unexpected(
                    f"GET {path} did not reach position {self.position} in time; the last answer "
                    f"was {response.status_code}: {response.text[:500]}"
                )
            time.sleep(POLL_S)

    def await_file(self, path: str) -> bytes:
        """Get exact bytes that are there in a moment: when the next checkpoint is signed."""
        deadline = time.monotonic() + READ_MODEL_S_MAX
        while True:
            response = self.http.get(path)
            is_late = time.monotonic() > deadline
            if response.status_code != httpx.codes.SERVICE_UNAVAILABLE or is_late:
                return response.raise_for_status().content
            time.sleep(POLL_S)

    def download(self, path: str) -> bytes:
        """Get exact bytes."""
        return self.http.get(path).raise_for_status().content

    def _answer(self, members: Json, signed: Signed) -> Taken | Refused:
        if "code" in members:
            self.refused += 1
            return Refused.read(members)
        taken = checked(members, self.signing_key)
        if taken.placement.command_id != signed.command_id:
            raise Unexpected(f"command {signed.command_id} got the receipt of another")
        self.accepted += not taken.repeated
        self.position = max(self.position, taken.position)
        return taken


@contextmanager
def connected(url: str, signing_key: str) -> Iterator[Mis]:
    """Connect to the service; proxies of the environment are not asked."""
    with httpx.Client(base_url=url, timeout=ANSWER_S_MAX, trust_env=False) as http:
        yield Mis(http, signing_key)


def _members(response: httpx.Response) -> Json:
    try:
        members: Any = response.json()
    except json.JSONDecodeError as fault:
        raise Unexpected(
            f"{response.url.path} was answered {response.status_code}: {response.text[:500]}"
        ) from fault
    return dict(members)


def _accepted(answer: Taken | Refused, signed: Signed) -> Taken:
    if isinstance(answer, Refused):
        raise Unexpected(
            f"{signed.command} was refused: {answer.code} at {answer.path} ({answer.title})"
        )
    return answer
