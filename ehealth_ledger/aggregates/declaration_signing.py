"""Judge the choice of a family doctor (rules 6 to 10, 13)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.declaration import Declaration, ended_by
from ehealth_ledger.aggregates.division import require_own_active
from ehealth_ledger.aggregates.employee import Employee, acting_employee, acting_institution
from ehealth_ledger.aggregates.patient import Patient, active_patient, confirms
from ehealth_ledger.commands.declaration import Choice, SignDeclaration
from ehealth_ledger.events.declaration import DeclarationSigned, FrozenSeed, PendingReason
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.values.parameters.declaration import (
    LEGAL_ENTITY_KINDS,
    LIMIT_BY_SPECIALITY,
    TERM_YEARS,
    VERIFICATION_DAYS,
)
from ehealth_ledger.values.parameters.patient import ADULT_AGE, THIRD_PERSON_BELOW_AGE
from ehealth_ledger.values.time import age_on, birthday, day_begins

_DAY: Final = timedelta(days=1)


def sign(case: Case[SignDeclaration]) -> list[Fact]:
    """Begin a declaration; the live one it replaces ends in the same commit (rule 6).

    It holds at once where the patient confirmed by a code and has a tax id. Otherwise it is pending
    until the payer has looked at the documents; one confirmed by scans holds by itself after a time
    (rule 15).
    """
    actor = acting_employee(case)
    asked = case.command.body.resource
    case.require(
        asked.doctor == actor.id,
        "declaration.signer_not_doctor",
        "$.resource.doctor",
        expected=actor.id,
    )
    case.require_new_id(asked.id, "$.resource.id")
    _require_seed(case, asked)
    with case.part():
        _require_institution(case, actor)
    with case.part():
        require_own_active(case, asked.division, actor.legal_entity, "$.resource.division")
    with case.part():
        _require_parent(case, asked)
    patient = active_patient(case, asked.patient, "$.resource.patient")
    born = patient.birth_date
    if born is None or not patient.identified:
        case.refuse("patient.unidentified", "$.resource.patient", expected="an identified person")
        return []
    _require_confidant(case, patient, born)
    _require_speciality(case, asked, actor, born)
    held, limit = _require_limit(case, asked, actor)
    last_day = _last_day(case, asked, born)
    pending, activates_on = _pending(case, patient)
    return [
        *ended_by(case, patient.id, "replaced", successor=asked.id),
        DeclarationSigned(
            declaration=asked.id,
            patient=patient.id,
            doctor=actor.id,
            party=actor.party,
            legal_entity=actor.legal_entity,
            division=asked.division,
            speciality=asked.speciality,
            first_day=case.today,
            last_day=last_day,
            pending=pending,
            activates_at=None if activates_on is None else day_begins(activates_on),
            held=held,
            limit=limit,
            parent=asked.parent_declaration,
            seed=FrozenSeed(
                log=asked.seed.log,
                position=asked.seed.position,
                chain_value=asked.seed.chain_value,
            ),
        ),
    ]


def _require_seed(case: Case[SignDeclaration], asked: Choice) -> None:
    """Require that the preview was frozen at a record of this ledger: any one, however old."""
    stands = case.lookups.records.chain_value(asked.seed.position)
    case.require(
        stands == asked.seed.chain_value,
        "declaration.seed_unknown",
        "$.resource.seed",
        expected="the position and chain value of a record of this ledger",
    )


def _require_institution(case: Case[SignDeclaration], actor: Employee) -> None:
    """Require an institution that may hold declarations, verified by the payer (rule 13)."""
    institution = acting_institution(case, actor)
    kinds = case.texts(LEGAL_ENTITY_KINDS)
    case.require(
        institution.kind in kinds,
        "declaration.legal_entity_kind",
        "$.legal_entity",
        kind=institution.kind,
        expected=", ".join(kinds),
    )
    case.require(
        institution.nhs_verified,
        "declaration.legal_entity_not_verified",
        "$.legal_entity",
        expected="an institution that the payer has verified",
    )


def _require_parent(case: Case[SignDeclaration], asked: Choice) -> None:
    """Require that what a reorganisation carries on is the same patient's declaration."""
    if asked.parent_declaration is None:
        return
    path = "$.resource.parent_declaration"
    parent = case.get(Declaration, asked.parent_declaration, code="declaration.unknown", path=path)
    case.require(
        parent.patient == asked.patient,
        "declaration.of_other_patient",
        path,
        expected=asked.patient,
    )


def _require_confidant(case: Case[SignDeclaration], patient: Patient, born: date) -> None:
    """Require who confirms by a confidant, a young child always, to have one today (rule 10).

    The confidant is alive today, not only on the day the relationship was registered.
    """
    young = age_on(born, case.today) < case.number(THIRD_PERSON_BELOW_AGE)
    by_confidant = patient.authentication == "THIRD_PERSON"
    case.require(
        not (young or by_confidant)
        or (by_confidant and any(each.holds_on(case.today) for each in patient.confidants)),
        "declaration.confidant_missing",
        "$.resource.patient",
        expected="a patient whose confidant's relationship is registered and holds today",
    )
    holding = [each for each in patient.confidants if each.holds_on(case.today)]
    case.require(
        not (by_confidant and holding) or any(confirms(case, each) for each in holding),
        "declaration.confidant_not_active",
        "$.resource.patient",
        expected="a patient whose confidant lives and whose registration holds",
    )


def _require_speciality(
    case: Case[SignDeclaration], asked: Choice, actor: Employee, born: date
) -> None:
    """Require a speciality that the doctor holds and that suits the patient's age (rule 7)."""
    path = "$.resource.speciality"
    case.require(
        asked.speciality in actor.specialities,
        "declaration.speciality_not_held",
        path,
        expected=", ".join(actor.specialities),
    )
    adult = case.number(ADULT_AGE)
    grown_up = age_on(born, case.today) >= adult
    suits = {
        "FAMILY_DOCTOR": True,
        "THERAPIST": grown_up,
        "PEDIATRICIAN": not grown_up,
    }
    case.require(
        suits[asked.speciality],
        "declaration.speciality_of_other_age",
        path,
        expected=", ".join(each for each, fits in suits.items() if fits),
    )


def _require_limit(case: Case[SignDeclaration], asked: Choice, actor: Employee) -> tuple[int, int]:
    """Require room below the doctor's limit, unless the command asks to be let in (rule 9).

    The limit is the lowest over the specialities of all the person's jobs; the count is over all of
    them, too, and without what the patient already has with this doctor.
    """
    declarations = case.lookups.declarations
    own = sum(each.party == actor.party for each in declarations.live_of(asked.patient))
    held = declarations.count_of_party(actor.party) - own
    limits = [
        limit
        for limit in (
            case.number_by_name(LIMIT_BY_SPECIALITY, each)
            for each in {
                *case.lookups.employees.specialities_of_party(actor.party),
                *actor.specialities,
                asked.speciality,
            }
        )
        if limit is not None
    ]
    limit = min(limits, default=0)
    case.require(
        held < limit or asked.overlimit,
        "declaration.limit_reached",
        "$.resource.doctor",
        held=held,
        expected=f"fewer than {limit} declarations, or overlimit",
    )
    return held, limit


def _last_day(case: Case[SignDeclaration], asked: Choice, born: date) -> date:
    """Return the last day: with a paediatrician the day before growing up (rule 8).

    What was shown to the patient may end earlier, never later.
    """
    if asked.speciality == "PEDIATRICIAN":
        latest = birthday(born, case.number(ADULT_AGE)) - _DAY
    else:
        latest = birthday(case.today, case.number(TERM_YEARS)) - _DAY
    if asked.end_date is None:
        return latest
    case.require(
        case.today <= asked.end_date <= latest,
        "declaration.end_date_out_of_term",
        "$.resource.end_date",
        expected=f"a day from {case.today} to {latest}",
    )
    return asked.end_date


def _pending(
    case: Case[SignDeclaration], patient: Patient
) -> tuple[PendingReason | None, date | None]:
    """Say why the payer has to look first, and from which day nobody need wait for it."""
    if patient.authentication == "OFFLINE":
        return "offline", case.today + timedelta(days=case.number(VERIFICATION_DAYS))
    if patient.tax_index is None:
        return "no_tax_id", None
    return None, None
