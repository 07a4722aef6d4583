"""Show the log as a transparency log: checkpoints, tiles (C2SP tlog-tiles), proofs.

Only what the newest checkpoint covers is shown: that alone the operator is bound to. Whoever has a
checkpoint can check everything here without trusting the service.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field

from ehealth_ledger.chain.policy import Policy
from ehealth_ledger.chain.record import RECORDS
from ehealth_ledger.chain.super_log import SUPER
from ehealth_ledger.chain.tiles import Tile, read_level, read_place
from ehealth_ledger.entrypoints.http.log import POSITION_MAX, LogName, LogReader
from ehealth_ledger.entrypoints.http.parameters import refuse_parameters
from ehealth_ledger.entrypoints.http.receipts import Hex
from ehealth_ledger.errors import Refused, Undecided
from ehealth_ledger.store.proofs import (
    Signed,
    checkpoint_file,
    inclusion_file,
    place_of,
    signed_tree,
)
from ehealth_ledger.store.tree import Tree
from ehealth_ledger.values.identifiers import CanonicalUUID

TEXT: Final = "text/plain; charset=utf-8"
BINARY: Final = "application/octet-stream"
FOR_EVER: Final = "public, max-age=31536000, immutable"
ASK_AGAIN: Final = "no-cache"

Size = Annotated[int, Query(ge=1, le=POSITION_MAX, description="a number of records")]


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


def _file(media: str, description: str) -> dict[int | str, dict[str, Any]]:
    schema = {"type": "string"} | ({"format": "binary"} if media == BINARY else {})
    return {200: {"description": description, "content": {media: {"schema": schema}}}}


Published = Callable[[str], AbstractContextManager[Signed]]
"""Give a log's newest checkpoint and its tree while a connection is lent."""


def router(reader: LogReader, policy: Policy | None) -> APIRouter:
    """Make the routes; under a policy only what its quorum has cosigned is shown."""
    routes = APIRouter(tags=["log"])

    @contextmanager
    def published(log: str) -> Iterator[Signed]:
        if log not in (RECORDS, SUPER):
            raise Refused("request.not_found", "$.log")
        with reader.connection() as connection:
            found = signed_tree(connection, log, policy)
            if found is None:
                raise Undecided("checkpoint.pending")
            yield found

    _publish(routes, reader, policy, published)
    _prove(routes, reader, published)
    return routes


def _publish(
    routes: APIRouter, reader: LogReader, policy: Policy | None, published: Published
) -> None:
    @routes.get(
        "/log/{log}/checkpoint",
        summary="Get the newest signed checkpoint",
        responses=_file(TEXT, "The checkpoint, a signed note, with the cosignatures it has"),
        response_class=Response,
    )
    def checkpoint(request: Request, log: LogName) -> Response:
        """Give size and root of the log under the operator's key: keep it, compare it.

        Two checkpoints of which neither begins with the other prove that the operator lied.
        """
        refuse_parameters(request)
        with published(log) as found:
            return Response(
                found.note.to_bytes(), media_type=TEXT, headers={"cache-control": ASK_AGAIN}
            )

    @routes.get(
        "/log/{log}/checkpoint/proof",
        summary="Prove a log's checkpoint to be in the super-log",
        responses=_file(
            TEXT, "A proof file (C2SP tlog-proof) whose entry is the checkpoint's text"
        ),
        response_class=Response,
    )
    def held(request: Request, log: LogName, size: Size | None = None) -> Response:
        """Show a checkpoint of a log, the newest by default, beneath the super-log's newest one.

        The super-log is `/log/super`: its entries are the checkpoints of all logs, so that one
        checkpoint of it, kept, binds every log.
        """
        refuse_parameters(request, "size")
        if log != RECORDS:
            raise Refused("request.not_found", "$.log")
        with reader.connection() as connection:
            file = checkpoint_file(connection, log, policy, size)
        if file is None:
            raise Undecided("checkpoint.pending")
        return Response(file.to_bytes(), media_type=TEXT, headers={"cache-control": ASK_AGAIN})

    @routes.get(
        "/log/{log}/tile/entries/{place:path}",
        summary="Get up to 256 records, the bytes that the leaves are hashes of",
        responses=_file(BINARY, "An entry bundle (C2SP tlog-tiles): headers and digests"),
        response_class=Response,
    )
    def entries(request: Request, log: LogName, place: str) -> Response:
        """Give the records beneath a tile: ids, times and digests; no body, no person."""
        refuse_parameters(request)
        with published(log) as found:
            return _tile(found.tree.entries(_named(found.tree, "0", place)))

    @routes.get(
        "/log/{log}/tile/{level}/{place:path}",
        summary="Get a tile of the tree: up to 256 hashes",
        responses=_file(BINARY, "The hashes, joined (C2SP tlog-tiles)"),
        response_class=Response,
    )
    def tile(request: Request, log: LogName, level: str, place: str) -> Response:
        """Give the tile named by level and index, `<n>` or `<n>.p/<width>`."""
        refuse_parameters(request)
        with published(log) as found:
            return _tile(found.tree.read(_named(found.tree, level, place)))


def _prove(routes: APIRouter, reader: LogReader, published: Published) -> None:
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
        with published(log) as found:
            tree = _at(found, position, size)
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
        with published(log) as found:
            tree = _at(found, from_, to)
            return ConsistencyAnswer(
                log=log,
                old_size=from_,
                old_root=tree.root(from_).hex(),
                size=tree.size,
                root=tree.root().hex(),
                path=[each.hex() for each in tree.consistency(from_)],
            )

    @routes.get(
        "/commands/{command_id}/proof",
        summary="Get the proof file of a command",
        responses=_file(TEXT, "A proof file (C2SP tlog-proof) that verifies without this service"),
        response_class=Response,
    )
    def command(request: Request, command_id: CanonicalUUID) -> Response:
        """Prove a command's last record, which the receipt names, by the newest checkpoint.

        The file holds the record, its path and the checkpoint: keep it beside the receipt.
        """
        refuse_parameters(request)
        with reader.connection() as connection:
            place = place_of(connection, command_id)
        if place is None:
            raise Refused("request.not_found", "$.command_id", status="unknown")
        log, position = place
        with published(log) as found:
            _at(found, position, None)
            content = inclusion_file(found, position).to_bytes()
        return Response(content, media_type=TEXT, headers={"cache-control": ASK_AGAIN})


def _at(found: Signed, position: int, size: int | None) -> Tree:
    """Return the tree of a size that holds a position, both covered by the newest checkpoint."""
    if max(position, size or 0) > found.tree.size:
        raise Undecided("checkpoint.pending", size=found.tree.size)
    if size is not None and position > size:
        raise Refused("request.not_found", "$.size", expected=f"{position} or more")
    return found.tree if size is None else found.tree.at(size)


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
