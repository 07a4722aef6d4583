"""Measure the ledger beside a peer or a limit, in one run on one machine."""
