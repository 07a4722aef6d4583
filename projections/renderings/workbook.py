"""Write a statement as a workbook (XLSX): a sheet of its lines, a sheet about it.

Cells hold values, no formula. One statement in one standing gives the same bytes: the file's own
dates are the moment the statement was formed.
"""

from __future__ import annotations

import io
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import xlsxwriter  # type: ignore[import-untyped]  # ships no types

from ehealth_ledger.values.money import decimal
from projections.renderings.columns import COLUMNS, Cell, rows
from projections.renderings.printed import Printed
from projections.renderings.words import WORDS, Language

MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LINES_SHEET: Final = "lines"
ABOUT_SHEET: Final = "statement"
EXACT_MAX: Final = 10**15  # a spreadsheet keeps fifteen digits of a number
_WIDTHS: Final = {"service": 44, "amount_kopiykas": 16, "amount_uah": 14, "day": 11}
_WIDTH: Final = 12


def whole(printed: Printed) -> bytes:
    """Write the file; rows are written one by one, the file itself is returned whole."""
    file = io.BytesIO()
    # Rows go to a temporary file as they come: the memory does not grow with them.
    with xlsxwriter.Workbook(file, {"constant_memory": True}) as workbook:
        formed_at = datetime.fromisoformat(printed.formed_at).replace(tzinfo=None, microsecond=0)
        workbook.set_properties({"title": str(printed.statement), "created": formed_at})
        bold = workbook.add_format({"bold": True})
        sheet = workbook.add_worksheet(LINES_SHEET)
        sheet.freeze_panes(1, 0)
        for at, column in enumerate(COLUMNS):
            sheet.set_column(at, at, _WIDTHS.get(column, _WIDTH))
            sheet.write_string(0, at, column, bold)
        for number, row in enumerate(rows(printed), start=1):
            for at, cell in enumerate(row):
                _write(sheet, number, at, cell)
        about = workbook.add_worksheet(ABOUT_SHEET)
        about.set_column(0, 1, 40)
        for number, (name, cell) in enumerate(_about(printed).items()):
            about.write_string(number, 0, name, bold)
            _write(about, number, 1, cell)
    return file.getvalue()


def _about(printed: Printed) -> dict[str, Cell]:
    heading = printed.exact.heading
    return {
        "statement": str(printed.statement),
        "contract": str(heading.key.contract),
        "contract_number": printed.contract_number,
        "package": heading.key.package,
        "period": heading.key.period,
        "provider": str(heading.provider),
        "provider_edrpou": printed.provider.edrpou,
        "provider_name": printed.provider.name,
        "payer": str(heading.payer),
        "payer_edrpou": printed.payer.edrpou,
        "payer_name": printed.payer.name,
        "count": heading.count,
        "total_kopiykas": heading.total,
        "total_uah": decimal(heading.total),
        "format": heading.format,
        "sha256": printed.digest,
        "log": "records",
        "position": printed.position,
        "chain_value": printed.chain_value,
        "formed_at": printed.formed_at,
        "status": printed.status,
        "lines_denied": printed.denied,
        **{f"status_{language}": cell for language, cell in _standing(printed).items()},
        **{f"about_sha256_{each}": words.digest[printed.status] for each, words in WORDS.items()},
    }


def _standing(printed: Printed) -> dict[Language, str]:
    """Say in each language how the statement stands."""
    return {
        language: words.standing(printed.status, printed.denied)
        for language, words in WORDS.items()
    }


def _write(sheet: Any, row: int, column: int, cell: Cell) -> None:
    match cell:
        case None:
            pass
        case int() if abs(cell) < EXACT_MAX:
            sheet.write_number(row, column, cell)
        case int() | Decimal() | str():
            sheet.write_string(row, column, str(cell))
