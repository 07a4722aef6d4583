"""Be wrong on purpose: one thing at a time, each with the refusal it is to get."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

from ehealth_ledger.entrypoints.demo import commands as write
from ehealth_ledger.entrypoints.demo.cades import sign_cades
from ehealth_ledger.entrypoints.demo.commands import Actor, Signed
from ehealth_ledger.entrypoints.demo.resources.episode import episode_of_care
from ehealth_ledger.values.json import Json
from scripts.regional.mis import Act
from scripts.regional.people import Patient, staff_tax_id
from scripts.regional.year import PHC, Year

STRANGER: int = 999_999  # a number no person at work of the region has


def wrongs(year: Year) -> Iterator[Act]:
    """Give wrong commands that do not rest on one another; nothing of them is written."""
    clinic = year.stage.clinics[0]
    doctor, receptionist = clinic.staff["DOCTOR"][0], clinic.staff["RECEPTIONIST"][0]
    alive = [each for each in year.patients if not each.deceased and each.declared]
    seen = next(each for each in alive if each.episode is not None and each.clinic == 0)
    yield from _of_the_container(year, doctor, seen)
    yield from _of_the_content(year, doctor, seen)
    yield from _of_the_actor(year, doctor, receptionist, seen)
    yield from _of_people(year, doctor, receptionist, seen)
    yield from _of_care(year, doctor, seen)
    yield from _of_referrals(year, doctor, seen)


def _asked(patient: Patient, doctor: Actor, year: Year, **other: Any) -> Json:
    fields = {"authored_on": year.clock.now, "days": 60, **other}
    return write.service_request(uuid4(), patient.id, doctor, **fields)


def _of_the_container(year: Year, doctor: Actor, patient: Patient) -> Iterator[Act]:
    right = year.author.sign("referral.issue", doctor, resource=_asked(patient, doctor, year))
    yield Act(replace(right, container=right.container + b"\0"), "container.trailing_bytes")
    yield Act(replace(right, container=b"\x30\x03\x02\x01\x01"), "container.not_der")
    altered = right.container.replace(b"active", b"passed", 1)
    yield Act(replace(right, container=altered), "signature.digest_mismatch")
    authority = year.running.founding.authority
    yesterday = year.clock.now - timedelta(days=1)
    ended = authority.issue("Лікар", staff_tax_id(1), not_after=yesterday)
    expired = replace(doctor, credential=ended)
    yield _signed(year, expired, patient, "certificate.expired")


def _signed(year: Year, actor: Actor, patient: Patient, expected: str, **other: Any) -> Act:
    resource = _asked(patient, actor, year, **other)
    return Act(year.author.sign("referral.issue", actor, resource=resource), expected)


def _of_the_content(year: Year, doctor: Actor, patient: Patient) -> Iterator[Act]:
    right = json.loads(
        year.author.content("referral.issue", doctor, resource=_asked(patient, doctor, year))
    )

    def said(expected: str, **other: Any) -> Act:
        content = json.dumps({**right, "command_id": str(uuid4()), **other}).encode()
        return Act(_sealed("referral.issue", content, doctor), expected)

    yield said("content.command_unknown", command="referral.imagine")
    yield said("content.version_unknown", version=99)
    yield said("content.field_unknown", colour="green")
    yield said("content.field_invalid", legal_entity="nobody")
    yield said("content.other_ledger", ledger=str(uuid4()))
    ahead = year.clock.now + timedelta(hours=1)
    yield said("content.issued_in_future", issued_at=ahead.isoformat())
    without = {name: value for name, value in right.items() if name != "resource"}
    yield Act(
        _sealed("referral.issue", json.dumps(without).encode(), doctor), "content.field_missing"
    )
    twice = json.dumps(right).encode().replace(b"{", b'{"version": 1, ', 1)
    yield Act(_sealed("referral.issue", twice, doctor), "content.duplicate_key")
    yield Act(_sealed("referral.issue", b"not json", doctor), "content.not_json")
    yield Act(_sealed("referral.issue", b"\xff", doctor), "content.not_utf8")
    deep = b'{"a": ' + b"[" * 200 + b"]" * 200 + b"}"
    yield Act(_sealed("referral.issue", deep, doctor), "content.too_deep")


def _sealed(command: str, content: bytes, actor: Actor) -> Signed:
    return Signed(command, uuid4(), content, sign_cades(content, actor.credential))


def _of_the_actor(
    year: Year, doctor: Actor, receptionist: Actor, patient: Patient
) -> Iterator[Act]:
    authority = year.running.founding.authority
    other = authority.issue("Хтось", staff_tax_id(STRANGER))
    yield _signed(year, replace(doctor, credential=other), patient, "actor.not_signer")
    yield _signed(year, replace(doctor, employee=uuid4()), patient, "actor.unknown")
    elsewhere = year.stage.pharmacies[0].head.legal_entity
    moved = replace(doctor, legal_entity=elsewhere)
    yield _signed(year, moved, patient, "actor.other_legal_entity")
    yield _signed(year, receptionist, patient, "actor.role_not_allowed")


def _of_people(year: Year, doctor: Actor, receptionist: Actor, patient: Patient) -> Iterator[Act]:
    known = next(each for each in year.patients if each.age(year.clock.now.date()) >= 14)

    def registering(expected: str, **other: Any) -> Act:
        fields: dict[str, Any] = {
            "family": "Новенький",
            "given": "Явір",
            "birth_date": year.clock.now.date().replace(year=1980, day=1),
            "gender": "male",
            **other,
        }
        resource = write.patient(uuid4(), **fields)
        return Act(year.author.sign("patient.register", receptionist, resource=resource), expected)

    yield registering("patient.already_registered", tax_id=known.tax_id)
    yield registering("patient.tax_id_checksum", tax_id="1234567890")
    born = year.clock.now.date() + timedelta(days=400)
    yield registering("patient.birth_date_implausible", birth_date=born)
    child = year.clock.now.date() - timedelta(days=1_000)
    yield registering("patient.third_person_required", birth_date=child)
    foreign = next((each for each in year.stage.clinics if each is not year.stage.clinics[0]), None)
    resource = write.declaration(
        patient.id,
        doctor.employee,
        division=year.stage.pharmacies[0].division if foreign is None else foreign.division,
        seed=year.author.seed,
    )
    yield Act(
        year.author.sign("declaration.sign", doctor, resource=resource),
        "division.of_other_entity",
    )
    resource = write.declaration(
        patient.id,
        doctor.employee,
        division=year.stage.clinics[0].division,
        seed={**year.author.seed, "chain_value": "00" * 32},
    )
    yield Act(
        year.author.sign("declaration.sign", doctor, resource=resource),
        "declaration.seed_unknown",
    )


def _of_care(year: Year, doctor: Actor, patient: Patient) -> Iterator[Act]:
    if patient.episode is None:
        raise TypeError("the patient was seen")

    def visiting(expected: str, *path: str | int, value: Any) -> Act:
        package: Any = write.encounter_package(
            patient.id,
            doctor,
            at=year.clock.now,
            episode=patient.episode,  # type: ignore[arg-type]
            encounter_class="PHC",
            diagnosis=PHC,
        )
        place = package
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value
        return Act(year.author.sign("encounter.record", doctor, resources=package), expected)

    now = year.clock.now
    ahead, long_ago = now + timedelta(days=1), now - timedelta(days=30)
    yield visiting("encounter.period_in_future", 0, "period", "end", value=ahead.isoformat())
    yield visiting("encounter.period_too_old", 0, "period", "start", value=long_ago.isoformat())
    yield visiting("code.unknown", 1, "code", "coding", 0, "code", value="Q99.9")
    yield visiting("encounter.primary_diagnosis_count", 0, "diagnosis", value=[])
    yield visiting("encounter.reasons_required", 0, "reasonCode", value=[])
    another = write.reference("Patient", year.patients[-1].id)
    yield visiting("encounter.subject_mismatch", 1, "subject", value=another)
    nowhere = [write.reference("EpisodeOfCare", uuid4())]
    yield visiting("episode.unknown", 0, "episodeOfCare", value=nowhere)
    taken = episode_of_care(patient.episode, patient.id, doctor, started_on=year.clock.now.date())
    yield Act(year.author.sign("episode.open", doctor, resource=taken), "id.not_new")


def _of_referrals(year: Year, doctor: Actor, patient: Patient) -> Iterator[Act]:
    ahead = year.clock.now + timedelta(days=2)
    yield _signed(year, doctor, patient, "referral.authored_in_future", authored_on=ahead)
    stranger = replace(patient, id=uuid4())
    yield _signed(year, doctor, stranger, "patient.unknown")
    nobody = {"referral": str(uuid4()), "patient": str(patient.id), "reason": "помилка"}
    yield Act(year.author.sign("referral.recall", doctor, resource=nobody), "referral.unknown")
