"""Say what may be asked of the ledger: one module a noun, each command a wish with a published name."""
