"""Hold the words of a printed statement, in Ukrainian and in English."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

Language = Literal["uk", "en"]


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
    digest: str
    columns: tuple[str, ...]  # number, day, service, quantity, price, amount, act, performer
    corrects: str
    total: str
    page: str
    code_says: str
    closing: str


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
            digest="SHA-256 звіту, підписаний надавачем",
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
            closing=(
                "Кожен рядок веде до підписаного запису («акт»). Електронні підписи стоять у "
                "журналі; ця сторінка лише показує його."
            ),
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
            digest="SHA-256 of the statement, signed by the provider",
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
            closing=(
                "Each line leads to a signed record (“act”). The electronic signatures stand in "
                "the log; this page only shows it."
            ),
        ),
    }
)
