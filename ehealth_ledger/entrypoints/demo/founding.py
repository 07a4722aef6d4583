"""Found a deployment from nothing: trust store, payer, the signed opening, position 1."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from ehealth_ledger.entrypoints import bootstrap, reference_data
from ehealth_ledger.entrypoints.demo.authority import Authority
from ehealth_ledger.entrypoints.demo.cades import sign_cades
from ehealth_ledger.entrypoints.demo.commands import Actor, Author, Signed
from ehealth_ledger.entrypoints.opening import open_ledger, opening_content
from ehealth_ledger.intake.accept import Intake
from ehealth_ledger.settings import Databases, Settings
from ehealth_ledger.values.json import Json
from ehealth_ledger.values.time import from_microseconds
from ehealth_ledger.verification.containers import CMS

PAYER_NAME: Final = "Національна служба здоров'я (демо)"
PAYER_EDRPOU: Final = "40000001"
PAYER_TAX_ID: Final = "3000000001"
LISTS_VALID: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Founding:
    """Hold what a founded deployment's signers need; `seed` names the founding's last record."""

    ledger: UUID
    authority: Authority
    payer: Actor
    seed: Json = field(default_factory=dict)

    def author(self, now: Callable[[], int] = bootstrap.clock) -> Author:
        """Return a writer of commands for this deployment."""
        return Author(self.ledger, now, seed=self.seed)


def publish_trust(
    authority: Authority,
    settings: Settings,
    now: datetime | None = None,
    *,
    lists_valid: timedelta = LISTS_VALID,
) -> None:
    """Write the trust store and revocation lists of now where the settings expect them."""
    settings.crl_dir.mkdir(parents=True, exist_ok=True)
    settings.trust_store_file.parent.mkdir(parents=True, exist_ok=True)
    settings.trust_store_file.write_bytes(authority.trust_store())
    lists = authority.crls(now or datetime.now(UTC), lists_valid.days)
    for name, revoked in zip(("issuing", "root"), lists, strict=True):
        (settings.crl_dir / f"{name}.crl").write_bytes(revoked)


def found(
    settings: Settings,
    urls: Databases,
    *,
    authority: Authority | None = None,
    now: Callable[[], int] = bootstrap.clock,
    lists_valid: timedelta = LISTS_VALID,
) -> Founding:
    """Found a ledger in empty databases, by the command an operator would run.

    `now` is the clock of the service that will serve it: microseconds UTC.
    """
    moment = from_microseconds(now())
    authority = authority or Authority.create("Demo Authority", moment)
    publish_trust(authority, settings, moment, lists_valid=lists_valid)
    credential = authority.issue("Адміністратор Платника", PAYER_TAX_ID, PAYER_EDRPOU, PAYER_NAME)
    payer = Actor(uuid4(), uuid4(), credential, "Адміністратор Платника")
    ledger = uuid4()
    file = settings.data_dir / "opening.p7s"
    file.write_bytes(sign_cades(opening(settings, payer, ledger, moment), credential))
    open_ledger(settings, urls, file, now=now)
    founding = Founding(ledger, authority, payer)
    with bootstrap.service(settings, urls, on_fatal=bootstrap.raising, now=now) as service:
        for together in reference(founding, now):
            asyncio.run(_accept(service.intake, together))
        head = service.reader.notifications.head()
    seed = {"log": head.log, "position": head.position, "chain_value": head.chain_value.hex()}
    return replace(founding, seed=seed)


def reference(founding: Founding, now: Callable[[], int]) -> Iterator[list[Signed]]:
    """Sign, as the payer, the reference data that the laws need before the first act.

    What stands in one list is accepted together; a later list rests on the earlier ones.
    """
    author, payer = Author(founding.ledger, now), founding.payer
    yield [
        author.sign("parameter.set", payer, resource=reference_data.parameters()),
        *(
            author.sign("directory.publish", payer, resource=each)
            for each in reference_data.directories()
        ),
    ]
    yield [author.sign("service.publish", payer, resource=reference_data.services())]


async def _accept(intake: Intake, signed: list[Signed]) -> None:
    await asyncio.gather(
        *(intake.accept(each.container, CMS, client="founding") for each in signed)
    )


def opening(settings: Settings, payer: Actor, ledger: UUID, now: datetime) -> bytes:
    """Complete the content of the command that opens a ledger."""
    content: dict[str, Any] = opening_content(
        settings, ledger=ledger, command_id=uuid4(), issued_at=now.isoformat()
    )
    content["legal_entity"] = str(payer.legal_entity)
    content["employee"] = str(payer.employee)
    content["resource"]["payer"] = {
        "id": str(payer.legal_entity),
        "edrpou": PAYER_EDRPOU,
        "name": PAYER_NAME,
    }
    party = {"tax_id": PAYER_TAX_ID, "family": "Платник", "given": "Адміністратор"}
    content["resource"]["administrators"] = [{"id": str(payer.employee), "party": party}]
    return json.dumps(content, ensure_ascii=False).encode()
