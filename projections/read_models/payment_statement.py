"""Tell what the payer owes and why: charges as they accrue, statements folded from them, payments.

A statement's lines are not copied into its document: they are the charges of its contract, package
and period up to its `as_of`, a set that its cut-off closed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final
from uuid import UUID

from psycopg import sql

from ehealth_ledger.errors import ReadModelCorrupt
from ehealth_ledger.pricing.charge import Price
from ehealth_ledger.pricing.statement import (
    AnyLine,
    Correction,
    Line,
    Statement,
    StatementKey,
    fold,
)
from ehealth_ledger.values.identifiers import (
    AdjustmentId,
    ChargeId,
    ContractId,
    EmployeeId,
    LegalEntityId,
    StatementId,
    TariffId,
)
from ehealth_ledger.values.money import Kopiykas
from ehealth_ledger.values.time import Month
from projections.read_models.database import Snapshot
from projections.read_models.document import Document, read
from projections.read_models.model import Model, Table
from projections.read_models.paging import Page, page

STATEMENTS: Final = Table(
    "payment_statement",
    key="statement",
    copied={
        "formed_position": "/first/position",
        "contract": "/contract",
        "package": "/package",
        "period": "/period",
        "provider": "/provider",
        "status": "/status",
    },
)
CHARGES: Final = Table(
    "payment_charge",
    key="charge",
    copied={
        "position": "/position",
        "status": "/status",
        "contract": "/contract",
        "package": "/package",
        "period": "/period",
        "provider": "/provider",
    },
    grouped_by=("contract", "package", "period"),
)
SETS: Final = Table(
    "payment_set",
    key="set_id",
    copied={
        "begun_position": "/begun",
        "contract": "/contract",
        "package": "/package",
        "period": "/period",
        "provider": "/provider",
        "statement": "/statement",
    },
)
CUT_OFFS: Final = Table(
    "payment_cut_off",
    key="cut_off_of",
    copied={"period": "/period", "closes_at_us": "/closes_at_us"},
)
_BECAUSE: Final = sql.SQL("document::jsonb ->> 'reason' = {}")
MODEL: Final = Model("payment_statement", version=7, tables=(STATEMENTS, CHARGES, SETS, CUT_OFFS))


def statement(snapshot: Snapshot, statement_id: UUID) -> Document | None:
    """Return a statement without its lines; None where there is none at this position."""
    text = snapshot.text(
        "SELECT document FROM payment_statement WHERE statement = %s", (statement_id,)
    )
    return None if text is None else read(text)


def lines(snapshot: Snapshot, document: Document) -> list[str]:
    """List the charges a statement adds up, by position."""
    rows = snapshot.rows(
        "SELECT document FROM payment_charge "
        "WHERE contract = %s AND package = %s AND period = %s AND position <= %s ORDER BY position",
        (document["contract"], document["package"], document["period"], document["as_of"]),
    )
    return [text for (text,) in rows]


def some_lines(snapshot: Snapshot, document: Document, *, after: int, limit: int) -> Page:
    """List a page of the charges a statement adds up, by position: a set that is closed."""
    wanted = {name: document[name] for name in ("contract", "package", "period")}
    stated = sql.SQL("position <= {}").format(sql.Literal(document["as_of"]))
    return page(
        *(snapshot, "payment_charge", "position", wanted), after=after, limit=limit, also=(stated,)
    )


def denied(snapshot: Snapshot, document: Document) -> dict[str, Document]:
    """Return how the payer denied lines of a statement, by the ids of their charges."""
    rows = snapshot.rows(
        "SELECT document FROM payment_charge WHERE contract = %s AND package = %s AND period = %s "
        "AND position <= %s AND status IN ('denied', 'resubmitted') ORDER BY position",
        (document["contract"], document["package"], document["period"], document["as_of"]),
    )
    return {each["charge"]: each["denied"] for each in (read(text) for (text,) in rows)}


def corrected(snapshot: Snapshot, lines: Iterable[Document]) -> dict[str, Document]:
    """Return the charges that the corrections among some lines correct, by their ids."""
    wanted = [UUID(each["charge"]) for each in lines if "adjustment" in each]
    if not wanted:
        return {}
    rows = snapshot.rows("SELECT document FROM payment_charge WHERE charge = ANY(%s)", (wanted,))
    return {each["charge"]: each for each in (read(text) for (text,) in rows)}


def payable(
    snapshot: Snapshot,
    named: Iterable[UUID],
    references: Iterable[str],
    first_day: date,
    last_day: date,
) -> list[Document]:
    """List the statements that are named, or were paid or repaid by such a reference, those days.

    They come in the order of their forming; both days are included.
    """
    rows = snapshot.rows(
        "SELECT document FROM payment_statement WHERE statement = ANY(%s) OR EXISTS ("
        "SELECT FROM jsonb_array_elements("
        "(document::jsonb -> 'payments') || (document::jsonb -> 'refunds')) p "
        "WHERE p ->> 'bank_reference' = ANY(%s) "
        "OR coalesce(p ->> 'paid_on', p ->> 'received_on') BETWEEN %s AND %s"
        ") ORDER BY formed_position",
        (list(named), list(references), first_day.isoformat(), last_day.isoformat()),
    )
    return [read(text) for (text,) in rows]


def statements(snapshot: Snapshot, wanted: Mapping[str, object], *, after: int, limit: int) -> Page:
    """List statements in the order of their forming; new ones come on later pages."""
    return page(snapshot, "payment_statement", "formed_position", wanted, after=after, limit=limit)


def charges(snapshot: Snapshot, wanted: Mapping[str, object], *, after: int, limit: int) -> Page:
    """List charges, accrued and withheld, by position."""
    return page(snapshot, "payment_charge", "position", wanted, after=after, limit=limit)


def charge(snapshot: Snapshot, charge_id: UUID) -> Document | None:
    """Return a charge, or a correction by its own id; None where there is none at this position."""
    text = snapshot.text("SELECT document FROM payment_charge WHERE charge = %s", (charge_id,))
    return None if text is None else read(text)


def stating(snapshot: Snapshot, line: Document) -> Document | None:
    """Return the statement of which a charge or a correction is a line; None where it is of none.

    What is withheld, or was withdrawn in time, is in no set, and no statement is of none.
    """
    text = snapshot.text(
        "SELECT document FROM payment_statement "
        "WHERE contract = %s AND package = %s AND period = %s",
        (line["contract"], line["package"], line["period"]),
    )
    return None if text is None else read(text)


def corrections(snapshot: Snapshot, charge: Document) -> list[Document]:
    """List the corrections of a charge, by position."""
    wanted = [UUID(each["adjustment"]) for each in charge.get("adjustments", ())]
    rows = snapshot.rows(
        "SELECT document FROM payment_charge WHERE charge = ANY(%s) ORDER BY position", (wanted,)
    )
    return [read(text) for (text,) in rows]


def withheld(
    snapshot: Snapshot, wanted: Mapping[str, object], reason: str | None, *, after: int, limit: int
) -> Page:
    """List the charges that wait for a price, by position; those of one reason, where one is named.

    They are few, and an index holds them alone.
    """
    also = [] if reason is None else [_BECAUSE.format(sql.Literal(reason))]
    held = {**wanted, "status": "withheld"}
    return page(snapshot, "payment_charge", "position", held, after=after, limit=limit, also=also)


def folded(document: Document, charge_documents: Iterable[Document]) -> Statement:
    """Fold a statement from its charges; raise ReadModelCorrupt where its digest is another."""
    key = StatementKey(
        ContractId(UUID(document["contract"])), document["package"], Month(document["period"])
    )
    found = [line_of(each) for each in charge_documents]
    first = document["first"]
    if not found:
        raise ReadModelCorrupt(
            "statement.digest_mismatch", first["log"], first["position"], "no charges"
        )
    statement = fold(
        key,
        LegalEntityId(UUID(document["provider"])),
        LegalEntityId(UUID(document["payer"])),
        found,
    )
    if statement.digest() != document["digest"]:
        raise ReadModelCorrupt(
            "statement.digest_mismatch", first["log"], first["position"], document["statement"]
        )
    return statement


def line_of(charge: Document) -> AnyLine:
    """Take from a charge's or a correction's document what its statement line prints."""
    if "adjustment" in charge:
        return Correction(
            position=charge["position"],
            adjustment=AdjustmentId(UUID(charge["adjustment"])),
            charge=ChargeId(UUID(charge["charge"])),
            statement=StatementId(UUID(charge["corrects"]["statement"])),
            line=charge["corrects"]["position"],
            act_position=charge["act"]["position"],
            reason=charge["reason"],
            rule=charge["rule"],
            rule_version=charge["rule_version"],
            amount=charge["amount"],
        )
    performer = charge["performer"]
    return Line(
        position=charge["position"],
        charge=ChargeId(UUID(charge["charge"])),
        act_position=charge["act"]["position"],
        performer=None if performer is None else EmployeeId(UUID(performer)),
        service=charge["service"],
        day=date.fromisoformat(charge["day"]),
        tariff=TariffId(UUID(charge["tariff"])),
        quantity=charge["quantity"],
        price=_price(charge),
        amount=Kopiykas(charge["amount"]),
    )


def _price(charge: Document) -> Price:
    factors = tuple((each["code"], each["value"]) for each in charge.get("coefficients", ()))
    if charge["unit_price"] is None:
        return Price(Kopiykas(charge["base"]), charge["per"], factors)
    return Price(Kopiykas(charge["unit_price"]), factors=factors)
