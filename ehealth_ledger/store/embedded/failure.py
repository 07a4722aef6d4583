"""Name what keeps the embedded server from running."""


class EmbeddedServerError(RuntimeError):
    """Say what is missing or in the way, and what to do next."""
