"""Answer about institutions, their divisions and services, and who works there."""

from __future__ import annotations

from typing import Annotated, Final, get_args
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response

from ehealth_ledger.events.employee import EmployeeType
from ehealth_ledger.events.legal_entity import LegalEntityKind
from projections.query_api.answers import answer, listed, one, present
from projections.query_api.filters import EntityFilter, KindFilter, StatusFilter
from projections.query_api.moments import Moments
from projections.query_api.parameters import (
    After,
    Limit,
    a_code,
    an_id,
    given,
    one_of,
    page,
    refuse_others,
)
from projections.read_models import registry
from projections.read_models.document import embedded, read
from projections.read_models.registry import (
    DIVISIONS,
    EMPLOYEES,
    ENTITIES,
    LICENCES,
    MODEL,
    PARTIES,
    ROLES,
    SERVICES,
)

ENTITY_STATUSES: Final = ("active", "suspended", "closed", "reorganised")
EMPLOYEE_STATUSES: Final = ("approved", "dismissed")
PLACE_STATUSES: Final = ("active", "inactive")
VERDICTS: Final = ("VERIFIED", "NOT_VERIFIED")
DIVISION_TYPES: Final = ("CLINIC", "AMBULANT_CLINIC", "FAP", "DRUGSTORE", "DRUGSTORE_POINT")

Id = Annotated[str, Path(alias="id", description="the id of the thing")]
DivisionFilter = Annotated[str | None, Query(description="at this division (its id)")]
TypeFilter = Annotated[str | None, Query(description="of this type")]
CodeFilter = Annotated[str | None, Query(description="with this code of the state register")]
VerdictFilter = Annotated[str | None, Query(description="with this verdict of the payer")]
SpecialityFilter = Annotated[str | None, Query(description="of this speciality (its code)")]


def add_routes(routes: APIRouter, moments: Moments) -> None:
    """Add what is asked about the registries."""
    _add_entities(routes, moments)
    _add_places(routes, moments)
    _add_people(routes, moments)


def _add_entities(routes: APIRouter, moments: Moments) -> None:
    @routes.get("/legal-entities", summary="List institutions", response_class=Response)
    def legal_entities(
        request: Request,
        kind: KindFilter = None,
        status: StatusFilter = None,
        verdict: VerdictFilter = None,
        edrpou: CodeFilter = None,
        after: After = None,
        limit: Limit = None,
    ) -> Response:
        """List institutions in the order in which they were registered."""
        refuse_others(request, "kind", "status", "verdict", "edrpou", "after", "limit")
        wanted = present(
            kind=given(kind, one_of, "kind", get_args(LegalEntityKind)),
            status=given(status, one_of, "status", ENTITY_STATUSES),
            verdict=given(verdict, one_of, "verdict", VERDICTS),
            edrpou=given(edrpou, a_code, "edrpou"),
        )
        begin, rows = page(after, limit)
        with moments.of(request, MODEL) as seen:
            found = registry.listed(seen, ENTITIES, wanted, after=begin, limit=rows)
        return listed(seen, "legal_entities", found)

    @routes.get("/legal-entities/{id}", summary="Return an institution", response_class=Response)
    def legal_entity(request: Request, wanted: Id) -> Response:
        """Return an institution with its divisions, licences and healthcare services."""
        refuse_others(request)
        entity = an_id(wanted, "id")
        with moments.of(request, MODEL) as seen:
            text = one(seen, registry.one(seen, ENTITIES, entity))
            parts = {
                name: [embedded(each) for each in registry.every(seen, table, ENTITIES.key, entity)]
                for name, table in (
                    ("divisions", DIVISIONS),
                    ("licences", LICENCES),
                    ("healthcare_services", SERVICES),
                )
            }
        return answer(seen.checkpoint, {"legal_entity": {**read(text), **parts}})


def _add_places(routes: APIRouter, moments: Moments) -> None:
    @routes.get("/divisions", summary="List divisions", response_class=Response)
    def divisions(
        request: Request,
        legal_entity: EntityFilter = None,
        type: TypeFilter = None,  # noqa: A002 - the name of the query's parameter
        status: StatusFilter = None,
        after: After = None,
        limit: Limit = None,
    ) -> Response:
        """List divisions in the order in which they were registered."""
        refuse_others(request, "legal_entity", "type", "status", "after", "limit")
        wanted = present(
            legal_entity=given(legal_entity, an_id, "legal_entity"),
            type=given(type, one_of, "type", DIVISION_TYPES),
            status=given(status, one_of, "status", PLACE_STATUSES),
        )
        begin, rows = page(after, limit)
        with moments.of(request, MODEL) as seen:
            found = registry.listed(seen, DIVISIONS, wanted, after=begin, limit=rows)
        return listed(seen, "divisions", found)

    @routes.get("/divisions/{id}", summary="Return a division", response_class=Response)
    def division(request: Request, wanted: Id) -> Response:
        """Return a division with its healthcare services."""
        refuse_others(request)
        place = an_id(wanted, "id")
        with moments.of(request, MODEL) as seen:
            text = one(seen, registry.one(seen, DIVISIONS, place))
            services = registry.every(seen, SERVICES, DIVISIONS.key, place)
        parts = {"healthcare_services": [embedded(each) for each in services]}
        return answer(seen.checkpoint, {"division": {**read(text), **parts}})

    @routes.get("/healthcare-services", summary="List services", response_class=Response)
    def healthcare_services(
        request: Request,
        legal_entity: EntityFilter = None,
        division: DivisionFilter = None,
        speciality: SpecialityFilter = None,
        status: StatusFilter = None,
        after: After = None,
        limit: Limit = None,
    ) -> Response:
        """List healthcare services in the order in which they were registered."""
        refuse_others(request, "legal_entity", "division", "speciality", "status", "after", "limit")
        wanted = present(
            legal_entity=given(legal_entity, an_id, "legal_entity"),
            division=given(division, an_id, "division"),
            speciality=given(speciality, a_code, "speciality"),
            status=given(status, one_of, "status", PLACE_STATUSES),
        )
        begin, rows = page(after, limit)
        with moments.of(request, MODEL) as seen:
            found = registry.listed(seen, SERVICES, wanted, after=begin, limit=rows)
        return listed(seen, "healthcare_services", found)


def _add_people(routes: APIRouter, moments: Moments) -> None:
    @routes.get("/employees", summary="List employees", response_class=Response)
    def employees(
        request: Request,
        legal_entity: EntityFilter = None,
        type: TypeFilter = None,  # noqa: A002 - the name of the query's parameter
        speciality: SpecialityFilter = None,
        status: StatusFilter = None,
        after: After = None,
        limit: Limit = None,
    ) -> Response:
        """List employees in the order in which they were registered."""
        refuse_others(request, "legal_entity", "type", "speciality", "status", "after", "limit")
        wanted = present(
            legal_entity=given(legal_entity, an_id, "legal_entity"),
            type=given(type, one_of, "type", get_args(EmployeeType)),
            speciality=given(speciality, a_code, "speciality"),
            status=given(status, one_of, "status", EMPLOYEE_STATUSES),
        )
        begin, rows = page(after, limit)
        with moments.of(request, MODEL) as seen:
            found = registry.listed(seen, EMPLOYEES, wanted, after=begin, limit=rows)
        return listed(seen, "employees", found)

    @routes.get("/employees/{id}", summary="Return an employee", response_class=Response)
    def employee(request: Request, wanted: Id) -> Response:
        """Return an employee, the roles, and what the state registers say of the person."""
        refuse_others(request)
        employment = an_id(wanted, "id")
        with moments.of(request, MODEL) as seen:
            document = read(one(seen, registry.one(seen, EMPLOYEES, employment)))
            roles = registry.every(seen, ROLES, EMPLOYEES.key, employment)
            person = registry.one(seen, PARTIES, UUID(document["party"]))
        parts = {
            "employee_roles": [embedded(each) for each in roles],
            "identification": None if person is None else embedded(person),
        }
        return answer(seen.checkpoint, {"employee": {**document, **parts}})
