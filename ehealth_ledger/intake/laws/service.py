"""Map the publishing of medical services to its law."""

from __future__ import annotations

from typing import Final

from ehealth_ledger.aggregates import service
from ehealth_ledger.commands.service import PublishServices
from ehealth_ledger.intake.law import Law, LawTable

LAWS: Final[LawTable] = {
    PublishServices: Law(
        service.publish,
        streams=lambda c: service.streams_of_catalogue(c.resource),
        directories=lambda _: (service.CATEGORIES,),
    ),
}
