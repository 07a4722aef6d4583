"""Read the file that says whom to believe, wherever it is named; say what to do if one cannot."""

from __future__ import annotations

from pathlib import Path

from ehealth_ledger.chain.policy import Policy, PolicyInvalid


class PolicyUnusable(Exception):  # noqa: N818 - the name is the finding
    """Report a policy that says nothing, and what to do about it."""


def read_text(file: Path, named_by: str) -> str:
    """Return a policy file's text; raise PolicyUnusable, which tells by what it was named."""
    try:
        return file.read_text("utf-8")
    except OSError as fault:
        raise PolicyUnusable(
            f"{file} cannot be read ({fault.strerror}): let {named_by} name a policy file that "
            "this account may read"
        ) from fault
    except UnicodeDecodeError as fault:
        raise PolicyUnusable(_no_policy(file, named_by, fault)) from fault


def read_policy(file: Path, named_by: str) -> Policy:
    """Return what a policy file says; raise PolicyUnusable, which tells by what it was named."""
    try:
        return Policy.parse(read_text(file, named_by))
    except PolicyInvalid as fault:
        raise PolicyUnusable(_no_policy(file, named_by, fault)) from fault


def _no_policy(file: Path, named_by: str, fault: ValueError) -> str:
    return f"{file} is no policy ({fault}): let {named_by} name a policy file (C2SP tlog-policy)"
