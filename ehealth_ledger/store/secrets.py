"""Read and make the secrets a deployment keeps outside its databases.

They are the master key, the signing key, and the key of its checkpoints.
"""

from __future__ import annotations

import hmac
import os
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SECRET_BYTES: Final = 32


class SecretUnusable(Exception):  # noqa: N818 - the name is the finding
    """Report a key file that is absent, of the wrong size, or open to others."""


def read_secret(path: Path) -> bytes:
    """Read 32 secret bytes; raise SecretUnusable where the file is not one of this deployment's."""
    try:
        secret = path.read_bytes()
    except FileNotFoundError as fault:
        raise SecretUnusable(f"{path} is missing; `ehealth-ledger db keys` makes it") from fault
    if len(secret) != SECRET_BYTES:
        raise SecretUnusable(f"{path} does not hold {SECRET_BYTES} bytes")
    if path.stat().st_mode & 0o077:
        raise SecretUnusable(f"{path} can be read by others; set its mode to 0600")
    return secret


def make_secret(path: Path) -> bytes:
    """Make a random secret readable by its owner alone; an existing one is read, never replaced."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return read_secret(path)
    with os.fdopen(handle, "wb") as file:
        file.write(os.urandom(SECRET_BYTES))
        file.flush()
        os.fsync(file.fileno())
    return read_secret(path)


class SigningKey:
    """Sign with one of the deployment's Ed25519 keys.

    The ledger's key signs receipts and what the system does by itself; another signs checkpoints.
    """

    def __init__(self, secret: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(secret)

    def apart(self, purpose: str) -> SigningKey:
        """Return a key of its own for another purpose, which follows from this one.

        Whoever knows its public key learns nothing of this one's.
        """
        return SigningKey(hmac.digest(self._key.private_bytes_raw(), purpose.encode(), "sha256"))

    @property
    def public_hex(self) -> str:
        """Return the public key, 32 bytes in hexadecimal, as the opening record names it."""
        return self.public.hex()

    @property
    def public(self) -> bytes:
        """Return the public key, 32 raw bytes."""
        return self._key.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte signature."""
        return self._key.sign(message)
