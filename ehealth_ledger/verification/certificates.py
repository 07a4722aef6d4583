"""Read what a certificate says about its key and its holder; decide nothing about trust.

The holder's identity stands in two places, and where both speak they must agree:

- ETSI EN 319 412-1: subject serialNumber `TINUA-<tax id>`, organizationIdentifier `NTRUA-<entity
code>`;
- the Ukrainian profile: subjectDirectoryAttributes with DRFO (tax id) and EDRPOU (entity code).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Final, TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID as Purpose
from cryptography.x509.oid import ExtensionOID, NameOID

from ehealth_ledger.commands.signed import PatientSigner, StaffSigner
from ehealth_ledger.errors import Refused
from ehealth_ledger.verification import der
from ehealth_ledger.verification.algorithms import kind_of
from ehealth_ledger.verification.policy import CACHED_CERTIFICATES_MAX, CERTIFICATE_POLICIES_OID

E = TypeVar("E", bound=x509.ExtensionType)

_DRFO: Final = x509.ObjectIdentifier("1.2.804.2.1.1.1.11.1.4.1.1")
_EDRPOU: Final = x509.ObjectIdentifier("1.2.804.2.1.1.1.11.1.4.2.1")
_TAX_ID: Final = re.compile(r"[0-9]{10}", re.ASCII)
_ENTITY_CODE: Final = re.compile(r"[0-9]{8,10}", re.ASCII)
# A certificate for these and nothing else belongs to a machine, not to somebody who signs
# documents.
_MACHINE_PURPOSES: Final = frozenset(
    {
        Purpose.SERVER_AUTH,
        Purpose.CLIENT_AUTH,
        Purpose.CODE_SIGNING,
        Purpose.TIME_STAMPING,
        Purpose.OCSP_SIGNING,
    }
)
_CRITICAL_UNDERSTOOD: Final = frozenset(
    {
        ExtensionOID.BASIC_CONSTRAINTS.dotted_string,
        ExtensionOID.KEY_USAGE.dotted_string,
        ExtensionOID.EXTENDED_KEY_USAGE.dotted_string,
        CERTIFICATE_POLICIES_OID,
    }
)


@dataclass(frozen=True, slots=True, eq=False)
class Certificate:
    """A parsed certificate: the fields the verifier reads, each read once."""

    der: bytes
    digest: bytes  # SHA-256 of `der`
    parsed: x509.Certificate
    holder: x509.Name
    key: CertificatePublicKeyTypes
    key_kind: str | None  # None: no suite accepts such a key
    serial: int
    subject: bytes  # DER of the name, exactly as written: names are compared as bytes
    issuer: bytes
    issuer_and_serial: bytes  # DER content of the IssuerAndSerialNumber that names this certificate
    subject_key_id: bytes | None
    authority_key_id: bytes | None
    valid_from: datetime
    valid_until: datetime
    constraints: x509.BasicConstraints | None
    usage: x509.KeyUsage | None
    purposes: frozenset[x509.ObjectIdentifier]
    critical_unknown: str | None  # OID of a critical extension nothing here reads


@lru_cache(maxsize=CACHED_CERTIFICATES_MAX)
def load(certificate: bytes) -> Certificate:
    """Parse the DER of a certificate; the same bytes are parsed once.

    Raises Refused("certificate.malformed").
    """
    try:
        parsed = x509.load_der_x509_certificate(certificate)
        key = parsed.public_key()
        extensions = parsed.extensions
        serial_at, issuer_at, subject_at = _names(certificate)
        subject_key_id = _extension(extensions, x509.SubjectKeyIdentifier)
        authority_key_id = _extension(extensions, x509.AuthorityKeyIdentifier)
        purposes = _extension(extensions, x509.ExtendedKeyUsage)
        return Certificate(
            der=certificate,
            digest=sha256(certificate).digest(),
            parsed=parsed,
            holder=parsed.subject,  # read here, because it may be what cannot be read
            key=key,
            key_kind=kind_of(key),
            serial=parsed.serial_number,
            subject=certificate[subject_at],
            issuer=certificate[issuer_at],
            issuer_and_serial=certificate[issuer_at] + certificate[serial_at],
            subject_key_id=subject_key_id.digest if subject_key_id else None,
            authority_key_id=authority_key_id.key_identifier if authority_key_id else None,
            valid_from=parsed.not_valid_before_utc,
            valid_until=parsed.not_valid_after_utc,
            constraints=_extension(extensions, x509.BasicConstraints),
            usage=_extension(extensions, x509.KeyUsage),
            purposes=frozenset(purposes) if purposes else frozenset(),
            critical_unknown=_critical_unknown(extensions),
        )
    except (
        ValueError,
        TypeError,
        UnsupportedAlgorithm,
        x509.InvalidVersion,
        x509.DuplicateExtension,
        x509.UnsupportedGeneralNameType,
    ) as error:
        raise Refused("certificate.malformed", reason=error) from error


def require_signing_usage(certificate: Certificate) -> None:
    """Refuse a certificate that is not one for signing documents (RFC 5280, 4.2.1.3, 4.2.1.12)."""
    reason = None
    usage = certificate.usage
    if usage is None or not (usage.digital_signature or usage.content_commitment):
        reason = "neither digitalSignature nor nonRepudiation"
    elif certificate.constraints is not None and certificate.constraints.ca:
        reason = "an authority's certificate"
    elif certificate.purposes and certificate.purposes <= _MACHINE_PURPOSES:
        reason = "for a machine's purposes only"
    elif certificate.critical_unknown is not None:
        reason = f"critical extension {certificate.critical_unknown} is unknown"
    if reason is not None:
        raise Refused("certificate.usage_forbidden", reason=reason)


@lru_cache(maxsize=CACHED_CERTIFICATES_MAX)
def signer_of(certificate: Certificate) -> StaffSigner:
    """Name the holder of a signing certificate.

    Raises Refused("certificate.usage_forbidden" | "certificate.identity_missing" |
    "certificate.identity_conflict").
    """
    require_signing_usage(certificate)
    try:
        directory = _directory_attributes(certificate.parsed.extensions)
    except ValueError as error:
        raise Refused("certificate.malformed", reason=error) from error
    tax_id = _agreed(
        "tax id",
        _prefixed(certificate.holder, NameOID.SERIAL_NUMBER, "TINUA-")
        | directory.get(_DRFO, frozenset()),
        _TAX_ID,
    )
    edrpou = _agreed(
        "entity code",
        _prefixed(certificate.holder, NameOID.ORGANIZATION_IDENTIFIER, "NTRUA-")
        | directory.get(_EDRPOU, frozenset()),
        _ENTITY_CODE,
    )
    if tax_id is None:
        raise Refused("certificate.identity_missing", what="tax id")
    return StaffSigner(tax_id=tax_id, edrpou=edrpou, certificate_digest=certificate.digest)


def as_patient(signer: StaffSigner) -> PatientSigner:
    """Name the same holder where the act is a patient's own."""
    return PatientSigner(signer.tax_id, signer.edrpou, signer.certificate_digest)


def _agreed(what: str, values: frozenset[str], form: re.Pattern[str]) -> str | None:
    """Return the one value that every place gives, or None where no place speaks."""
    if len(values) > 1:
        raise Refused("certificate.identity_conflict", what=what)
    for value in values:
        if not form.fullmatch(value):
            raise Refused("certificate.identity_missing", what=what, reason="not of its form")
        return value
    return None


def _prefixed(subject: x509.Name, oid: x509.ObjectIdentifier, prefix: str) -> frozenset[str]:
    """Collect a subject attribute's values that carry the prefix; other numbers are not ours."""
    values = (str(attribute.value) for attribute in subject.get_attributes_for_oid(oid))
    return frozenset(value.removeprefix(prefix) for value in values if value.startswith(prefix))


def _directory_attributes(
    extensions: x509.Extensions,
) -> dict[x509.ObjectIdentifier, frozenset[str]]:
    """Read the strings of subjectDirectoryAttributes (RFC 5280, 4.2.1.8); raises ValueError."""
    try:
        extension = extensions.get_extension_for_oid(ExtensionOID.SUBJECT_DIRECTORY_ATTRIBUTES)
    except x509.ExtensionNotFound:
        return {}
    value = extension.value.public_bytes()
    found: dict[x509.ObjectIdentifier, frozenset[str]] = {}
    start, end = der.enter(value, 0, der.SEQUENCE)
    for _, tag, attribute_start, attribute_end in der.children(value, start, end):
        parts = der.children(value, attribute_start, attribute_end)
        if tag != der.SEQUENCE or [part[1] for part in parts] != [der.OBJECT_IDENTIFIER, der.SET]:
            raise ValueError("a subject directory attribute is not a type and its values")
        (_, _, type_start, type_end), (_, _, values_start, values_end) = parts
        oid = _DIRECTORY_TYPES.get(value[type_start:type_end])
        if oid is not None:
            strings = der.children(value, values_start, values_end)
            if any(string[1] not in der.STRINGS for string in strings):
                raise ValueError("an identity in the subject directory is not a string")
            texts = (value[content:after].decode() for _, _, content, after in strings)
            found[oid] = found.get(oid, frozenset()) | frozenset(texts)
    return found


def _encoded_oid(oid: x509.ObjectIdentifier) -> bytes:
    """Encode an object identifier's content (X.690, 8.19)."""
    first, second, *arcs = (int(arc) for arc in oid.dotted_string.split("."))
    encoded = bytearray()
    for arc in (40 * first + second, *arcs):
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.append(0x80 | arc & 0x7F)
        encoded += bytes(reversed(groups))
    return bytes(encoded)


_DIRECTORY_TYPES: Final = {_encoded_oid(oid): oid for oid in (_DRFO, _EDRPOU)}


def _names(certificate: bytes) -> tuple[slice, slice, slice]:
    """Find serial number, issuer and subject in a certificate, headers included."""
    start, _ = der.enter(certificate, 0, der.SEQUENCE)
    start, end = der.enter(certificate, start, der.SEQUENCE)
    fields = [slice(at, after) for at, _, _, after in der.children(certificate, start, end)]
    if certificate[start] == der.CONTEXT_0:  # the version, absent in version 1
        fields = fields[1:]
    serial, _, issuer, _, subject, *_ = fields
    return serial, issuer, subject


def _critical_unknown(extensions: x509.Extensions) -> str | None:
    for extension in extensions:
        oid: str = extension.oid.dotted_string
        if extension.critical and oid not in _CRITICAL_UNDERSTOOD:
            return oid
    return None


def _extension(extensions: x509.Extensions, kind: type[E]) -> E | None:
    try:
        return extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
