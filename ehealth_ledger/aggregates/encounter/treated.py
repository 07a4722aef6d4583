"""Read a treated case out of an encounter package: what the rules of grouping may ask of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final

from ehealth_ledger.commands.encounter import Child
from ehealth_ledger.commands.fhir.condition import ICD_10_AM, Condition
from ehealth_ledger.commands.fhir.elements import CodeableConcept
from ehealth_ledger.commands.fhir.encounter import Encounter
from ehealth_ledger.commands.fhir.package_procedure import PackageProcedure
from ehealth_ledger.pricing.grouping import TreatedCase
from ehealth_ledger.values.parameters.definition import Value
from ehealth_ledger.values.time import age_on, kyiv_day

BESIDE_THE_MAIN_ONE: Final = frozenset({"comorbidity", "complication"})


def ends_case(encounter: Encounter, types_by_class: Value | None) -> bool:
    """Tell whether an encounter ends a treated case, by the parameter's value on its last day.

    It tells of a stay. Where nobody has said which encounters do, there are no cases.
    """
    if not isinstance(types_by_class, dict) or encounter.hospitalization is None:
        return False
    types = types_by_class.get(encounter.class_.code)
    return isinstance(types, tuple) and encounter.type[0].coding[0].code in types


def last_day(encounter: Encounter) -> date:
    """Return the civil day on which a case ended: its rules, tariff and contract are that day's."""
    return kyiv_day(encounter.period.end)


def treated(encounter: Encounter, members: Iterable[Child], birth_date: date | None) -> TreatedCase:
    """Return what may be asked of a case; what was refuted or not done counts nowhere."""
    kept = list(members)
    codes = {each.id: _code(each) for each in kept if isinstance(each, Condition)}
    main = (codes.get(each.condition.reference, "") for each in encounter.primary_diagnoses)
    beside = {
        codes.get(each.condition.reference, "")
        for each in encounter.diagnosis
        if each.use.coding[0].code in BESIDE_THE_MAIN_ONE
    }
    stay = encounter.hospitalization
    first = kyiv_day(encounter.period.start)
    return TreatedCase(
        encounter_class=encounter.class_.code,
        main_diagnosis=next(main, ""),
        secondary_diagnoses=frozenset(beside - {""}),
        interventions=frozenset(
            code
            for each in kept
            if isinstance(each, PackageProcedure) and each.status == "completed"
            for code in _codes(each.code)
        ),
        discharge=_codes(None if stay is None else stay.discharge_disposition),
        age=None if birth_date is None else age_on(birth_date, first),
        stay_days=(last_day(encounter) - first).days,
    )


def _code(condition: Condition) -> str:
    """Return a condition's code of ICD-10-AM; none where it was refuted."""
    if condition.verification_status.coding[0].code == "refuted":
        return ""
    codes = (each.code for each in condition.code.coding if each.system == ICD_10_AM)
    return next(codes, "")


def _codes(concept: CodeableConcept | None) -> frozenset[str]:
    return frozenset(each.code for each in (() if concept is None else concept.coding))
