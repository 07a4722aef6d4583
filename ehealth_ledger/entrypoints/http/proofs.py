"""Show the log as a transparency log: checkpoints, tiles (C2SP tlog-tiles), proofs.

Only what the newest checkpoint covers is shown: that alone the operator is bound to. Whoever has a
checkpoint can check everything here without trusting the service.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field

from ehealth_ledger.chain.note import VerifierKey
from ehealth_ledger.chain.policy import Policy
from ehealth_ledger.chain.tiles import Tile, read_level, read_place
from ehealth_ledger.entrypoints.http import proof_files
from ehealth_ledger.entrypoints.http.log import POSITION_MAX, LogName, LogReader
from ehealth_ledger.entrypoints.http.parameters import refuse_parameters
from ehealth_ledger.entrypoints.http.published import (
    BINARY,
    FOR_EVER,
    TEXT,
    Published,
    Size,
    covered,
    file_answer,
    text_file,
)
from ehealth_ledger.entrypoints.http.receipts import Hex
from ehealth_ledger.errors import Refused
from ehealth_ledger.store.tree import Tree


class InclusionAnswer(BaseModel):
    """Lead from one record to the root of a tree (RFC 9162 section 2.1.3)."""

    log: str = Field(examples=["records"])
    position: int = Field(examples=[1043])
    index: int = Field(description="the leaf's index: the position less one", examples=[1042])
    size: int = Field(description="the tree's size", examples=[2048])
    leaf: Hex = Field(description="the record's chain value, which is its leaf hash")
    path: list[Hex] = Field(description="the siblings, from the leaf up")
    root: Hex


class ConsistencyAnswer(BaseModel):
    """Show that a tree begins with a smaller one (RFC 9162 section 2.1.4)."""

    log: str = Field(examples=["records"])
    old_size: int
    old_root: Hex
    size: int
    root: Hex
    path: list[Hex]


def router(reader: LogReader, policy: Policy | None, keys: Sequence[VerifierKey] = ()) -> APIRouter:
    """Make the routes; under a policy only what its quorum has cosigned is shown.

    Without one, what one of the logs' `keys` signed.
    """
    routes = APIRouter(tags=["log"])
    published = Published(reader, policy, keys)
    _publish(routes, published)
    _prove(routes, published)
    proof_files.add(routes, published)
    return routes


def _publish(routes: APIRouter, published: Published) -> None:
    @routes.get(
        "/log/{log}/checkpoint",
        summary="Get the newest signed checkpoint",
        responses=file_answer(TEXT, "The checkpoint, a signed note, with the cosignatures it has"),
        response_class=Response,
    )
    def checkpoint(request: Request, log: LogName) -> Response:
        """Give size and root of the log under the operator's key: keep it, compare it.

        Two checkpoints of which neither begins with the other prove that the operator lied.
        """
        refuse_parameters(request)
        with published.newest(log) as found:
            return text_file(found.note.to_bytes())

    @routes.get(
        "/log/{log}/tile/entries/{place:path}",
        summary="Get up to 256 records, the bytes that the leaves are hashes of",
        responses=file_answer(BINARY, "An entry bundle (C2SP tlog-tiles): headers and digests"),
        response_class=Response,
    )
    def entries(request: Request, log: LogName, place: str) -> Response:
        """Give the records beneath a tile: ids, times and digests; no body, no person."""
        refuse_parameters(request)
        with published.newest(log) as found:
            return _tile(found.tree.entries(_named(found.tree, "0", place)))

    @routes.get(
        "/log/{log}/tile/{level}/{place:path}",
        summary="Get a tile of the tree: up to 256 hashes",
        responses=file_answer(BINARY, "The hashes, joined (C2SP tlog-tiles)"),
        response_class=Response,
    )
    def tile(request: Request, log: LogName, level: str, place: str) -> Response:
        """Give the tile named by level and index, `<n>` or `<n>.p/<width>`."""
        refuse_parameters(request)
        with published.newest(log) as found:
            return _tile(found.tree.read(_named(found.tree, level, place)))


def _prove(routes: APIRouter, published: Published) -> None:
    @routes.get("/log/{log}/proof/{position}", summary="Prove one record to be in the log")
    def proof(
        request: Request,
        log: LogName,
        position: Annotated[int, Path(ge=1, le=POSITION_MAX, examples=[1])],
        size: Size | None = None,
    ) -> InclusionAnswer:
        """Give the path from a record to the root of the first `size` records.

        By default those of the newest checkpoint, whose root it then is.
        """
        refuse_parameters(request, "size")
        with published.newest(log) as found:
            tree = covered(found, position, size)
            return InclusionAnswer(
                log=log,
                position=position,
                index=position - 1,
                size=tree.size,
                leaf=tree.nodes(0, position - 1).hex(),
                path=[each.hex() for each in tree.inclusion(position - 1)],
                root=tree.root().hex(),
            )

    @routes.get("/log/{log}/consistency", summary="Prove that the log only grew")
    def consistency(
        request: Request,
        log: LogName,
        from_: Annotated[Size, Query(alias="from")],
        to: Size | None = None,
    ) -> ConsistencyAnswer:
        """Show the first `from` records at the beginning of the first `to`.

        By default `to` is the size of the newest checkpoint.
        """
        refuse_parameters(request, "from", "to")
        with published.newest(log) as found:
            tree = covered(found, from_, to)
            return ConsistencyAnswer(
                log=log,
                old_size=from_,
                old_root=tree.root(from_).hex(),
                size=tree.size,
                root=tree.root().hex(),
                path=[each.hex() for each in tree.consistency(from_)],
            )


def _named(tree: Tree, level: str, place: str) -> Tile:
    try:
        named = read_place(read_level(level), place)
    except ValueError:
        raise Refused("request.not_found", "$.place") from None
    if named.size_needed > tree.size:
        raise Refused("request.not_found", "$.place", size=tree.size)
    return named


def _tile(content: bytes) -> Response:
    return Response(content, media_type=BINARY, headers={"cache-control": FOR_EVER})
