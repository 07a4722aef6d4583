"""Prove what the ledger itself signed: commands of the system, under the key of position 1.

There is one form and no other, so nothing is read before the signature holds:

    base64url(header) "." base64url(content) "." base64url(signature)
    header    = {"alg":"Ed25519","kid":"<SHA-256 of the raw public key, hexadecimal>"}
    signature = Ed25519 over everything before the second dot (RFC 7515, RFC 8037, RFC 9864)

No certificate, no path, no list: who may say which key is the ledger's is `ledger.opened`. The same
key signs receipts; those bytes begin with a length, these with a letter, so neither can stand for
the other. The steps; the code below repeats their numbers:

1. The container has exactly that form and names this key.
2. The signature holds under the key.
3. The content is parsed as a command, strictly, and is one of the system.

Nothing of this is reachable over HTTP: the gateway opens containers with certificates only.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from typing import Final, NamedTuple, final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ehealth_ledger.commands.command import SystemCommand
from ehealth_ledger.commands.parsing import parse
from ehealth_ledger.commands.signed import (
    LEDGER_KEY_POLICY,
    Container,
    Evidence,
    LedgerSigner,
    Verified,
)
from ehealth_ledger.errors import Refused
from ehealth_ledger.verification.containers import (
    JOSE,
    decode_base64url,
    encode_base64url,
)

SUITE: Final = "ed25519"

Sign = Callable[[bytes], bytes]
"""Sign with the ledger's secret key; 64 bytes."""


class _Read(NamedTuple):
    content: bytes
    signed: bytes
    signature: bytes


@final
class LedgerVerifier:
    """Verify what this deployment's own key signed."""

    def __init__(self, public_key: bytes) -> None:
        self._key = public_key

    def verify(self, container: bytes, *, at: datetime) -> Verified[SystemCommand]:
        """Prove a container and parse the command of the system in it; raise Refused otherwise."""
        read = _checked(container, self._key)
        # 3. A command of the system.
        command = parse(read.content)
        if not isinstance(command, SystemCommand):
            raise Refused("system.not_a_system_command", "$.command", command=command.NAME)
        return Verified(
            body=command,
            signer=LedgerSigner(sha256(self._key).digest()),
            signed_bytes=read.content,
            evidence=Evidence(
                container=_parts(container),
                certificate=self._key,
                suite=SUITE,
                trust_store=b"",
                revocation=(),
                policy=LEDGER_KEY_POLICY,
                verified_at=at,
            ),
        )


def contain(content: bytes, public_key: bytes, sign: Sign) -> bytes:
    """Sign content as the ledger does; the same content gives the same bytes."""
    signed = _header(public_key) + b"." + encode_base64url(content)
    return signed + b"." + encode_base64url(sign(signed))


def reopen(evidence: Evidence, content: bytes) -> LedgerSigner:
    """Reach the verdict again from stored bytes alone.

    That the key is the one of position 1 is the caller's to compare. Raises Refused, with
    "evidence.mismatch" where the evidence names inputs that this verdict does not have.
    """
    inputs = (evidence.policy, evidence.suite, evidence.trust_store, evidence.revocation)
    if inputs != (LEDGER_KEY_POLICY, SUITE, b"", ()):
        raise Refused("evidence.mismatch", what="inputs of the ledger's own verdict")
    parts = evidence.container
    container = parts.head + encode_base64url(content) + parts.middle + parts.tail
    if _checked(container, evidence.certificate).content != content:
        raise Refused("evidence.mismatch", what="parts of the container")
    if _parts(container) != parts:
        raise Refused("evidence.mismatch", what="parts of the container")
    return LedgerSigner(sha256(evidence.certificate).digest())


def reverify(evidence: Evidence, content: bytes) -> Verified[SystemCommand]:
    """Prove again what the ledger signed, so that its law can be judged again."""
    signer = reopen(evidence, content)
    command = parse(content)
    if not isinstance(command, SystemCommand):
        raise Refused("system.not_a_system_command", "$.command", command=command.NAME)
    return Verified(command, signer, content, evidence)


def _checked(container: bytes, public_key: bytes) -> _Read:
    # 1. The one form, under this key.
    segments = container.split(b".")
    if len(segments) != 3 or segments[0] != _header(public_key):
        raise Refused("container.not_jws", reason="not the form the ledger signs")
    try:
        content, signature = map(decode_base64url, segments[1:])
    except ValueError as error:
        raise Refused("container.not_jws", reason=error) from error
    if not content:
        raise Refused("container.content_missing")
    # 2. The signature.
    signed = segments[0] + b"." + segments[1]
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, signed)
    except (InvalidSignature, ValueError):  # ValueError: no key of this length
        raise Refused("signature.invalid") from None
    return _Read(content, signed, signature)


def _header(public_key: bytes) -> bytes:
    kid = sha256(public_key).hexdigest()
    return encode_base64url(b'{"alg":"Ed25519","kid":"%s"}' % kid.encode())


def _parts(container: bytes) -> Container:
    head, _, signature = container.split(b".")
    return Container(JOSE, head=head + b".", middle=b"." + signature, tail=b"")
