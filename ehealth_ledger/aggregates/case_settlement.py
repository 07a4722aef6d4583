"""Price at last a treated case that was withheld, from the package that was signed."""

from __future__ import annotations

from uuid import UUID

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.encounter.state import Encounter
from ehealth_ledger.aggregates.encounter.treated import treated
from ehealth_ledger.aggregates.patient import Patient
from ehealth_ledger.aggregates.treated_case import CaseAct, price_case
from ehealth_ledger.commands.command import Command
from ehealth_ledger.commands.encounter import read_package
from ehealth_ledger.events.charge import ChargeAccrued, ChargeWithheld
from ehealth_ledger.values.identifiers import ChargeId


def settle_case(
    case: Case[Command], withheld: ChargeWithheld, *, charge: ChargeId
) -> ChargeAccrued | ChargeWithheld | None:
    """Price a withheld case by what is in force now for its day, or say what is missing still.

    Its package is opened again under the patient's key, and the rules are asked again, so that a
    release that came later can give another group; what was entered in error since then counts
    nowhere. `charge` is the id under which it accrues. None where the package went with the key.
    """
    resources = case.lookups.originals.of_act(withheld.act_position)
    if resources is None:
        return None
    encounter, members = read_package(resources)
    state = case.find(Encounter, encounter.id)
    in_error = frozenset[UUID]() if state is None else state.in_error
    patient = case.find(Patient, encounter.subject.reference)
    birth_date = None if patient is None else patient.birth_date
    seen = treated(encounter, (each for each in members if each.id not in in_error), birth_date)
    about = CaseAct(withheld.act_position, withheld.provider, withheld.performer, withheld.day)
    return price_case(case, about, seen, charge=charge)
