"""sigstore's verifier, which shares no code with ours, believes our checkpoints and proofs."""

from __future__ import annotations

import base64
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sigstore._internal.merkle import verify_merkle_inclusion
from sigstore._internal.rekor.checkpoint import SignedCheckpoint, verify_checkpoint
from sigstore._internal.trust import Keyring
from sigstore.errors import VerificationError
from sigstore_models.common import v1 as common_v1

from tests.chain.test_notes import ENTRIES, LOG_KEY, LOG_SECRET, ORIGIN, checkpoint, proof, signed


def entry(index: int, size: int) -> Any:
    file = proof(index, size)
    inclusion = SimpleNamespace(
        log_index=index,
        tree_size=size,
        hashes=list(file.path),
        root_hash=checkpoint(size).root,
        checkpoint=SimpleNamespace(envelope=file.note.to_bytes().decode()),
    )
    return SimpleNamespace(
        _inner=SimpleNamespace(
            inclusion_proof=inclusion,
            canonicalized_body=ENTRIES[index],
            log_id=SimpleNamespace(key_id=LOG_KEY.key_id),
        )
    )


@pytest.fixture(scope="module")
def keyring() -> Keyring:
    der = LOG_SECRET.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    key = common_v1.PublicKey(
        raw_bytes=base64.b64encode(der),
        key_details=common_v1.PublicKeyDetails.PKIX_ED25519,
    )
    return Keyring([key])


def test_sigstore_reads_our_checkpoint() -> None:
    """Origin, size, root and signatures come out as we put them in."""
    found = SignedCheckpoint.from_text(signed(20, 9, 1).to_bytes().decode())
    assert (found.checkpoint.origin, found.checkpoint.log_size) == (ORIGIN, 20)
    assert bytes.fromhex(found.checkpoint.log_hash) == checkpoint(20).root
    assert [each.name for each in found.signed_note.signatures] == [
        ORIGIN,
        "w9.example",
        "w1.example",
    ]


def test_sigstore_verifies_our_checkpoint_and_every_inclusion(keyring: Any) -> None:
    """Signature, root and path of each leaf at each size hold for it too."""
    for size in range(1, 21):
        for index in range(size):
            verify_checkpoint(keyring, entry(index, size))
            verify_merkle_inclusion(entry(index, size))


def test_sigstore_refuses_what_we_refuse(keyring: Any) -> None:
    """The test above would see a difference."""
    other = entry(4, 20)
    other._inner.canonicalized_body = ENTRIES[5]
    with pytest.raises(VerificationError):
        verify_merkle_inclusion(other)
    forged = entry(4, 20)
    forged._inner.inclusion_proof.checkpoint.envelope = (
        signed(20).to_bytes().decode().replace("\n20\n", "\n21\n")
    )
    with pytest.raises(VerificationError):
        verify_checkpoint(keyring, forged)
