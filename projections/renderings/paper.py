"""Set text on A4: a font with Ukrainian letters, lines broken to fit, a QR code of squares."""

from __future__ import annotations

import io
from typing import Final

import segno
import ttf_opensans  # type: ignore[import-untyped]  # ships no types
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

PLAIN: Final = "OpenSans"
BOLD: Final = "OpenSans-Bold"
WIDTH, HEIGHT = A4  # points
_FONTS: Final = {
    PLAIN: ttf_opensans.OPENSANS_REGULAR.path,
    BOLD: ttf_opensans.OPENSANS_BOLD.path,
}


def canvas(file: io.BytesIO, title: str) -> Canvas:
    """Begin a document whose bytes depend on what is drawn alone: no clock, no random id."""
    paper = Canvas(file, pagesize=A4, invariant=1, pageCompression=1)
    paper.setTitle(title)
    return paper


def _register() -> None:
    """Read the fonts once: each keeps a subset a document, so documents may be drawn together."""
    for name, path in _FONTS.items():
        pdfmetrics.registerFont(TTFont(name, str(path)))


_register()


def broken(text: str, width: float, size: float, font: str = PLAIN) -> list[str]:
    """Break a text into lines of at most a width, between words, within one where it must be."""
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if _fits(longer, width, size, font):
            line = longer
            continue
        if line:
            lines.append(line)
        while not _fits(word, width, size, font):
            cut = next(
                at
                for at in range(len(word), 0, -1)
                if at == 1 or _fits(word[:at], width, size, font)
            )
            lines.append(word[:cut])
            word = word[cut:]
        line = word
    return [*lines, line]


def draw_code(paper: Canvas, text: str, x: float, y: float, side: float) -> None:
    """Draw a QR code (ISO/IEC 18004, correction M) into a square; each dark module is a square."""
    matrix = segno.make(text, error="m", micro=False, boost_error=False).matrix
    module = side / len(matrix)
    paper.setFillGray(0)
    for row, modules in enumerate(matrix):
        for column, dark in enumerate(modules):
            if dark:
                below = y + side - (row + 1) * module
                paper.rect(x + column * module, below, module, module, stroke=0, fill=1)


def _fits(text: str, width: float, size: float, font: str) -> bool:
    return bool(pdfmetrics.stringWidth(text, font, size) <= width)
