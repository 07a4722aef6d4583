"""Tell an erasure, which two people ordered, from a lost key, which is damage."""

from __future__ import annotations

from uuid import UUID

import psycopg
import pytest

from ehealth_ledger.errors import LedgerCorrupt
from tests.audit.conftest import Audited


def _in_vault(audited: Audited, statement: str, key_id: UUID) -> None:
    with psycopg.connect(audited.urls.vault, autocommit=True) as connection:
        connection.execute("SET search_path = vault")
        connection.execute("ALTER TABLE subject_keys DISABLE TRIGGER ALL")
        done = connection.execute(f"{statement} WHERE key_id = %s".encode(), (key_id,))
        assert done.rowcount == 1


def _in_ledger(audited: Audited, statement: str, *parameters: object) -> None:
    with audited.as_superuser() as connection:
        assert connection.execute(statement.encode(), parameters).rowcount >= 1


BODIES = "DELETE FROM bodies b USING records r WHERE b.position = r.position AND r.key_id = %s"
ENVELOPES = "DELETE FROM envelopes WHERE key_id = %s"
DESTROYED = "UPDATE subject_keys SET wrapped = NULL, destroyed_at = now()"


def test_an_erasure_is_counted_and_no_finding(audited: Audited) -> None:
    """Chain, receipts, statements and index rows verify; signatures of erased content cannot."""
    report = audited.verify()
    assert report.findings == ()
    assert (report.erasures, report.erased) == (1, audited.erased_records)
    unproved = report.commands - report.signatures
    assert unproved == audited.erased_commands > 3


@pytest.mark.parametrize("statement", ["DELETE FROM subject_keys", DESTROYED])
def test_a_key_destroyed_without_an_erasure_is_named(audited: Audited, statement: str) -> None:
    """Whoever destroys a key that nobody ordered destroyed is found out, and harms no neighbour."""
    _in_vault(audited, statement, audited.patient)
    report = audited.verify()
    assert [(str(each.kind), each.position) for each in report.findings] == [
        ("key.missing", audited.place("patient"))
    ]


def test_blobs_removed_without_an_erasure_are_named(audited: Audited) -> None:
    """The blobs of somebody who is not erased are missed, each where it stood."""
    _in_ledger(audited, BODIES, audited.patient)
    _in_ledger(audited, ENVELOPES, audited.patient)
    kinds = {kind for kind, _ in audited.kinds()}
    assert kinds == {"body.missing", "envelope.missing"}


def test_a_forged_row_of_erasures_hides_nothing(audited: Audited) -> None:
    """Key and blobs destroyed, and a row that says it was ordered: the log says it was not."""
    _in_vault(audited, DESTROYED, audited.patient)
    _in_ledger(audited, BODIES, audited.patient)
    _in_ledger(audited, ENVELOPES, audited.patient)
    position = audited.place("last")
    _in_ledger(audited, "INSERT INTO erasures VALUES (%s, %s)", audited.patient, position)
    assert ("index.altered", position) in audited.kinds()


def test_a_key_that_came_back_is_named(audited: Audited) -> None:
    """An erased patient's key in the vault is found, though it opens nothing any more."""
    _in_vault(
        audited, "UPDATE subject_keys SET wrapped = '\\x00', destroyed_at = NULL", audited.gone
    )
    assert audited.kinds() == {("key.returned", audited.place("erasure"))}


def test_a_vault_that_does_not_know_of_an_erasure_is_named(audited: Audited) -> None:
    """Without its tombstone the id could get another key."""
    _in_vault(audited, "DELETE FROM subject_keys", audited.gone)
    assert audited.kinds() == {("erasure.unfinished", audited.place("erasure"))}


def test_an_erasure_that_is_not_recorded_anywhere_else_is_missed(audited: Audited) -> None:
    """The row from which the database and every start decide is derived from the fact."""
    _in_ledger(audited, "DELETE FROM erasures WHERE patient = %s", audited.gone)
    found = audited.kinds()
    assert ("index.altered", audited.place("erasure")) in found
    assert "body.missing" in {kind for kind, _ in found}


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO patients VALUES (%s, 'tax', 'name')",
        "INSERT INTO patient_phones VALUES (%s, 'phone')",
        "INSERT INTO open_care_plans VALUES (gen_random_uuid(), %s)",
        "INSERT INTO live_approvals VALUES (gen_random_uuid(), %s)",
    ],
)
def test_a_row_about_an_erased_patient_is_surplus(audited: Audited, statement: str) -> None:
    """What the erasure took out of the tables may not stand in them again."""
    _in_ledger(audited, statement, audited.gone)
    assert audited.kinds() == {("index.altered", 0)}


def test_an_id_beside_an_erased_command_is_not_held_against_it(audited: Audited) -> None:
    """After an erasure a surplus row elsewhere is still found."""
    with audited.as_superuser() as connection:
        connection.execute("INSERT INTO redemptions VALUES (gen_random_uuid(), 1, 1)")
        connection.execute("INSERT INTO ids VALUES (gen_random_uuid(), 1)")
    assert audited.kinds() == {("index.altered", 1)}


def test_a_lost_ledger_key_is_damage(audited: Audited) -> None:
    """No erasure destroys the ledger's own key, and nobody makes a new one in its place."""
    _in_vault(audited, "DELETE FROM subject_keys", audited.ledger)
    first = audited.verify().findings[0]
    assert (str(first.kind), first.position) == ("key.missing", 1)
    assert str(audited.verify().findings[0].kind) == "key.missing"


def test_an_altered_key_is_named_where_it_is_used_first(audited: Audited) -> None:
    """A key that the master key does not unwrap is not taken for an erased one."""
    altered = "UPDATE subject_keys SET wrapped = set_byte(wrapped, 20, get_byte(wrapped, 20) # 1)"
    _in_vault(audited, altered, audited.patient)
    report = audited.verify()
    assert [str(each.kind) for each in report.findings] == ["key.unreadable"]
    assert report.findings[0].position == audited.place("patient")
    assert report.erased == audited.erased_records


def test_another_master_key_opens_nothing(audited: Audited) -> None:
    """With a wrong master key there is nothing to verify, and the check says so at once."""
    audited.master_key = bytes(32)
    with pytest.raises(LedgerCorrupt, match=r"vault\.key_unreadable"):
        audited.verify()
