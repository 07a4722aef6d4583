"""Read the environment: the only module that does.

Every setting is a variable `EHEALTH_<NAME>`; an empty variable counts as unset.

Where the three databases are, in this order:

1. `EHEALTH_LEDGER_URL`, `EHEALTH_VAULT_URL`, `EHEALTH_READ_URL`: each by its own URL (production:
   three servers, because a physical backup copies a whole one, and no erased key may come back);
2. `EHEALTH_DATABASE_URL`: one server; the names are derived: `<prefix>_ledger`, `<prefix>_vault`,
   `<prefix>_read`;
3. neither: a PostgreSQL is started under `data_dir` (see `store.embedded`).
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated, Any, Final, NamedTuple, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from ehealth_ledger.values.cores import cores

ROOT_DATA_DIR: Final = Path("/var/lib/ehealth-ledger")
_URL: Final = re.compile(
    r"(?P<server>postgres(?:ql)?://[^/?#]*)(?:/(?P<name>[^?#]*))?(?P<options>\?.*)?", re.DOTALL
)


class Databases(NamedTuple):
    """Name the three databases by URL; the URLs carry passwords, so the repr shows none of them."""

    ledger: str
    vault: str
    read: str

    @classmethod
    def on(cls, server_url: str, prefix: str) -> Databases:
        """Derive the three URLs of one server; the database `server_url` names is left aside."""
        return cls(
            *(with_database(server_url, f"{prefix}_{part}") for part in ("ledger", "vault", "read"))
        )

    def __repr__(self) -> str:
        return "Databases(ledger=…, vault=…, read=…)"


def with_database(url: str, name: str) -> str:
    """Return `url` with another database name; hosts, user and options stay as they are."""
    match = _URL.fullmatch(url)
    if match is None:
        raise ValueError(
            "a database URL has the form postgresql://user:password@host:port/name?option=value"
        )
    return f"{match['server']}/{name}{match['options'] or ''}"


def default_data_dir() -> Path:
    """Return the user's data folder; for root one that the server's account can reach."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return ROOT_DATA_DIR
    # The XDG base directory specification: a relative path is invalid and to be ignored.
    base = Path(os.environ.get("XDG_DATA_HOME", ""))
    return (base if base.is_absolute() else Path.home() / ".local" / "share") / "ehealth-ledger"


def _checked(url: SecretStr) -> SecretStr:
    with_database(url.get_secret_value(), "any")
    return url


def _beside_the_data(name: str) -> Any:
    return Field(default_factory=lambda earlier: earlier["data_dir"] / name)


FOLDING_PROCESSES_MAX: Final = 64


def _folding_processes() -> int:
    return min(cores(), FOLDING_PROCESSES_MAX)


DatabaseUrl = Annotated[SecretStr, AfterValidator(_checked)]
Folder = Annotated[Path, AfterValidator(lambda path: path.expanduser().absolute())]


class Settings(BaseSettings):
    """Hold what the environment says, checked and frozen."""

    model_config = SettingsConfigDict(
        env_prefix="EHEALTH_",
        env_ignore_empty=True,
        frozen=True,
        use_attribute_docstrings=True,
        hide_input_in_errors=True,  # a rejected URL would otherwise print its password
    )

    data_dir: Folder = Field(default_factory=default_data_dir)
    """Where the embedded server and, unless said otherwise, the files below live."""

    master_key_file: Folder = _beside_the_data("master.key")
    """The master key that wraps the subjects' keys; never in a database."""

    signing_key_file: Folder = _beside_the_data("signing.key")
    """The ledger's Ed25519 key, which signs receipts; never in a database."""

    checkpoint_key_file: Folder = _beside_the_data("checkpoint.key")
    """The Ed25519 key that signs checkpoints of the log; never in a database."""

    checkpoint_state_file: Folder = _beside_the_data("last.checkpoint")
    """The checkpoint signed last; never in a database, nor restored from an older backup."""

    super_state_file: Folder = _beside_the_data("last.super.checkpoint")
    """The checkpoint of the super-log signed last; as little in a database."""

    trust_store_file: Folder = _beside_the_data("trust-store.json")
    """The certificate authorities whose signatures count."""

    crl_dir: Folder = _beside_the_data("crls")
    """The folder of current revocation lists."""

    database_url: DatabaseUrl | None = None
    """One PostgreSQL ≥ 15 for all three databases; its user creates them the first time."""

    database_prefix: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")] = "ehealth"
    """What the derived database names begin with."""

    ledger_url: DatabaseUrl | None = None
    """The database of records, bodies and envelopes; overrides the derived one."""

    vault_url: DatabaseUrl | None = None
    """The database of the subjects' keys; overrides the derived one."""

    read_url: DatabaseUrl | None = None
    """The database of read models; overrides the derived one."""

    wal_archive_dir: Folder | None = None
    """Where the embedded server keeps its write-ahead log for `restore --wal`; unset: nowhere."""

    backup_dir: Folder | None = None
    """Where backups lie; `db status` says which have outlived their days; unset: unknown."""

    vault_backup_days: Annotated[int, Field(ge=1, le=365)] = 7
    """How many days a backup that holds the vault may be kept: it brings destroyed keys back."""

    host: str = "127.0.0.1"
    """The address the HTTP gateway listens on."""

    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    """The port the HTTP gateway listens on; 0 takes a free one."""

    max_body_bytes: Annotated[int, Field(ge=1024)] = 1_048_576
    """The largest request body accepted, in bytes."""

    max_batch: Annotated[int, Field(ge=1, le=4096)] = 256
    """The most commands one transaction takes."""

    queue_limit: Annotated[int, Field(ge=1)] = 4096
    """How many commands may wait for the committer; the next one is told `service.busy`."""

    folding_processes: Annotated[int, Field(ge=1, le=FOLDING_PROCESSES_MAX)] = Field(
        default_factory=_folding_processes
    )
    """In how many processes statements are folded, the service among them; unset: one a core."""

    preview_seconds: Annotated[int, Field(ge=1, le=86_400)] = 900
    """How long content that was previewed is held for its signature."""

    tick_seconds: Annotated[int, Field(ge=0, le=86_400)] = 60
    """How often the service does by itself what is due; 0 leaves that to `ehealth-ledger tick`."""

    witness_policy_file: Folder | None = None
    """Whose cosignatures a checkpoint needs before it is shown (C2SP tlog-policy); unset: none."""

    checkpoint_seconds: Annotated[int, Field(ge=0, le=86_400)] = 1
    """How often the service signs a checkpoint, where something was added; 0 signs none."""

    checkpoint_records: Annotated[int, Field(ge=1)] = 10_000
    """After how many new records a checkpoint is signed earlier than that."""

    @model_validator(mode="after")
    def _name_all_three_or_a_server(self) -> Self:
        explicit = {
            "ledger_url": self.ledger_url,
            "vault_url": self.vault_url,
            "read_url": self.read_url,
        }
        missing = [name for name, url in explicit.items() if url is None]
        if self.database_url is None and 0 < len(missing) < len(explicit):
            names = ", ".join(f"EHEALTH_{name.upper()}" for name in missing)
            raise ValueError(f"set {names} too, or EHEALTH_DATABASE_URL to derive what is missing")
        return self

    @property
    def admin_url(self) -> str | None:
        """Return the URL of the one server; None where it is embedded, or each has its own."""
        return None if self.database_url is None else self.database_url.get_secret_value()

    def databases(self) -> Databases | None:
        """Return the three URLs, or None when the embedded server is to hold the databases."""
        explicit = (self.ledger_url, self.vault_url, self.read_url)
        if self.admin_url is not None:
            derived = Databases.on(self.admin_url, self.database_prefix)
        elif None in explicit:
            return None
        else:
            derived = Databases("", "", "")
        pairs = zip(explicit, derived, strict=True)
        return Databases(*(name if url is None else url.get_secret_value() for url, name in pairs))
