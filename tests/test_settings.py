"""Read settings as a deployment gives them: from environment variables and nowhere else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from ehealth_ledger.settings import (
    ROOT_DATA_DIR,
    Databases,
    Settings,
    default_data_dir,
    with_database,
)

SECRET = "s3cret"


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the settings of whoever runs the tests out of them."""
    for name in [name for name in os.environ if name.startswith("EHEALTH_")]:
        monkeypatch.delenv(name)


def test_nothing_set_means_the_embedded_server_on_loopback() -> None:
    """A first try needs no configuration and opens nothing to the network."""
    settings = Settings()
    assert settings.databases() is None
    assert (settings.host, settings.port) == ("127.0.0.1", 8080)
    assert (settings.max_body_bytes, settings.max_batch) == (2**20, 256)


@pytest.mark.parametrize(
    ("given", "derived"),
    [
        ("postgresql://u@h", "postgresql://u@h/ehealth_ledger"),
        ("postgresql://u@h/", "postgresql://u@h/ehealth_ledger"),
        ("postgresql://u@h/postgres", "postgresql://u@h/ehealth_ledger"),
        ("postgres://h:5433/x?sslmode=require", "postgres://h:5433/ehealth_ledger?sslmode=require"),
        ("postgresql:///x?host=/run/pg", "postgresql:///ehealth_ledger?host=/run/pg"),
        ("postgresql://u:p%40@[::1]/x", "postgresql://u:p%40@[::1]/ehealth_ledger"),
        ("postgresql://a:1,b:2/x", "postgresql://a:1,b:2/ehealth_ledger"),
    ],
)
def test_one_server_url_gives_three_databases(
    monkeypatch: pytest.MonkeyPatch, given: str, derived: str
) -> None:
    """Only the database's name changes; hosts, user and options stay."""
    monkeypatch.setenv("EHEALTH_DATABASE_URL", given)
    databases = Settings().databases()
    assert databases is not None
    assert databases.ledger == derived
    assert len(set(databases)) == 3


def test_the_prefix_names_the_derived_databases(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two deployments may share one server."""
    monkeypatch.setenv("EHEALTH_DATABASE_URL", "postgresql://h/x")
    monkeypatch.setenv("EHEALTH_DATABASE_PREFIX", "kyiv")
    assert Settings().databases() == Databases(
        "postgresql://h/kyiv_ledger", "postgresql://h/kyiv_vault", "postgresql://h/kyiv_read"
    )


def test_three_urls_need_no_server_url(monkeypatch: pytest.MonkeyPatch) -> None:
    """In production each database has its own server."""
    for name in ("LEDGER", "VAULT", "READ"):
        monkeypatch.setenv(f"EHEALTH_{name}_URL", f"postgresql://{name.lower()}/main")
    settings = Settings()
    assert settings.admin_url is None
    assert settings.databases() == Databases(
        "postgresql://ledger/main", "postgresql://vault/main", "postgresql://read/main"
    )


def test_an_explicit_url_outranks_the_derived_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The vault may live elsewhere while the rest shares a server."""
    monkeypatch.setenv("EHEALTH_DATABASE_URL", "postgresql://h/x")
    monkeypatch.setenv("EHEALTH_VAULT_URL", "postgresql://vault/keys")
    databases = Settings().databases()
    assert databases is not None
    assert databases.vault == "postgresql://vault/keys"
    assert databases.read == "postgresql://h/ehealth_read"


def test_half_of_the_urls_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Records on a real server and their keys in the embedded one would be nobody's intention."""
    monkeypatch.setenv("EHEALTH_LEDGER_URL", "postgresql://h/x")
    with pytest.raises(ValidationError, match="EHEALTH_VAULT_URL, EHEALTH_READ_URL"):
        Settings()


@pytest.mark.parametrize("url", [f"mysql://u:{SECRET}@h/x", f"host=h password={SECRET}"])
def test_another_form_of_url_is_refused_without_showing_it(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    """The refusal says which variable and which form, and prints no password."""
    monkeypatch.setenv("EHEALTH_DATABASE_URL", url)
    with pytest.raises(ValidationError, match="postgresql://user") as refusal:
        Settings()
    assert "database_url" in str(refusal.value)
    assert SECRET not in str(refusal.value)


def test_no_repr_shows_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings may be logged."""
    monkeypatch.setenv("EHEALTH_DATABASE_URL", f"postgresql://u:{SECRET}@h/x")
    settings = Settings()
    databases = settings.databases()
    assert SECRET in str(settings.admin_url)
    assert SECRET not in f"{settings!r} {settings} {settings.model_dump_json()}"
    assert SECRET not in f"{databases!r} {databases}"


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    """Deployment tools set variables to nothing where they mean none."""
    monkeypatch.setenv("EHEALTH_DATABASE_URL", "")
    monkeypatch.setenv("EHEALTH_PORT", "")
    assert Settings().databases() is None
    assert Settings().port == 8080


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "65536"),
        ("PORT", "http"),
        ("MAX_BATCH", "0"),
        ("MAX_BODY_BYTES", "0"),
        ("QUEUE_LIMIT", "0"),
        ("DATABASE_PREFIX", "Kyiv; drop"),
    ],
)
def test_a_value_out_of_bounds_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """A wrong setting stops the start, not the first command."""
    monkeypatch.setenv(f"EHEALTH_{name}", value)
    with pytest.raises(ValidationError, match=name.lower()):
        Settings()


def test_files_lie_in_the_data_folder_unless_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """One variable moves everything; each file may still be elsewhere."""
    monkeypatch.setenv("EHEALTH_DATA_DIR", "/data")
    monkeypatch.setenv("EHEALTH_CRL_DIR", "/crls")
    settings = Settings()
    assert settings.master_key_file == Path("/data/master.key")
    assert settings.trust_store_file.parent == Path("/data")
    assert settings.crl_dir == Path("/crls")


def test_a_setting_cannot_be_changed() -> None:
    """What the process was started with holds until it ends."""
    with pytest.raises(ValidationError, match="frozen"):
        Settings().port = 1  # type: ignore[misc]


@pytest.mark.parametrize(
    ("base", "user", "expected"),
    [
        ("/srv/share", 1000, Path("/srv/share/ehealth-ledger")),
        ("", 1000, Path("/home/olena/.local/share/ehealth-ledger")),
        ("relative", 1000, Path("/home/olena/.local/share/ehealth-ledger")),
        ("/srv/share", 0, ROOT_DATA_DIR),
    ],
)
def test_the_data_folder_follows_the_xdg_specification(
    monkeypatch: pytest.MonkeyPatch, base: str, user: int, expected: Path
) -> None:
    """A user's data lie where his desktop expects them, root's where the server can reach them."""
    monkeypatch.setenv("XDG_DATA_HOME", base)
    monkeypatch.setenv("HOME", "/home/olena")
    monkeypatch.setattr(os, "geteuid", lambda: user)
    assert default_data_dir() == expected


def test_a_database_name_is_only_put_into_a_url() -> None:
    """What is no URL is not guessed at."""
    with pytest.raises(ValueError, match="postgresql://user"):
        with_database("ledger", "x")
