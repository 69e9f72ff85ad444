"""Running headers, footers and page numbers: what stands at the edge of page after page."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from corpus.readers.pdf.pages import Page, Piece

_ZONE = 0.13
_ROWS = 3
_SAME_ROW = 3.0
_APART = 1.6
_LONGEST = 120
_PAGE_NUMBER = re.compile(
    r"\W*(?:(?:p(?:age|p?\.)?|seite)\s*)?(?:\d{1,4}|[ivxl]{1,7})(?:\s*(?:of|/|\|)\s*\d{1,4})?\W*", re.IGNORECASE
)
_DIGITS = re.compile(r"\d+|\b[ivxl]+\b")
_NUMBER = re.compile(r"\d{1,4}(?!\d)")
_SENTENCE = re.compile(r"[.!?]$")

_Key = tuple[str, int]


@dataclass(slots=True)
class _Row:
    pieces: list[Piece]
    page: int
    top: bool
    outer: bool
    """Whether it belongs to the outermost rows, before the first gap."""

    @property
    def text(self) -> str:
        return " ".join(piece.text for piece in sorted(self.pieces, key=lambda piece: piece.left))

    @property
    def keys(self) -> Iterator[_Key]:
        """What this row has in common with its like on other pages: words, height, how far its number is ahead."""
        height = round(self.pieces[0].base / 12)
        yield self.text, height
        if self.outer:
            yield _DIGITS.sub("#", self.text.lower()), height
            if len(self.text) < _LONGEST and not _SENTENCE.search(self.text):
                numbers = {match.group() for match in _NUMBER.finditer(self.text)}
                yield from ((f"page + {int(number) - self.page}", self.top) for number in numbers)


def without_margins(pages: Sequence[Page]) -> bool:
    """Take them out of the pages' pieces; says whether there were any."""
    rows = [row for page in pages for row in _edges(page)]
    seen = Counter(key for row in rows for key in set(row.keys))
    fewest = 2 if len(pages) < 6 else 3
    gone: set[int] = set()
    for row in rows:
        running = any(seen[key] >= fewest for key in row.keys)
        if running or (row.outer and _PAGE_NUMBER.fullmatch(row.text)):
            gone |= {id(piece) for piece in row.pieces}
    for page in pages:
        page.pieces = [piece for piece in page.pieces if id(piece) not in gone]
    return bool(gone)


def _edges(page: Page) -> Iterator[_Row]:
    """The rows in a page's upper and lower margin."""
    rows: list[list[Piece]] = []
    for piece in sorted(page.pieces, key=lambda piece: piece.base):
        if rows and piece.base - rows[-1][0].base < _SAME_ROW:
            rows[-1].append(piece)
        else:
            rows.append([piece])
    for top, ordered in ((True, rows), (False, rows[::-1])):
        outermost = _outermost(ordered)
        for place, row in enumerate(ordered[:_ROWS]):
            base = row[0].base
            inside = base < _ZONE * page.height if top else base > (1 - _ZONE) * page.height
            held = _Row(row, page.number, top, place < outermost)
            # What stands behind a gap is a second header only when it is short and is no sentence.
            if inside and (held.outer or (len(held.text) < _LONGEST // 2 and not _SENTENCE.search(held.text))):
                yield held


def _outermost(rows: Sequence[Sequence[Piece]]) -> int:
    """How many rows stand before the first gap; none when the text itself begins there."""
    for place, (row, following) in enumerate(pairwise(rows), 1):
        if place > _ROWS:
            return 0
        if abs(following[0].base - row[0].base) > _APART * max(piece.size for piece in row):
            return place
    return len(rows) if len(rows) <= _ROWS else 0
