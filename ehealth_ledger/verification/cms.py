"""Open CMS SignedData with attached content (RFC 5652) as CAdES-B (ETSI EN 319 122-1) restricts it.

The only module that touches `cryptography.hazmat.asn1`, whose interface is still young. The schema
checks the strict DER; a second walk over the now trusted headers finds the byte offsets at which
the container can be cut and put together again. Certificates and unsigned attributes are sets whose
order DER would fix but RFC 5652 does not ask for; no signature covers them, so they are taken in
any order.
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
_ID_DATA_ENCODED: Final = der.encode(der.OBJECT_IDENTIFIER, _ID_DATA_CONTENT)
_ID_SIGNED_DATA_ENCODED: Final = bytes.fromhex("06092a864886f70d010702")
# Those that differ from signature to signature, and how an attribute of theirs begins.
_CHANGING: Final = {
    der.encode(der.OBJECT_IDENTIFIER, kind) + bytes((der.SET,)): kind
    for kind in (_MESSAGE_DIGEST, _SIGNING_TIME)
}
_CHANGING_START: Final = 14  # behind the headers of the attribute and its set, and the type
_CHANGING_LENGTH_MAX: Final = 0x7F - _CHANGING_START - 1  # all lengths in one byte

_SET_TAG: Final = bytes((der.SET,))
_KEY_IDENTIFIER: Final = 0x80  # primitive [0]
# How a signer is identified goes with the version (RFC 5652, 5.3).
_IDENTIFIERS: Final = frozenset({(der.SEQUENCE, 1), (_KEY_IDENTIFIER, 3)})
_DIRECTORY_NAME: Final = 0xA4  # explicit [4]
_OID_LENGTH: Final = 11  # id-data and id-signedData with their header, in bytes
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
    parts = _parts(container, len(content), len(signers[0].data))
    certificate, certificate_at = _signer_certificate(container, parts, signer.version)
    named, content_digest = _attributes(container, parts.attributes)
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
        signed=signed_attributes(container[parts.attributes.start + 1 : parts.attributes.stop]),
        signature=signer.signature,
    )


def signed_attributes(untagged: bytes) -> bytes:
    """Return what the signature covers: the attributes as a SET OF, not as [0] (RFC 5652, 5.4)."""
    return _SET_TAG + untagged


class Places(NamedTuple):
    """Say where a container may differ from another of its form."""

    algorithms: slice  # version and digestAlgorithms: all of the head that is no length
    attributes: slice  # the signed ones, without their tag
    digest: slice  # the value of message-digest
    signature: slice
    changing: tuple[slice, ...]  # digest, time of signing and signature, in order


def places(container: bytes) -> Places:
    """Find the places in a container that `read` has accepted."""
    data = asn1.decode_der(_ContentInfo, container).content
    (signer,) = data.signers.as_list()
    content = data.encapsulated.content or b""
    parts = _parts(container, len(content), len(signer.data))
    within: dict[bytes, slice] = {}
    at = der.start_of(container, parts.attributes.start)
    while at < parts.attributes.stop:
        after = der.end_of(container, at)
        changing = _changing_attribute(container[at:after])
        if changing is not None:
            within[changing[0]] = slice(after - len(changing[2]), after)
        at = after
    signature_at = parts.signature_algorithm.stop
    signature = slice(der.start_of(container, signature_at), der.end_of(container, signature_at))
    head_at = der.start_of(container, 0) + _OID_LENGTH
    head_at = der.start_of(container, der.start_of(container, head_at))
    return Places(
        slice(head_at, der.end_of(container, head_at + _VERSION_LENGTH)),
        slice(parts.attributes.start + 1, parts.attributes.stop),
        within[_MESSAGE_DIGEST],
        signature,
        tuple(sorted((*within.values(), signature), key=lambda each: each.start)),
    )


def head(algorithms: bytes, content: int, behind: int) -> bytes:
    """Write what stands before the content, given what has no length, and lengths in bytes.

    `algorithms` are the version and digestAlgorithms; `behind` is how much follows the content.
    DER has one way to write it.
    """
    attached = der.header(der.OCTET_STRING, content)
    attached = der.header(der.CONTEXT_0, len(attached) + content) + attached
    attached = _ID_DATA_ENCODED + attached
    attached = der.header(der.SEQUENCE, len(attached) + content) + attached
    data = algorithms + attached
    data = der.header(der.SEQUENCE, len(data) + content + behind) + data
    data = der.header(der.CONTEXT_0, len(data) + content + behind) + data
    data = _ID_SIGNED_DATA_ENCODED + data
    return der.header(der.SEQUENCE, len(data) + content + behind) + data


class _Parts(NamedTuple):
    """Where the parts lie: certificates and attributes with their headers, all else without."""

    content: slice
    certificates: list[slice]
    identifier_tag: int
    identifier: slice
    digest_algorithm: slice
    attributes: slice
    signature_algorithm: slice


def _parts(container: bytes, content: int, signer: int) -> _Parts:
    """Find the parts, given the lengths of the content and of the SignerInfo's value.

    What the schema has proved is stepped over: identifiers and versions have one length only, the
    content ends its structure, and the one SignerInfo ends the container. Raises
    Refused("container.not_der") for an algorithm that is no SEQUENCE, which the schema leaves open,
    and for a tag of several bytes.
    """
    at = der.start_of(container, 0)  # ContentInfo
    at = der.start_of(container, at + _OID_LENGTH)  # [0]
    at = der.start_of(container, at)  # SignedData
    at = der.end_of(container, at + _VERSION_LENGTH)  # digestAlgorithms
    content_end = der.end_of(container, at)  # encapContentInfo
    at, end = der.start_of(container, content_end), der.end_of(container, content_end)
    certificates_at: list[slice] = []
    while at < end:
        after = der.end_of(container, at)
        if _tag(container, at) == der.SEQUENCE:  # others are attribute certificates and the like
            certificates_at.append(slice(at, after))
        at = after
    identifier_at = len(container) - signer + _VERSION_LENGTH
    digest_at = der.end_of(container, identifier_at)
    attributes_at = der.end_of(container, digest_at)
    signature_at = der.end_of(container, attributes_at)
    for algorithm_at in (digest_at, signature_at):
        if _tag(container, algorithm_at) != der.SEQUENCE:
            raise Refused("container.not_der", reason="an algorithm that is no SEQUENCE")
    return _Parts(
        slice(content_end - content, content_end),
        certificates_at,
        _tag(container, identifier_at),
        slice(der.start_of(container, identifier_at), digest_at),
        slice(der.start_of(container, digest_at), attributes_at),
        slice(attributes_at, signature_at),
        slice(der.start_of(container, signature_at), der.end_of(container, signature_at)),
    )


def _tag(container: bytes, at: int) -> int:
    """Return a tag of one byte, which every tag of a container is."""
    tag = container[at]
    if tag & 0x1F == 0x1F:
        raise Refused("container.not_der", reason="a tag of several bytes")
    return tag


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


def _attributes(container: bytes, attributes: slice) -> tuple[NamedCertificate, bytes]:
    """Read the signed attributes: the certificate they name and the digest of the content."""
    values: dict[bytes, tuple[int, bytes]] = {}
    at, end = der.start_of(container, attributes.start), attributes.stop
    while at < end:
        after = der.end_of(container, at)
        attribute = container[at:after]
        kind, tag, value = _changing_attribute(attribute) or _attribute(attribute)
        if kind in values:
            raise Refused("container.attributes_invalid", attribute=_dotted(kind))
        values[kind] = tag, value
        at = after
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


def _changing_attribute(attribute: bytes) -> tuple[bytes, int, bytes] | None:
    """Read an attribute that is new in every signature, where each length is one byte.

    Any other form is left to `_attribute`.
    """
    kind = _CHANGING.get(attribute[2:_CHANGING_START])
    length = len(attribute) - _CHANGING_START - 3
    if kind is None or not 0 <= length <= _CHANGING_LENGTH_MAX:
        return None
    set_length, tag, value_length = attribute[_CHANGING_START : _CHANGING_START + 3]
    if attribute[0] != der.SEQUENCE or (set_length, value_length) != (length + 2, length):
        return None
    return None if tag & 0x1F == 0x1F else (kind, tag, attribute[_CHANGING_START + 3 :])


@lru_cache(maxsize=CACHED_CERTIFICATES_MAX)
def _attribute(attribute: bytes) -> tuple[bytes, int, bytes]:
    """Read an attribute of one value: its type's content, the value's tag and content.

    Most are the same in every signature of a person, and read once.
    """
    try:
        read = asn1.decode_der(_Attribute, attribute)
        start, _ = der.enter(attribute, 0, der.SEQUENCE)
        _, start, end = der.read(attribute, start)
    except ValueError as error:
        raise Refused("container.not_der", reason=error) from error
    found = read.values.as_list()
    if len(found) != 1:
        raise Refused("container.attributes_invalid", attribute=read.type.dotted_string)
    return attribute[start:end], _tag(found[0].tag_bytes, 0), bytes(found[0].data)


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
