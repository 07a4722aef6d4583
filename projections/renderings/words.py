"""Hold the words of a printed statement, in Ukrainian and in English."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

Language = Literal["uk", "en"]
Status = Literal["formed", "countersigned", "accepted", "paid"]
"""How a statement stands: who has signed it says so, and nothing printed may say more."""


@dataclass(frozen=True, slots=True)
class Words:
    """Name everything a page shows; braces are filled in."""

    title: str
    provider: str
    payer: str
    code: str
    contract: str
    package: str
    period: str
    statement: str
    formed: str
    record: str
    status: str
    stands: Mapping[Status, str]
    denied: str  # beside how it stands, where the payer denied lines
    digest: Mapping[Status, str]
    columns: tuple[str, ...]  # number, day, service, quantity, price, amount, act, performer
    corrects: str
    total: str
    page: str
    code_says: str
    closing: Mapping[Status, str]

    def standing(self, status: Status, denied: int) -> str:
        """Say how a statement stands, and how many of its lines the payer denied."""
        return self.stands[status] + (self.denied.format(count=denied) if denied else "")


_SIGNED_BY_BOTH_UK: Final = "SHA-256 звіту, підписаний надавачем і замовником"
_SIGNED_BY_BOTH_EN: Final = "SHA-256 of the statement, signed by the provider and the payer"
_LEADS_UK: Final = "Кожен рядок веде до підписаного запису («акт»). "
_LEADS_EN: Final = "Each line leads to a signed record (“act”). "
_IN_LOG_UK: Final = (
    _LEADS_UK + "Електронні підписи надавача й замовника стоять у журналі; ця сторінка лише "
    "показує його."
)
_IN_LOG_EN: Final = (
    _LEADS_EN + "The electronic signatures of the provider and the payer stand in the log; this "
    "page only shows it."
)

WORDS: Final[Mapping[Language, Words]] = MappingProxyType(
    {
        "uk": Words(
            title="Звіт про медичні послуги",
            provider="Надавач",
            payer="Замовник",
            code="код ЄДРПОУ {code}",
            contract="Договір",
            package="Пакет послуг",
            period="Звітний місяць",
            statement="Номер звіту",
            formed="Сформовано (UTC)",
            record="Запис журналу",
            status="Стан",
            stands={
                "formed": "сформовано, надавач ще не підписав",
                "countersigned": "підписано надавачем, замовник ще не прийняв",
                "accepted": "підписано надавачем, прийнято замовником",
                "paid": "підписано надавачем, прийнято замовником, розраховано",
            },
            denied="; відхилених рядків: {count}",
            digest={
                "formed": "SHA-256 звіту, надавачем ще не підписаний",
                "countersigned": "SHA-256 звіту, підписаний надавачем",
                "accepted": _SIGNED_BY_BOTH_UK,
                "paid": _SIGNED_BY_BOTH_UK,
            },
            columns=(
                "№",
                "день",
                "послуга",
                "к-сть",
                "ціна, грн",
                "сума, грн",
                "акт",
                "виконавець",
            ),
            corrects="коригує рядок {line} звіту {statement}: {reason}",
            total="Усього рядків: {count}. Сума: {total} грн ({kopiykas} коп.)",
            page="с. {number} з {pages}",
            code_says="Код містить номер звіту, його запис і SHA-256",
            closing={
                "formed": (
                    _LEADS_UK + "Підпису надавача під цим звітом у журналі ще немає; ця сторінка "
                    "лише показує журнал."
                ),
                "countersigned": (
                    _LEADS_UK + "Електронний підпис надавача стоїть у журналі, прийняття "
                    "замовником ще немає; ця сторінка лише показує журнал."
                ),
                "accepted": _IN_LOG_UK,
                "paid": _IN_LOG_UK,
            },
        ),
        "en": Words(
            title="Statement of medical services",
            provider="Provider",
            payer="Payer",
            code="EDRPOU code {code}",
            contract="Contract",
            package="Package",
            period="Month",
            statement="Statement",
            formed="Formed (UTC)",
            record="Log record",
            status="Standing",
            stands={
                "formed": "formed, not yet signed by the provider",
                "countersigned": "signed by the provider, not yet accepted by the payer",
                "accepted": "signed by the provider, accepted by the payer",
                "paid": "signed by the provider, accepted by the payer, settled",
            },
            denied="; lines denied: {count}",
            digest={
                "formed": "SHA-256 of the statement, not yet signed by the provider",
                "countersigned": "SHA-256 of the statement, signed by the provider",
                "accepted": _SIGNED_BY_BOTH_EN,
                "paid": _SIGNED_BY_BOTH_EN,
            },
            columns=(
                "No",
                "day",
                "service",
                "qty",
                "price, UAH",
                "amount, UAH",
                "act",
                "performer",
            ),
            corrects="corrects line {line} of statement {statement}: {reason}",
            total="Lines: {count}. Total: {total} UAH ({kopiykas} kopiykas)",
            page="page {number} of {pages}",
            code_says="The code holds the statement's id, its record and its SHA-256",
            closing={
                "formed": (
                    _LEADS_EN + "No signature of the provider under this statement stands in the "
                    "log yet; this page only shows the log."
                ),
                "countersigned": (
                    _LEADS_EN + "The provider's electronic signature stands in the log, the "
                    "payer's acceptance does not yet; this page only shows the log."
                ),
                "accepted": _IN_LOG_EN,
                "paid": _IN_LOG_EN,
            },
        ),
    }
)
