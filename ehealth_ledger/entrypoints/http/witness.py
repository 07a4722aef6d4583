"""Serve a witness: one route, whose answers are those of C2SP tlog-witness."""

from __future__ import annotations

import asyncio
from typing import Final

from fastapi import FastAPI, Request, Response

from ehealth_ledger.entrypoints.http import problems
from ehealth_ledger.entrypoints.http.bodies import whole
from ehealth_ledger.entrypoints.http.gate import Fatal, Gate
from ehealth_ledger.store.witness import Witness, WitnessRefused

BODY_BYTES_MAX: Final = 64 * 1024
SIZE: Final = "text/x.tlog.size"
TEXT: Final = "text/plain; charset=utf-8"


def create_witness_app(witness: Witness, *, on_fatal: Fatal) -> FastAPI:
    """Build the application around a witness."""
    app = FastAPI(title="eHealth witness", docs_url=None, redoc_url=None, openapi_url=None)
    problems.install(app)
    app.add_middleware(Gate, on_fatal=on_fatal)

    @app.post("/add-checkpoint")
    async def add_checkpoint(request: Request) -> Response:
        """Cosign a checkpoint that is shown to go on from the one cosigned last."""
        body = await whole(request, BODY_BYTES_MAX)
        loop = asyncio.get_running_loop()
        try:
            line = await loop.run_in_executor(None, witness.add_checkpoint, body)
        except WitnessRefused as refused:
            if refused.size is not None:
                told = f"{refused.size}\n"
                # As a header: of a media type the framework would add a charset.
                return Response(told, refused.status, headers={"content-type": SIZE})
            return Response(f"{refused}\n", refused.status, media_type=TEXT)
        return Response(f"{line}\n", media_type=TEXT)

    return app
