"""Which lines of a PDF are headings, and which stand above which."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from corpus.readers.boilerplate import is_known_heading
from corpus.readers.pdf.order import Line

_LARGER = 1.08
_LONGEST = 160
_NUMBERED = re.compile(r"\d{1,2}(?:\.\d{1,2})*\.?\s+[A-Z][^.!?;:]{2,90}$")
_CAPTION = re.compile(r"(?:Table|Figure|Fig\.|Box|Note)\b")


def is_heading(block: Sequence[Line], size: float) -> bool:
    """Whether a block is a heading in a text whose letters have this size."""
    text = " ".join(line.text for line in block)
    letters = [letter for letter in text if letter.isalpha()]
    if len(text) > _LONGEST or len(block) > 3 or len(letters) < 3 or _CAPTION.match(text):
        return False
    if len(text) < 60 and is_known_heading(text):
        return True
    if text.endswith((".", ",", ";", "-")) or len(letters) < 0.6 * len(text.replace(" ", "")):
        return False
    if block[0].size > _LARGER * size or (block[0].bold and block[0].size > 0.9 * size):
        return True
    capitals = text.isupper() and len(letters) > 4 and len(block) == 1
    return capitals or (len(block) == 1 and block[0].size > 0.95 * size and _NUMBERED.match(text) is not None)


def levels(styles: Iterable[tuple[float, bool]]) -> dict[tuple[int, bool], int]:
    """1 for the largest headings and so on, bold before plain."""
    ordered = sorted({(round(size), bold) for size, bold in styles}, reverse=True)
    return {style: place + 1 for place, style in enumerate(ordered)}
