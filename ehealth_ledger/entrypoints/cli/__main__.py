"""Run the command line as `python -m ehealth_ledger.entrypoints.cli`."""

from ehealth_ledger.entrypoints.cli import main

main()
