"""Set accepted scenes of commands about contracts; the institution that acts is the provider."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from ehealth_ledger.aggregates.contract.state import Contract, ContractRequest, RequestStatus
from ehealth_ledger.aggregates.division import Division
from ehealth_ledger.aggregates.employee import Employee
from ehealth_ledger.aggregates.legal_entity import LegalEntity
from ehealth_ledger.events.contract import ContractPayerSigned, ContractRequested, Correction
from ehealth_ledger.events.tariff import TariffReleased
from ehealth_ledger.values.identifiers import (
    ContractId,
    ContractRequestId,
    DivisionId,
    EmployeeId,
    LegalEntityId,
    PartyId,
    TariffId,
)
from ehealth_ledger.values.money import Kopiykas
from ehealth_ledger.values.tariffs import GlobalTerms, NamedFactor
from tests.laws.bench import Scene
from tests.laws.lookups import an_id
from tests.laws.scenes.common import (
    CONTRACT,
    ENTITY,
    FIRST_CHAIN,
    FIRST_CONTENT,
    NEW,
    PACKAGE,
    contract,
    institution,
    scene,
)
from tests.laws.scenes.medication import program

REQUEST: Final = an_id("contract request")
PAYER: Final = an_id("payer")
PLACE: Final = an_id("contracted division")
DOCTOR: Final = an_id("contracted doctor")
PROGRAM: Final = program().id


def division(**other: Any) -> Division:
    """Make the state of a clinic of the provider."""
    fields = {"id": DivisionId(PLACE), "legal_entity": LegalEntityId(ENTITY), "kind": "CLINIC"}
    return Division(**(fields | other))


def doctor(**other: Any) -> Employee:
    """Make the state of a family doctor of the provider."""
    fields: dict[str, Any] = {
        "id": EmployeeId(DOCTOR),
        "legal_entity": LegalEntityId(ENTITY),
        "party": PartyId(an_id("doctor")),
        "tax_index": "index of a doctor",
        "type": "DOCTOR",
        "specialities": ("FAMILY_DOCTOR",),
    }
    return Employee(**(fields | other))


def requested(**other: Any) -> ContractRequested:
    """Make what was asked for: a contract of medical services next year."""
    fields: dict[str, Any] = {
        "request": ContractRequestId(REQUEST),
        "contract": ContractId(CONTRACT),
        "provider": LegalEntityId(ENTITY),
        "kind": "MEDICAL_SERVICES",
        "packages": (PACKAGE, "10"),
        "divisions": (DivisionId(PLACE),),
        "employees": (),
        "first_day": date(2027, 1, 1),
        "last_day": date(2027, 12, 31),
        "requested_by": EmployeeId(an_id("head")),
    }
    return ContractRequested(**(fields | other))


def wish(status: RequestStatus = RequestStatus.REQUESTED, **other: Any) -> ContractRequest:
    """Make a request's state; where it is signed, the payer's record stands at 95."""
    asked = requested(**other)
    if status in (RequestStatus.REQUESTED, RequestStatus.DECLINED, RequestStatus.WITHDRAWN):
        return ContractRequest(asked, status)
    signed = ContractPayerSigned(
        request=asked.request,
        payer=LegalEntityId(PAYER),
        signed_by=EmployeeId(an_id("payer's signer")),
        number=asked.amends or "T-1",
        plan=(),
        act_position=95,
        content_digest=FIRST_CONTENT,
        corrections=(Correction(package="10", code="rural"),),
    )
    return ContractRequest(asked, status, signed)


def request_contract() -> Scene:
    resource = {
        "id": str(NEW),
        "contract": str(an_id("new contract")),
        "kind": "MEDICAL_SERVICES",
        "packages": [PACKAGE, "10"],
        "divisions": [str(PLACE)],
        "external_contractor_flag": True,
        "external_contractors": [
            {"name": "Лабораторія", "contract_number": "3", "expires_on": "2027-01-02"}
        ],
        "first_day": "2027-01-01",
        "last_day": "2027-12-31",
    }
    return scene("OWNER", "contract.request", states={PLACE: division()}, resource=resource)


def request_capitation() -> Scene:
    accepted = request_contract()
    accepted.content["resource"] |= {
        "kind": "CAPITATION",
        "packages": ["1"],
        "employees": [{"employee": str(DOCTOR), "division": str(PLACE), "declaration_limit": 1800}],
    }
    accepted.states[DOCTOR] = doctor()
    return accepted


def request_reimbursement() -> Scene:
    accepted = request_contract()
    accepted.content["resource"] |= {"kind": "REIMBURSEMENT", "packages": [str(PROGRAM)]}
    accepted.states[ENTITY] = institution(kind="PHARMACY")
    accepted.states[PLACE] = division(kind="DRUGSTORE", dls_verified=True)
    accepted.states[PROGRAM] = program()
    return accepted


def request_amendment() -> Scene:
    accepted = request_contract()
    resource = accepted.content["resource"]
    del resource["first_day"], resource["last_day"]
    resource |= {"contract": str(CONTRACT), "contract_number": "T-1"}
    accepted.states[CONTRACT] = contract(provider=ENTITY)
    return accepted


def sign_contract() -> Scene:
    plan = [{"package": PACKAGE, "period": "2027-01", "amount": 100_000}]
    corrections = [{"package": PACKAGE, "code": "rural"}]
    resource = {
        "request": str(REQUEST),
        "number": "T-1",
        "plan": plan,
        "corrections": corrections,
    }
    states = {REQUEST: wish()}
    accepted = scene("NHS_ADMIN_SIGNER", "contract.sign", states=states, resource=resource)
    accepted.lookups.billing.terms["of next year"] = [
        corrected(date(2027, 1, 1), "rural", "icu"),
    ]
    return _second(accepted)


def corrected(first_day: date, *codes: str, **other: Any) -> TariffReleased:
    """Release a global rate that may be corrected, for the rest of the year."""
    corrections = tuple(NamedFactor(code=code, value="1.1") for code in codes)
    fields: dict[str, Any] = {
        "tariff": TariffId(an_id("corrected tariff")),
        "package": PACKAGE,
        "first_day": first_day,
        "last_day": first_day.replace(month=12, day=31),
        "order": "№ 1",
        "trust": "test",
        "terms": GlobalTerms(kind="global", rate=Kopiykas(1_000), corrections=corrections),
    }
    return TariffReleased(**(fields | other))


def _second(accepted: Scene) -> Scene:
    accepted.content["version"] = 2
    return accepted


def decline_contract() -> Scene:
    resource = {"request": str(REQUEST), "reason": "Немає потреби"}
    states = {REQUEST: wish()}
    return scene("NHS_ADMIN_SIGNER", "contract.decline", states=states, resource=resource)


def withdraw_contract() -> Scene:
    resource = {"request": str(REQUEST), "reason": "Пакет не потрібен"}
    return scene("OWNER", "contract.withdraw", states={REQUEST: wish()}, resource=resource)


def countersign_contract() -> Scene:
    first = {
        "log": "records",
        "position": 95,
        "chain_value": FIRST_CHAIN,
        "content_digest": FIRST_CONTENT,
    }
    states = {REQUEST: wish(RequestStatus.SIGNED)}
    resource = {"request": str(REQUEST), "first": first}
    accepted = scene("OWNER", "contract.countersign", states=states, resource=resource)
    accepted.lookups.records.values[95] = FIRST_CHAIN
    return accepted


def countersign_amendment() -> Scene:
    accepted = countersign_contract()
    accepted.states[REQUEST] = wish(RequestStatus.SIGNED, amends="T-1", packages=("10",))
    accepted.states[CONTRACT] = contract(provider=ENTITY)
    return accepted


def suspend_contract() -> Scene:
    resource = {"contract": str(CONTRACT), "reason": "Власник змінився"}
    states = {CONTRACT: contract()}
    return scene("NHS_ADMIN_SIGNER", "contract.suspend", states=states, resource=resource)


def resume_contract() -> Scene:
    resource = {"contract": str(CONTRACT), "reason": "Підписано знову"}
    suspended = Contract(ContractId(CONTRACT), contract().terms, suspended=True)
    provider = LegalEntity(suspended.provider, "20000077", "OUTPATIENT")
    states = {CONTRACT: suspended, suspended.provider: provider}
    return scene("NHS_ADMIN_SIGNER", "contract.resume", states=states, resource=resource)


def terminate_contract() -> Scene:
    resource = {"contract": str(CONTRACT), "last_day": "2026-11-30", "reason": "За згодою"}
    states = {CONTRACT: contract()}
    return scene("NHS_ADMIN_SIGNER", "contract.terminate", states=states, resource=resource)


SCENES: Final[Mapping[str, Callable[[], Scene]]] = {
    "contract.request": request_contract,
    "contract.sign": sign_contract,
    "contract.decline": decline_contract,
    "contract.withdraw": withdraw_contract,
    "contract.countersign": countersign_contract,
    "contract.suspend": suspend_contract,
    "contract.resume": resume_contract,
    "contract.terminate": terminate_contract,
}
