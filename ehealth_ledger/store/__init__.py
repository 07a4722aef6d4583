"""Remember what was accepted.

Append to the log in PostgreSQL, keep keys in the vault, open the one door to the read side.
"""
