"""Be the command line: `ehealth-ledger --help` lists what it can do."""


def main() -> None:
    """Run the command line; the exit status is the command's."""
    from ehealth_ledger.entrypoints.cli.app import app

    app(prog_name="ehealth-ledger")
