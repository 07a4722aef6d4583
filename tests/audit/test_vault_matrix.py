"""Alter each column of each table of the vault, once, with triggers off: verify names it.

The tables below are complete by test, as those of the ledger are.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg
import pytest

from tests.audit.conftest import Audited
from tests.audit.test_mutation_matrix import FLIPPED, OTHER_ID, Change

PATIENT: Final = "key_id = '{patient}'"

KEYS: Final = {
    "subject_keys.key_id": Change(OTHER_ID, "key.missing", "patient", PATIENT),
    "subject_keys.kind": Change("'party'", "key.unreadable", "patient", PATIENT),
    "subject_keys.wrapped": Change(FLIPPED, "key.unreadable", "patient", PATIENT),
}
# Of the doctor, whose tax id the vault holds as a blind index.
DOCTOR: Final = "party = '{doctor}'"
PEOPLE: Final = {
    "parties.tax_index": f"UPDATE parties SET tax_index = {FLIPPED.format(column='tax_index')} "
    f"WHERE {DOCTOR}",
    "parties.party": "UPDATE parties SET party = (SELECT key_id FROM subject_keys "
    f"WHERE kind = 'party' AND key_id <> '{{doctor}}' LIMIT 1) WHERE {DOCTOR}",
    "a row is removed": f"DELETE FROM parties WHERE {DOCTOR}",
    "every row is removed": "DELETE FROM parties",
    "a row is inserted": "INSERT INTO parties SELECT sha256(tax_index), party FROM parties "
    f"WHERE {DOCTOR}",
}
MIGRATED: Final = "`db init` refuses what was applied with other text; no key rests on it"
UNCHECKED: Final = {
    "subject_keys.created_at": "a note for operators; nothing rests on it",
    "subject_keys.destroyed_at": "a note for operators; the record of the erasure says when",
    "migrations.name": MIGRATED,
    "migrations.digest": MIGRATED,
    "migrations.applied_at": MIGRATED,
}


@contextmanager
def _vault(audited: Audited) -> Iterator[psycopg.Connection]:
    """Connect with triggers off, and without what keeps rows of people apart."""
    with psycopg.connect(audited.urls.vault, autocommit=True) as connection:
        connection.execute("SET search_path = vault, public")
        connection.execute("ALTER TABLE parties DROP CONSTRAINT parties_party_key")
        for table in ("parties", "subject_keys"):
            connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL".encode())
        yield connection


def _doctor(audited: Audited) -> str:
    with psycopg.connect(audited.urls.ledger) as connection:
        row = connection.execute(
            "SELECT key_id::text FROM ledger.records WHERE position = %s",
            (audited.place("doctor"),),
        ).fetchone()
    assert row is not None
    return str(row[0])


def test_every_column_of_the_vault_has_its_alteration(original: Audited) -> None:
    """A new column fails here until somebody says what finds its alteration."""
    with psycopg.connect(original.urls.vault) as connection:
        columns = connection.execute(
            "SELECT table_name || '.' || column_name FROM information_schema.columns "
            "WHERE table_schema = 'vault'"
        ).fetchall()
    altered = {each for each in PEOPLE if "." in each}
    assert {name for (name,) in columns} == KEYS.keys() | altered | UNCHECKED.keys()


@pytest.mark.parametrize("column", KEYS)
def test_an_altered_key_is_named(audited: Audited, column: str) -> None:
    """It opens nothing any more, or belongs to nobody, and is no erasure."""
    change = KEYS[column]
    table, name = column.split(".")
    where = change.where.format(patient=audited.patient)
    with _vault(audited) as connection:
        set_to = f"{name} = {change.to.format(column=name)}"
        done = connection.execute(f"UPDATE {table} SET {set_to} WHERE {where}".encode())
        assert done.rowcount == 1
    assert audited.kinds() == {(change.kind, audited.place(change.at))}


@pytest.mark.parametrize("deed", PEOPLE)
def test_a_tax_id_that_leads_to_somebody_else_is_named(audited: Audited, deed: str) -> None:
    """The next registration under it would employ another person."""
    with _vault(audited) as connection:
        statement = PEOPLE[deed].format(doctor=_doctor(audited))
        assert connection.execute(statement.encode()).rowcount > 0
    found = audited.kinds()
    assert {kind for kind, _ in found} == {"party.altered"}
    assert audited.place("doctor") in {position for _, position in found}


def test_a_person_whose_registration_was_refused_is_no_finding(audited: Audited) -> None:
    """The vault knows people before the ledger does."""
    made = (
        f"INSERT INTO subject_keys (key_id, kind, wrapped) VALUES ({OTHER_ID}, 'party', '')",
        f"INSERT INTO parties VALUES ('\\x00', {OTHER_ID})",
    )
    with _vault(audited) as connection:
        for statement in made:
            connection.execute(statement.encode())
    assert audited.kinds() == set()
