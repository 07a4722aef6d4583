"""The laws of who receives care: identity (rules 10, 11, 12), death, merging, confidants."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from ehealth_ledger.aggregates.lookups import LiveDeclaration, Namesake
from ehealth_ledger.errors import RuleBroken
from ehealth_ledger.events.confidant import (
    ConfidantDeactivated,
    ConfidantExpired,
    ConfidantRegistered,
)
from ehealth_ledger.events.declaration import DeclarationTerminated
from ehealth_ledger.events.patient import (
    PatientAbsorbed,
    PatientDeceased,
    PatientMerged,
    PatientRegistered,
    PatientReleased,
    PatientUnmerged,
    PatientUpdated,
)
from ehealth_ledger.values.identifiers import (
    DeclarationId,
    EmployeeId,
    LegalEntityId,
    PartyId,
    PatientId,
)
from ehealth_ledger.values.patient import DOCUMENT_NUMBERS
from ehealth_ledger.values.person_name import spelled_whole
from ehealth_ledger.values.tax_id import check_digit, is_tax_id
from ehealth_ledger.values.time import age_on, birthday, day_begins
from tests.laws.bench import Change, Scene, altered, asks, both, given, taken, without
from tests.laws.lookups import an_id
from tests.laws.parameters import valued
from tests.laws.scenes.common import ACTOR, ENTITY, NEW, PATIENT, employee
from tests.laws.scenes.patient import (
    CHILD,
    MASTER,
    PARENT,
    RELATIONSHIP,
    child,
    deactivate_confidant,
    deactivate_patient,
    described,
    described_confidant,
    expire_confidant,
    mark_patient_deceased,
    merge_patient,
    person,
    register_child,
    register_confidant,
    register_patient,
    register_preperson,
    relationship,
    unmerge_patient,
    update_patient,
)
from tests.laws.tables import refused, row

ELSE = PatientId(an_id("somebody else"))
TAX_ID = described()["identifier"][1]["value"]
PHONE = described()["telecom"][0]["value"]
NAME_INDEX = f"name {' '.join(spelled_whole('Пацієнтка', ('Олена', 'Іванівна')))} 1980-05-01"
AUTHENTICATION = ("resource", "extension", 0, "valueCode")


def _known_by_tax_id(scene: Scene) -> None:
    scene.lookups.patients.taxes[f"tax {TAX_ID}"] = ELSE


def _namesake(tax_index: str | None) -> Change:
    return lambda scene: scene.lookups.patients.names.update(
        {NAME_INDEX: [Namesake(ELSE, tax_index)]}
    )


def _without_tax_id(reason: str | None = None) -> Change:
    def change(scene: Scene) -> None:
        resource = scene.content["resource"]
        resource["identifier"] = resource["identifier"][:1]
        if reason is not None:
            resource["extension"].append({"url": "eHealth/no-tax-id", "valueCode": reason})

    return change


def _phone_of(persons: int) -> Change:
    others = {PatientId(an_id(f"person {number}")) for number in range(persons)}
    return lambda scene: scene.lookups.patients.phones.update({f"phone {PHONE}": others})


IDENTITY = [
    row("the id is taken", "id.not_new", "$.resource.id", taken(NEW)),
    row(
        "born tomorrow",
        "patient.birth_date_implausible",
        "$.resource.birthDate",
        asks("resource", "birthDate", value="2026-11-24"),
    ),
    row(
        "born 151 years ago",
        "patient.birth_date_implausible",
        "$.resource.birthDate",
        asks("resource", "birthDate", value="1875-11-23"),
    ),
    row(
        "the last digit of the tax id is wrong",
        "patient.tax_id_checksum",
        "$.resource.identifier",
        asks("resource", "identifier", 1, "value", value="1234567890"),
    ),
    row(
        "no tax id and no reason",
        "patient.tax_id_or_reason",
        "$.resource.identifier",
        _without_tax_id(),
    ),
    row(
        "a tax id and a reason for none",
        "patient.tax_id_or_reason",
        "$.resource.identifier",
        lambda scene: scene.content["resource"]["extension"].append(
            {"url": "eHealth/no-tax-id", "valueCode": "REFUSED"}
        ),
    ),
    row(
        "two tax ids",
        "patient.tax_id_or_reason",
        "$.resource.identifier",
        lambda scene: scene.content["resource"]["identifier"].append(
            {"system": "eHealth/tax-id", "value": TAX_ID}
        ),
    ),
    row(
        "registered somewhere, living nowhere",
        "patient.residence_not_one",
        "$.resource.address",
        asks("resource", "address", 0, "extension", 0, "valueCode", value="REGISTRATION"),
    ),
    row(
        "living in two places",
        "patient.residence_not_one",
        "$.resource.address",
        lambda scene: scene.content["resource"]["address"].append(
            scene.content["resource"]["address"][0]
        ),
    ),
    row(
        "a passport of one letter",
        "patient.document_number_invalid",
        "$.resource.identifier[0].value",
        both(
            asks("resource", "identifier", 0, "value", value="А123456"),
            asks("resource", "identifier", 0, "type", "coding", 0, "code", value="PASSPORT"),
        ),
    ),
    row(
        "a tax id is no document",
        "patient.document_missing",
        "$.resource.identifier",
        lambda scene: scene.content["resource"]["identifier"].pop(0),
    ),
    row(
        "the tax id is somebody's",
        "patient.already_registered",
        "$.resource.identifier",
        _known_by_tax_id,
    ),
    row(
        "names and birth date are somebody's who has no tax id",
        "patient.already_registered",
        "$.resource.name",
        _namesake(None),
    ),
    row(
        "names and birth date are somebody's, and the newcomer has no tax id",
        "patient.already_registered",
        "$.resource.name",
        both(_namesake("tax of somebody else"), _without_tax_id("REFUSED")),
    ),
    row(
        "a code can be sent nowhere",
        "patient.phone_missing",
        "$.resource.telecom",
        asks("resource", "telecom", value=[]),
    ),
    row(
        "a code is sent to no telephone at home",
        "patient.phone_missing",
        "$.resource.telecom",
        asks("resource", "telecom", 0, "use", value="home"),
    ),
    row(
        "the sixth person with one telephone",
        "patient.phone_of_too_many",
        "$.resource.telecom",
        _phone_of(5),
    ),
    row(
        "confirms by a confidant and has none",
        "patient.confidant_missing",
        "$.confidant",
        asks(*AUTHENTICATION, value="THIRD_PERSON"),
    ),
]
CHILDREN = [
    row(
        "a child of ten confirms by a code",
        "patient.third_person_required",
        "$.resource.extension",
        both(
            asks(*AUTHENTICATION, value="OTP"),
            asks("resource", "telecom", value=described()["telecom"]),
        ),
    ),
    row(
        "the confidant stays away",
        "patient.confidant_missing",
        "$.confidant",
        lambda scene: scene.content.pop("confidant"),
    ),
    row("the relationship's id is taken", "id.not_new", "$.confidant.id", taken(RELATIONSHIP)),
    row(
        "the relationship is another child's",
        "confidant.of_other_patient",
        "$.confidant.patient.reference",
        asks("confidant", value=described_confidant(ELSE)),
    ),
    row(
        "the child is their own confidant",
        "confidant.not_another_person",
        "$.confidant.extension[0].valueReference.reference",
        asks("confidant", value=described_confidant(person=NEW)),
    ),
    row(
        "the confidant is not registered",
        "patient.unknown",
        "$.confidant.extension[0].valueReference.reference",
        without(PARENT),
    ),
    row(
        "the confidant is dead",
        "patient.not_active",
        "$.confidant.extension[0].valueReference.reference",
        altered(PARENT, active=False, deceased=True),
    ),
    row(
        "the confidant is seventeen",
        "confidant.not_grown_up",
        "$.confidant.extension[0].valueReference.reference",
        altered(PARENT, birth_date=date(2008, 11, 24)),
    ),
    row(
        "the relationship begins tomorrow",
        "confidant.period_not_current",
        "$.confidant.period",
        asks("confidant", "period", "start", value="2026-11-24"),
    ),
    row(
        "the relationship ended yesterday",
        "confidant.period_not_current",
        "$.confidant.period",
        asks("confidant", "period", "end", value="2026-11-22"),
    ),
]
UPDATES = [
    row("no such patient", "patient.unknown", "$.resource.id", without(PATIENT)),
    row(
        "dead", "patient.not_active", "$.resource.id", altered(PATIENT, active=False, deceased=True)
    ),
    row(
        "nobody knows who it is",
        "patient.unidentified",
        "$.resource.id",
        altered(PATIENT, identified=False),
    ),
    row(
        "the tax id is somebody else's",
        "patient.already_registered",
        "$.resource.identifier",
        lambda scene: scene.lookups.patients.taxes.update(
            {f"tax {described(PATIENT)['identifier'][1]['value']}": ELSE}
        ),
    ),
]
DEATHS = [
    row("no such patient", "patient.unknown", "$.resource.patient", without(PATIENT)),
    row(
        "dead already",
        "patient.not_active",
        "$.resource.patient",
        altered(PATIENT, active=False, deceased=True),
    ),
    row(
        "dies tomorrow",
        "patient.death_date_implausible",
        "$.resource.died_on",
        asks("resource", "died_on", value="2026-11-24"),
    ),
    row(
        "died before the birth",
        "patient.death_date_implausible",
        "$.resource.died_on",
        asks("resource", "died_on", value="1980-04-30"),
    ),
]
DEACTIVATIONS = [
    row("no such patient", "patient.unknown", "$.resource.patient", without(PATIENT)),
    row(
        "ended already",
        "patient.not_active",
        "$.resource.patient",
        altered(PATIENT, active=False, deactivated=True),
    ),
    row(
        "merged",
        "patient.not_active",
        "$.resource.patient",
        altered(PATIENT, active=False, merged_into=PatientId(MASTER)),
    ),
]
MERGERS = [
    row("no such master", "patient.unknown", "$.resource.master", without(MASTER)),
    row("no such record", "patient.unknown", "$.resource.merged", without(PATIENT)),
    row(
        "with itself",
        "patient.merge_with_itself",
        "$.resource.merged",
        asks("resource", "merged", value=str(MASTER)),
    ),
    row(
        "the master is merged",
        "patient.not_active",
        "$.resource.master",
        altered(MASTER, active=False, merged_into=ELSE),
    ),
    row(
        "the record is merged already",
        "patient.not_active",
        "$.resource.merged",
        altered(PATIENT, active=False, merged_into=ELSE),
    ),
    row(
        "the master is nobody known",
        "patient.unidentified",
        "$.resource.master",
        altered(MASTER, identified=False),
    ),
    row(
        "the record is a master",
        "patient.merge_of_master",
        "$.resource.merged",
        altered(PATIENT, absorbed=(ELSE,)),
    ),
    row(
        "two identified people, by a doctor",
        "patient.merge_by_payer_only",
        "$.employee",
        given(PATIENT, person()),
    ),
]
UNMERGERS = [
    row("no such master", "patient.unknown", "$.resource.master", without(MASTER)),
    row("no such record", "patient.unknown", "$.resource.merged", without(PATIENT)),
    row(
        "joined to another master",
        "patient.not_merged",
        "$.resource.merged",
        altered(PATIENT, merged_into=ELSE),
    ),
]
CONFIDANTS = [
    row("no such child", "patient.unknown", "$.resource.patient.reference", without(PATIENT)),
    row(
        "the child is dead",
        "patient.not_active",
        "$.resource.patient.reference",
        altered(PATIENT, active=False, deceased=True),
    ),
    row(
        "nobody knows who the patient is",
        "patient.unidentified",
        "$.resource.patient.reference",
        altered(PATIENT, identified=False),
    ),
    row("the id is taken", "id.not_new", "$.resource.id", taken(RELATIONSHIP)),
]
ENDINGS = [
    row("no such patient", "patient.unknown", "$.resource.patient", without(PATIENT)),
    row(
        "another relationship",
        "confidant.unknown",
        "$.resource.confidant",
        asks("resource", "confidant", value=str(ELSE)),
    ),
]
EXPIRIES = [
    row("no such patient", "patient.unknown", "$.resource.patient", without(PATIENT)),
    row(
        "the last day is today",
        "confidant.not_due",
        "$.resource.patient",
        given(PATIENT, child(confidants=(relationship(last_day=date(2026, 11, 23)),))),
    ),
    row(
        "there is no last day",
        "confidant.not_due",
        "$.resource.patient",
        given(PATIENT, child()),
    ),
]
PREPEOPLE = [
    row("the id is taken", "id.not_new", "$.resource.id", taken(NEW)),
    row(
        "born tomorrow",
        "patient.birth_date_implausible",
        "$.resource.birthDate",
        asks("resource", "birthDate", value="2026-11-24"),
    ),
]
LAWS = [
    *((register_patient, *each.values) for each in IDENTITY),
    *((register_child, *each.values) for each in CHILDREN),
    *((update_patient, *each.values) for each in UPDATES),
    *((register_preperson, *each.values) for each in PREPEOPLE),
    *((mark_patient_deceased, *each.values) for each in DEATHS),
    *((deactivate_patient, *each.values) for each in DEACTIVATIONS),
    *((merge_patient, *each.values) for each in MERGERS),
    *((unmerge_patient, *each.values) for each in UNMERGERS),
    *((register_confidant, *each.values) for each in CONFIDANTS),
    *((deactivate_confidant, *each.values) for each in ENDINGS),
    *((expire_confidant, *each.values) for each in EXPIRIES),
]
NAMES = [
    each.id
    for table in (
        *(IDENTITY, CHILDREN, UPDATES, PREPEOPLE, DEATHS, DEACTIVATIONS, MERGERS, UNMERGERS),
        *(CONFIDANTS, ENDINGS, EXPIRIES),
    )
    for each in table
]


@pytest.mark.parametrize(("accepted", "change", "code", "path"), LAWS, ids=NAMES)
def test_the_law_of_patients(accepted: Any, change: Change, code: str, path: str) -> None:
    """Each row differs from an accepted act by one thing, and is refused for it, at its place."""
    assert refused(accepted, change) == (code, path)


def test_twins_are_two_people() -> None:
    """A twin has the same family name, second name and birth date, and is registered all the
    same.
    """
    twin = spelled_whole("Пацієнтка", ("Ольга", "Іванівна"))
    scene = register_patient()
    scene.lookups.patients.names[f"name {' '.join(twin)} 1980-05-01"] = [Namesake(ELSE, None)]
    (registered,) = scene.judge()
    assert isinstance(registered, PatientRegistered)


def test_two_people_of_one_name_and_birth_date_are_told_apart_by_their_tax_ids() -> None:
    """Whoever has another tax id is somebody else, whatever the name."""
    scene = register_patient()
    _namesake("tax of somebody else")(scene)
    assert scene.judge()


def test_people_without_a_tax_id_are_not_one_person() -> None:
    """That two people lack a tax id says nothing about them."""
    scene = register_patient()
    _without_tax_id("REFUSED")(scene)
    (registered,) = scene.judge()
    assert isinstance(registered, PatientRegistered)
    assert (registered.tax_index, registered.no_tax_id) == (None, "REFUSED")


def test_a_duplicate_names_what_matched_and_nothing_of_the_other_person() -> None:
    """The refusal says which index matched; whose it is stays unsaid."""
    for change, matched in ((_known_by_tax_id, "tax_id"), (_namesake(None), "name_and_birth_date")):
        scene = register_patient()
        change(scene)
        with pytest.raises(RuleBroken) as refusal:
            scene.judge()
        assert refusal.value.evidence["matched"] == matched
        assert str(ELSE) not in str(refusal.value.evidence)


def test_rule_11_the_limit_of_a_telephone_is_a_parameter() -> None:
    """One telephone serves as many people as the parameter in force says, and no more."""
    for most in (1, 3):
        for others, accepted in ((most - 1, True), (most, False)):
            scene = register_patient()
            _phone_of(others)(scene)
            stream, state = valued("patient.phone_persons_max", most)
            scene.states[stream] = state
            if accepted:
                assert scene.judge()
                continue
            with pytest.raises(RuleBroken) as refusal:
                scene.judge()
            assert refusal.value.code == "patient.phone_of_too_many"


def test_rule_11_a_patient_is_not_counted_against_themselves() -> None:
    """Who keeps the telephone while the description changes takes no further place."""
    scene = update_patient()
    phone = described(PATIENT)["telecom"][0]["value"]
    others = {PatientId(an_id(f"person {number}")) for number in range(4)}
    scene.lookups.patients.phones[f"phone {phone}"] = {*others, PatientId(PATIENT)}
    (updated,) = scene.judge()
    assert isinstance(updated, PatientUpdated)


def test_rule_10_a_childs_confidant_is_registered_in_the_same_commit() -> None:
    """A child's registration and the relationship are one act, in the child's stream."""
    registered, confidant = register_child().judge()
    assert isinstance(registered, PatientRegistered)
    assert isinstance(confidant, ConfidantRegistered)
    assert (confidant.stream_id, confidant.person) == (NEW, PARENT)
    assert registered.authentication == "THIRD_PERSON"


def test_rule_10_refuses_patient__confidant_missing_where_the_confidant_died() -> None:
    """Who confirms for a child lives."""
    scene = update_patient()
    asks("resource", "birthDate", value=CHILD.isoformat())(scene)
    asks(*AUTHENTICATION, value="THIRD_PERSON")(scene)
    scene.states |= {PATIENT: child(), PARENT: person(PARENT)}
    assert scene.judge()
    altered(PARENT, active=False, deceased=True)(scene)
    with pytest.raises(RuleBroken) as refusal:
        scene.judge()
    assert refusal.value.code == "patient.confidant_missing"


def test_rule_10_from_the_fourteenth_birthday_on_a_code_will_do() -> None:
    """The obligation ends on the day of the birthday."""
    for born, accepted in (("2012-11-23", True), ("2012-11-24", False)):
        scene = register_patient()
        asks("resource", "birthDate", value=born)(scene)
        if accepted:
            assert scene.judge()
            continue
        with pytest.raises(RuleBroken) as refusal:
            scene.judge()
        assert refusal.value.code == "patient.third_person_required"


def test_an_update_keeps_a_registered_confidant() -> None:
    """A child whose parent is registered is described anew without the parent coming again."""
    scene = update_patient()
    scene.states[PATIENT] = child()
    scene.content["resource"] = described(PATIENT, birth_date=CHILD, authentication="THIRD_PERSON")
    (updated,) = scene.judge()
    assert isinstance(updated, PatientUpdated)


def test_the_identity_stays_in_the_signed_content() -> None:
    """A fact holds keyed indexes and the birth date; no name, number, telephone or address."""
    (fact,) = register_patient().judge()
    bare = fact.to_bytes().decode()
    indexes = fact.model_dump(include={"tax_index", "name_index", "phone_index"}).values()
    for index in indexes:
        bare = bare.replace(index, "")
    for secret in ("Олена", "олена", TAX_ID, PHONE, "Казкова"):
        assert secret not in bare


@pytest.mark.parametrize("accepted", [mark_patient_deceased, deactivate_patient])
def test_the_end_of_a_registration_ends_the_declaration(accepted: Any) -> None:
    """Nobody stays declared for a patient whose registration ended (section 2.5)."""
    scene = accepted()
    scene.lookups.declarations.live.append(_live(PATIENT))
    ended, _ = scene.judge()
    assert isinstance(ended, DeclarationTerminated)
    assert ended.reason in ("patient_deceased", "patient_deactivated")


def test_the_dead_are_not_active() -> None:
    """Rule 23 begins with the record of the death."""
    (fact,) = mark_patient_deceased().judge()
    assert isinstance(fact, PatientDeceased)
    assert fact.died_on == date(2026, 11, 22)


def test_a_merged_record_leads_to_its_master_and_back() -> None:
    """Both sides know of the merger, the declaration ends, and the undoing restores both."""
    scene = merge_patient()
    scene.lookups.declarations.live.append(_live(PATIENT))
    ended, merged, absorbed = scene.judge()
    assert isinstance(ended, DeclarationTerminated)
    assert ended.reason == "patient_merged"
    assert isinstance(merged, PatientMerged)
    assert isinstance(absorbed, PatientAbsorbed)
    assert (merged.stream_id, merged.master) == (PATIENT, MASTER)
    assert (absorbed.stream_id, absorbed.merged) == (MASTER, PATIENT)
    unmerged, released = unmerge_patient().judge()
    assert isinstance(unmerged, PatientUnmerged)
    assert isinstance(released, PatientReleased)
    assert (unmerged.stream_id, released.stream_id) == (PATIENT, MASTER)


def test_the_payer_merges_two_identified_records() -> None:
    """What a doctor may not, the payer may: both records are of identified people."""
    scene = merge_patient()
    scene.states[PATIENT] = person()
    scene.states[ACTOR] = employee("NHS_ADMIN_SIGNER")
    assert scene.judge()


def test_a_dead_unidentified_patient_can_still_be_identified() -> None:
    """A death does not hinder that somebody finds out who died."""
    scene = merge_patient()
    scene.states[PATIENT] = replace(scene.states[PATIENT], active=False, deceased=True)  # type: ignore[type-var]
    assert scene.judge()


def test_relationships_expire_together_and_the_next_is_awaited() -> None:
    """What is over ends; the next expiry is that of what is left."""
    over = relationship(last_day=date(2026, 11, 22))
    also = relationship(id=an_id("also"), last_day=date(2026, 11, 1))
    left = relationship(id=an_id("left"), last_day=date(2027, 1, 31))
    scene = expire_confidant()
    scene.states[PATIENT] = child(confidants=(over, also, left))
    facts = scene.judge()
    assert [type(each) for each in facts] == [ConfidantExpired, ConfidantExpired]
    due = {each.next_expiry for each in facts if isinstance(each, ConfidantExpired)}
    assert due == {day_begins(date(2027, 2, 1))}


def test_an_ended_relationship_is_awaited_no_more() -> None:
    """A relationship that was ended has no expiry left."""
    scene = deactivate_confidant()
    scene.states[PATIENT] = child(confidants=(relationship(last_day=date(2027, 1, 31)),))
    (ended,) = scene.judge()
    assert isinstance(ended, ConfidantDeactivated)
    assert ended.next_expiry is None


def _live(patient: Any) -> LiveDeclaration:
    return LiveDeclaration(
        DeclarationId(an_id("declaration")),
        PatientId(patient),
        EmployeeId(an_id("doctor")),
        PartyId(an_id("party of the doctor")),
        active=True,
        legal_entity=LegalEntityId(ENTITY),
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("О'Коннор", "О’КОННОР"),
        ("Сон-Трава", "Сон – трава"),
        ("Анна  Марія", "Анна Марія"),
        ("Іванна", "Iванна"),  # the second begins with a Latin letter
        ("Й" + "ова", "Й" + "ова"),  # one letter, or a letter and its breve
    ],
)
def test_spellings_of_one_name_meet(one: str, other: str) -> None:
    """Apostrophes, dashes, spaces, capitals and a wrong keyboard make no second person."""
    assert spelled_whole(one, ()) == spelled_whole(other, ())


def test_different_names_stay_different() -> None:
    """Spelling a name one way does not make two names one."""
    assert spelled_whole("Олена", ()) != spelled_whole("Олєна", ())
    assert spelled_whole("Сон", ("Трава",)) != spelled_whole("Сон Трава", ())


def test_a_tax_id_ends_in_its_check_digit() -> None:
    """One of the ten last digits is right, and only ten digits are a tax id."""
    assert check_digit("184571029") == 0  # -1+40+28+45+28+6+0+10+63 = 219; 219 mod 11 = 10
    right = [f"184571029{last}" for last in range(10) if is_tax_id(f"184571029{last}")]
    assert right == ["1845710290"]
    for wrong in ("", "184571029", "18457102900", "184571029x", "１８４５７１０２９０"):
        assert not is_tax_id(wrong)


def test_ages_are_counted_in_whole_years() -> None:
    """Somebody grows older on the birthday; a leap day's child on the last day of February."""
    assert age_on(date(2012, 11, 23), date(2026, 11, 22)) == 13
    assert age_on(date(2012, 11, 23), date(2026, 11, 23)) == 14
    assert birthday(date(2008, 2, 29), 18) == date(2026, 2, 28)
    assert age_on(date(2008, 2, 29), date(2026, 2, 28)) == 18
    assert age_on(date(2008, 2, 29), date(2026, 2, 27)) == 17


def test_every_document_has_a_form_of_number() -> None:
    """A passport has two letters and six digits, an identity card nine digits."""
    assert DOCUMENT_NUMBERS["PASSPORT"].fullmatch("АБ123456")
    assert not DOCUMENT_NUMBERS["PASSPORT"].fullmatch("AБ123456")  # a Latin letter
    assert not DOCUMENT_NUMBERS["NATIONAL_ID"].fullmatch("12345678")
