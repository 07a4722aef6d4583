"""Tell the code that a patient shows at the pharmacy, to whoever delivers it."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import typer

from ehealth_ledger.entrypoints.cli.failures import FINDING, fail
from ehealth_ledger.entrypoints.cli.output import AsJson, say, say_json


def dispense_code(
    prescription_id: Annotated[UUID, typer.Argument(metavar="ID", help="The prescription's id.")],
    as_json: AsJson = False,
) -> None:
    """Print a prescription's number and the four digits the patient shows when it is dispensed.

    No record holds the digits: they follow from the id and a key of the vault. Give them to the
    patient and to nobody else. Exit status 1: there is no such prescription.
    """
    from ehealth_ledger.entrypoints import bootstrap
    from ehealth_ledger.entrypoints.reader import open_reader
    from ehealth_ledger.settings import Settings
    from ehealth_ledger.store.connections import LEDGER_SCHEMA, connect
    from ehealth_ledger.values.identifiers import PrescriptionId

    settings = Settings()
    with bootstrap.databases(settings) as urls:
        keys = bootstrap.Keys.read(settings)
        with open_reader(urls, keys.master) as reader:
            code = reader.vault.dispense_code(PrescriptionId(prescription_id))
        with connect(urls.ledger, schema=LEDGER_SCHEMA, role="ledger_reader") as connection:
            row = connection.execute(
                "SELECT number FROM prescriptions WHERE prescription = %s", (prescription_id,)
            ).fetchone()
    if row is None:
        raise fail("there is no such prescription", FINDING)
    if as_json:
        say_json({"prescription": str(prescription_id), "number": row[0], "code": code})
    else:
        say(f"{row[0]}: {code}")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: ehealth-ledger dispense-code 3d2b9c7a-…")(dispense_code)
