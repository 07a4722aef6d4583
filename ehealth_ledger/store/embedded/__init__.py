"""Run a real PostgreSQL under a data folder, for whoever brings no server of his own."""

from ehealth_ledger.store.embedded.databases import drop_database, ensure_database
from ehealth_ledger.store.embedded.failure import EmbeddedServerError
from ehealth_ledger.store.embedded.server import EmbeddedServer, ServerStatus, adopt

__all__ = [
    "EmbeddedServer",
    "EmbeddedServerError",
    "ServerStatus",
    "adopt",
    "drop_database",
    "ensure_database",
]
