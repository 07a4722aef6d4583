"""Read our checkpoints and proof files with sigstore's own code, which knows nothing of us.

Its client for the log Rekor verifies a signed note and an RFC 6962 inclusion path. What is handed
over here is only what a proof file says, put into the messages that it takes.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sigstore._internal.rekor.checkpoint import SignedCheckpoint
from sigstore._internal.trust import Keyring, RekorKeyring
from sigstore._utils import KeyID
from sigstore.models import TransparencyLogEntry
from sigstore_models.common.v1 import LogId, PublicKey, PublicKeyDetails
from sigstore_models.rekor.v1 import Checkpoint, InclusionProof, KindVersion
from sigstore_models.rekor.v1 import TransparencyLogEntry as Message


class Reader(NamedTuple):
    """Hold a log's key as sigstore keeps it, and the id that notes name it by."""

    keyring: RekorKeyring
    key_id: KeyID

    @classmethod
    def of(cls, vkey: str) -> Reader:
        """Take a verifier key, `<name>+<id>+<key>`."""
        _, key_id, material = vkey.split("+", 2)
        public = Ed25519PublicKey.from_public_bytes(b64decode(material)[1:])
        encoded = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        message = PublicKey(raw_bytes=b64encode(encoded), key_details=PublicKeyDetails.PKIX_ED25519)
        return cls(RekorKeyring(Keyring([message])), KeyID(bytes.fromhex(key_id)))

    def open_checkpoint(self, note: bytes) -> tuple[str, int, str]:
        """Return origin, size and root in hexadecimal; raise VerificationError where unsigned."""
        found = SignedCheckpoint.from_text(note.decode())
        found.signed_note.verify(self.keyring, self.key_id)
        read = found.checkpoint
        return read.origin, read.log_size, read.log_hash

    def check_proof(self, file: bytes) -> None:
        """Check a proof file's note and path; raise VerificationError where one does not hold."""
        head, _, note = file.partition(b"\n\n")
        _, extra, index, *path = head.decode().split("\n")
        _, size, root = SignedCheckpoint.from_text(note.decode()).signed_note.note.split("\n")[:3]
        at = index.removeprefix("index ")
        proof = InclusionProof(
            log_index=at,
            root_hash=root.encode(),
            tree_size=size,
            hashes=[each.encode() for each in path],
            checkpoint=Checkpoint(envelope=note.decode()),
        )
        entry = Message(
            log_index=at,
            log_id=LogId(key_id=b64encode(self.key_id)),
            kind_version=KindVersion(kind="record", version="1"),
            inclusion_proof=proof,
            canonicalized_body=extra.removeprefix("extra ").encode(),
        )
        TransparencyLogEntry(entry)._verify(self.keyring)
