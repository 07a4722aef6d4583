"""Enrol the patients: register them, name confidants for the young, let them choose a doctor."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from random import Random
from typing import Final

from ehealth_ledger.entrypoints.demo.commands import Author, Signed
from ehealth_ledger.entrypoints.demo.resources import patient as write
from scripts.regional.mis import Act, Mis
from scripts.regional.people import ADULT_AGE, CHILD_AGE, Patient, an_id
from scripts.regional.stage import Stage

DECLARED: Final = 0.87  # 30 of 34 million people had a declaration


class Enrolment:
    """Register patients and sign their declarations."""

    def __init__(self, mis: Mis, author: Author, stage: Stage, random: Random) -> None:
        self._mis = mis
        self._author = author
        self._stage = stage
        self._random = random

    def enrol(self, patients: Sequence[Patient], today: date) -> None:
        """Register everybody, those who may be confidants first, and sign declarations."""
        young = [each for each in patients if each.age(today) < CHILD_AGE]
        others = [each for each in patients if each.age(today) >= CHILD_AGE]
        self._mis.post([Act(self._registration(each)) for each in others])
        adults = [each for each in others if each.age(today) >= ADULT_AGE]
        self._mis.post(
            [Act(self._registration(each, self._random.choice(adults), today)) for each in young]
        )
        choosing = [each for each in patients if self._random.random() < DECLARED]
        self._mis.post([Act(self.declaration(each)) for each in choosing])
        for each in choosing:
            each.declared = True

    def declaration(self, patient: Patient) -> Signed:
        """Sign a patient's choice of the family doctor."""
        clinic = self._stage.clinics[patient.clinic]
        doctor = clinic.staff["DOCTOR"][patient.doctor]
        resource = write.declaration(
            patient.id,
            doctor.employee,
            division=clinic.division,
            seed=self._author.seed,
            declaration_id=an_id(self._random),
        )
        return self._author.sign("declaration.sign", doctor, resource=resource)

    def _registration(
        self, patient: Patient, confidant: Patient | None = None, today: date | None = None
    ) -> Signed:
        clinic = self._stage.clinics[patient.clinic]
        (receptionist,) = clinic.staff["RECEPTIONIST"]
        resource = write.patient(
            patient.id,
            family=patient.family,
            given=patient.given,
            second=patient.second,
            birth_date=patient.birth_date,
            gender=patient.gender,
            tax_id=patient.tax_id,
            phone=patient.phone,
            authentication="OTP" if confidant is None else "THIRD_PERSON",
        )
        patient.confidant = confidant
        if confidant is None or today is None:
            return self._author.sign("patient.register", receptionist, resource=resource)
        relation = write.confidant(
            an_id(self._random), patient_id=patient.id, person=confidant.id, first_day=today
        )
        return self._author.sign(
            "patient.register", receptionist, resource=resource, confidant=relation
        )
