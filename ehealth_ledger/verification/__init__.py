"""Decide whether a signed container is what it claims: bytes in, a proof or a refusal out."""
