"""Replay the past from the log alone: statements from charges, any model as of a position."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from ehealth_ledger.events.charge import Accrued, ChargeAdjusted, ChargeWithdrawn
from ehealth_ledger.pricing.statement import AnyLine, Statement, StatementKey, fold
from ehealth_ledger.values.identifiers import LegalEntityId
from ehealth_ledger.values.time import microseconds
from projections.projectors.catalogue import MODELS
from projections.projectors.fold import Fold
from projections.projectors.source import Log, Progress, batches


def position_at(notifications: Log, moment: datetime) -> int:
    """Return the last position recorded at or before a moment; 0 before the first record."""
    return notifications.position_at(microseconds(moment))


def replay_statements(
    notifications: Log, position: int, progress: Progress
) -> dict[StatementKey, Statement]:
    """Fold every contract's, package's and month's charges up to a position into its statement.

    Nothing but `charge.accrued`, `.adjusted` and `.withdrawn` is read: no `statement.formed`, no
    read model. A set whose cut-off had not passed by then is what it had come to so far. Raise
    LookupError where the log does not reach the position.
    """
    lines: defaultdict[StatementKey, list[AnyLine]] = defaultdict(list)
    parties: dict[StatementKey, tuple[LegalEntityId, LegalEntityId]] = {}
    for batch in batches(notifications, position, progress):
        for notification in batch:
            fact = notification.fact
            if isinstance(fact, Accrued | ChargeAdjusted):
                parties[fact.key] = (fact.provider, fact.payer)
                lines[fact.key].append(fact.as_line(notification.position))
            elif isinstance(fact, ChargeWithdrawn) and fact.key is not None:
                held = lines[fact.key]
                lines[fact.key] = [each for each in held if each.charge != fact.charge]
    return {key: fold(key, *parties[key], found) for key, found in lines.items() if found}


def fold_as_of(notifications: Log, model: str, position: int, progress: Progress) -> Fold:
    """Fold a model in memory as of a position; raise LookupError where the log ends before."""
    folded = Fold(MODELS[model])
    for batch in batches(notifications, position, progress):
        folded.apply(batch)
    return folded
