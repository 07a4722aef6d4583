"""Print a statement on A4 (PDF): parties, lines, total, digest, a code that leads to its record.

One statement in one standing and one language gives the same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from reportlab.pdfgen.canvas import Canvas

from ehealth_ledger.values.json import Json
from ehealth_ledger.values.money import hryvnias
from projections.read_models.contracts import Party
from projections.renderings import paper as on
from projections.renderings.printed import Printed
from projections.renderings.words import WORDS, Language, Words

MEDIA_TYPE: Final = "application/pdf"

_MARGIN: Final = 36.0
_TEXT: Final = on.WIDTH - 2 * _MARGIN
_CODE: Final = 118.0  # side of the QR code
_QUIET: Final = 5.0  # a reader wants four modules of white around a code
_FOOT: Final = 30.0  # above the margin, kept for the foot of each page
_TITLE, _BODY, _SMALL = 14.0, 8.0, 6.5
_LEADING: Final = 1.35  # of the size of a line's letters
_PAD: Final = 3.0  # between columns
# Number, day, service, quantity, price, amount, act, performer: all of the text's width.
_WIDTHS: Final = (26.0, 46.0, 92.0, 28.0, 76.0, 66.0, 46.0, _TEXT - 380.0)
_NUMBERS: Final = (0, 3, 4, 5, 6)  # set against the right edge
_WIDE: Final = sum(_WIDTHS[1:5])  # what a correction says takes four columns


@dataclass(frozen=True, slots=True)
class _Row:
    """Hold a row of cells, each broken into lines."""

    cells: tuple[list[str], ...]
    wide: bool = False  # the second cell takes the place of four

    @property
    def height(self) -> float:
        return max(map(len, self.cells)) * _SMALL * _LEADING + _PAD


def whole(printed: Printed, language: Language) -> bytes:
    """Write the file."""
    words = WORDS[language]
    file = io.BytesIO()
    canvas = on.canvas(file, f"{words.title} {printed.statement}")
    breaks = _breaks(printed, words)
    pages = len(breaks) + 1
    y = _head(canvas, printed, words)
    number = 1
    _foot(canvas, printed, words, number, pages)
    y = _columns(canvas, words, y)
    for at, row in enumerate(_rows(printed, words)):
        if number <= len(breaks) and at == breaks[number - 1]:
            y, number = _turn(canvas, printed, words, number, pages)
        y = _draw(canvas, row, y)
    if number < pages:  # the end found no room below the last row
        y, number = _turn(canvas, printed, words, number, pages)
    _end(canvas, printed, words, y)
    canvas.save()
    return file.getvalue()


def _turn(
    canvas: Canvas, printed: Printed, words: Words, number: int, pages: int
) -> tuple[float, int]:
    canvas.showPage()
    _foot(canvas, printed, words, number + 1, pages)
    return _columns(canvas, words, on.HEIGHT - _MARGIN), number + 1


def _breaks(printed: Printed, words: Words) -> list[int]:
    """Name the rows that begin a page; the last may be one past them all, for the end alone."""
    breaks: list[int] = []
    head = _head_height(printed, words)
    columns = _column_row(words).height
    y = on.HEIGHT - _MARGIN - head - columns
    at = -1
    for at, row in enumerate(_rows(printed, words)):
        if y - row.height < _MARGIN + _FOOT:
            breaks.append(at)
            y = on.HEIGHT - _MARGIN - columns
        y -= row.height
    if y - _end_height(printed, words) < _MARGIN + _FOOT:
        breaks.append(at + 1)
    return breaks


def _rows(printed: Printed, words: Words) -> Iterator[_Row]:
    for number, line in enumerate(printed.lines(), start=1):
        yield _correction(number, line, words) if "adjustment" in line else _line(number, line)


def _line(number: int, line: Json) -> _Row:
    whole_price = line.get("unit_price")
    price = (
        f"{hryvnias(line['base'])} / {line['per']}"
        if whole_price is None
        else hryvnias(whole_price)
    )
    factors = [each["value"] for each in line.get("coefficients", ())]
    return _broken(
        *(str(number), line["day"], line["service"].rpartition("|")[2], str(line["quantity"])),
        *(" × ".join([price, *factors]), hryvnias(line["amount"])),
        *(str(line["act"]["position"]), line.get("performer", "–")),
    )


def _correction(number: int, line: Json, words: Words) -> _Row:
    reason = line["reason"]
    if line["rule"] is not None:
        reason = f"{reason} ({line['rule']} {line['rule_version']})"
    corrects = line["corrects"]
    said = words.corrects.format(
        line=corrects["position"], statement=corrects["statement"], reason=reason
    )
    cells = _broken(
        *(str(number), "", "", "", "", hryvnias(line["amount"])),
        *(str(line["act"]["position"]), "–"),
    ).cells
    text = on.broken(said, _WIDE - _PAD, _SMALL)
    return _Row((cells[0], text, *cells[2:]), wide=True)


def _broken(*cells: str) -> _Row:
    return _Row(
        tuple(
            on.broken(cell, width - _PAD, _SMALL)
            for cell, width in zip(cells, _WIDTHS, strict=True)
        )
    )


def _column_row(words: Words) -> _Row:
    return _broken(*words.columns)


def _draw(canvas: Canvas, row: _Row, y: float, font: str = on.PLAIN) -> float:
    """Draw a row below `y`; return where the next one begins."""
    canvas.setFont(font, _SMALL)
    x = _MARGIN
    for at, (cell, width) in enumerate(zip(row.cells, _WIDTHS, strict=True)):
        for number, text in enumerate(cell, start=1):
            base = y - number * _SMALL * _LEADING
            if at in _NUMBERS and not (row.wide and 0 < at < 5):
                canvas.drawRightString(x + width - _PAD, base, text)
            else:
                canvas.drawString(x, base, text)
        x += width
    below = y - row.height
    canvas.setLineWidth(0.25)
    canvas.setStrokeGray(0.7)
    canvas.line(_MARGIN, below, _MARGIN + _TEXT, below)
    return below


def _columns(canvas: Canvas, words: Words, y: float) -> float:
    return _draw(canvas, _column_row(words), y, on.BOLD)


def _facts(printed: Printed, words: Words) -> list[tuple[str, str]]:
    heading = printed.exact.heading
    return [
        (words.provider, _named(printed.provider, words)),
        (words.payer, _named(printed.payer, words)),
        (words.contract, printed.contract),
        (words.package, heading.key.package),
        (words.period, heading.key.period),
        (words.statement, str(printed.statement)),
        (words.formed, printed.formed_at),
        (words.record, f"records/{printed.position}, {printed.chain_value}"),
        (words.status, words.standing(printed.status, printed.denied)),
        (words.digest[printed.status], printed.digest),
    ]


def _named(party: Party, words: Words) -> str:
    return f"{party.name}, {words.code.format(code=party.edrpou)}"


def _fact_lines(printed: Printed, words: Words) -> Iterator[tuple[str, str]]:
    """Give the lines of the head: text and font; each fact is its name, then what it says."""
    width = _TEXT - _CODE - 12
    for name, said in _facts(printed, words):
        yield name, on.BOLD
        for line in on.broken(said, width, _BODY):
            yield line, on.PLAIN


def _head_height(printed: Printed, words: Words) -> float:
    lines = sum(1 for _ in _fact_lines(printed, words))
    code = _CODE + _QUIET + 2 * len(_code_says(words)) * _SMALL
    return max(lines * _BODY * _LEADING + 8, code) + _TITLE * 2


def _code_says(words: Words) -> list[str]:
    return on.broken(words.code_says, _CODE, _SMALL)


def _head(canvas: Canvas, printed: Printed, words: Words) -> float:
    top = on.HEIGHT - _MARGIN
    canvas.setFont(on.BOLD, _TITLE)
    canvas.drawString(_MARGIN, top - _TITLE, words.title)
    y = top - _TITLE * 2
    for text, font in _fact_lines(printed, words):
        y -= _BODY * _LEADING
        canvas.setFont(font, _BODY)
        canvas.drawString(_MARGIN, y, text)
    left, below = on.WIDTH - _MARGIN - _CODE, top - _CODE
    on.draw_code(canvas, printed.urn, left, below, _CODE)
    below -= _QUIET
    canvas.setFont(on.PLAIN, _SMALL)
    for text in _code_says(words):
        below -= _SMALL * _LEADING
        canvas.drawString(left, below, text)
    return top - _head_height(printed, words)


def _end_lines(printed: Printed, words: Words) -> Iterator[tuple[str, str]]:
    heading = printed.exact.heading
    total = words.total.format(
        count=heading.count, total=hryvnias(heading.total), kopiykas=heading.total
    )
    for line in on.broken(total, _TEXT, _BODY, on.BOLD):
        yield line, on.BOLD
    for line in on.broken(words.closing[printed.status], _TEXT, _BODY):
        yield line, on.PLAIN


def _end_height(printed: Printed, words: Words) -> float:
    return sum(_BODY * _LEADING for _ in _end_lines(printed, words)) + _BODY


def _end(canvas: Canvas, printed: Printed, words: Words, y: float) -> None:
    y -= _BODY / 2
    for text, font in _end_lines(printed, words):
        y -= _BODY * _LEADING
        canvas.setFont(font, _BODY)
        canvas.drawString(_MARGIN, y, text)


def _foot(canvas: Canvas, printed: Printed, words: Words, number: int, pages: int) -> None:
    canvas.setFont(on.PLAIN, _SMALL)
    canvas.drawString(_MARGIN, _MARGIN, f"{printed.statement} · SHA-256 {printed.digest}")
    said = words.page.format(number=number, pages=pages)
    canvas.drawRightString(on.WIDTH - _MARGIN, _MARGIN, said)
