"""Know which certificates were revoked, from lists (CRL, RFC 5280 section 5) that lie at hand.

Nothing is fetched here: an operator's job, outside the verdict, keeps the folder fresh. A list
counts only after its issuer's key has proved it, and only from its thisUpdate to its nextUpdate;
where none covers the moment the answer is "cannot tell yet", never "good".
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Final, cast

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPublicKeyTypes

from ehealth_ledger.errors import Refused, Undecided
from ehealth_ledger.verification.certificates import Certificate
from ehealth_ledger.verification.trust_store import STRONG_HASHES, CertificatePath

FOLDER_CHECK_INTERVAL_S: Final = 1.0
FILE_SUFFIX: Final = ".crl"


@dataclass(frozen=True, slots=True, eq=False)
class RevocationList:
    """One parsed list: when it speaks, and which serial numbers it names since when."""

    der: bytes
    digest: bytes  # SHA-256 of `der`
    parsed: x509.CertificateRevocationList
    number: int
    valid_from: datetime  # thisUpdate
    valid_until: datetime  # nextUpdate
    revoked: dict[int, datetime]

    @classmethod
    def parse(cls, der: bytes) -> RevocationList:
        """Parse the DER of a complete list; raises ValueError for any other."""
        try:
            parsed = x509.load_der_x509_crl(der)
            number = 0
            for extension in parsed.extensions:
                # A delta, a list for some of the certificates, or something newer.
                if extension.critical:
                    raise ValueError(f"critical extension {extension.oid.dotted_string}")
                if isinstance(extension.value, x509.CRLNumber):
                    number = extension.value.crl_number
            if parsed.next_update_utc is None:
                raise ValueError("the list does not say until when it holds")
            return cls(
                der=der,
                digest=sha256(der).digest(),
                parsed=parsed,
                number=number,
                valid_from=parsed.last_update_utc,
                valid_until=parsed.next_update_utc,
                revoked={entry.serial_number: _date(entry) for entry in parsed},
            )
        except (
            TypeError,
            UnsupportedAlgorithm,
            x509.InvalidVersion,
            x509.DuplicateExtension,
            x509.UnsupportedGeneralNameType,
        ) as error:
            raise ValueError(f"not a revocation list: {error}") from error

    def signed_by(self, issuer: Certificate) -> bool:
        """Say whether this issuer's key signed the list and may sign lists."""
        if issuer.key_kind is None or (issuer.usage is not None and not issuer.usage.crl_sign):
            return False
        try:
            # `key_kind` says the key is one that signs.
            key = cast("CertificateIssuerPublicKeyTypes", issuer.key)
            algorithm = self.parsed.signature_hash_algorithm
            return (
                (algorithm is None or isinstance(algorithm, STRONG_HASHES))
                and self.parsed.issuer == issuer.holder
                and self.parsed.is_signature_valid(key)
            )
        except (TypeError, ValueError, UnsupportedAlgorithm):
            return False


def _date(entry: x509.RevokedCertificate) -> datetime:
    for extension in entry.extensions:
        # certificateIssuer: the entry speaks of another authority's certificate.
        if extension.critical:
            raise ValueError(f"critical extension {extension.oid.dotted_string} of an entry")
    return entry.revocation_date_utc


@dataclass(frozen=True, slots=True)
class _Lists:
    """One state of the lists at hand; replaced as a whole, so that readers need no lock."""

    newest_first: tuple[RevocationList, ...]
    # By digest of the issuer's certificate, then by their own; filled on demand, newest first.
    proved: dict[bytes, dict[bytes, RevocationList]]


class RevocationLists:
    """Answer whether any certificate of a path was revoked at a moment."""

    def __init__(self, lists: Iterable[bytes] = (), *, folder: Path | None = None) -> None:
        """Take lists as DER, or those of a folder as it changes.

        Raises ValueError for a malformed list given as bytes, OSError for a folder not there.
        """
        self._folder = folder
        self._given = tuple(RevocationList.parse(der) for der in lists)
        self._known: dict[bytes, bytes] = {one.digest: one.der for one in self._given}
        self._lock = threading.Lock()
        self._seen: list[tuple[str, int, int]] = []
        self._next_look = 0.0
        self._lists = _state(self._given)
        self.unreadable: tuple[str, ...] = ()  # what the operator has to look at
        if folder is not None:
            self._look(folder)

    def check(self, path: CertificatePath, at: datetime) -> tuple[bytes, ...]:
        """Check the signer's certificate and each intermediate.

        Returns the digests of the lists consulted, that of the signer's issuer first. Raises
        Refused("certificate.revoked") or Undecided("revocation.unavailable").
        """
        if self._folder is not None and time.monotonic() >= self._next_look:
            self._look_again(self._folder)
        proved = self._lists.proved
        consulted: list[bytes] = []
        unknown: Certificate | None = None
        for certificate, issuer in pairwise(path.certificates):
            lists = proved.get(issuer.digest)
            if lists is None:
                lists = self._prove(issuer)
            for candidate in lists.values():
                if candidate.valid_from <= at <= candidate.valid_until:
                    _require_not_listed(certificate, candidate, at)
                    consulted.append(candidate.digest)
                    break
            else:
                unknown = certificate  # and go on: a certificate known to be revoked decides
        if unknown is not None:
            raise _unavailable(unknown, at)
        return tuple(consulted)

    def check_against(self, path: CertificatePath, at: datetime, digests: Sequence[bytes]) -> None:
        """Check a path against exactly the lists that were consulted then, whatever newer ones say.

        Raises as `check` does, and Refused("evidence.mismatch") where the lists do not fit the
        path.
        """
        chain = path.certificates
        if len(digests) != len(chain) - 1:
            raise Refused("evidence.mismatch", what="number of revocation lists")
        for (certificate, issuer), digest in zip(pairwise(chain), digests, strict=True):
            candidate = self._prove(issuer).get(digest)
            if candidate is None:
                raise _unavailable(certificate, at)
            if not candidate.valid_from <= at <= candidate.valid_until:
                raise Refused("evidence.mismatch", what="dates of a revocation list")
            _require_not_listed(certificate, candidate, at)

    def list_bytes(self, digest: bytes) -> bytes:
        """Return the DER of a list that was consulted; raises KeyError for an unknown digest."""
        return self._known[digest]

    def _prove(self, issuer: Certificate) -> dict[bytes, RevocationList]:
        """Select the lists that an issuer's key has signed, newest first, and remember them."""
        state = self._lists
        found = state.proved.get(issuer.digest)
        if found is None:
            found = {one.digest: one for one in state.newest_first if one.signed_by(issuer)}
            state.proved[issuer.digest] = found
        return found

    def _look_again(self, folder: Path) -> None:
        """Look at the folder if nobody else does; the others use what is known meanwhile."""
        if not self._lock.acquire(blocking=False):
            return
        try:
            self._look(folder)
        except OSError as error:  # what is known still holds until its nextUpdate
            self.unreadable = (str(error),)
        finally:
            self._next_look = time.monotonic() + FOLDER_CHECK_INTERVAL_S
            self._lock.release()

    def _look(self, folder: Path) -> None:
        """Read the folder again if its files changed."""
        with os.scandir(folder) as entries:
            files = sorted(
                (entry.name, entry.stat().st_mtime_ns, entry.stat().st_size)
                for entry in entries
                if entry.name.endswith(FILE_SUFFIX)
            )
        if files != self._seen:
            self._read(folder, [name for name, _, _ in files])
            self._seen = files

    def _read(self, folder: Path, names: list[str]) -> None:
        """Parse every list of the folder; a file that is no list cannot make others unusable."""
        known = {one.digest: one for one in self._lists.newest_first}
        lists = {one.digest: one for one in self._given}
        unreadable: list[str] = []
        for name in names:
            try:
                der = (folder / name).read_bytes()
                digest = sha256(der).digest()
                lists[digest] = known.get(digest) or RevocationList.parse(der)
            except (OSError, ValueError):
                unreadable.append(name)
        # Lists just replaced stay at hand: a verdict reached a moment ago may have to store them.
        self._known = {one.digest: one.der for one in (*known.values(), *lists.values())}
        self.unreadable = tuple(unreadable)
        self._lists = _state(lists.values())


def _state(lists: Iterable[RevocationList]) -> _Lists:
    """Order lists newest first; the digest settles a tie, so that every process picks alike."""
    ordered = sorted(lists, key=lambda one: (one.valid_from, one.number, one.digest), reverse=True)
    return _Lists(newest_first=tuple(ordered), proved={})


def _require_not_listed(certificate: Certificate, found: RevocationList, at: datetime) -> None:
    since = found.revoked.get(certificate.serial)
    if since is not None and since <= at:
        raise Refused("certificate.revoked", since=since.isoformat())


def _unavailable(certificate: Certificate, at: datetime) -> Undecided:
    return Undecided("revocation.unavailable", serial=f"{certificate.serial:x}", at=at.isoformat())
