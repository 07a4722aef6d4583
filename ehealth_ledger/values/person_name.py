"""Spell a person's name one way, so that two spellings of it meet in a blind index."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

_APOSTROPHES: Final = re.compile(r"['`\"\u02bc\u02b9\u2018\u2019\u201b\u2032\u00b4]")
_DASHES: Final = re.compile(r"[\u2010-\u2015\u2212]")
_SPACES: Final = re.compile(r"\s+")
_AROUND_DASH: Final = re.compile(r"\s*-\s*")
# Latin letters that look like Cyrillic ones: a keyboard left in the wrong layout makes no new
# person.
_LOOKALIKES: Final = str.maketrans("aeiopcyxkmth", "аеіорсухкмтн")


def spelled(name: str) -> str:
    """Return a name in lower case, without apostrophes, each letter and dash in one form."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    plain = _DASHES.sub("-", _APOSTROPHES.sub("", folded))
    return _AROUND_DASH.sub("-", _SPACES.sub(" ", plain)).strip().translate(_LOOKALIKES)


def spelled_whole(family: str, given: Iterable[str]) -> tuple[str, ...]:
    """Return family name, given name and second name (по батькові), each in its one spelling."""
    return (spelled(family), *(spelled(each) for each in given))
