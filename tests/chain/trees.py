"""Build trees naively, by the definitions of RFC 6962, to compare the quick ways with."""

from __future__ import annotations

from hashlib import sha256

from ehealth_ledger.chain.merkle_proof import Nodes

LEAVES = [sha256(b"\x00" + bytes((n % 256, n // 256))).digest() for n in range(1000)]


def mth(hashes: list[bytes]) -> bytes:
    """MTH of section 2.1, over leaf hashes."""
    if not hashes:
        return sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    return sha256(b"\x01" + mth(hashes[:k]) + mth(hashes[k:])).digest()


def nodes(leaves: list[bytes] = LEAVES) -> Nodes:
    """Serve complete subtrees, each computed once."""
    known: dict[tuple[int, int], bytes] = {}

    def node(height: int, index: int) -> bytes:
        if (height, index) not in known:
            known[height, index] = (
                leaves[index]
                if height == 0
                else sha256(
                    b"\x01" + node(height - 1, 2 * index) + node(height - 1, 2 * index + 1)
                ).digest()
            )
        return known[height, index]

    return node
