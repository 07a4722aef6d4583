"""Refuse a container: its form, its signature, its certificate, its revocation."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.errors.refusal_kind import RefusalKind

KINDS: Final[dict[str, RefusalKind]] = {
    # The container and its signature (rules 1 and 4; ETSI EN 319 122-1, RFC 5652, RFC 7515)
    "container.not_der": RefusalKind(422, "The container is not strict DER of CMS SignedData"),
    "container.not_jws": RefusalKind(422, "The container is not a canonical compact JWS"),
    "container.trailing_bytes": RefusalKind(422, "Bytes follow the end of the container"),
    "container.content_missing": RefusalKind(422, "The signed content is not attached"),
    "container.signer_count": RefusalKind(422, "A command carries exactly one signature", rule="1"),
    "container.certificate_missing": RefusalKind(
        422, "The signer's certificate is not in the container"
    ),
    "container.attributes_missing": RefusalKind(422, "A mandatory signed attribute is absent"),
    "container.attributes_invalid": RefusalKind(
        422, "A signed attribute is duplicated or malformed"
    ),
    "container.algorithm_unknown": RefusalKind(
        422, "The signature suite is not in the accepted table"
    ),
    "signature.certificate_mismatch": RefusalKind(
        422, "The signed attributes name another certificate than the one presented"
    ),
    "signature.digest_mismatch": RefusalKind(422, "The content is not what was signed", rule="1"),
    "signature.invalid": RefusalKind(
        422, "The signature does not hold under the certificate's key", rule="1"
    ),
    "certificate.malformed": RefusalKind(422, "The certificate cannot be read"),
    "certificate.unknown_issuer": RefusalKind(
        422, "No path leads from the certificate to the trust store"
    ),
    "certificate.expired": RefusalKind(422, "A certificate of the path is not valid at this time"),
    "certificate.usage_forbidden": RefusalKind(
        422, "The certificate is not one for signing documents"
    ),
    "certificate.identity_missing": RefusalKind(422, "The certificate names no tax id"),
    "certificate.identity_conflict": RefusalKind(
        422, "The certificate's two forms of an identity disagree"
    ),
    "certificate.revoked": RefusalKind(422, "The certificate was revoked", rule="1"),
    "revocation.unavailable": RefusalKind(
        503, "No current revocation list of the issuer is at hand", retry=True, rule="1"
    ),
    "evidence.mismatch": RefusalKind(409, "The stored evidence is not what its own bytes yield"),
}
