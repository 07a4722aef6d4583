"""Set accepted scenes of grouping rules, and of an inpatient case that they group."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from ehealth_ledger.commands.strict_json import read_object
from ehealth_ledger.events.grouping import GroupingReleased
from ehealth_ledger.events.tariff import TariffReleased
from ehealth_ledger.pricing.charge import ContractInForce, TariffInForce
from ehealth_ledger.values.grouping import GroupingRule
from ehealth_ledger.values.identifiers import ContractId, GroupingId, LegalEntityId, TariffId
from ehealth_ledger.values.json import Json
from ehealth_ledger.values.money import Kopiykas
from ehealth_ledger.values.tariffs import CaseMixTerms, NamedFactor
from tests.laws.bench import Scene
from tests.laws.lookups import an_id
from tests.laws.scenes.common import (
    ACTOR,
    CONTRACT,
    ENCOUNTER,
    ENTITY,
    NEW,
    PATIENT,
    coded,
    moment,
    reference,
    scene,
)
from tests.laws.scenes.encounter import record_encounter
from tests.laws.scenes.money import CHARGE, settle_charge, withheld

YEAR: Final = date(2026, 1, 1), date(2026, 12, 31)
RELEASE, MIX, RATE = (
    GroupingId(an_id("grouping")),
    TariffId(an_id("case mix")),
    TariffId(an_id("rate a case")),
)
PROCEDURE: Final = an_id("appendectomy")
APPENDECTOMY: Final = "30571-00"
BASE: Final = Kopiykas(1_000_050)


def rule(group: str, **when: Any) -> GroupingRule:
    """Write a rule of the package of surgery for inpatients."""
    asked = {"encounter_class": "INPATIENT"} | when
    return GroupingRule(group=group, package="surgery", when=asked)


RULES: Final = (
    rule("A1", main_diagnosis=("K35",), secondary_diagnosis=("E10-E14",)),
    rule("A2", main_diagnosis=("K35",), interventions=(APPENDECTOMY,)),
    rule("A3", main_diagnosis=("K35",)),
)


def release_grouping() -> Scene:
    resource = {
        "id": str(NEW),
        "version": "2027",
        "first_day": "2027-01-01",
        "last_day": "2027-12-31",
        "order": "наказ 1",
        "trust": "INF",
        "rules": [each.model_dump() for each in RULES],
    }
    return scene("NHS_ADMIN_SIGNER", "grouping.release", resource=resource)


def replace_grouping() -> Scene:
    """Set new rules from the middle of this year on; they hold longer than those they replace."""
    accepted = release_grouping()
    accepted.content["version"] = 2
    accepted.content["resource"] |= {"replaces": str(RELEASE), "first_day": "2026-07-01"}
    accepted.states[RELEASE] = released()
    accepted.lookups.groupings.known["2026"] = (*YEAR, RELEASE)
    return accepted


def discharge() -> Scene:
    """Discharge a patient whose appendix was taken out: priced by the case mix of surgery."""
    accepted = record_encounter()
    encounter, condition, _ = accepted.content["resources"]
    del encounter["basedOn"]
    encounter["class"]["code"] = "INPATIENT"
    encounter["type"] = [coded("eHealth/encounter_types", "discharge")]
    encounter["priority"] = coded("eHealth/encounter_priority", "urgent")
    encounter["period"] = {"start": moment(days=4), "end": moment(minutes=5)}
    department = coded("eHealth/encounter_discharge_department", "surgery")
    encounter["hospitalization"] = {
        "admitSource": coded("eHealth/encounter_admit_source", "3"),
        "dischargeDisposition": coded("eHealth/encounter_discharge_disposition", "1"),
        "extension": [
            {"url": "eHealth/extensions/discharge_department", "valueCodeableConcept": department}
        ],
    }
    condition["code"]["coding"][0]["code"] = "K35.8"
    accepted.content["resources"].append(_procedure())
    accepted.lookups.groupings.known["2026"] = (*YEAR, RELEASE)
    accepted.states[RELEASE] = released()
    mix_in_force(accepted, A1="2.5", A2="1.333", A3="0.8")
    buys = ContractInForce(ContractId(CONTRACT), LegalEntityId(an_id("payer")))
    accepted.lookups.contracts.known[ENTITY] = [(*YEAR, "surgery", buys)]
    return accepted


def settle_discharge() -> Scene:
    """Settle that case, which nothing priced when it was recorded; by now everything is there."""
    recorded = discharge()
    resources = read_object(recorded.wish().signed_bytes)["resources"]
    position = withheld().act_position
    recorded.lookups.originals.recorded[position] = resources
    accepted = settle_charge()
    accepted.lookups = recorded.lookups
    accepted.states = {**recorded.states, **accepted.states}
    accepted.states[CHARGE] = withheld(
        kind="case", service=None, reason="no_release", day=date(2026, 11, 23)
    )
    return accepted


def released(rules: tuple[GroupingRule, ...] = RULES) -> GroupingReleased:
    """Make the state of the rules in force."""
    return GroupingReleased(
        grouping=RELEASE,
        version="2026",
        first_day=YEAR[0],
        last_day=YEAR[1],
        order="наказ 1",
        trust="INF",
        rules=rules,
    )


def mix_in_force(scene: Scene, *, base: int = BASE, **weights: str) -> None:
    """Put a case mix of surgery in force, with these weights of groups."""
    terms = CaseMixTerms(
        kind="case_mix",
        base=Kopiykas(base),
        weights=tuple(NamedFactor(code=code, value=value) for code, value in weights.items()),
    )
    scene.lookups.case_tariffs.weighed = [(*YEAR, TariffInForce(MIX, "surgery", terms.base))]
    scene.states[MIX] = TariffReleased(
        tariff=MIX,
        package="surgery",
        first_day=YEAR[0],
        last_day=YEAR[1],
        order="наказ 2",
        trust="INF",
        terms=terms,
    )


def rate_in_force(scene: Scene, group: str, rate: int) -> None:
    """Put a rate for each case of a group of surgery in force."""
    tariff = TariffInForce(RATE, "surgery", Kopiykas(rate))
    scene.lookups.case_tariffs.rates.append((*YEAR, group, tariff))


def _procedure() -> Json:
    return {
        "resourceType": "Procedure",
        "id": str(PROCEDURE),
        "status": "completed",
        "code": coded("eHealth/services", APPENDECTOMY),
        "subject": reference("Patient", PATIENT),
        "encounter": reference("Encounter", ENCOUNTER),
        "performedDateTime": moment(days=3),
        "performer": [{"actor": reference("PractitionerRole", ACTOR)}],
    }


SCENES: Final[Mapping[str, Callable[[], Scene]]] = {"grouping.release": release_grouping}
