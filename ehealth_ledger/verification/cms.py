"""Open CMS SignedData with attached content (RFC 5652) as CAdES-B (ETSI EN 319 122-1) restricts it.

The only module that touches `cryptography.hazmat.asn1`, whose interface is still young. The schema
checks the strict DER, in which every value has one length only; so the byte offsets at which the
container can be cut and put together again follow from the lengths of its parts. Certificates and
unsigned attributes are sets whose order DER would fix but RFC 5652 does not ask for; no signature
covers them, so they are taken in any order.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Final, NamedTuple

from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.hazmat.asn1 import TLV, Explicit, Implicit, SetOf

from ehealth_ledger.commands.signed import Container
from ehealth_ledger.errors import Refused
from ehealth_ledger.verification import certificates, der
from ehealth_ledger.verification.certificates import Certificate
from ehealth_ledger.verification.containers import CMS, NamedCertificate, SignedContainer
from ehealth_ledger.verification.policy import CACHED_CERTIFICATES_MAX, EMBEDDED_CERTIFICATES_MAX


@asn1.sequence
class _Attribute:
    type: x509.ObjectIdentifier
    values: SetOf[TLV]


@asn1.sequence
class _SignerInfo:
    version: int
    identifier: TLV
    digest_algorithm: TLV
    signed_attributes: Annotated[SetOf[TLV] | None, Implicit(0)]
    signature_algorithm: TLV
    signature: bytes
    unsigned_attributes: Annotated[list[TLV] | None, Implicit(1)]


@asn1.sequence
class _EncapsulatedContent:
    type: x509.ObjectIdentifier
    content: Annotated[bytes | None, Explicit(0)]


@asn1.sequence
class _SignedData:
    version: int
    digest_algorithms: SetOf[TLV]
    encapsulated: _EncapsulatedContent
    certificates: Annotated[list[TLV] | None, Implicit(0)]
    revocation: Annotated[list[TLV] | None, Implicit(1)]
    signers: SetOf[TLV]


@asn1.sequence
class _ContentInfo:
    type: x509.ObjectIdentifier
    content: Annotated[_SignedData, Explicit(0)]


@asn1.sequence
class _IssuerSerial:
    issuer: list[TLV]
    serial: TLV


@asn1.sequence
class _NamedCertificate:  # ESSCertIDv2
    algorithm: list[TLV] | None
    digest: bytes
    issuer_serial: _IssuerSerial | None


@asn1.sequence
class _SigningCertificate:  # SigningCertificateV2 (RFC 5035)
    certificates: list[_NamedCertificate]
    policies: list[TLV] | None


_ID_DATA: Final = x509.ObjectIdentifier("1.2.840.113549.1.7.1")
_ID_SIGNED_DATA: Final = x509.ObjectIdentifier("1.2.840.113549.1.7.2")

# Types of attributes (RFC 5652, 11; RFC 5035), as the content of an OBJECT IDENTIFIER.
_CONTENT_TYPE: Final = bytes.fromhex("2a864886f70d010903")
_MESSAGE_DIGEST: Final = bytes.fromhex("2a864886f70d010904")
_SIGNING_TIME: Final = bytes.fromhex("2a864886f70d010905")
_SIGNING_CERTIFICATE_V2: Final = bytes.fromhex("2a864886f70d010910022f")
_ID_DATA_CONTENT: Final = bytes.fromhex("2a864886f70d010701")
# Those that differ from signature to signature, and how an attribute of theirs begins.
_CHANGING: Final = {
    der.encode(der.OBJECT_IDENTIFIER, kind) + bytes((der.SET,)): kind
    for kind in (_MESSAGE_DIGEST, _SIGNING_TIME)
}
_CHANGING_LENGTH: Final = 12

_SET_TAG: Final = bytes((der.SET,))
_KEY_IDENTIFIER: Final = 0x80  # primitive [0]
# How a signer is identified goes with the version (RFC 5652, 5.3).
_IDENTIFIERS: Final = frozenset({(der.SEQUENCE, 1), (_KEY_IDENTIFIER, 3)})
_DIRECTORY_NAME: Final = 0xA4  # explicit [4]
_VERSION_LENGTH: Final = 3  # an INTEGER below 128 with its header, in bytes
_TIMES: Final = frozenset({der.UTC_TIME, der.GENERALIZED_TIME})


def read(container: bytes) -> SignedContainer:
    """Open a CMS container and name its parts; checks every rule of form and no signature.

    Raises Refused with a `container.*` code or "certificate.malformed".
    """
    # 1. One value of definite length, and nothing behind it.
    try:
        _, end = der.enter(container, 0, der.SEQUENCE)
    except ValueError as error:
        raise Refused("container.not_der", reason=error) from error
    if end != len(container):
        raise Refused("container.trailing_bytes", count=len(container) - end)

    # 2. The schema, to the last byte.
    try:
        info = asn1.decode_der(_ContentInfo, container)
        data = info.content
        signers = data.signers.as_list()
        signer = signers[0].parse(_SignerInfo) if len(signers) == 1 else None
    except ValueError as error:
        raise Refused("container.not_der", reason=error) from error
    if info.type != _ID_SIGNED_DATA or data.encapsulated.type != _ID_DATA:
        raise Refused("container.not_der", reason="not SignedData over data")
    if not 1 <= data.version <= 3:
        raise Refused("container.not_der", reason=f"SignedData of version {data.version}")
    if signer is not None and signer.version not in (1, 3):
        raise Refused("container.not_der", reason=f"SignerInfo of version {signer.version}")

    # 3. Content attached, exactly one signer, a certificate, signed attributes.
    content = data.encapsulated.content
    if not content:
        raise Refused("container.content_missing")
    if signer is None:
        raise Refused("container.signer_count", count=len(signers))
    if not data.certificates:
        raise Refused("container.certificate_missing")
    if signer.signed_attributes is None:
        raise Refused("container.attributes_missing", attribute="signedAttrs")
    if len(data.certificates) > EMBEDDED_CERTIFICATES_MAX:
        raise Refused("container.not_der", reason="too many certificates")

    # 4. Where the parts lie, and which certificate is the signer's.
    parts = _parts(container, data, len(signers[0].data), signer)
    certificate, certificate_at = _signer_certificate(container, parts, signer.version)
    named, content_digest = _attributes(signer.signed_attributes)
    return SignedContainer(
        content=content,
        parts=Container(
            media_type=CMS,
            head=container[: parts.content.start],
            middle=container[parts.content.stop : certificate_at.start],
            tail=container[certificate_at.stop :],
        ),
        certificate=certificate,
        embedded=tuple(container[at] for at in parts.certificates if at != certificate_at),
        algorithms=(container[parts.digest_algorithm], container[parts.signature_algorithm]),
        named=named,
        content_digest=content_digest,
        # RFC 5652, 5.4: the signature covers the attributes as a SET OF, not as [0].
        signed=_SET_TAG + container[parts.attributes.start + 1 : parts.attributes.stop],
        signature=signer.signature,
    )


class _Parts(NamedTuple):
    """Where the parts lie: certificates and attributes with their headers, all else without."""

    content: slice
    certificates: list[slice]
    identifier_tag: int
    identifier: slice
    digest_algorithm: slice
    attributes: slice
    signature_algorithm: slice


def _parts(container: bytes, data: _SignedData, signer_length: int, signer: _SignerInfo) -> _Parts:
    """Find the parts by their lengths, from the container's end, where everything ends.

    Behind the content stand the certificates, the revocation information and the one SignerInfo;
    in it version, identifier, digest algorithm, attributes, signature algorithm, signature.
    Raises Refused("container.not_der") for an algorithm that is no SEQUENCE, which the schema
    leaves open, and for a tag of several bytes.
    """
    end = len(container)
    start = end - signer_length
    at = end - der.size(der.size(signer_length))
    if data.revocation is not None:
        at -= der.size(_sizes(data.revocation))
    certificates_at: list[slice] = []
    listed = data.certificates or []
    length = _sizes(listed)
    content_end = at - der.size(length)
    at -= length
    for each in listed:
        after = at + der.size(len(each.data))
        if each.tag_bytes[0] == der.SEQUENCE:  # others are attribute certificates and the like
            certificates_at.append(slice(at, after))
        at = after

    identifier_end = start + _VERSION_LENGTH + der.size(len(signer.identifier.data))
    digest_end = identifier_end + der.size(len(signer.digest_algorithm.data))
    signature_at = end - der.size(len(signer.signature))
    if signer.unsigned_attributes is not None:
        signature_at -= der.size(_sizes(signer.unsigned_attributes))
    algorithm_length = len(signer.signature_algorithm.data)
    identifier_tag = _single_tag(signer.identifier)
    for algorithm in (signer.digest_algorithm, signer.signature_algorithm):
        if _single_tag(algorithm) != der.SEQUENCE:
            raise Refused("container.not_der", reason="an algorithm that is no SEQUENCE")
    content_length = len(data.encapsulated.content or b"")
    return _Parts(
        content=slice(content_end - content_length, content_end),
        certificates=certificates_at,
        identifier_tag=identifier_tag,
        identifier=slice(identifier_end - len(signer.identifier.data), identifier_end),
        digest_algorithm=slice(digest_end - len(signer.digest_algorithm.data), digest_end),
        attributes=slice(digest_end, signature_at - der.size(algorithm_length)),
        signature_algorithm=slice(signature_at - algorithm_length, signature_at),
    )


def _sizes(values: list[TLV]) -> int:
    """Add up the bytes that values take, headers included."""
    total = 0
    for each in values:
        _single_tag(each)
        total += der.size(len(each.data))
    return total


def _single_tag(value: TLV) -> int:
    """Return a tag of one byte, which every tag of a container is."""
    tag = value.tag_bytes
    if len(tag) != 1:
        raise Refused("container.not_der", reason="a tag of several bytes")
    return tag[0]


def _signer_certificate(container: bytes, parts: _Parts, version: int) -> tuple[Certificate, slice]:
    """Find the certificate that the signer's identifier names (RFC 5652, 5.3)."""
    tag = parts.identifier_tag
    if (tag, version) not in _IDENTIFIERS:
        raise Refused("container.not_der", reason=f"SignerInfo of version {version}")
    wanted = container[parts.identifier]
    unreadable: Refused | None = None
    for at in parts.certificates:
        try:
            certificate = certificates.load(container[at])
        except Refused as refusal:  # it harms nobody unless it is the signer's
            unreadable = refusal
            continue
        if wanted == (
            certificate.issuer_and_serial if tag == der.SEQUENCE else certificate.subject_key_id
        ):
            return certificate, at
    raise unreadable or Refused("container.certificate_missing")


def _attributes(attributes: SetOf[TLV]) -> tuple[NamedCertificate, bytes]:
    """Read the signed attributes: the certificate they name and the digest of the content."""
    values: dict[bytes, tuple[int, bytes]] = {}
    for attribute in attributes.as_list():
        body = bytes(attribute.data)
        if attribute.tag_bytes[0] != der.SEQUENCE:
            raise Refused("container.not_der", reason="an attribute that is no SEQUENCE")
        kind, tag, value = _changing_attribute(body) or _attribute(body)
        if kind in values:
            raise Refused("container.attributes_invalid", attribute=_dotted(kind))
        values[kind] = tag, value
    try:
        content_type = values[_CONTENT_TYPE]
        digest_tag, digest = values[_MESSAGE_DIGEST]
        certificate_tag, certificate = values[_SIGNING_CERTIFICATE_V2]
    except KeyError as error:
        raise Refused("container.attributes_missing", attribute=_dotted(error.args[0])) from None
    if content_type != (der.OBJECT_IDENTIFIER, _ID_DATA_CONTENT):
        raise Refused("container.attributes_invalid", attribute="content-type")
    if digest_tag != der.OCTET_STRING:
        raise Refused("container.attributes_invalid", attribute="message-digest")
    signing_time = values.get(_SIGNING_TIME)  # a claim that decides nothing, but of the right form
    if signing_time is not None and signing_time[0] not in _TIMES:
        raise Refused("container.attributes_invalid", attribute="signing-time")
    return _named_certificate(certificate_tag, certificate), digest


def _changing_attribute(body: bytes) -> tuple[bytes, int, bytes] | None:
    """Read an attribute that is new in every signature, where each length is one byte.

    Any other form is left to `_attribute`.
    """
    kind = _CHANGING.get(body[:_CHANGING_LENGTH])
    length = len(body) - _CHANGING_LENGTH - 3
    if kind is None or not 0 <= length <= 0x7D:
        return None
    set_length, tag, value_length = body[_CHANGING_LENGTH : _CHANGING_LENGTH + 3]
    if (set_length, value_length) != (length + 2, length) or tag & 0x1F == 0x1F:
        return None
    return kind, tag, body[_CHANGING_LENGTH + 3 :]


@lru_cache(maxsize=CACHED_CERTIFICATES_MAX)
def _attribute(body: bytes) -> tuple[bytes, int, bytes]:
    """Read an attribute of one value: its type's content, the value's tag and content.

    Most are the same in every signature of a person, and read once.
    """
    try:
        attribute = asn1.decode_der(_Attribute, der.encode(der.SEQUENCE, body))
        _, start, end = der.read(body, 0)
    except ValueError as error:
        raise Refused("container.not_der", reason=error) from error
    found = attribute.values.as_list()
    if len(found) != 1:
        raise Refused("container.attributes_invalid", attribute=attribute.type.dotted_string)
    return body[start:end], _single_tag(found[0]), bytes(found[0].data)


def _dotted(kind: bytes) -> str:
    """Write an object identifier's content as people do."""
    return asn1.decode_der(
        x509.ObjectIdentifier, der.encode(der.OBJECT_IDENTIFIER, kind)
    ).dotted_string


@lru_cache(maxsize=CACHED_CERTIFICATES_MAX)
def _named_certificate(tag: int, value: bytes) -> NamedCertificate:
    """Read signing-certificate-v2; its first entry names the signer's certificate (RFC 5035, 3).

    Every signature under one certificate carries the same value, so it is read once.
    """
    try:
        encoded = der.encode(tag, value)
        first = asn1.decode_der(_SigningCertificate, encoded).certificates[0]
    except (ValueError, IndexError) as error:
        raise Refused("container.attributes_invalid", attribute="signing-certificate-v2") from error
    algorithm = issuer_and_serial = None
    if first.algorithm is not None:
        algorithm = b"".join(_encoded(part) for part in first.algorithm)
    if first.issuer_serial is not None:
        names = first.issuer_serial.issuer
        if len(names) != 1 or names[0].tag_bytes[0] != _DIRECTORY_NAME:
            raise Refused("container.attributes_invalid", attribute="signing-certificate-v2")
        issuer_and_serial = bytes(names[0].data) + _encoded(first.issuer_serial.serial)
    return NamedCertificate(algorithm, first.digest, issuer_and_serial)


def _encoded(value: TLV) -> bytes:
    return der.encode(value.tag_bytes[0], bytes(value.data))
