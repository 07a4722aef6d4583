"""Set accepted scenes of commands about declarations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final

from ehealth_ledger.aggregates.declaration import Declaration, Status
from ehealth_ledger.entrypoints.demo.resources.patient import declaration as written_declaration
from ehealth_ledger.values.identifiers import (
    DeclarationId,
    EmployeeId,
    LegalEntityId,
    PartyId,
    PatientId,
)
from ehealth_ledger.values.time import microseconds
from tests.laws.bench import NOW, Scene
from tests.laws.lookups import an_id
from tests.laws.scenes.common import (
    ACTOR,
    ENTITY,
    FIRST_CHAIN,
    NEW,
    PARTY,
    PATIENT,
    TAX,
    employee,
    institution,
    scene,
)
from tests.laws.scenes.patient import PARENT, person, system_head
from tests.laws.scenes.registry import DIVISION, division

DECLARATION = an_id("declaration")
SEED: Final = {"log": "records", "position": 40, "chain_value": FIRST_CHAIN}
NAMED: Final = {"declaration": str(DECLARATION), "patient": str(PATIENT)}


def declaration(status: Status = Status.ACTIVE, **other: Any) -> Declaration:
    """Make a declaration's state: with the acting doctor, for a long time."""
    fields: dict[str, Any] = {
        "id": DeclarationId(DECLARATION),
        "patient": PatientId(PATIENT),
        "doctor": EmployeeId(ACTOR),
        "party": PartyId(PARTY),
        "legal_entity": LegalEntityId(ENTITY),
        "last_day": date(2100, 1, 1),
        "status": status,
    }
    return Declaration(**(fields | other))


def waiting(**other: Any) -> Declaration:
    """Make the state of a declaration confirmed by scans, whose time is over."""
    due = microseconds(NOW - timedelta(days=1))
    return declaration(Status.PENDING, **({"pending": "offline", "activates_at": due} | other))


def sign_declaration() -> Scene:
    resource = written_declaration(PATIENT, ACTOR, division=DIVISION, seed=SEED, declaration_id=NEW)
    states = {
        ACTOR: employee("DOCTOR"),
        ENTITY: replace(institution(), kind="PRIMARY_CARE", nhs_verified=True),
        DIVISION: division(),
        PATIENT: person(),
        PARENT: person(PARENT),
    }
    accepted = scene("DOCTOR", "declaration.sign", states=states, resource=resource)
    accepted.lookups.records.values[40] = FIRST_CHAIN
    return accepted


def approve_declaration() -> Scene:
    states = {DECLARATION: waiting()}
    return scene("NHS_ADMIN_SIGNER", "declaration.approve", states=states, resource=NAMED)


def reject_declaration() -> Scene:
    resource = {**NAMED, "reason": "Скани нечитабельні"}
    states = {DECLARATION: waiting()}
    return scene("NHS_ADMIN_SIGNER", "declaration.reject", states=states, resource=resource)


def terminate_declaration() -> Scene:
    resource = {**NAMED, "reason": "За заявою пацієнта"}
    states = {DECLARATION: declaration()}
    return scene("DOCTOR", "declaration.terminate", states=states, resource=resource)


PATIENTS_TAX: Final = "2000000017"


def end_declaration_by_patient() -> Scene:
    """A patient, who signs by a certificate of her own, leaves her doctor."""
    content = system_head(
        "declaration.end_by_patient",
        patient=str(PATIENT),
        resource={"declaration": str(DECLARATION), "reason": "Переїзд"},
    )
    del content["reason"]
    states = {
        PATIENT: person(tax_index=f"tax {PATIENTS_TAX}"),
        DECLARATION: declaration(),
    }
    return Scene(content, states, PATIENTS_TAX)


def activate_declaration() -> Scene:
    content = system_head("declaration.activate", resource=NAMED)
    return Scene(content, {DECLARATION: waiting()}, TAX)


def close_declaration() -> Scene:
    over = declaration(last_day=date(2026, 11, 22))
    return Scene(system_head("declaration.close", resource=NAMED), {DECLARATION: over}, TAX)


SCENES: Final[Mapping[str, Callable[[], Scene]]] = {
    "declaration.sign": sign_declaration,
    "declaration.approve": approve_declaration,
    "declaration.reject": reject_declaration,
    "declaration.terminate": terminate_declaration,
    "declaration.end_by_patient": end_declaration_by_patient,
    "declaration.activate": activate_declaration,
    "declaration.close": close_declaration,
}
