"""Name what keeps a backup from being taken or put back."""


class BackupError(RuntimeError):
    """Say what is missing or in the way, and what to do next."""
