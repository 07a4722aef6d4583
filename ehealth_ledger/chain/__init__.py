"""Bind bytes to positions: record bytes, hash chain, Merkle tree, receipts.

Pure, and ignorant of medicine.
"""
