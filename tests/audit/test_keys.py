"""Tell an erasure, which is a person's right, from a lost key of the ledger, which is damage."""

from __future__ import annotations

from uuid import UUID

import psycopg
import pytest

from ehealth_ledger.errors import LedgerCorrupt
from tests.audit.conftest import Audited


def _in_vault(audited: Audited, statement: str, key_id: UUID) -> None:
    with psycopg.connect(audited.urls.vault, autocommit=True) as connection:
        done = connection.execute(
            f"{statement} WHERE key_id = %s".replace("subject_keys", "vault.subject_keys").encode(),
            (key_id,),
        )
        assert done.rowcount == 1


def test_a_destroyed_patient_key_is_an_erasure_and_no_finding(audited: Audited) -> None:
    """What the key sealed is gone; chain, receipts, statements and index rows still verify."""
    before = audited.verify()
    _in_vault(audited, "DELETE FROM subject_keys", audited.patient)
    report = audited.verify()
    assert report.findings == ()
    assert report.erased > 10
    assert report.signatures < before.signatures == before.commands == report.commands
    assert (report.position, report.chain_value) == (before.position, before.chain_value)


def test_an_id_beside_an_erased_command_is_not_held_against_it(audited: Audited) -> None:
    """After an erasure a surplus row elsewhere is still found."""
    _in_vault(audited, "DELETE FROM subject_keys", audited.patient)
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
    assert report.erased == 0


def test_another_master_key_opens_nothing(audited: Audited) -> None:
    """With a wrong master key there is nothing to verify, and the check says so at once."""
    audited.master_key = bytes(32)
    with pytest.raises(LedgerCorrupt, match=r"vault\.key_unreadable"):
        audited.verify()
