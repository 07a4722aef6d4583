"""Tell whether the process lives, and whether it can take commands: two addresses."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

import psycopg
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from ehealth_ledger.entrypoints.bootstrap import Service
from ehealth_ledger.entrypoints.http.beside import Beside
from ehealth_ledger.entrypoints.http.desk import Desk
from ehealth_ledger.entrypoints.http.parameters import refuse_parameters
from ehealth_ledger.errors import Refusal
from ehealth_ledger.settings import Databases
from ehealth_ledger.verification.trust_store import CertificatePath
from ehealth_ledger.verification.verifier import Verifier

CONNECT_S_MAX: Final = 2


class Health(BaseModel):
    """Say that the process answers."""

    status: str = Field(examples=["alive"])


class Readiness(BaseModel):
    """Say whether commands can be taken, and what stands in the way."""

    ready: bool
    checks: dict[str, str] = Field(
        description="`ok`, or what is wrong, by name",
        examples=[{"ledger database": "ok", "vault database": "ok", "committer": "ok"}],
    )
    notes: dict[str, str] = Field(description="what does not keep commands from being taken")


def router(
    service: Service, urls: Databases, desk: Desk, beside: Mapping[str, Beside]
) -> APIRouter:
    """Make the routes."""
    routes = APIRouter(tags=["health"])

    @routes.get("/health", summary="Ask whether the process lives")
    async def health(request: Request) -> Health:
        """Answer at once, whatever the databases do."""
        refuse_parameters(request)
        return Health(status="alive")

    @routes.get(
        "/ready",
        summary="Ask whether commands can be taken",
        responses={
            503: {"model": Readiness, "description": "Something named in `checks` is missing"}
        },
    )
    def ready(request: Request, response: Response) -> Readiness:
        """Check databases, committer and revocation lists; name what is not as it should be."""
        refuse_parameters(request)
        checks = {
            "ledger database": _reach(urls.ledger),
            "vault database": _reach(urls.vault),
            "committer": "ok" if service.committer.is_running() else "ended",
            "revocation lists": _lists(service.verifier),
            "service": "stopping" if desk.stopping.is_set() else "ok",
        }
        notes = {"read database": _reach(urls.read)} | {
            name: each.word for name, each in beside.items()
        }
        if service.verifier.revocation.unreadable:
            notes["unreadable revocation lists"] = ", ".join(service.verifier.revocation.unreadable)
        is_ready = all(each == "ok" for each in checks.values())
        if not is_ready:
            response.status_code = 503
            response.headers["retry-after"] = "5"
        return Readiness(ready=is_ready, checks=checks, notes=notes)

    return routes


def _reach(url: str) -> str:
    try:
        with psycopg.connect(url, connect_timeout=CONNECT_S_MAX, autocommit=True) as connection:
            connection.execute("SELECT 1")
    except psycopg.OperationalError:  # its text may name hosts and users: the operator's log has it
        return "unreachable"
    return "ok"


def _lists(verifier: Verifier) -> str:
    """Check that every authority of the trust store has a list that is current now."""
    now = datetime.now(UTC)
    trust = verifier.trust
    authorities = (*(each.certificate for each in trust.anchors), *trust.intermediates)
    missing = []
    for authority in authorities:
        # Asked about the authority itself: what matters is whether it has a current list at all.
        itself = CertificatePath((authority, authority), now - timedelta(1), now + timedelta(1))
        try:
            verifier.revocation.check(itself, now)
        except Refusal as refusal:
            if refusal.code == "revocation.unavailable":
                missing.append(f"{authority.serial:x}")
    return "ok" if not missing else f"none is current of authority {', '.join(missing)}"
