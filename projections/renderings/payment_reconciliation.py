"""Write a statement as FHIR R4 PaymentReconciliation: what is owed line by line, and what was paid.

The details add up to what the payer owes: a denied line stands with nothing, and a note says why.
`paymentAmount` is what was paid so far. Where corrections outweigh, the details come to less than
nothing, and `disposition` says that the provider owes it back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, Literal

from ehealth_ledger.values.json import Json, canonical
from ehealth_ledger.values.money import decimal
from ehealth_ledger.values.time import first_day, last_day
from projections.read_models.contracts import Party
from projections.read_models.document import Document
from projections.renderings.fhir import (
    CodeableConcept,
    Coding,
    Detail,
    Identifier,
    Money,
    NoValue,
    PaymentReconciliation,
    Period,
    ProcessNote,
    Reference,
)
from projections.renderings.printed import Printed

MEDIA_TYPE: Final = "application/fhir+json"
_EDRPOU: Final = "urn:oid:1.2.804.2.1.1.1.11.1.4.2.1"
_URI: Final = "urn:ietf:rfc:3986"
_TYPES: Final = "http://terminology.hl7.org/CodeSystem/payment-type"


def whole(printed: Printed, denied: Mapping[str, Document]) -> bytes:
    """Write the resource; `denied` says how the payer denied lines, by the ids of their charges."""
    resource = reconciliation(printed, denied)
    return canonical(resource.model_dump(by_alias=True, exclude_none=True))


def reconciliation(printed: Printed, denied: Mapping[str, Document]) -> PaymentReconciliation:
    """Fill the resource."""
    document, month = printed.exact.document, printed.exact.heading.key.period
    payments: list[Document] = document["payments"]
    last = payments[-1] if payments else None
    notes = tuple(ProcessNote(text=text) for text in _notes(printed, denied))
    return PaymentReconciliation(
        id=str(printed.statement),
        identifier=(_urn(str(printed.statement)), Identifier(system=_URI, value=printed.urn)),
        period=Period(start=first_day(month).isoformat(), end=last_day(month).isoformat()),
        created=printed.formed_at,
        payment_issuer=_institution(printed.payer),
        requestor=_institution(printed.provider),
        outcome=_outcome(document),
        disposition=_disposition(document, len(denied)),
        payment_date=None if last is None else last["paid_on"],
        payment_date_absent=NoValue() if last is None else None,
        payment_amount=Money(value=decimal(document["paid"])),
        payment_identifier=None if last is None else Identifier(value=last["bank_reference"]),
        detail=tuple(_detail(line, denied) for line in printed.lines()),
        process_note=notes,
    )


def _detail(line: Json, denied: Mapping[str, Document]) -> Detail:
    corrects = "adjustment" in line
    refused = not corrects and line["charge"] in denied
    performer = line.get("performer")
    act = line["act"]
    return Detail(
        identifier=_urn(line["adjustment"] if corrects else line["charge"]),
        predecessor=_urn(line["charge"]) if corrects else None,
        type=CodeableConcept(
            coding=(Coding(system=_TYPES, code="adjustment" if corrects else "payment"),)
        ),
        request=Reference(display=f"{act['log']}/{act['position']}"),
        date=line.get("day"),
        responsible=None if performer is None else Reference(identifier=_urn(performer)),
        amount=Money(value=decimal(0 if refused else line["amount"])),
    )


def _outcome(document: Document) -> Literal["queued", "partial", "complete"]:
    if document["accepted"] is None:
        return "queued"
    if document["remaining"] == 0:
        return "complete"
    return "queued" if document["remaining"] == document["owed"] else "partial"


def _disposition(document: Document, denied: int) -> str:
    if document["accepted"] is not None:
        back = " back by the provider" if document["owed"] < 0 else ""
        owed = f"{decimal(abs(document['owed']))} UAH are owed{back}"
        return (
            f"accepted but for {denied} of its lines; {owed}"
            if denied
            else f"accepted whole; {owed}"
        )
    if document["countersigned"] is not None:
        return "signed by the provider, not accepted yet"
    return "formed, not signed by the provider yet"


def _notes(printed: Printed, denied: Mapping[str, Document]) -> Iterator[str]:
    document = printed.exact.document
    yield f"contract {printed.contract}"
    for each in document["payments"]:
        yield (
            f"payment {each['payment']}: {decimal(each['amount'])} UAH on {each['paid_on']}, "
            f"bank reference {each['bank_reference']}"
        )
    for each in document["offsets"]:
        yield (
            f"offset {each['offset']}: {decimal(each['amount'])} UAH were set off with "
            f"statement {each['statement']}"
        )
    for each in document["refunds"]:
        yield (
            f"refund {each['refund']}: {decimal(each['amount'])} UAH came back on "
            f"{each['received_on']}, bank reference {each['bank_reference']}"
        )
    for charge, each in denied.items():
        found = "" if each["rule"] is None else f", found by {each['rule']} {each['rule_version']}"
        yield f"charge {charge} was denied: {each['reason']}{found}"


def _urn(uuid: str) -> Identifier:
    return Identifier(system=_URI, value=f"urn:uuid:{uuid}")


def _institution(party: Party) -> Reference:
    return Reference(identifier=Identifier(system=_EDRPOU, value=party.edrpou), display=party.name)
