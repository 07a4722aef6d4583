"""Open a ledger: lay out the command that stands at position 1, and write it once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from uuid import UUID

from ehealth_ledger.chain.record import RECORDS
from ehealth_ledger.commands.command import Command
from ehealth_ledger.commands.ledger import OpenLedger
from ehealth_ledger.commands.signed import Verified
from ehealth_ledger.entrypoints.bootstrap import (
    Keys,
    build_committer,
    build_verifier,
    check_named,
    clock,
    create_databases,
    raising,
    trust_store_bytes,
)
from ehealth_ledger.entrypoints.reader import ledger_id, open_reader
from ehealth_ledger.errors import Refused
from ehealth_ledger.intake.answers import Accepted, Answer
from ehealth_ledger.intake.committer import Committer
from ehealth_ledger.intake.judgement import Submission
from ehealth_ledger.settings import Databases, Settings
from ehealth_ledger.store.batch import begin_log, read_head
from ehealth_ledger.store.connections import LEDGER_SCHEMA, connect
from ehealth_ledger.values.time import from_microseconds
from ehealth_ledger.verification.containers import CMS, JOSE
from ehealth_ledger.verification.trust_store import TrustStore


def opening_content(
    settings: Settings, *, ledger: UUID, command_id: UUID, issued_at: str
) -> dict[str, object]:
    """Make the keys and lay out the opening command, to be completed and signed offline."""
    keys = Keys.made(settings)
    trust = TrustStore.load(trust_store_bytes(settings))
    return {
        "command": OpenLedger.NAME,
        "version": OpenLedger.VERSION,
        "command_id": str(command_id),
        "ledger": str(ledger),
        "issued_at": issued_at,
        "legal_entity": "<the payer's id>",
        "employee": "<the signing administrator's id>",
        "resource": {
            "payer": {"id": "<uuid>", "edrpou": "<8 digits>", "name": "<name>"},
            "administrators": [
                {"id": "<uuid>", "party": {"tax_id": "<10 digits>", "family": "", "given": ""}}
            ],
            "signing_key": keys.signing.public_hex,
            "trust_store": trust.digest.hex(),
        },
    }


def open_ledger(
    settings: Settings, urls: Databases, opening: Path, *, now: Callable[[], int] = clock
) -> Accepted:
    """Make the databases and write position 1 from an offline-signed file.

    A repeat changes nothing.

    Raise Refused where the file names other keys or another trust store, or the ledger is open
    already.
    """
    keys = Keys.made(settings)
    verifier, evidence = build_verifier(settings)
    media_type = JOSE if opening.suffix == ".jws" else CMS
    verified = verifier.verify(opening.read_bytes(), media_type, at=from_microseconds(now()))
    command = verified.body
    if not isinstance(command, OpenLedger):
        raise Refused("ledger.not_open", "$.command", expected=OpenLedger.NAME)
    check_named(command.resource.signing_key, command.resource.trust_store, keys.signing, verifier)
    create_databases(settings, urls)
    with connect(urls.ledger, schema=LEDGER_SCHEMA) as connection, connection.cursor() as cursor:
        begin_log(cursor, command.ledger, RECORDS)
        is_empty = read_head(cursor, RECORDS).position == 0
    if ledger_id(urls.ledger) != command.ledger:
        raise Refused("ledger.already_open", "$.ledger", open=ledger_id(urls.ledger))
    # An open ledger whose keys are gone is damaged; opening it again must not paper over that.
    with open_reader(urls, keys.master, founding=is_empty) as reading:
        for administrator in command.resource.administrators:
            reading.vault.ensure_party(administrator.party.tax_id)
        committer = build_committer(settings, urls, reading, keys, evidence, raising, now)
        try:
            answer = _committed(committer, verified)
        finally:
            committer.stop()
    if isinstance(answer, Accepted):
        return answer
    raise answer


def _committed(committer: Committer, verified: Verified[Command]) -> Answer:
    (answer,) = committer.commit([Submission(verified, "db init")])
    return answer
