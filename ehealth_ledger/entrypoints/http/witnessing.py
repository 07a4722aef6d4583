"""Collect cosignatures while the service runs; say how that goes."""

from __future__ import annotations

from contextlib import AbstractContextManager, closing, nullcontext
from typing import Final

import httpx

from ehealth_ledger.chain.policy import Policy
from ehealth_ledger.chain.record import RECORDS
from ehealth_ledger.chain.super_log import SUPER, is_super
from ehealth_ledger.entrypoints.cosigning import ANSWER_S_MAX, Collector
from ehealth_ledger.entrypoints.http.beside import Beside, beside
from ehealth_ledger.entrypoints.http.gate import Fatal
from ehealth_ledger.settings import Databases
from ehealth_ledger.store.connections import LEDGER_SCHEMA, connect

ASK_EVERY_S: Final = 1.0


def witnessing(
    policy: Policy | None, urls: Databases, on_fatal: Fatal
) -> AbstractContextManager[Beside]:
    """Ask the witnesses of a policy again and again, until the end; without one, ask nobody."""
    if policy is None:
        return nullcontext(Beside("none: the checkpoints' own key is all there is to believe"))

    logs = [RECORDS]
    if any(is_super(each.key.name) for each in policy.logs):
        logs.append(SUPER)

    def ask(told: Beside) -> None:
        with (
            closing(
                connect(urls.ledger, schema=LEDGER_SCHEMA, role="ledger_signer", name="witnesses")
            ) as connection,
            httpx.Client(timeout=ANSWER_S_MAX, trust_env=False) as http,
        ):
            collectors = {log: Collector(policy, log, http) for log in logs}
            while not told.stop.is_set():
                words = {log: each.collect(connection) for log, each in collectors.items()}
                told.word = words.pop(RECORDS)
                for log, word in words.items():
                    told.word += f"; {log}: {word}"
                told.stop.wait(ASK_EVERY_S)

    ended = "no cosignatures are collected any more"
    return beside("witnesses", ask, on_fatal, word="being asked", ended=ended)
