"""Map commands about episodes of care to their laws."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.aggregates import episode
from ehealth_ledger.commands.encounter import CANCELLATION_REASONS
from ehealth_ledger.commands.episode import (
    CLOSING_REASONS,
    CancelEpisode,
    CloseEpisode,
    OpenEpisode,
    UpdateEpisode,
)
from ehealth_ledger.commands.fhir.episode_of_care import EPISODE_TYPES
from ehealth_ledger.intake.law import Ids, Law, LawTable
from ehealth_ledger.values.parameters.episode import (
    EPISODE_TYPES_BY_EMPLOYEE_TYPE,
    EPISODE_TYPES_BY_ENTITY_KIND,
)

_TYPES: Final = (EPISODE_TYPES_BY_ENTITY_KIND, EPISODE_TYPES_BY_EMPLOYEE_TYPE)


def _streams_of_update(command: UpdateEpisode) -> Ids:
    asked = command.resource
    return (asked.episode,) if asked.care_manager is None else (asked.episode, asked.care_manager)


LAWS: Final[LawTable] = {
    OpenEpisode: Law(
        episode.open_episode,
        streams=lambda c: (c.resource.patient.reference, c.resource.care_manager.reference),
        brings=lambda c: (c.resource.id,),
        parameters=_TYPES,
        directories=lambda _: (EPISODE_TYPES,),
    ),
    UpdateEpisode: Law(episode.update, streams=_streams_of_update, parameters=_TYPES),
    CloseEpisode: Law(
        episode.close,
        streams=lambda c: (c.resource.episode,),
        directories=lambda _: (CLOSING_REASONS,),
    ),
    CancelEpisode: Law(
        episode.cancel,
        streams=lambda c: (c.resource.episode,),
        directories=lambda _: (CANCELLATION_REASONS,),
    ),
}
