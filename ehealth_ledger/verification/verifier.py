"""Prove who signed a container: the one place where bytes become a `Verified` command.

The verdict is a function of the container, the trust store, the revocation lists, the policy and a
moment; no clock, no network. The steps, cheapest first; the code below repeats their numbers:

1. The size is within the policy and the media type is one we open.
2. The container has exactly the accepted form: strict DER or canonical JWS, one signer, content
   attached.
3. The suite is a row of the closed table and fits the signer's key.
4. The signed attributes name the certificate presented.
5. The content has the digest that was signed.
6. The signature holds under the certificate's key.
7. A path of valid certificates leads to an anchor of the trust store.
8. The certificate is one for signing documents and names a person's tax id.
9. No certificate of the path was revoked; if no list can say, the answer is undecided.
10. The content is parsed as a command, strictly; no person may sign a command of the system.

Steps 1 to 9 are `Verifier.open`; `reopen` and `reopen_all` repeat them years later from stored
bytes only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, NamedTuple, TypeVar, TypeVarTuple, Unpack, final

from ehealth_ledger.commands.command import Command, PatientCommand, SystemCommand
from ehealth_ledger.commands.parsing import parse
from ehealth_ledger.commands.signed import Evidence, StaffSigner, Verified
from ehealth_ledger.errors import Refusal, Refused
from ehealth_ledger.verification import cms, jws
from ehealth_ledger.verification.algorithms import (
    Suite,
    cms_suite,
    jws_suite,
    named_digest,
    sha_256,
)
from ehealth_ledger.verification.certificates import as_patient, signer_of
from ehealth_ledger.verification.containers import CMS, JOSE, SignedContainer, reassemble
from ehealth_ledger.verification.known_forms import KnownForms
from ehealth_ledger.verification.policy import CONTAINER_BYTES_MAX, POLICY
from ehealth_ledger.verification.revocation import RevocationLists
from ehealth_ledger.verification.trust_store import CertificatePath, TrustStore

A = TypeVarTuple("A")
T = TypeVar("T")

_READERS: Final = {CMS: cms.read, JOSE: jws.read}
_known_forms: Final = KnownForms()


@final
@dataclass(frozen=True, slots=True)
class Opened:
    """Carry content whose signature held, who signed it, and how a later verifier can tell."""

    content: bytes
    signer: StaffSigner
    evidence: Evidence


@final
class Verifier:
    """Verify containers against one trust store and the lists at hand; threads may share it."""

    def __init__(self, trust: TrustStore, revocation: RevocationLists) -> None:
        self.trust: Final = trust
        self.revocation: Final = revocation

    def verify(self, container: bytes, media_type: str, *, at: datetime) -> Verified[Command]:
        """Open a container and parse the command in it.

        `at` is the moment the verdict speaks of, with its zone.
        Raises Refused, or Undecided("revocation.unavailable").
        """
        opened = self.open(container, media_type, at=at)
        # 10. A command, and one that a person may sign.
        command = parse(opened.content)
        if isinstance(command, SystemCommand):
            raise Refused("system.signed_by_staff", "$.command")
        patient = isinstance(command, PatientCommand)
        return Verified(
            body=command,
            signer=as_patient(opened.signer) if patient else opened.signer,
            signed_bytes=opened.content,
            evidence=replace(opened.evidence, personal=patient),
        )

    def open(self, container: bytes, media_type: str, *, at: datetime) -> Opened:
        """Open a container and prove its signature; says nothing about what the content means.

        Raises Refused, or Undecided("revocation.unavailable").
        """
        _, _, signed, suite = _check_signature(_check_form(container, media_type))
        signer, path = _check_certificate(signed, self.trust, at)
        # 9. Nothing revoked.
        consulted = self.revocation.check(path, at)
        return Opened(
            content=signed.content,
            signer=signer,
            evidence=Evidence(
                container=signed.parts,
                certificate=signed.certificate.der,
                suite=suite.name,
                trust_store=self.trust.digest,
                revocation=consulted,
                policy=POLICY,
                verified_at=at,
            ),
        )


class Stored(NamedTuple):
    """Hold what a verdict is reached from again.

    `trust` is loaded from the stored file that `evidence.trust_store` names, `revocation` holds the
    stored lists that `evidence.revocation` names; the stored verdict itself is not an input.
    """

    evidence: Evidence
    content: bytes
    trust: TrustStore
    revocation: RevocationLists


def reopen(
    evidence: Evidence, content: bytes, *, trust: TrustStore, revocation: RevocationLists
) -> StaffSigner:
    """Reach the verdict again, as of `evidence.verified_at`, from stored bytes alone.

    Raises Refused, with "evidence.mismatch" where the evidence names other inputs or another suite
    than its bytes yield, or Undecided for a missing list.
    """
    (outcome,) = reopen_all((Stored(evidence, content, trust, revocation),))
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def reopen_all(stored: Sequence[Stored]) -> list[StaffSigner | Exception]:
    """Reach many verdicts again; give each its signer, or what `reopen` raises.

    All forms are read, then all signatures checked, then all certificates: a processor that does
    one thing a thousand times does it faster than three things in turn. A form that was read before
    is recognised (`known_forms`): steps 1 to 4 say the same of it.
    """
    forms = [_caught(_read_again, each) for each in stored]
    proved = [
        form if isinstance(form, Exception) else _caught(_check_signature, form) for form in forms
    ]
    return [
        signed if isinstance(signed, Exception) else _caught(_conclude, each, signed)
        for each, signed in zip(stored, proved, strict=True)
    ]


def _caught(step: Callable[[Unpack[A]], T], *arguments: *A) -> T | Exception:
    try:
        return step(*arguments)
    except (Refusal, ValueError, OverflowError) as fault:  # stored bytes can say anything
        return fault


def _read_again(stored: Stored) -> _Form:
    evidence = stored.evidence
    if evidence.policy != POLICY:
        raise Refused("evidence.mismatch", what="policy")
    if evidence.trust_store != stored.trust.digest:
        raise Refused("evidence.mismatch", what="trust store")
    found = _known_forms.find(evidence, stored.content)
    if found is not None:
        return _check_content(_Form(b"", CMS, *found))
    container = reassemble(evidence.container, stored.content, evidence.certificate)
    form = _check_form(container, evidence.container.media_type)
    if form.media_type == CMS:
        _known_forms.learn(container, form.signed, form.suite)
    return form


def _conclude(stored: Stored, form: _Form) -> StaffSigner:
    evidence, signed = stored.evidence, form.signed
    same_cut = signed.parts == evidence.container and signed.content == stored.content
    if not same_cut or signed.certificate.der != evidence.certificate:
        raise Refused("evidence.mismatch", what="parts of the container")
    if form.suite.name != evidence.suite:
        raise Refused("evidence.mismatch", what="suite")
    signer, path = _check_certificate(signed, stored.trust, evidence.verified_at)
    stored.revocation.check_against(path, evidence.verified_at, evidence.revocation)
    return signer


class _Form(NamedTuple):
    """Hold a container whose form is sound, and the suite its signature is to hold under."""

    container: bytes  # as it was received, where the signature covers it so: a JWS
    media_type: str
    signed: SignedContainer
    suite: Suite


def _check_form(container: bytes, media_type: str) -> _Form:
    """Take steps 1 to 5, which need nothing but the container."""
    # 1. Size and media type.
    read = _READERS.get(media_type)
    if read is None:
        raise Refused("request.media_type_unknown", media_type=ascii(media_type))
    if len(container) > CONTAINER_BYTES_MAX:
        raise Refused("request.too_large", bytes_max=CONTAINER_BYTES_MAX)

    # 2. Form.
    signed = read(container)
    certificate = signed.certificate

    # 3. Suite.
    if isinstance(signed.algorithms, str):
        suite = jws_suite(signed.algorithms, certificate.key_kind)
    else:
        suite = cms_suite(*signed.algorithms, certificate.key_kind)

    # 4. The certificate that was signed is the one presented.
    named = signed.named
    if named is not None:
        digest = named_digest(named.algorithm)
        if digest is None:
            raise Refused("container.algorithm_unknown", attribute="signing-certificate-v2")
        same_name = named.issuer_and_serial in (None, certificate.issuer_and_serial)
        expected = certificate.digest if digest is sha_256 else digest(certificate.der)
        if expected != named.digest or not same_name:
            raise Refused("signature.certificate_mismatch")

    return _check_content(_Form(container, media_type, signed, suite))


def _check_content(form: _Form) -> _Form:
    """Take step 5."""
    # 5. The content that was signed is the one attached.
    _, _, signed, suite = form
    if signed.content_digest is not None and suite.digest(signed.content) != signed.content_digest:
        raise Refused("signature.digest_mismatch")
    return form


def _check_signature(form: _Form) -> _Form:
    """Take step 6."""
    # 6. The signature.
    certificate, signed = form.signed.certificate, form.signed
    if form.media_type == JOSE:
        jws.check_signature(form.container, certificate)
    else:
        form.suite.verify(certificate.key, signed.signature, signed.signed)
    return form


def _check_certificate(
    signed: SignedContainer, trust: TrustStore, at: datetime
) -> tuple[StaffSigner, CertificatePath]:
    """Take steps 7 and 8."""
    # 7. Path.
    path = trust.path(signed.certificate, signed.embedded, at)
    # 8. Usage and identity.
    return signer_of(signed.certificate), path
