"""Alter each column of each table of the ledger, once, with triggers off: verify names it.

The table below is complete by test: a new column fails until a row here says what finds it.
"""

from __future__ import annotations

from typing import Final, NamedTuple
from uuid import UUID

import psycopg
import pytest

from tests.audit.conftest import Audited


class Change(NamedTuple):
    """Set a column of the rows matching `where` to an SQL expression; expect a kind at a place."""

    to: str
    kind: str
    at: str = "first visit"  # a place of the history, "0" for none
    where: str = "position = {at}"


OTHER_ID = "'11111111-1111-4111-8111-111111111111'"
FLIPPED = "set_byte({column}, 5, get_byte({column}, 5) # 1)"
ONE_MORE = "{column} + 1"
RECORD = ("record.altered",)
HEAD = "log = 'records'"
SIGNED = "size = {at}"
ONE_LESS = "size = {at} - 1"
BOUND = "index = {at} - 1"  # in the super-log
RECEIPT = "first_position = {at}"
ONE_ID = "id = (SELECT id FROM ids WHERE position = {at} LIMIT 1)"
# Tables without a position: the finding stands at the record that gave the row. There is one row.
FIRST = "true"
OUTPATIENT = "package = '9'"
CONSULTATION = "package = '9' AND NOT starts_with(service, 'ehealth/tariffs')"
SERVICES = "kind = 'MEDICAL_SERVICES'"  # the hospital's contract
EMPLOYEE = "employee = (SELECT stream_id FROM records WHERE position = {at})"
LICENCE = EMPLOYEE.replace("employee", "licence")
FINDING = (
    "id = (SELECT id FROM clinical_resources WHERE encounter = "
    "(SELECT stream_id FROM records WHERE position = {at}) LIMIT 1)"
)
MISTAKE = "id = (SELECT id FROM resources_in_error LIMIT 1)"
APPROVAL = "kind = 'approval.expire'"

MATRIX: Final[dict[str, Change]] = {
    "records.log": Change("'other'", "position.missing"),
    "records.position": Change("900000", "position.missing"),
    "records.ledger": Change(OTHER_ID, *RECORD),
    "records.command_id": Change(OTHER_ID, *RECORD),
    "records.fact_index": Change(ONE_MORE, *RECORD),
    "records.fact_count": Change(ONE_MORE, *RECORD),
    "records.stream_id": Change(OTHER_ID, *RECORD),
    "records.stream_version": Change(ONE_MORE, *RECORD),
    "records.topic": Change("'patient.registered.v1'", *RECORD),
    "records.recorded_at": Change(ONE_MORE, *RECORD),
    "records.key_id": Change(OTHER_ID, *RECORD),
    "records.body_digest": Change(FLIPPED, *RECORD),
    "records.envelope_digest": Change(FLIPPED, *RECORD),
    "records.previous": Change(FLIPPED, *RECORD),
    "records.chain_value": Change(FLIPPED, *RECORD),
    "bodies.log": Change("'other'", "body.missing"),
    "bodies.position": Change("900000", "body.missing"),
    "bodies.blob": Change("set_byte(blob, 60, get_byte(blob, 60) # 1)", "body.altered"),
    "envelopes.log": Change("'other'", "envelope.missing"),
    "envelopes.position": Change("900000", "envelope.missing"),
    "envelopes.command_id": Change(OTHER_ID, "envelope.altered"),
    "envelopes.key_id": Change(OTHER_ID, "envelope.altered"),
    "envelopes.blob": Change("set_byte(blob, 60, get_byte(blob, 60) # 1)", "envelope.altered"),
    "heads.log": Change("'other'", "head.missing", "end", HEAD),
    "heads.ledger": Change(OTHER_ID, "head.altered", "end", HEAD),
    "heads.position": Change(ONE_MORE, "head.altered", "end", HEAD),
    "heads.chain_value": Change(FLIPPED, "head.altered", "end", HEAD),
    "heads.recorded_at": Change(ONE_MORE, "head.altered", "end", HEAD),
    "receipts.log": Change("'other'", "receipt.missing", where=RECEIPT),
    "receipts.first_position": Change(ONE_MORE, "receipt.missing", where=RECEIPT),
    "receipts.last_position": Change(ONE_MORE, "receipt.altered", where=RECEIPT),
    "receipts.size": Change(ONE_MORE, "receipt.altered", where=RECEIPT),
    "receipts.signature": Change(FLIPPED, "receipt.altered", where=RECEIPT),
    "heads.edge": Change(FLIPPED, "tree.altered", "end", HEAD),
    "tiles.log": Change("'other'", "tile.missing", "tile", FIRST),
    "tiles.level": Change("1", "tile.missing", "tile", FIRST),
    "tiles.index": Change(ONE_MORE, "tile.missing", "tile", FIRST),
    "tiles.hashes": Change(FLIPPED, "tile.altered", "tile", FIRST),
    "tiles.root": Change(FLIPPED, "tile.altered", "tile", FIRST),
    "checkpoints.log": Change("'other'", "checkpoint.contradicted", "signed", SIGNED),
    "checkpoints.size": Change(ONE_MORE, "checkpoint.altered", "signed + 1", ONE_LESS),
    "checkpoints.note": Change(FLIPPED, "checkpoint.altered", "signed", SIGNED),
    "cosignatures.log": Change("'other'", "cosignature.altered", "cosigned", SIGNED),
    "cosignatures.size": Change(ONE_MORE, "cosignature.altered", "cosigned + 1", ONE_LESS),
    "cosignatures.witness": Change("'other'", "cosignature.altered", "cosigned", SIGNED),
    "cosignatures.line": Change(
        "overlay({column} PLACING 'AAAA' FROM 90)", "cosignature.altered", "cosigned", SIGNED
    ),
    "super_log.index": Change("{column} + 900", "tree.altered", "second checkpoint", BOUND),
    "super_log.log": Change("'other'", "tree.altered", "second checkpoint", BOUND),
    "super_log.size": Change(ONE_MORE, "tree.altered", "second checkpoint", BOUND),
    "super_log.nodes": Change(FLIPPED, "tree.altered", "second checkpoint", BOUND),
    "evidence.digest": Change(FLIPPED, "evidence.missing", "opening", "kind = 'trust_store'"),
    "evidence.kind": Change("'certificate'", "evidence.altered", "opening", "kind = 'trust_store'"),
    "evidence.bytes": Change("bytes || ' '", "evidence.altered", "opening", "kind = 'trust_store'"),
    "ids.id": Change(OTHER_ID, "index.altered", where=ONE_ID),
    "ids.position": Change(ONE_MORE, "index.altered", where=ONE_ID),
    "legal_entities.edrpou": Change("'99999999'", "index.altered", "clinic", "edrpou = '30000001'"),
    "legal_entities.legal_entity": Change(
        OTHER_ID, "index.altered", "clinic", "edrpou = '30000001'"
    ),
    "employments.employee": Change(OTHER_ID, "index.altered", "doctor", EMPLOYEE),
    "employments.legal_entity": Change(OTHER_ID, "index.altered", "doctor", EMPLOYEE),
    "jobs.employee": Change(OTHER_ID, "index.altered", "doctor", EMPLOYEE),
    "jobs.party": Change(OTHER_ID, "index.altered", "doctor", EMPLOYEE),
    "jobs.specialities": Change("'PEDIATRICIAN'", "index.altered", "doctor", EMPLOYEE),
    "licences.licence": Change(OTHER_ID, "index.altered", "licence", LICENCE),
    "licences.legal_entity": Change(OTHER_ID, "index.altered", "licence", LICENCE),
    "healthcare_services.division": Change(OTHER_ID, "index.altered", "service", FIRST),
    "healthcare_services.category": Change("'other'", "index.altered", "service", FIRST),
    "healthcare_services.speciality": Change("'other'", "index.altered", "service", FIRST),
    "healthcare_services.providing_condition": Change("'other'", "index.altered", "service", FIRST),
    "healthcare_services.healthcare_service": Change(OTHER_ID, "index.altered", "service", FIRST),
    "employee_roles.employee": Change(OTHER_ID, "index.altered", "role", FIRST),
    "employee_roles.healthcare_service": Change(OTHER_ID, "index.altered", "role", FIRST),
    "employee_roles.employee_role": Change(OTHER_ID, "index.altered", "role", FIRST),
    "deadlines.kind": Change("'other'", "index.altered", "approval confirmed", APPROVAL),
    "deadlines.id": Change(OTHER_ID, "index.altered", "approval confirmed", APPROVAL),
    "deadlines.due_at": Change(ONE_MORE, "index.altered", "approval confirmed", APPROVAL),
    "deadlines.position": Change(ONE_MORE, "index.altered", "approval confirmed", APPROVAL),
    "patients.patient": Change(OTHER_ID, "index.altered", "patient", FIRST),
    "patients.tax_index": Change("'other'", "index.altered", "patient", FIRST),
    "patients.name_index": Change("'other'", "index.altered", "patient", FIRST),
    "patient_phones.patient": Change(OTHER_ID, "index.altered", "patient", FIRST),
    "patient_phones.phone_index": Change("'other'", "index.altered", "patient", FIRST),
    "live_declarations.declaration": Change(OTHER_ID, "index.altered", "declaration", FIRST),
    "live_declarations.patient": Change(OTHER_ID, "index.altered", "declaration", FIRST),
    "live_declarations.doctor": Change(OTHER_ID, "index.altered", "declaration", FIRST),
    "live_declarations.party": Change(OTHER_ID, "index.altered", "declaration", FIRST),
    "live_declarations.legal_entity": Change(OTHER_ID, "index.altered", "declaration", FIRST),
    "live_declarations.status": Change(
        "'pending_verification'", "index.altered", "declaration", FIRST
    ),
    "declarations.declaration": Change(OTHER_ID, "index.altered", "declaration"),
    "declarations.position": Change("900000", "index.altered", "declaration"),
    "declarations.patient": Change(OTHER_ID, "index.altered", "declaration"),
    "declarations.doctor": Change(OTHER_ID, "index.altered", "declaration"),
    "declarations.division": Change(OTHER_ID, "index.altered", "declaration"),
    "declaration_course.declaration": Change(OTHER_ID, "index.altered", "declaration"),
    "declaration_course.step": Change("'ended'", "index.altered", "declaration"),
    "declaration_course.position": Change("900000", "index.altered", "declaration"),
    "patient_ages.patient": Change(OTHER_ID, "index.altered", "patient"),
    "patient_ages.position": Change("900000", "index.altered", "patient"),
    "patient_ages.ages_from": Change(
        "({column} + interval '1 month')::date", "index.altered", "patient"
    ),
    "clinical_resources.id": Change(OTHER_ID, "index.altered", where=FINDING),
    "clinical_resources.kind": Change("'Device'", "index.altered", where=FINDING),
    "clinical_resources.patient": Change(OTHER_ID, "index.altered", where=FINDING),
    "clinical_resources.encounter": Change(OTHER_ID, "index.altered", where=FINDING),
    "clinical_resources.episode": Change(OTHER_ID, "index.altered", where=FINDING),
    "resources_in_error.id": Change(OTHER_ID, "index.altered", "cancellation", MISTAKE),
    "resources_in_error.encounter": Change(OTHER_ID, "index.altered", "cancellation", MISTAKE),
    "withdrawn_charges.charge": Change(OTHER_ID, "index.altered", "cancellation + 2", FIRST),
    "withdrawn_charges.position": Change("900000", "index.altered", "cancellation + 2", FIRST),
    "redemptions.referral": Change(OTHER_ID, "index.altered", "redemption of first visit"),
    "redemptions.position": Change(
        "900000", "index.altered", "redemption of first visit", "position = {at}"
    ),
    "redemptions.attempt": Change(ONE_MORE, "index.altered", "redemption of first visit"),
    "open_care_plans.care_plan": Change(OTHER_ID, "index.altered", "care plan", FIRST),
    "open_care_plans.patient": Change(OTHER_ID, "index.altered", "care plan", FIRST),
    "live_approvals.approval": Change(OTHER_ID, "index.altered", "approval", FIRST),
    "live_approvals.patient": Change(OTHER_ID, "index.altered", "approval", FIRST),
    "prescriptions.prescription": Change(OTHER_ID, "index.altered", "prescription", FIRST),
    "prescriptions.number": Change("'other'", "index.altered", "prescription", FIRST),
    "prescriptions.quantity": Change(ONE_MORE, "index.altered", "prescription", FIRST),
    "treatments.prescription": Change(OTHER_ID, "index.altered", "prescription", FIRST),
    "treatments.treatment": Change("'other'", "index.altered", "prescription", FIRST),
    "treatments.started_on": Change("{column} - 1", "index.altered", "prescription", FIRST),
    "treatments.ended_on": Change("{column} + 1", "index.altered", "prescription", FIRST),
    "live_dispenses.dispense": Change(OTHER_ID, "index.altered", "dispense", FIRST),
    "live_dispenses.prescription": Change(OTHER_ID, "index.altered", "dispense", FIRST),
    "live_dispenses.quantity": Change(ONE_MORE, "index.altered", "dispense", FIRST),
    "tariffs.tariff": Change(OTHER_ID, "index.altered", "tariff", CONSULTATION),
    "tariffs.package": Change("'other'", "index.altered", "tariff", CONSULTATION),
    "tariffs.service": Change("'other'", "index.altered", "tariff", CONSULTATION),
    "tariffs.first_day": Change("{column} - 1", "index.altered", "tariff", CONSULTATION),
    "tariffs.last_day": Change("{column} + 1", "index.altered", "tariff", CONSULTATION),
    "tariffs.unit_price": Change(ONE_MORE, "index.altered", "tariff", CONSULTATION),
    "contracts.contract": Change(OTHER_ID, "index.altered", "contract", OUTPATIENT),
    "contracts.payer": Change(OTHER_ID, "index.altered", "contract", OUTPATIENT),
    "contracts.provider": Change(OTHER_ID, "index.altered", "contract", OUTPATIENT),
    "contracts.package": Change("'other'", "index.altered", "contract", OUTPATIENT),
    "contracts.first_day": Change("{column} - 1", "index.altered", "contract", OUTPATIENT),
    "contracts.last_day": Change("{column} + 1", "index.altered", "contract", OUTPATIENT),
    "contracts.kind": Change("'CAPITATION'", "index.altered", "contract", OUTPATIENT),
    "contracts.corrections": Change("'rural'", "index.altered", "contract", OUTPATIENT),
    "contract_suspensions.contract": Change(OTHER_ID, "index.altered", "resumption"),
    "contract_suspensions.position": Change("900000", "index.altered", "resumption"),
    "contract_suspensions.suspended": Change("true", "index.altered", "resumption"),
    "open_contract_requests.request": Change(OTHER_ID, "index.altered", "open request", FIRST),
    "open_contract_requests.provider": Change(OTHER_ID, "index.altered", "open request", FIRST),
    "groupings.grouping": Change(OTHER_ID, "index.altered", "grouping", FIRST),
    "groupings.version": Change("'other'", "index.altered", "grouping", FIRST),
    "groupings.first_day": Change("{column} - 1", "index.altered", "grouping", FIRST),
    "groupings.last_day": Change("{column} + 1", "index.altered", "grouping", FIRST),
    "settled_months.contract": Change(OTHER_ID, "index.altered", "settled month"),
    "settled_months.period": Change("'2020-01'", "index.altered", "settled month"),
    "settled_months.package": Change("'other'", "index.altered", "settled month"),
    "settled_months.position": Change("900000", "index.altered", "settled month"),
    "contract_months.contract": Change(OTHER_ID, "index.altered", "month"),
    "contract_months.period": Change("'2020-01'", "index.altered", "month"),
    "contract_months.position": Change("900000", "index.altered", "month"),
    "cut_offs.period": Change("'2020-01'", "index.altered", "cut_off", FIRST),
    "cut_offs.at": Change(ONE_MORE, "index.altered", "cut_off", FIRST),
    "adjustments.adjustment": Change(OTHER_ID, "index.altered", "correction"),
    "adjustments.position": Change("900000", "index.altered", "correction"),
    "adjustments.charge": Change(OTHER_ID, "index.altered", "correction"),
    "adjustments.contract": Change(OTHER_ID, "index.altered", "correction"),
    "adjustments.package": Change("'other'", "index.altered", "correction"),
    "adjustments.period": Change("'2020-01'", "index.altered", "correction"),
    "adjustments.amount": Change(ONE_MORE, "index.altered", "correction"),
    "charges.charge": Change(OTHER_ID, "index.altered", "first visit + 3"),
    "charges.position": Change("900000", "index.altered", "first visit + 3"),
    "charges.act_position": Change("900000", "index.altered", "first visit + 3"),
    "charges.package": Change("'other'", "index.altered", "first visit + 3"),
    "charges.attempt": Change(ONE_MORE, "index.altered", "first visit + 3"),
    "charges.contract": Change(OTHER_ID, "index.altered", "first visit + 3"),
    "charges.period": Change("'2020-01'", "index.altered", "first visit + 3"),
    "charges.amount": Change(ONE_MORE, "index.altered", "first visit + 3"),
    "charges.unreferred": Change("NOT unreferred", "index.altered", "first visit + 3"),
    "charges.kind": Change("'case'", "index.altered", "first visit + 3"),
    "statements.statement": Change(OTHER_ID, "index.altered", "statement", FIRST),
    "statements.contract": Change(OTHER_ID, "index.altered", "statement", FIRST),
    "statements.package": Change("'other'", "index.altered", "statement", FIRST),
    "statements.period": Change("'2020-01'", "index.altered", "statement", FIRST),
    "payments.bank_reference": Change("'other'", "index.altered", "payment", FIRST),
    "payments.statement": Change(OTHER_ID, "index.altered", "payment", FIRST),
    "payments.amount": Change(ONE_MORE, "index.altered", "payment", FIRST),
    "statement_debts.statement": Change(OTHER_ID, "index.altered", "acceptance", FIRST),
    "statement_debts.amount": Change(ONE_MORE, "index.altered", "acceptance", FIRST),
    "debts_settled.position": Change("900000", "index.altered", "payment", FIRST),
    "debts_settled.statement": Change(OTHER_ID, "index.altered", "payment", FIRST),
    "debts_settled.kind": Change("'refund'", "index.altered", "payment", FIRST),
    "debts_settled.amount": Change(ONE_MORE, "index.altered", "payment", FIRST),
    "postings.position": Change("900000", "index.altered", "first visit + 3"),
    "postings.line": Change("{column} + 7", "index.altered", "first visit + 3"),
    "postings.owner": Change(OTHER_ID, "index.altered", "first visit + 3"),
    "postings.account": Change("'other'", "index.altered", "first visit + 3"),
    "postings.counterparty": Change(OTHER_ID, "index.altered", "first visit + 3"),
    "postings.currency": Change("'USD'", "index.altered", "first visit + 3"),
    "postings.amount": Change(ONE_MORE, "index.altered", "first visit + 3"),
    "erasures.patient": Change(OTHER_ID, "body.missing", "gone", FIRST),
    "erasures.position": Change("900000", "index.altered", "erasure", FIRST),
    "migrations.name": Change("'0000_other.sql'", "schema.altered", "0", "name LIKE '0002%'"),
    "migrations.digest": Change(FLIPPED, "schema.altered", "0", "name LIKE '0002%'"),
}
# Held beside the ledger, not in it (docs/adr/0022): no law reads it, nothing of it is evidence.
PREVIEW: Final = "content held for its signature; the bytes that were signed are the truth"
UNCHECKED: Final = {
    "previews.named": PREVIEW,
    "previews.blob": PREVIEW,
    "previews.expires_at": PREVIEW,
    "migrations.applied_at": "a note for operators; nothing rests on it",
}


def test_every_column_of_the_ledger_has_its_alteration(original: Audited) -> None:
    """A new column fails here until somebody says what finds its alteration."""
    with psycopg.connect(original.urls.ledger) as connection:
        columns = connection.execute(
            "SELECT c.table_name || '.' || c.column_name FROM information_schema.columns c "
            "JOIN pg_class t ON t.relname = c.table_name "
            "AND t.relnamespace = 'ledger'::regnamespace "
            "WHERE c.table_schema = 'ledger' AND t.relkind IN ('r', 'p') AND NOT t.relispartition"
        ).fetchall()
    assert {name for (name,) in columns} == MATRIX.keys() | UNCHECKED.keys()


@pytest.mark.parametrize("column", MATRIX)
def test_an_altered_column_is_named(audited: Audited, column: str) -> None:
    """No column of any table can be changed without a finding of its kind at its position."""
    change = MATRIX[column]
    table, name = column.split(".")
    at = audited.place(change.at)
    where = change.where.format(at=at)
    with audited.as_superuser() as connection:
        connection.execute("SELECT provide_partitions('other', 0)")
        connection.execute("ALTER TABLE evidence DROP CONSTRAINT evidence_digest_wrong")
        done = connection.execute(
            f"UPDATE {table} SET {name} = {change.to.format(column=name)} WHERE {where}".encode()
        )
        assert done.rowcount > 0
    findings = audited.verify().findings
    assert (change.kind, at) in {(str(each.kind), each.position) for each in findings}, findings
    first = findings[0]
    assert first.position == at, findings
    limited = audited.verify(limit=1).findings
    assert [each.position for each in limited] == [at]


TABLES: Final = tuple(sorted({each.partition(".")[0] for each in MATRIX}))
# A row that may go without being missed, and why.
MAY_LEAVE: Final = {
    "cosignatures": "what a witness does not say any more is no alteration",
    "checkpoints": "those that no entry of the super-log binds; others hold them, the signer too",
}
KEY: Final = """
    SELECT a.attname::text FROM pg_index i
    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)
    WHERE i.indrelid = %s::regclass AND i.indisprimary
"""
COLUMNS: Final = """
    SELECT column_name::text FROM information_schema.columns
    WHERE table_schema = 'ledger' AND table_name = %s AND is_generated = 'NEVER'
    ORDER BY ordinal_position
"""
CONSTRAINTS: Final = """
    SELECT conname::text FROM pg_constraint WHERE conrelid = %s::regclass AND contype <> 'n'
    ORDER BY contype IN ('p', 'u')
"""
INDEXES: Final = """
    SELECT indexrelid::regclass::text FROM pg_index
    WHERE indrelid = %s::regclass AND indisunique
"""


def deeds_on(connection: psycopg.Connection, table: str, gone: UUID) -> dict[str, str]:
    """Say how rows of a table can go and come."""
    key = {name for (name,) in connection.execute(KEY, (table,))}
    columns = [name for (name,) in connection.execute(COLUMNS, (table,))]
    other = [
        MATRIX[f"{table}.{name}"].to.format(column=name)
        if name in key and f"{table}.{name}" in MATRIX
        else name
        for name in columns
    ]
    # What an erased patient's facts gave to a table is not known any more.
    erased = (
        f"SELECT position FROM records WHERE command_id IN "
        f"(SELECT command_id FROM records WHERE key_id = '{gone}')"
    )
    others = f"position NOT IN ({erased})" if "position" in columns else "true"
    if "patient" in columns and table != "erasures":
        others += f" AND patient <> '{gone}'"
    least, most = (
        f"SELECT * FROM {table} WHERE {others} ORDER BY {table}::text {way} LIMIT 1"
        for way in ("ASC", "DESC")
    )
    into = f"INSERT INTO {table} ({', '.join(columns)})"
    return {
        "a row is removed": f"DELETE FROM {table} t USING ({most}) AS one "
        f"WHERE t::text = one::text",
        "every row is removed": f"DELETE FROM {table}",
        "a row is inserted": f"{into} SELECT {', '.join(other)} FROM ({least}) AS one",
    }


@pytest.mark.parametrize("table", TABLES)
def test_rows_of_no_table_come_or_go_unseen(audited: Audited, table: str) -> None:
    """Whatever the table: one row less, none at all, another one, or no key any more is named."""
    with psycopg.connect(audited.urls.ledger) as connection:
        connection.execute("SET search_path = ledger, public")
        connection.execute("SELECT provide_partitions('other', 0)")
    with audited.as_superuser() as connection:
        deeds = deeds_on(connection, table, audited.gone)
        for (name,) in connection.execute(CONSTRAINTS, (table,)).fetchall():
            connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name} CASCADE".encode())
        for (name,) in connection.execute(INDEXES, (table,)).fetchall():
            connection.execute(f"DROP INDEX {name}".encode())
        connection.execute(f"CREATE TABLE public.saved AS SELECT * FROM {table}".encode())
        without_key = {str(each) for each in audited.verify().findings}
        assert {each.split(" at ")[0] for each in without_key} == {"schema.altered"}
        unseen = []
        for deed, statement in deeds.items():
            assert connection.execute(statement.encode()).rowcount > 0, deed
            found = {str(each) for each in audited.verify().findings} - without_key
            if not found:
                unseen.append(deed)
            connection.execute(f"DELETE FROM {table}".encode())
            connection.execute(f"INSERT INTO {table} SELECT * FROM public.saved".encode())
        assert {str(each) for each in audited.verify().findings} == without_key
    allowed = {"a row is removed", "every row is removed"} if table in MAY_LEAVE else set()
    assert set(unseen) <= allowed
