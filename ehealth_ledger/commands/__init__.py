"""Say what may be asked of the ledger.

One module a noun, each command a wish with a published name.
"""
