"""Judge what a provider asks to be bought from it: days, kind, divisions, doctors (rules 16-21)."""

from __future__ import annotations

from datetime import date, timedelta

from ehealth_ledger.aggregates.case import Case
from ehealth_ledger.aggregates.contract.agreement import amended_from
from ehealth_ledger.aggregates.contract.state import Contract
from ehealth_ledger.aggregates.division import DRUGSTORES, require_own_active
from ehealth_ledger.aggregates.employee import Employee, Status, acting_employee
from ehealth_ledger.aggregates.legal_entity import LegalEntity
from ehealth_ledger.aggregates.medical_program import MedicalProgram
from ehealth_ledger.commands.command import StaffCommand
from ehealth_ledger.commands.contract import EmployedDoctor, RequestContract
from ehealth_ledger.errors import RuleBroken
from ehealth_ledger.events.contract import ContractedDoctor, ContractRequested, Terms
from ehealth_ledger.events.fact import Fact
from ehealth_ledger.values.identifiers import (
    ContractId,
    LegalEntityId,
    MedicalProgramId,
    canonical_uuid,
)
from ehealth_ledger.values.parameters.contract import (
    BACKDATING_DAYS_MAX,
    DIVISION_TYPES,
    KINDS_OF_ENTITY,
)
from ehealth_ledger.values.parameters.declaration import LIMIT_BY_SPECIALITY

Days = tuple[date, date]


def request(case: Case[RequestContract]) -> list[Fact]:
    """Take in what a provider asks for; nothing is bought before both sides have signed."""
    actor = acting_employee(case)
    asked, provider = case.command.body.resource, case.command.body.legal_entity
    case.require_new_id(asked.id, "$.resource.id")
    institution = case.get(
        LegalEntity, provider, code="legal_entity.unknown", path="$.legal_entity"
    )
    with case.part():
        _require_kind(case, institution)
    with case.part():
        _require_programs(case)
    with case.part():
        _require_divisions(case, provider)
    with case.part():
        _require_doctors(case, provider)
    if asked.contract_number is None:
        case.require_new_id(asked.contract, "$.resource.contract")
        case.require(
            asked.counts_from is None,
            "contract.counts_from_misplaced",
            "$.resource.counts_from",
            expected="no such field",
        )
        first_day, last_day = _new_days(case)
        counts_from = first_day
        case.require(
            not case.lookups.contracts.has_kind(provider, asked.kind, first_day, last_day),
            "contract.number_required",
            "$.resource.contract_number",
            expected="the number of the contract in force, to amend it",
        )
    else:
        terms = _amended(case, provider)
        first_day, last_day = terms.first_day, terms.last_day
        counts_from = _counts_from(case, terms)
    with case.part():
        _require_contractors(case, first_day)
    require_free(
        case,
        provider,
        asked.packages,
        (counts_from, last_day),
        apart_from=asked.contract,
        path="$.resource.packages",
    )
    return [
        ContractRequested(
            request=asked.id,
            contract=asked.contract,
            provider=provider,
            kind=asked.kind,
            packages=asked.packages,
            divisions=asked.divisions,
            employees=tuple(
                ContractedDoctor(
                    employee=each.employee,
                    division=each.division,
                    declaration_limit=each.declaration_limit,
                )
                for each in asked.employees
            ),
            first_day=first_day,
            last_day=last_day,
            requested_by=actor.id,
            amends=asked.contract_number,
            counts_from=asked.counts_from,
        )
    ]


def require_free(
    case: Case[StaffCommand],
    provider: LegalEntityId,
    packages: tuple[str, ...],
    days: Days,
    *,
    apart_from: ContractId,
    path: str,
) -> None:
    """Require that no other contract of the provider covers a package on one of the days."""
    for at, package in enumerate(packages):
        is_free = package not in packages[:at] and not case.lookups.contracts.overlap(
            provider, package, *days, apart_from=apart_from
        )
        case.require(
            is_free,
            "contract.overlaps",
            f"{path}[{at}]" if path.endswith("packages") else path,
            package=package,
            expected="days on which no other contract covers the package",
        )


def _new_days(case: Case[RequestContract]) -> Days:
    """Return the days of a new contract (rule 16)."""
    asked = case.command.body.resource
    if asked.first_day is None or asked.last_day is None:
        path = "$.resource.first_day" if asked.first_day is None else "$.resource.last_day"
        raise RuleBroken("contract.days_missing", path, expected="a civil day, YYYY-MM-DD")
    first_day, last_day = asked.first_day, asked.last_day
    case.require(
        first_day < last_day,
        "contract.period_invalid",
        "$.resource.last_day",
        expected=f"a day after {first_day}",
    )
    case.require(
        first_day.year == last_day.year,
        "contract.years_differ",
        "$.resource.last_day",
        expected=f"a day of {first_day.year}",
    )
    earliest = case.today - timedelta(days=case.number(BACKDATING_DAYS_MAX))
    case.require(
        first_day > earliest and first_day.year in (case.today.year, case.today.year + 1),
        "contract.start_invalid",
        "$.resource.first_day",
        expected=f"a day after {earliest}, in {case.today.year} or {case.today.year + 1}",
    )
    return first_day, last_day


def _amended(case: Case[RequestContract], provider: LegalEntityId) -> Terms:
    """Return the terms of the contract that is amended (rule 21)."""
    asked = case.command.body.resource
    contract = case.get(
        Contract, asked.contract, code="contract.unknown", path="$.resource.contract"
    )
    terms = contract.terms
    case.require(
        (terms.provider, terms.number, terms.kind) == (provider, asked.contract_number, asked.kind),
        "contract.number_unknown",
        "$.resource.contract_number",
        expected="number and kind of the provider's own contract that is named",
    )
    case.require(
        not contract.ended_by(case.today),
        "contract.not_in_force",
        "$.resource.contract",
        expected="a contract whose last day has not passed",
    )
    for name in ("first_day", "last_day"):
        case.require(
            getattr(asked, name) is None,
            "contract.days_in_amendment",
            f"$.resource.{name}",
            expected="no such field",
        )
    return terms


def _counts_from(case: Case[RequestContract], terms: Terms) -> date:
    """Return the day from which an amendment counts, or the first one from which it may."""
    asked = case.command.body.resource.counts_from
    if asked is None:
        return amended_from(asked, terms, case.today)
    earliest = case.today - timedelta(days=case.number(BACKDATING_DAYS_MAX))
    case.require(
        asked > earliest and terms.first_day <= asked <= terms.last_day,
        "contract.counts_from_invalid",
        "$.resource.counts_from",
        expected=f"a day after {earliest}, from {terms.first_day} to {terms.last_day}",
    )
    return asked


def _require_kind(case: Case[RequestContract], institution: LegalEntity) -> None:
    """Require a kind of contract that the institution may conclude (rule 17)."""
    kind = case.command.body.resource.kind
    allowed = case.texts_by_name(KINDS_OF_ENTITY, institution.kind)
    case.require(
        kind in allowed,
        "contract.kind_not_allowed",
        "$.resource.kind",
        entity=institution.kind,
        expected=", ".join(allowed) or "no contract",
    )
    case.require(
        institution.nhs_verified,
        "legal_entity.not_verified",
        "$.legal_entity",
        expected="an institution that the payer has verified",
    )


def programs(wish: RequestContract) -> tuple[MedicalProgramId, ...]:
    """Return the programs that a reimbursement contract names, where they are ids at all."""
    asked = wish.resource
    if asked.kind != "REIMBURSEMENT":
        return ()
    found: list[MedicalProgramId] = []
    for each in asked.packages:
        try:
            found.append(MedicalProgramId(canonical_uuid(each)))
        except ValueError:
            continue
    return tuple(found)


def _require_programs(case: Case[RequestContract]) -> None:
    asked = case.command.body.resource
    if asked.kind != "REIMBURSEMENT":
        return
    named = {str(each): each for each in programs(case.command.body)}
    for at, package in enumerate(asked.packages):
        program = case.find(MedicalProgram, named[package]) if package in named else None
        case.require(
            program is not None and program.active,
            "contract.program_unknown",
            f"$.resource.packages[{at}]",
            expected="the id of an active medical program",
        )


def _require_divisions(case: Case[RequestContract], provider: LegalEntityId) -> None:
    """Require the provider's own active divisions of a fitting type, each once (rule 18)."""
    asked = case.command.body.resource
    allowed = case.texts_by_name(DIVISION_TYPES, asked.kind)
    for at, wanted in enumerate(asked.divisions):
        path = f"$.resource.divisions[{at}]"
        case.require(
            wanted not in asked.divisions[:at],
            "contract.division_repeated",
            path,
            expected="a division that is not named yet",
        )
        division = require_own_active(case, wanted, provider, path)
        case.require(
            division.kind in allowed,
            "contract.division_type_not_allowed",
            path,
            type=division.kind,
            expected=", ".join(allowed) or "none",
        )
        case.require(
            division.kind not in DRUGSTORES or division.dls_verified,
            "contract.drugstore_not_verified",
            path,
            expected="a drugstore that the medicines authority confirms",
        )


def _require_doctors(case: Case[RequestContract], provider: LegalEntityId) -> None:
    """Require doctors of the provider, each once in a named division (rule 19)."""
    asked = case.command.body.resource
    case.require(
        bool(asked.employees) is (asked.kind == "CAPITATION"),
        "contract.employees_misplaced",
        "$.resource.employees",
        expected="doctors" if asked.kind == "CAPITATION" else "no employees",
    )
    seen = set[tuple[object, object]]()
    for at, each in enumerate(asked.employees):
        path = f"$.resource.employees[{at}]"
        case.require(
            (each.employee, each.division) not in seen,
            "contract.employee_repeated",
            path,
            expected="a doctor who is not named in this division yet",
        )
        seen.add((each.employee, each.division))
        case.require(
            each.division in asked.divisions,
            "contract.division_not_contracted",
            f"{path}.division",
            expected="a division of the contract",
        )
        _require_doctor(case, each, provider, path)


def _require_doctor(
    case: Case[RequestContract], asked: EmployedDoctor, provider: LegalEntityId, path: str
) -> None:
    doctor = case.find(Employee, asked.employee)
    fits = (
        doctor is not None
        and doctor.type == "DOCTOR"
        and doctor.status is Status.APPROVED
        and doctor.legal_entity == provider
    )
    case.require(
        fits,
        "contract.employee_not_doctor",
        f"{path}.employee",
        expected="a doctor whom the provider employs",
    )
    if doctor is None:
        return
    limits = [case.number_by_name(LIMIT_BY_SPECIALITY, each) for each in doctor.specialities]
    limit = min((each for each in limits if each is not None), default=0)
    case.require(
        asked.declaration_limit <= limit,
        "contract.limit_exceeds_speciality",
        f"{path}.declaration_limit",
        expected=f"at most {limit}",
    )


def _require_contractors(case: Case[RequestContract], first_day: date) -> None:
    """Require that the flag says what the list says, and that nobody's term is over (rule 20)."""
    asked = case.command.body.resource
    case.require(
        asked.external_contractor_flag is bool(asked.external_contractors),
        "contract.contractors_inconsistent",
        "$.resource.external_contractor_flag",
        expected="true" if asked.external_contractors else "false",
    )
    for at, each in enumerate(asked.external_contractors):
        case.require(
            each.expires_on > first_day,
            "contract.contractor_expired",
            f"$.resource.external_contractors[{at}].expires_on",
            expected=f"a day after {first_day}",
        )
