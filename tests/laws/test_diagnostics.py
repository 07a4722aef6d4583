"""The laws of reports, procedures, specimens and conclusions outside packages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as some

from ehealth_ledger.aggregates.composition import Status as CompositionStatus
from ehealth_ledger.aggregates.composition import composition_number
from ehealth_ledger.aggregates.evolution import evolve
from ehealth_ledger.aggregates.lookups import ClinicalResource
from ehealth_ledger.aggregates.specimen import Status as SpecimenStatus
from ehealth_ledger.commands.service import DIAGNOSTIC_PROCEDURE, IMAGING
from ehealth_ledger.errors import Refused
from ehealth_ledger.events.charge import ChargeAccrued, ChargeWithdrawn
from ehealth_ledger.events.composition import CompositionReplaced, CompositionSigned
from ehealth_ledger.events.diagnostic_report import (
    DiagnosticReportCancelled,
    DiagnosticReportRecorded,
)
from ehealth_ledger.events.referral import ReferralCompleted
from ehealth_ledger.values.identifiers import LegalEntityId, PatientId, SpecimenId
from ehealth_ledger.values.parameters.diagnostics import COMPOSITION_DAYS_VALID_MAX
from tests.laws.bench import Change, Scene, altered, asks, both, given, taken, without
from tests.laws.lookups import an_id
from tests.laws.parameters import valued
from tests.laws.scenes.common import (
    ACTOR,
    CONDITION,
    ENCOUNTER,
    NEW,
    OBSERVATION,
    PATIENT,
    REFERRAL,
    coded,
    moment,
    reference,
)
from tests.laws.scenes.diagnostics import (
    COMPOSITION,
    PARENT,
    PROCEDURE,
    REPORT,
    SPECIMEN,
    cancel_composition,
    cancel_procedure,
    cancel_report,
    cancel_specimen,
    invalidate_specimen,
    known_composition,
    process_specimen,
    record_procedure,
    record_report,
    redeemed_referral,
    register_specimen,
    reject_specimen,
    sign_composition,
    specimen,
)
from tests.laws.tables import refused, row

OTHER_ENTITY, OTHER_PATIENT = an_id("other entity"), an_id("other patient")
_NOBODY = reference("PractitionerRole", an_id("nobody"))
_SOON = moment(hours=-1)
_PAPER = {
    "url": "eHealth/paper_referral",
    "extension": [
        {"url": "requester_edrpou", "valueString": "30000002"},
        {"url": "requester_name", "valueString": "Лікар Паперовий"},
        {"url": "date", "valueDate": "2026-11-20"},
    ],
}


def _drops(*path: str | int) -> Change:
    def change(scene: Scene) -> None:
        place: Any = scene.content
        for step in path[:-1]:
            place = place[step]
        del place[path[-1]]

    return change


def _known(wanted: UUID, kind: str, **other: Any) -> Change:
    found = ClinicalResource(kind, PatientId(PATIENT), None, False, None)._replace(**other)
    return lambda scene: scene.lookups.resources.known.__setitem__(wanted, found)


_REPORT, _OBSERVED = ("resources", 0), ("resources", 1)
_AS_IMAGING = both(
    asks(*_REPORT, "category", value=[coded("eHealth/diagnostic_report_categories", IMAGING)]),
    asks(*_REPORT, "code", value=coded("eHealth/services", "A57001")),
    altered(REFERRAL, services=("eHealth/services|A57001",)),
)
_INTERPRETED = asks(*_REPORT, "resultsInterpreter", value=[reference("PractitionerRole", ACTOR)])
_ON_PAPER = both(asks(*_REPORT, "extension", value=[_PAPER]), _drops(*_REPORT, "basedOn"))

RECORD_REPORT = [
    row(
        "signed for somebody else",
        "standalone.performer_not_signer",
        "$.resources[0].performer[0].reference",
        asks(*_REPORT, "performer", value=[_NOBODY]),
    ),
    row(
        "a patient nobody registered",
        "patient.unknown",
        "$.resources[0].subject.reference",
        without(PATIENT),
    ),
    row(
        "a patient who has died",
        "patient.not_active",
        "$.resources[0].subject.reference",
        altered(PATIENT, active=False),
    ),
    row("an id that is taken", "id.not_new", "$.resources[1].id", taken(OBSERVATION)),
    row(
        "an id that stands twice",
        "diagnostic_report.id_repeated",
        "$.resources[1].id",
        asks(*_OBSERVED, "id", value=str(REPORT)),
    ),
    row(
        "made in an hour",
        "standalone.moment_in_future",
        "$.resources[0].effectiveDateTime",
        asks(*_REPORT, "effectiveDateTime", value=_SOON),
    ),
    row(
        "issued in an hour",
        "standalone.moment_in_future",
        "$.resources[0].issued",
        asks(*_REPORT, "issued", value=_SOON),
    ),
    row(
        "observed in an hour",
        "standalone.moment_in_future",
        "$.resources[1].effectiveDateTime",
        asks(*_OBSERVED, "effectiveDateTime", value=_SOON),
    ),
    row(
        "made longer ago than anybody lives",
        "standalone.moment_too_old",
        "$.resources[0].effectiveDateTime",
        asks(*_REPORT, "effectiveDateTime", value=moment(days=54_751)),
    ),
    row(
        "a period that ends before it starts",
        "standalone.period_reversed",
        "$.resources[0].effectivePeriod",
        both(
            _drops(*_REPORT, "effectiveDateTime"),
            asks(
                *_REPORT,
                "effectivePeriod",
                value={"start": moment(hours=2), "end": moment(hours=3)},
            ),
        ),
    ),
    row(
        "an observation coded by nobody's list",
        "code.unknown",
        "$.resources[1].code.coding[0].code",
        asks(*_OBSERVED, "code", "coding", 0, "code", value="000-0"),
    ),
    row(
        "a unit of nobody's list",
        "code.unknown",
        "$.resources[1].valueQuantity.code",
        asks(*_OBSERVED, "valueQuantity", "code", value="furlong"),
    ),
    row(
        "an interpretation of no directory",
        "code.directory_unknown",
        "$.resources[1].interpretation[0].coding[0].code",
        asks(*_OBSERVED, "interpretation", value=[coded("eHealth/nothing", "H")]),
    ),
    row(
        "an observation about somebody else",
        "diagnostic_report.subject_mismatch",
        "$.resources[1].subject.reference",
        asks(*_OBSERVED, "subject", value=reference("Patient", OTHER_PATIENT)),
    ),
    row(
        "a result that was not signed with it",
        "diagnostic_report.results_differ",
        "$.resources[0].result",
        asks(*_REPORT, "result", 0, value=reference("Observation", an_id("elsewhere"))),
    ),
    row(
        "an observation that is no result",
        "diagnostic_report.results_differ",
        "$.resources[0].result",
        asks(*_REPORT, "result", value=[]),
    ),
    row(
        "a specimen nobody registered",
        "specimen.unknown",
        "$.resources[0].specimen[0].reference",
        without(SPECIMEN),
    ),
    row(
        "another patient's specimen",
        "specimen.of_other_patient",
        "$.resources[0].specimen[0].reference",
        altered(SPECIMEN, patient=PatientId(OTHER_PATIENT)),
    ),
    row(
        "a specimen that was rejected",
        "specimen.not_available",
        "$.resources[0].specimen[0].reference",
        altered(SPECIMEN, status=SpecimenStatus.UNSATISFACTORY),
    ),
    row(
        "an observation's own specimen in error",
        "specimen.not_available",
        "$.resources[1].specimen.reference",
        both(
            asks(*_OBSERVED, "specimen", value=reference("Specimen", PARENT)),
            given(PARENT, specimen(id=SpecimenId(PARENT), status=SpecimenStatus.ENTERED_IN_ERROR)),
        ),
    ),
    row(
        "a laboratory without observations",
        "diagnostic_report.observations_required",
        "$.resources[0].result",
        both(asks(*_REPORT, "result", value=[]), lambda scene: scene.content["resources"].pop()),
    ),
    row(
        "an image without interpreter",
        "diagnostic_report.interpretation_required",
        "$.resources[0].resultsInterpreter",
        _AS_IMAGING,
    ),
    row(
        "an image without conclusion",
        "diagnostic_report.interpretation_required",
        "$.resources[0].conclusion",
        both(_AS_IMAGING, _INTERPRETED, _drops(*_REPORT, "conclusion")),
    ),
    row(
        "an interpreter nobody employs",
        "diagnostic_report.interpreter_unknown",
        "$.resources[0].resultsInterpreter[0].reference",
        asks(*_REPORT, "resultsInterpreter", value=[_NOBODY]),
    ),
    row(
        "asked for by nobody",
        "standalone.basis_required",
        "$.resources[0].basedOn",
        _drops(*_REPORT, "basedOn"),
    ),
    row(
        "asked for electronically and on paper",
        "standalone.basis_required",
        "$.resources[0].basedOn",
        asks(*_REPORT, "extension", value=[_PAPER]),
    ),
    row(
        "on paper of tomorrow",
        "standalone.paper_in_future",
        "$.resources[0].extension[0]",
        both(
            _ON_PAPER,
            asks(*_REPORT, "extension", 0, "extension", 2, "valueDate", value="2026-11-24"),
        ),
    ),
    row(
        "a service of another category",
        "standalone.category_differs",
        "$.resources[0].category",
        asks(*_REPORT, "code", value=coded("eHealth/services", "A57001")),
    ),
    row(
        "a service nobody published",
        "catalogue.service_unknown",
        "$.resources[0].code.coding[0].code",
        asks(*_REPORT, "code", value=coded("eHealth/services", "A00000")),
    ),
    row(
        "a service no referral may ask for",
        "catalogue.not_requestable",
        "$.resources[0].code.coding[0].code",
        asks(*_REPORT, "code", value=coded("eHealth/services", "A97001")),
    ),
    row(
        "a service outside the group asked for",
        "standalone.other_service",
        "$.resources[0].code",
        altered(REFERRAL, services=("eHealth/service_groups|A1",)),
    ),
    row(
        "a referral nobody issued",
        "referral.unknown",
        "$.resources[0].basedOn[0].reference",
        without(REFERRAL),
    ),
    row(
        "another patient's referral",
        "referral.of_other_patient",
        "$.resources[0].basedOn[0].reference",
        given(REFERRAL, redeemed_referral(patient=PatientId(OTHER_PATIENT))),
    ),
    row(
        "a referral in another institution's hands",
        "referral.of_other_entity",
        "$.resources[0].basedOn[0].reference",
        altered(REFERRAL, redeemed_by=LegalEntityId(OTHER_ENTITY)),
    ),
]

CANCEL_REPORT = [
    row(
        "a report nobody recorded",
        "diagnostic_report.unknown",
        "$.resources[0].id",
        without(REPORT),
    ),
    row(
        "by another institution",
        "standalone.of_other_entity",
        "$.legal_entity",
        altered(REPORT, legal_entity=LegalEntityId(OTHER_ENTITY)),
    ),
    row(
        "for a reason of nobody's list",
        "code.unknown",
        "$.cancellation.reason",
        asks("cancellation", "reason", value="bored"),
    ),
    row(
        "another value than was recorded",
        "standalone.content_differs",
        "$.resources[1]",
        asks(*_OBSERVED, "valueQuantity", "value", value=129),
    ),
    row(
        "another conclusion than was recorded",
        "standalone.content_differs",
        "$.resources[0]",
        asks(*_REPORT, "conclusion", value="Інше"),
    ),
    row(
        "without an observation",
        "standalone.content_differs",
        "$.resources",
        lambda scene: scene.content["resources"].pop(),
    ),
    row(
        "an observation that is in error already",
        "standalone.already_in_error",
        "$.resources[1].status",
        altered(REPORT, in_error=frozenset({OBSERVATION})),
    ),
    row(
        "nothing in error",
        "diagnostic_report.nothing_in_error",
        "$.resources",
        both(asks(*_REPORT, "status", value="final"), asks(*_OBSERVED, "status", value="final")),
    ),
]

_EVIDENCE = asks("resource", "reasonReference", value=[reference("Condition", CONDITION)])
RECORD_PROCEDURE = [
    row(
        "signed for somebody else",
        "standalone.performer_not_signer",
        "$.resource.performer[0].actor.reference",
        asks("resource", "performer", 0, "actor", value=_NOBODY),
    ),
    row("an id that is taken", "id.not_new", "$.resource.id", taken(PROCEDURE)),
    row(
        "done in an hour",
        "standalone.moment_in_future",
        "$.resource.performedDateTime",
        asks("resource", "performedDateTime", value=_SOON),
    ),
    row(
        "an outcome of nobody's list",
        "code.unknown",
        "$.resource.outcome.coding[0].code",
        asks("resource", "outcome", "coding", 0, "code", value="splendid"),
    ),
    row(
        "a reason nobody recorded",
        "standalone.evidence_unknown",
        "$.resource.reasonReference[0].reference",
        _EVIDENCE,
    ),
    row(
        "a reason of another type",
        "standalone.evidence_unknown",
        "$.resource.reasonReference[0].reference",
        both(_EVIDENCE, _known(CONDITION, "Observation")),
    ),
    row(
        "another patient's condition",
        "standalone.evidence_of_other_patient",
        "$.resource.reasonReference[0].reference",
        both(_EVIDENCE, _known(CONDITION, "Condition", patient=PatientId(OTHER_PATIENT))),
    ),
    row(
        "a condition in error",
        "standalone.evidence_in_error",
        "$.resource.reasonReference[0].reference",
        both(_EVIDENCE, _known(CONDITION, "Condition", in_error=True)),
    ),
    row(
        "asked for by nobody",
        "standalone.basis_required",
        "$.resource.basedOn",
        _drops("resource", "basedOn"),
    ),
    row(
        "another category than the service's",
        "standalone.category_differs",
        "$.resource.category",
        asks("resource", "category", "coding", 0, "code", value="387713003"),
    ),
    row(
        "another service than was asked for",
        "standalone.other_service",
        "$.resource.code",
        altered(REFERRAL, services=("eHealth/services|A11709",)),
    ),
]
CANCEL_PROCEDURE = [
    row("a procedure nobody recorded", "procedure.unknown", "$.resource.id", without(PROCEDURE)),
    row(
        "by another institution",
        "standalone.of_other_entity",
        "$.legal_entity",
        altered(PROCEDURE, legal_entity=LegalEntityId(OTHER_ENTITY)),
    ),
    row(
        "another outcome than was recorded",
        "standalone.content_differs",
        "$.resource",
        asks("resource", "outcome", "coding", 0, "code", value="unsuccessful"),
    ),
    row(
        "in error already",
        "standalone.already_in_error",
        "$.resource.status",
        altered(PROCEDURE, in_error=True),
    ),
]

_COLLECTION = ("resource", "collection")
REGISTER_SPECIMEN = [
    row(
        "a patient nobody registered",
        "patient.unknown",
        "$.resource.subject.reference",
        without(PATIENT),
    ),
    row("an id that is taken", "id.not_new", "$.resource.id", taken(NEW)),
    row(
        "taken in an hour",
        "standalone.moment_in_future",
        "$.resource.collection.collectedDateTime",
        asks(*_COLLECTION, "collectedDateTime", value=_SOON),
    ),
    row(
        "taken too long ago",
        "standalone.moment_too_old",
        "$.resource.collection.collectedDateTime",
        asks(*_COLLECTION, "collectedDateTime", value=moment(days=3_651)),
    ),
    row(
        "taken by nobody of the institution",
        "specimen.collector_unknown",
        "$.resource.collection.collector.reference",
        asks(*_COLLECTION, "collector", value=_NOBODY),
    ),
    row(
        "of a type of nobody's list",
        "code.unknown",
        "$.resource.type.coding[0].code",
        asks("resource", "type", "coding", 0, "code", value="ichor"),
    ),
    row(
        "from a specimen nobody registered",
        "specimen.unknown",
        "$.resource.parent[0].reference",
        without(PARENT),
    ),
    row(
        "from another patient's specimen",
        "specimen.of_other_patient",
        "$.resource.parent[0].reference",
        altered(PARENT, patient=PatientId(OTHER_PATIENT)),
    ),
    row(
        "for a referral nobody issued",
        "referral.unknown",
        "$.resource.request[0].reference",
        without(REFERRAL),
    ),
    row(
        "for another patient's referral",
        "referral.of_other_patient",
        "$.resource.request[0].reference",
        given(REFERRAL, redeemed_referral(patient=PatientId(OTHER_PATIENT))),
    ),
]
PROCESS_SPECIMEN = [
    row("nobody registered it", "specimen.unknown", "$.resource.specimen", without(SPECIMEN)),
    row(
        "of another patient",
        "specimen.of_other_patient",
        "$.resource.specimen",
        asks("resource", "patient", value=str(OTHER_PATIENT)),
    ),
    row(
        "it is used up",
        "specimen.not_available",
        "$.resource.specimen",
        altered(SPECIMEN, status=SpecimenStatus.UNAVAILABLE),
    ),
    row(
        "received before",
        "specimen.already_received",
        "$.resource.specimen",
        altered(SPECIMEN, received=True),
    ),
    row(
        "received in an hour",
        "standalone.moment_in_future",
        "$.resource.received_at",
        asks("resource", "received_at", value=_SOON),
    ),
    row(
        "received the day before it was taken",
        "specimen.received_before_collected",
        "$.resource.received_at",
        asks("resource", "received_at", value=moment(days=2)),
    ),
]
JUDGE_SPECIMEN = [
    row(
        "for a reason of nobody's list",
        "code.unknown",
        "$.resource.reason",
        asks("resource", "reason", value="dull"),
    ),
    row(
        "it is unsatisfactory already",
        "specimen.not_available",
        "$.resource.specimen",
        altered(SPECIMEN, status=SpecimenStatus.UNSATISFACTORY),
    ),
]
CANCEL_SPECIMEN = [
    row(
        "by another institution",
        "standalone.of_other_entity",
        "$.legal_entity",
        altered(SPECIMEN, legal_entity=LegalEntityId(OTHER_ENTITY)),
    ),
    row(
        "of another patient",
        "specimen.of_other_patient",
        "$.resource.patient",
        asks("resource", "patient", value=str(OTHER_PATIENT)),
    ),
    row(
        "in error already",
        "standalone.already_in_error",
        "$.resource.specimen",
        altered(SPECIMEN, status=SpecimenStatus.ENTERED_IN_ERROR),
    ),
    row(
        "for a reason of nobody's list",
        "code.unknown",
        "$.resource.cancellation.reason",
        asks("resource", "cancellation", "reason", value="bored"),
    ),
]

_EVENT = ("resource", "event", 0, "period")
_RELATED = an_id("related")
_REPLACES = both(
    asks(
        "resource",
        "relatesTo",
        value=[{"code": "replaces", "targetReference": reference("Composition", _RELATED)}],
    ),
    given(_RELATED, known_composition(_RELATED)),
)
SIGN_COMPOSITION = [
    row(
        "signed for somebody else",
        "standalone.performer_not_signer",
        "$.resource.author[0].reference",
        asks("resource", "author", value=[_NOBODY]),
    ),
    row(
        "in another institution's name",
        "actor.other_legal_entity",
        "$.resource.custodian.reference",
        asks("resource", "custodian", value=reference("Organization", OTHER_ENTITY)),
    ),
    row(
        "of an encounter nobody recorded",
        "composition.encounter_unknown",
        "$.resource.encounter.reference",
        without(ENCOUNTER),
    ),
    row(
        "of another institution's encounter",
        "composition.encounter_unknown",
        "$.resource.encounter.reference",
        altered(ENCOUNTER, legal_entity=LegalEntityId(OTHER_ENTITY)),
    ),
    row(
        "of an encounter in error",
        "composition.encounter_in_error",
        "$.resource.encounter.reference",
        altered(ENCOUNTER, in_error=frozenset({ENCOUNTER})),
    ),
    row(
        "dated in an hour",
        "standalone.moment_in_future",
        "$.resource.date",
        asks("resource", "date", value=_SOON),
    ),
    row(
        "a type of nobody's list",
        "code.unknown",
        "$.resource.type.coding[0].code",
        asks("resource", "type", "coding", 0, "code", value="HOROSCOPE"),
    ),
    row(
        "a category of another type",
        "composition.category_not_allowed",
        "$.resource.category[0].coding[0].code",
        asks("resource", "category", 0, "coding", 0, "code", value="LIVE_BIRTH"),
    ),
    row(
        "valid backwards",
        "standalone.period_reversed",
        "$.resource.event[0].period",
        asks(*_EVENT, "end", value=moment(days=3)),
    ),
    row(
        "valid since more than a year",
        "standalone.moment_too_old",
        "$.resource.event[0].period.start",
        asks(*_EVENT, "start", value=moment(days=366)),
    ),
    row(
        "valid for longer than its type allows",
        "composition.valid_too_long",
        "$.resource.event[0].period.end",
        given(*valued(COMPOSITION_DAYS_VALID_MAX, {"TEMPORARY_DISABILITY": 6})),
    ),
    row(
        "resting on what nobody recorded",
        "standalone.evidence_unknown",
        "$.resource.section[0].entry[0].reference",
        asks("resource", "section", 0, "entry", value=[reference("Condition", CONDITION)]),
    ),
    row(
        "in place of one nobody signed",
        "composition.unknown",
        "$.resource.relatesTo[0].targetReference.reference",
        both(_REPLACES, without(_RELATED)),
    ),
    row(
        "in place of one of another type",
        "composition.related_differs",
        "$.resource.relatesTo[0].targetReference.reference",
        both(_REPLACES, altered(_RELATED, type="DRIVER")),
    ),
    row(
        "in place of one that was replaced",
        "composition.not_final",
        "$.resource.relatesTo[0].targetReference.reference",
        both(_REPLACES, altered(_RELATED, status=CompositionStatus.REPLACED)),
    ),
]
CANCEL_COMPOSITION = [
    row("nobody signed it", "composition.unknown", "$.resource.id", without(COMPOSITION)),
    row(
        "by another institution",
        "standalone.of_other_entity",
        "$.legal_entity",
        altered(COMPOSITION, legal_entity=LegalEntityId(OTHER_ENTITY)),
    ),
    row(
        "another title than was signed",
        "standalone.content_differs",
        "$.resource",
        asks("resource", "title", value="Інший висновок"),
    ),
    row(
        "in error already",
        "standalone.already_in_error",
        "$.resource.status",
        altered(COMPOSITION, status=CompositionStatus.ENTERED_IN_ERROR),
    ),
]
TABLES: list[tuple[Callable[[], Scene], list[Any]]] = [
    (record_report, RECORD_REPORT),
    (cancel_report, CANCEL_REPORT),
    (record_procedure, RECORD_PROCEDURE),
    (cancel_procedure, CANCEL_PROCEDURE),
    (register_specimen, REGISTER_SPECIMEN),
    (process_specimen, PROCESS_SPECIMEN),
    (invalidate_specimen, JUDGE_SPECIMEN),
    (reject_specimen, JUDGE_SPECIMEN),
    (cancel_specimen, CANCEL_SPECIMEN),
    (sign_composition, SIGN_COMPOSITION),
    (cancel_composition, CANCEL_COMPOSITION),
]
ROWS = [
    pytest.param(accepted, *each.values, id=f"{accepted.__name__}: {each.id}")
    for accepted, table in TABLES
    for each in table
]


@pytest.mark.parametrize(("accepted", "change", "code", "path"), ROWS)
def test_refused(accepted: Callable[[], Scene], change: Change, code: str, path: str) -> None:
    """One thing differs from the accepted scene, and the refusal names it."""
    assert refused(accepted, change) == (code, path)


def test_rule_40_a_report_completes_its_referral_and_is_priced() -> None:
    """Report, completion and charge are one commit; the charge names the report."""
    recorded, completed, charge = record_report().judge()
    assert isinstance(recorded, DiagnosticReportRecorded)
    assert isinstance(completed, ReferralCompleted)
    assert isinstance(charge, ChargeAccrued)
    assert (recorded.referral, recorded.service) == (REFERRAL, "eHealth/services|A34001")
    assert (completed.referral, completed.diagnostic_report) == (REFERRAL, REPORT)
    assert (completed.encounter, completed.procedure) == (None, None)
    assert charge.service == "eHealth/services|A34001"


def test_rule_40_paper_completes_nothing() -> None:
    """A report asked for on paper stands by itself."""
    scene = record_report()
    _ON_PAPER(scene)
    (recorded,) = scene.judge()
    assert isinstance(recorded, DiagnosticReportRecorded)
    assert recorded.referral is None


def test_rule_40_an_image_has_an_interpreter_and_a_conclusion() -> None:
    """What the table refuses without them is accepted with them."""
    scene = record_report()
    both(_AS_IMAGING, _INTERPRETED)(scene)
    recorded = scene.judge()[0]
    assert isinstance(recorded, DiagnosticReportRecorded)
    assert recorded.category == IMAGING != DIAGNOSTIC_PROCEDURE


def test_rule_41_an_observation_is_cancelled_alone() -> None:
    """A wrong value leaves the report standing, and earns nothing back."""
    scene = cancel_report()
    asks(*_REPORT, "status", value="final")(scene)
    (cancelled,) = scene.judge()
    assert isinstance(cancelled, DiagnosticReportCancelled)
    assert (cancelled.status, cancelled.observations) == ("final", (OBSERVATION,))


def test_rule_41_a_cancelled_report_takes_its_charge_back() -> None:
    """What the act earned goes with it while its month is open."""
    charge = record_report().judge()[2]
    scene = cancel_report()
    given(charge.stream_id, evolve(None, charge))(scene)
    cancelled, withdrawn = scene.judge()
    assert isinstance(cancelled, DiagnosticReportCancelled)
    assert cancelled.status == "entered_in_error"
    assert isinstance(withdrawn, ChargeWithdrawn)


def test_a_conclusion_is_numbered_and_replaces_another() -> None:
    """The later conclusion stands in the earlier one's place, in one commit."""
    scene = sign_composition()
    _REPLACES(scene)
    signed, replaced = scene.judge()
    assert isinstance(signed, CompositionSigned)
    assert isinstance(replaced, CompositionReplaced)
    assert signed.number == composition_number(UUID(scene.content["ledger"]), COMPOSITION)
    assert (replaced.composition, replaced.by) == (_RELATED, COMPOSITION)
    assert (str(signed.first_day), str(signed.last_day)) == ("2026-11-23", "2026-11-29")


@for_all(some.uuids(), some.uuids())
def test_numbers_are_sixteen_readable_signs(ledger: UUID, composition: UUID) -> None:
    """A number can be read out over the telephone, and says nothing of its order."""
    number = composition_number(ledger, composition)
    assert [len(part) for part in number.split("-")] == [4, 4, 4, 4]
    assert set(number) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ-")
    assert number == composition_number(ledger, composition)


@pytest.mark.parametrize(
    ("accepted", "change"),
    [
        (record_report, _drops(*_REPORT, "effectiveDateTime")),
        (record_report, asks(*_REPORT, "status", value="preliminary")),
        (record_report, lambda scene: scene.content["resources"].reverse()),
        (record_report, _drops(*_OBSERVED, "valueQuantity")),
        (record_procedure, _drops("resource", "performedDateTime")),
        (record_procedure, asks("resource", "status", value="entered-in-error")),
        (cancel_procedure, asks("resource", "status", value="completed")),
    ],
)
def test_shapes_that_no_law_sees(accepted: Callable[[], Scene], change: Change) -> None:
    """The profile refuses what is no report or procedure at all."""
    scene = accepted()
    change(scene)
    with pytest.raises(Refused) as refusal:
        scene.judge()
    assert refusal.value.code.startswith("content.field_")


def test_paper_names_who_referred_and_when() -> None:
    """A referral on paper without a requester is none."""
    scene = record_report()
    _ON_PAPER(scene)
    _drops(*_REPORT, "extension", 0, "extension", 0)(scene)
    with pytest.raises(Refused):
        scene.judge()
