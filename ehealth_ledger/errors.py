"""Name every way the ledger can say no: the one catalogue of refusals.

Three kinds of bad news, never mixed:

- `Refused`: the command is wrong and will stay wrong; the code says which rule, the path which
  field.
- `Undecided`: the ledger cannot tell yet (a revocation list is missing or stale); the same bytes
  may pass later.
- `LedgerCorrupt`: a stored byte is not what it was; nobody catches this, the process stops.

The groups of `CATALOGUE` stand in the order in which they are checked: the request, the container,
the content, the command's identity, the actor, then the act's own law, which stops at the first
rule that is broken. A command that is wrong in several ways gets the refusal of the first check.
`schemas/refusals.json` is generated from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class RefusalKind:
    """Describe one published refusal.

    `status` is the HTTP status, `retry` whether the same bytes may pass later, `rule` the domain's
    rule it enforces.
    """

    status: int
    title: str
    retry: bool = False
    rule: str | None = None


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not an error of the program
    """Carry a published code, the path of the fault and the evidence, never prose alone.

    `path` is the JSON path of the offending field.
    """

    def __init__(self, code: str, path: str = "$", **evidence: object) -> None:
        self.kind = CATALOGUE[code]
        self.code = code
        self.path = path
        self.evidence: Mapping[str, str] = {name: str(value) for name, value in evidence.items()}
        super().__init__(code, path, self.evidence)

    def __str__(self) -> str:
        details = "".join(f", {name}={value}" for name, value in self.evidence.items())
        return f"{self.code} at {self.path}: {self.kind.title}{details}"


class Refused(Refusal):
    """Say that a command is wrong.

    Nothing was written, and the same bytes will be refused again.
    """


class RuleBroken(Refused):
    """Say that a law of the domain forbids the act."""


class Undecided(Refusal):
    """Say that the ledger cannot tell yet, neither yes nor no.

    Nothing was written; try the same bytes later.
    """


class LedgerCorrupt(Exception):  # noqa: N818 - the name is the finding
    """Report stored bytes that are not what was written; never caught, the process stops.

    `position` is the first bad position (0 where no position applies), `kind` the published kind of
    damage.
    """

    def __init__(self, kind: str, log: str, position: int, detail: str = "") -> None:
        self.kind = kind
        self.log = log
        self.position = position
        self.detail = detail
        super().__init__(f"{kind} at {log}/{position}{': ' + detail if detail else ''}")


class ReadModelCorrupt(Exception):  # noqa: N818 - the name is the finding
    """Report read-model rows that contradict the log; the model stops, the ledger goes on.

    A read model is disposable: `projections rebuild` mends it, `verify` tells whether the log is
    sound. `kind` and `position` are as for `LedgerCorrupt`.
    """

    def __init__(self, kind: str, log: str, position: int, detail: str = "") -> None:
        self.kind = kind
        self.log = log
        self.position = position
        self.detail = detail
        super().__init__(f"{kind} at {log}/{position}{': ' + detail if detail else ''}")


_CATALOGUE: dict[str, RefusalKind] = {
    # The request itself
    "request.media_type_unknown": RefusalKind(415, "The media type is not one the ledger opens"),
    "request.too_large": RefusalKind(413, "The body is larger than the ledger accepts"),
    "request.not_json": RefusalKind(
        400, "The body is not the JSON object that this media type promises"
    ),
    "request.not_base64": RefusalKind(400, "signed_data is not canonical base64"),
    "request.unknown_parameter": RefusalKind(
        400, "The query parameter is not one this route knows"
    ),
    "request.invalid_parameter": RefusalKind(400, "A parameter of the request has the wrong form"),
    "request.not_found": RefusalKind(404, "There is no such thing at this address"),
    "request.method_not_allowed": RefusalKind(405, "This address does not answer to that method"),
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
    # The content: bytes to a command
    "content.not_utf8": RefusalKind(422, "The signed content is not UTF-8"),
    "content.not_json": RefusalKind(422, "The signed content is not JSON"),
    "content.duplicate_key": RefusalKind(422, "A JSON object repeats a key"),
    "content.too_deep": RefusalKind(422, "The JSON is nested more deeply than the ledger reads"),
    "content.invalid_number": RefusalKind(422, "A number is not one JSON allows"),
    "content.command_unknown": RefusalKind(422, "There is no such command"),
    "content.version_unknown": RefusalKind(422, "The command has no such version"),
    "content.field_unknown": RefusalKind(422, "The field is not part of the command"),
    "content.field_missing": RefusalKind(422, "A mandatory field is absent"),
    "content.field_invalid": RefusalKind(422, "The field's value is not of its type"),
    "content.other_ledger": RefusalKind(422, "The command was signed for another deployment"),
    "content.issued_in_future": RefusalKind(422, "The command claims to be issued later than now"),
    # Identity of the command
    "command.conflict": RefusalKind(409, "The command id stands for other content already"),
    "subject.key_missing": RefusalKind(
        410, "The person's key is gone; nothing can be added to the record"
    ),
    "id.not_new": RefusalKind(
        409, "The id is taken; every id is new to the whole ledger", rule="24"
    ),
    # The actor (rules 2 and 4)
    "actor.unknown": RefusalKind(422, "There is no such employee", rule="2"),
    "actor.not_signer": RefusalKind(403, "The signer is not the acting employee", rule="2"),
    "actor.other_legal_entity": RefusalKind(
        403, "The employee works for another legal entity", rule="2"
    ),
    "actor.certificate_of_other_entity": RefusalKind(
        403, "The certificate names another legal entity", rule="4"
    ),
    "actor.role_not_allowed": RefusalKind(403, "This type of employee may not order this act"),
    # Legal entities, employees, patients
    "legal_entity.unknown": RefusalKind(422, "There is no such legal entity"),
    "legal_entity.already_registered": RefusalKind(
        409, "A legal entity with this code is registered already"
    ),
    "patient.unknown": RefusalKind(422, "There is no such patient"),
    # Declarations
    "declaration.signer_not_doctor": RefusalKind(
        403, "Only the declared doctor signs a declaration", rule="6"
    ),
    "declaration.already_active": RefusalKind(
        409, "The patient has an active declaration", rule="6"
    ),
    # Referrals
    "referral.unknown": RefusalKind(422, "There is no such referral"),
    "referral.requester_not_signer": RefusalKind(
        422, "The requester is the one who signs", rule="43"
    ),
    "referral.authored_in_future": RefusalKind(
        422, "The referral is dated later than now", rule="43"
    ),
    "referral.not_active": RefusalKind(409, "The referral is not active", rule="47"),
    "referral.expired": RefusalKind(409, "The referral has expired", rule="47"),
    "referral.already_redeemed": RefusalKind(409, "The referral was redeemed already", rule="47"),
    "referral.performer_not_signer": RefusalKind(
        422, "The performer is the one who signs", rule="47"
    ),
    "referral.not_redeemed": RefusalKind(
        409, "The referral was not redeemed before its service", rule="49"
    ),
    "referral.of_other_entity": RefusalKind(
        409, "The referral is redeemed by another legal entity", rule="39"
    ),
    "referral.of_other_patient": RefusalKind(422, "The referral is another patient's", rule="49"),
    "referral.other_service": RefusalKind(
        422, "The encounter is not the service the referral asks for", rule="39"
    ),
    "referral.not_author": RefusalKind(
        403, "Only the author recalls or cancels a referral", rule="50"
    ),
    # Encounters
    "encounter.performer_not_signer": RefusalKind(
        422, "The performer is the one who signs", rule="2"
    ),
    "encounter.period_in_future": RefusalKind(
        422, "The encounter's period ends later than now", rule="25"
    ),
    "encounter.period_reversed": RefusalKind(
        422, "The encounter's period ends before it starts", rule="25"
    ),
    "encounter.period_too_old": RefusalKind(422, "The encounter is recorded too late", rule="25"),
    "encounter.id_repeated": RefusalKind(422, "An id stands twice in the package", rule="24"),
    "encounter.primary_diagnosis_count": RefusalKind(
        422, "A package has exactly one primary diagnosis", rule="29"
    ),
    "encounter.diagnosis_rank": RefusalKind(422, "A diagnosis rank is from 1 to 10", rule="29"),
    "encounter.diagnosis_unresolved": RefusalKind(
        422, "A diagnosis names no condition of the package", rule="29"
    ),
    "encounter.code_system_not_allowed": RefusalKind(
        422, "The condition's code system is not allowed in this class of encounter", rule="31"
    ),
    "encounter.code_system_repeated": RefusalKind(
        422, "A condition has at most one code per system", rule="31"
    ),
    "encounter.subject_mismatch": RefusalKind(
        422, "A resource of the package is about another patient", rule="35"
    ),
    "encounter.context_mismatch": RefusalKind(
        422, "A resource of the package names another encounter", rule="35"
    ),
    # Contracts, tariffs, periods
    "tariff.period_invalid": RefusalKind(422, "The tariff's last day is before its first"),
    "tariff.overlaps": RefusalKind(409, "A tariff of this service is in force in these days"),
    "contract.unknown": RefusalKind(422, "There is no such contract"),
    "contract.period_invalid": RefusalKind(422, "The contract's last day is before its first"),
    "contract.overlaps": RefusalKind(
        409, "The entity has a contract for this package in these days"
    ),
    "cut_off.not_in_future": RefusalKind(422, "A cut-off is set before it comes"),
    "cut_off.already_passed": RefusalKind(409, "The period is closed; its cut-off cannot move"),
    "charge.already_live": RefusalKind(409, "The act is charged to this package already"),
    # Statements and payments
    "statement.unknown": RefusalKind(422, "There is no such statement"),
    "statement.period_open": RefusalKind(409, "The period's cut-off has not passed", retry=True),
    "statement.empty": RefusalKind(409, "The period holds no charge of this contract and package"),
    "statement.already_formed": RefusalKind(
        409, "The statement of this contract, package and period is formed"
    ),
    "statement.package_not_in_contract": RefusalKind(422, "The contract does not buy this package"),
    "statement.not_yours": RefusalKind(403, "The statement is another provider's"),
    "statement.digest_mismatch": RefusalKind(409, "The digest is not the statement's"),
    "statement.reference_mismatch": RefusalKind(
        409, "The countersignature names another record than the one that formed the statement"
    ),
    "statement.already_countersigned": RefusalKind(409, "The provider has signed the statement"),
    "statement.not_countersigned": RefusalKind(409, "The provider has not signed the statement"),
    "statement.already_accepted": RefusalKind(409, "The payer has accepted the statement"),
    "statement.not_accepted": RefusalKind(409, "The payer has not accepted the statement"),
    "payment.exceeds_statement": RefusalKind(
        409, "The payments would exceed the statement's total"
    ),
    "payment.reference_repeated": RefusalKind(
        409, "The bank reference stands for another payment already"
    ),
    "payment.dated_in_future": RefusalKind(422, "The payment is dated later than today"),
    "posting.unbalanced": RefusalKind(500, "The postings of a record do not sum to zero"),
    # Genesis
    "ledger.already_open": RefusalKind(409, "The ledger has its first record"),
    "ledger.not_open": RefusalKind(503, "The ledger has no first record yet", retry=True),
    "ledger.genesis_mismatch": RefusalKind(
        422,
        "The opening command names other keys or another trust store than this deployment holds",
    ),
    "ledger.administrator_not_signer": RefusalKind(
        403, "One of the administrators it names opens a ledger"
    ),
    # The service
    "service.stopping": RefusalKind(
        503, "The service is stopping; nothing was written", retry=True
    ),
    "service.busy": RefusalKind(503, "The queue is full; nothing was written", retry=True),
    "service.outcome_unknown": RefusalKind(
        503, "The database was lost at commit; ask for the command by its id", retry=True
    ),
    "service.internal_error": RefusalKind(
        500, "The ledger failed on this command; nothing was written", retry=True
    ),
    "read_model.not_ready": RefusalKind(503, "The read model has not been built yet", retry=True),
    "read_model.not_found": RefusalKind(
        404, "The read model holds no such thing at the position it reflects"
    ),
}
CATALOGUE: Final[Mapping[str, RefusalKind]] = MappingProxyType(_CATALOGUE)
