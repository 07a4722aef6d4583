"""Slip on purpose: do again what is done, and name what is not there or another patient's.

Each slip is one of the chapters' own acts, signed anew with that one fault; what it is refused with
stands in `slips.json`, beside the act.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from ehealth_ledger.entrypoints.demo.chapters.stage import Stage
from ehealth_ledger.entrypoints.demo.commands import Actor, Signed
from scripts.regional.mis import Act


@dataclass(slots=True)
class RememberingStage(Stage):
    """Remember the last act of each kind: who signed what."""

    said: dict[str, tuple[Actor, Mapping[str, Any]]] = field(default_factory=dict)

    def sign(self, command: str, actor: Actor, **body: Any) -> Signed:
        """Sign a command as an actor, and remember it."""
        self.said[command] = actor, body
        return self.author.sign(command, actor, **body)


def slips(stage: RememberingStage) -> Iterator[Act]:
    """Give every slip; nothing of them is written, so none rests on another."""
    for command, code in SLIPS["again"].items():
        actor, body = stage.said[command]
        yield Act(stage.author.sign(command, actor, **body), code)
    for command, members in SLIPS["another"].items():
        actor, body = stage.said[command]
        for member, code in members.items():
            resource = {**body["resource"], member: str(uuid4())}
            yield Act(stage.author.sign(command, actor, **{**body, "resource": resource}), code)


SLIPS: Final[Any] = json.loads(Path(__file__).with_name("slips.json").read_text(encoding="utf-8"))
