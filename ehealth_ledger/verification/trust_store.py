"""Hold the anchors the operator trusts, and find the path from a certificate to one of them.

The rules are those of RFC 5280, section 6, without policy mapping and name constraints. A path is a
fact about certificates alone, so it is found once and kept with the interval in which all of it
holds. Issuers come from the container or from the store, never from an address in a certificate.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes

from ehealth_ledger.commands.strict_json import read_object
from ehealth_ledger.errors import Refused
from ehealth_ledger.verification import certificates
from ehealth_ledger.verification.certificates import Certificate
from ehealth_ledger.verification.policy import CACHED_PATHS_MAX, PATH_CERTIFICATES_MAX

FORMAT: Final = "ehealth/trust-store/1"
STRONG_HASHES: Final = (hashes.SHA256, hashes.SHA384, hashes.SHA512)


@dataclass(frozen=True, slots=True)
class Anchor:
    """A trusted authority and the interval in which it is trusted, both ends included."""

    certificate: Certificate
    valid_from: datetime
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class CertificatePath:
    """Certificates from the signer's to the anchor's, and the interval in which all hold."""

    certificates: tuple[Certificate, ...]
    valid_from: datetime
    valid_until: datetime


class TrustStore:
    """Answer whether a certificate leads to an anchor; immutable, named by its file's digest."""

    def __init__(
        self, digest: bytes, anchors: tuple[Anchor, ...], intermediates: tuple[Certificate, ...]
    ) -> None:
        self.digest: Final = digest
        self.anchors: Final = anchors
        self.intermediates: Final = intermediates
        # Keyed by all that decides: with other certificates embedded the answer may be another, and
        # an auditor who holds only the container must reach the same one.
        self._paths = lru_cache(maxsize=CACHED_PATHS_MAX)(self._build)

    @classmethod
    def load(cls, data: bytes) -> TrustStore:
        """Read a trust-store file; raises ValueError for whatever is not exactly of the format."""
        store = _members(_parse(data), "format", "anchors", "intermediates")
        if store["format"] != FORMAT:
            raise ValueError(f"the trust store is not of format {FORMAT}")
        anchors = tuple(_anchor(entry) for entry in _list(store["anchors"]))
        if not anchors:
            raise ValueError("the trust store names no anchor")
        intermediates = tuple(_certificate(entry) for entry in _list(store["intermediates"]))
        return cls(sha256(data).digest(), anchors, intermediates)

    def path(self, leaf: Certificate, embedded: tuple[bytes, ...], at: datetime) -> CertificatePath:
        """Find the path from a certificate to an anchor that holds at a moment.

        Raises Refused("certificate.unknown_issuer" | "certificate.expired").
        """
        paths = self._paths(leaf.der, embedded)
        for path in paths:
            if path.valid_from <= at <= path.valid_until:
                return path
        if not paths:
            raise Refused("certificate.unknown_issuer")
        raise Refused(
            "certificate.expired",
            valid_from=paths[0].valid_from.isoformat(),
            valid_until=paths[0].valid_until.isoformat(),
        )

    def _build(self, leaf: bytes, embedded: tuple[bytes, ...]) -> tuple[CertificatePath, ...]:
        """Find every path whatever its dates, those through the store's own certificates first."""
        known = (*self.intermediates, *_authorities(embedded))
        issuers = {issuer.digest: issuer for issuer in known}.values()
        # One signature check per pair, however many paths cross it.
        issued: dict[tuple[bytes, bytes], bool] = {}

        def climb(chain: tuple[Certificate, ...]) -> Iterator[CertificatePath]:
            for anchor in self.anchors:
                if _may_issue(anchor.certificate, chain, issued):
                    yield _dated((*chain, anchor.certificate), anchor)
            if len(chain) + 2 <= PATH_CERTIFICATES_MAX:
                taken = {certificate.digest for certificate in chain}
                for issuer in issuers:
                    if issuer.digest not in taken and _may_issue(issuer, chain, issued):
                        yield from climb((*chain, issuer))

        return tuple(climb((certificates.load(leaf),)))


def _may_issue(
    issuer: Certificate,
    chain: tuple[Certificate, ...],
    issued: dict[tuple[bytes, bytes], bool],
) -> bool:
    """Say whether an authority's certificate continues the chain (RFC 5280, 6.1.4), dates aside."""
    below = chain[-1]
    if issuer.subject != below.issuer:
        return False
    if (
        below.authority_key_id is not None
        and issuer.subject_key_id is not None
        and below.authority_key_id != issuer.subject_key_id
    ):
        return False
    constraints = issuer.constraints
    if constraints is None or not constraints.ca or issuer.critical_unknown is not None:
        return False
    if issuer.usage is not None and not issuer.usage.key_cert_sign:
        return False
    between = sum(1 for authority in chain[1:] if authority.subject != authority.issuer)
    if constraints.path_length is not None and between > constraints.path_length:
        return False
    pair = (below.digest, issuer.digest)
    if pair not in issued:
        issued[pair] = _signed_by(below, issuer)
    return issued[pair]


def _signed_by(certificate: Certificate, issuer: Certificate) -> bool:
    """Check the signature on a certificate; a weak hash or key is no signature."""
    try:
        # None: the scheme has its own hash, as Ed25519.
        algorithm = certificate.parsed.signature_hash_algorithm
        if issuer.key_kind is None or not (
            algorithm is None or isinstance(algorithm, STRONG_HASHES)
        ):
            return False
        certificate.parsed.verify_directly_issued_by(issuer.parsed)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        return False
    return True


def _dated(chain: tuple[Certificate, ...], anchor: Anchor) -> CertificatePath:
    """Intersect the validity of every certificate with the anchor's interval of trust."""
    return CertificatePath(
        certificates=chain,
        valid_from=max(anchor.valid_from, *(link.valid_from for link in chain)),
        valid_until=min(anchor.valid_until, *(link.valid_until for link in chain)),
    )


def _authorities(embedded: tuple[bytes, ...]) -> Iterator[Certificate]:
    """Parse the container's other certificates; one that cannot be read issues nothing."""
    for encoded in embedded:
        try:
            yield certificates.load(encoded)
        except Refused:
            continue


# The file is the operator's: what is wrong with it is a ValueError at start, never an answer.


def _parse(data: bytes) -> object:
    try:
        return read_object(data)
    except Refused as refusal:
        raise ValueError(f"the trust store is not strict JSON: {refusal}") from refusal


def _members(value: object, *names: str) -> dict[str, object]:
    if not isinstance(value, dict) or set(value) != set(names):
        raise ValueError(f"expected an object of exactly {', '.join(names)}")
    return value


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise ValueError("expected a list")
    return value


def _anchor(entry: object) -> Anchor:
    members = _members(entry, "certificate", "valid_from", "valid_until")
    valid_from, valid_until = _moment(members["valid_from"]), _moment(members["valid_until"])
    if valid_until < valid_from:
        raise ValueError("an anchor's trust ends before it begins")
    return Anchor(_certificate(members["certificate"]), valid_from, valid_until)


def _moment(text: object) -> datetime:
    if not isinstance(text, str) or not text.endswith("Z"):
        raise ValueError("a moment is written in UTC and ends in Z")
    return datetime.fromisoformat(text).astimezone(UTC)


def _certificate(text: object) -> Certificate:
    if not isinstance(text, str):
        raise ValueError("a certificate is base64 of its DER")
    encoded = b64decode(text, validate=True)
    if b64encode(encoded).decode("ascii") != text:
        raise ValueError("a certificate is not in canonical base64")
    try:
        return certificates.load(encoded)
    except Refused as refusal:
        raise ValueError(f"a certificate of the trust store cannot be read: {refusal}") from refusal
