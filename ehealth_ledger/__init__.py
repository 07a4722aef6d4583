"""Decide and remember: the write side of the national eHealth ledger."""
