"""Derive the index tables from the facts: what the write path adds, and what `verify` expects."""
