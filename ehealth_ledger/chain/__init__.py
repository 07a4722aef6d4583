"""Bind bytes to positions: record bytes, hash chain, Merkle tree, receipts; pure, and ignorant of medicine."""
