"""Every table is the truth, or some code derives it again: what a backup loses is known before."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterable

import psycopg
import pytest

from ehealth_ledger.entrypoints.audit import verify_ledger
from ehealth_ledger.settings import Databases
from ehealth_ledger.store.derivations import LEDGER, VAULT, Derivation, Standing
from ehealth_ledger.store.fsck import indexes as comparing
from ehealth_ledger.store.fsck.finding import Kind
from ehealth_ledger.store.fsck.indexes import Indexes
from ehealth_ledger.store.indexes.catalogue import INDEXES
from ehealth_ledger.store.secrets import read_secret
from projections.projectors.catalogue import MODELS
from projections.read_models.schema import EVERY_MODEL, prepare
from tests.world import World

READ = {"checkpoint", *(table.name for model in EVERY_MODEL for table in model.tables)}
_TABLES = """
    SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'm', 'f') AND NOT c.relispartition
      AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
"""


def stored(url: str) -> set[tuple[str, str]]:
    """List what can hold rows in a database, whatever its schema; partitions are their table's."""
    with psycopg.connect(url) as connection:
        return set(connection.execute(_TABLES))


def listed(name: str, tables: Iterable[str]) -> set[tuple[str, str]]:
    return {(name, each) for each in tables}


def assert_derivable(urls: Databases) -> None:
    """Compare the databases with the closed lists, both ways."""
    assert stored(urls.ledger) == listed("ledger", LEDGER)
    assert stored(urls.vault) == listed("vault", VAULT)
    assert stored(urls.read) == listed("read", READ)


def test_every_table_is_the_truth_or_can_be_derived(quiet: World) -> None:
    """A new table needs code that can tell whether it is right, or it does not pass."""
    prepare(quiet.urls.read)
    assert_derivable(quiet.urls)


@pytest.mark.parametrize(
    ("where", "statement"),
    [
        ("ledger", "CREATE TABLE ledger.shortcuts (id uuid PRIMARY KEY)"),
        ("ledger", "CREATE TABLE public.shortcuts (id uuid PRIMARY KEY)"),
        ("ledger", "CREATE MATERIALIZED VIEW ledger.shortcuts AS SELECT 1 AS one"),
        ("vault", "CREATE TABLE vault.names (id uuid PRIMARY KEY)"),
        ("read", "CREATE TABLE read.counts (id uuid PRIMARY KEY)"),
    ],
    ids=["ledger", "public", "view", "vault", "read"],
)
def test_a_table_that_nothing_derives_is_noticed(quiet: World, where: str, statement: str) -> None:
    """The comparison fails for whatever is added beside the lists, in any schema."""
    prepare(quiet.urls.read)
    with psycopg.connect(getattr(quiet.urls, where), autocommit=True) as connection:
        connection.execute(statement.encode())
    with pytest.raises(AssertionError, match=r"shortcuts|names|counts"):
        assert_derivable(quiet.urls)


def test_verify_names_a_table_that_nothing_derives(quiet: World) -> None:
    """An auditor hears of it too, before anybody relies on what stands in it."""
    with psycopg.connect(quiet.urls.ledger, autocommit=True) as connection:
        connection.execute("CREATE TABLE ledger.shortcuts (id uuid PRIMARY KEY)")
    master = read_secret(quiet.settings.master_key_file)
    report = verify_ledger(quiet.urls, master, progress=lambda *_: None)
    assert [(each.kind, each.detail) for each in report.findings] == [
        (Kind.SCHEMA_ALTERED, "shortcuts: a table that nothing derives")
    ]


@pytest.mark.parametrize(
    ("table", "derivation"),
    [*LEDGER.items(), *VAULT.items()],
    ids=[*(f"ledger.{each}" for each in LEDGER), *(f"vault.{each}" for each in VAULT)],
)
def test_the_code_that_a_table_names_reads_it(table: str, derivation: Derivation) -> None:
    """No table is excused by code that has nothing to do with it."""
    assert derivation.standing in Standing
    if derivation.by is Indexes:
        assert table in INDEXES
        assert "INDEXES.values()" in inspect.getsource(comparing), "every index table is compared"
        return
    module = sys.modules[derivation.by.__module__]
    assert table in inspect.getsource(module)


def test_every_read_model_has_the_projector_that_rebuilds_it() -> None:
    """A read model that cannot be rebuilt would be a second truth."""
    assert {model.name for model in EVERY_MODEL} == set(MODELS)
    assert {projector.model.name for projector in MODELS.values()} == set(MODELS)
    names = [table.name for model in EVERY_MODEL for table in model.tables]
    assert len(names) == len(set(names)), "a table of two models would be derived twice"
