"""Publish the contracts: JSON Schemas of commands, facts and FHIR answers, refusal codes, digests.

`write` generates the files from the code; `check` says how a folder differs from what the code
would write. The test vectors in `vectors/` are not generated: they are frozen, and `check` only
proves that nobody touched them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel

from ehealth_ledger.commands.catalogue import COMMANDS
from ehealth_ledger.errors import CATALOGUE
from ehealth_ledger.events.catalogue import FACTS
from projections.renderings.fhir import PaymentReconciliation

DIGESTS: Final = "digests.json"
VECTORS: Final = "vectors"
ANSWERS: Final[tuple[type[BaseModel], ...]] = (PaymentReconciliation,)
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


class VectorChanged(Exception):  # noqa: N818 - the name is the finding
    """Report a published vector that is not what it was frozen as.

    Vectors are added, never changed.
    """


def write(folder: Path) -> None:
    """Write every generated contract and the digests of all, the frozen vectors included.

    Raise VectorChanged, and write nothing, where a published vector was altered or removed.
    """
    generated = contracts()
    vectors = _vectors(folder)
    for name, digest in _frozen_digests(folder).items():
        if name.startswith(f"{VECTORS}/") and (
            name not in vectors or sha256(vectors[name]).hexdigest() != digest
        ):
            raise VectorChanged(name)
    for name, content in generated.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    (folder / DIGESTS).write_bytes(_digests({**generated, **vectors}))


def check(folder: Path) -> list[str]:
    """List what differs between a folder and what the code publishes; empty means nothing."""
    wanted = contracts()
    found = {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in sorted(folder.rglob("*.json"))
        if file.relative_to(folder).as_posix() != DIGESTS
    }
    vectors = _vectors(folder)
    differences = [f"{name} is missing" for name in sorted(wanted.keys() - found.keys())]
    for name in sorted(found.keys() - vectors.keys()):
        if name not in wanted:
            differences.append(f"{name} is published but no longer generated")
        elif found[name] != wanted[name]:
            differences.append(f"{name} differs from the code")
    return differences + _frozen(folder, {**wanted, **vectors})


def contracts() -> dict[str, bytes]:
    """Generate every contract: file name to bytes."""
    commands = {
        f"commands/{name}.v{version}.json": _schema(kind, f"{name} version {version}")
        for (name, version), kind in COMMANDS.items()
    }
    facts = {f"facts/{topic}.json": _schema(kind, topic) for topic, kind in FACTS.items()}
    answers = {
        f"answers/{kind.__name__}.json": _schema(kind, f"FHIR R4 {kind.__name__}")
        for kind in ANSWERS
    }
    return {**commands, **facts, **answers, "refusals.json": _written(_refusals())}


def _schema(kind: type[BaseModel], title: str) -> bytes:
    schema = kind.model_json_schema(by_alias=True, mode="validation")
    return _written({"$schema": DIALECT, **schema, "title": title})


def _refusals() -> list[dict[str, object]]:
    return [
        {
            "code": code,
            "precedence": precedence,
            "retry": kind.retry,
            "rule": kind.rule,
            "status": kind.status,
            "title": kind.title,
        }
        for precedence, (code, kind) in enumerate(CATALOGUE.items(), start=1)
    ]


def _vectors(folder: Path) -> dict[str, bytes]:
    return {
        f"{VECTORS}/{file.name}": file.read_bytes()
        for file in sorted((folder / VECTORS).glob("*.json"))
    }


def _digests(files: Mapping[str, bytes]) -> bytes:
    return _written({name: sha256(content).hexdigest() for name, content in files.items()})


def _frozen_digests(folder: Path) -> dict[str, str]:
    """Read the digests of what was published; nothing was where there is no such file."""
    try:
        frozen: dict[str, str] = json.loads((folder / DIGESTS).read_bytes())
    except FileNotFoundError:
        return {}
    return frozen


def _frozen(folder: Path, files: Mapping[str, bytes]) -> list[str]:
    """Compare the files with the digests they were frozen by."""
    frozen = _frozen_digests(folder)
    now = {name: sha256(content).hexdigest() for name, content in files.items()}
    return [
        f"{name} does not have its frozen digest"
        for name in sorted(frozen.keys() | now.keys())
        if frozen.get(name) != now.get(name)
    ]


def _written(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True).encode() + b"\n"
