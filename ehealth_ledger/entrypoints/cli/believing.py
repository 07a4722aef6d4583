"""Ask for whom to believe: a log's key, or a policy file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from ehealth_ledger.chain.policy import Policy
    from ehealth_ledger.settings import Settings

POLICY: Final = "--policy"

Key = Annotated[
    str | None, typer.Option("--key", help="The log's key, as `log key` printed it for you.")
]
PolicyFile = Annotated[
    Path | None,
    typer.Option(
        POLICY, exists=True, dir_okay=False, help="A policy file: logs, witnesses, quorum (C2SP)."
    ),
]


def policy_of(key: str | None, file: Path | None) -> Policy | None:
    """Return whom a key or a policy file says to believe; None where neither is named.

    Raise PolicyUnusable where what is named says nothing.
    """
    from ehealth_ledger.chain.policy import Policy, PolicyInvalid
    from ehealth_ledger.entrypoints.policy_file import PolicyUnusable, read_policy

    if key is not None and file is not None:
        raise PolicyUnusable("name --key or --policy, not both")
    if file is not None:
        return read_policy(file, POLICY)
    if key is None:
        return None
    try:
        return Policy.of_key(key)
    except PolicyInvalid as fault:
        raise PolicyUnusable(
            f"--key is no log's key ({fault}): give what `ehealth-ledger log key` prints"
        ) from fault


def policy_or_configured(file: Path | None, settings: Settings) -> Policy | None:
    """Return whom a policy file says to believe, or else the settings' policy; None without either.

    Raise PolicyUnusable as `policy_of` does.
    """
    from ehealth_ledger.entrypoints import bootstrap

    named = policy_of(None, file)
    return bootstrap.witness_policy(settings) if named is None else named
