"""Lines → headings and paragraphs: put together across columns and pages, footnotes set apart, tables left out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from statistics import median

from corpus.readers.document import Block
from corpus.readers.pdf.headings import is_heading, levels
from corpus.readers.pdf.joining import Words
from corpus.readers.pdf.order import Line
from corpus.readers.pdf.pages import Page

NOTES = "Notes"
_SMALLER = 0.93
_INDENT = 0.8
_SHORT = 0.85
_LEADER = re.compile(r"(?:\.\s?){5,}\s*(?:\d+|[ivxl]+)\s*$")
_NOTE = re.compile(r"(?:\d{1,3}|[*†‡§¶]+|[a-z])(?:[.)\s]\s*|(?=[A-Z“\"]))\S")
_CAPTION = re.compile(r"(?:Table|Figure|Fig\.|Box|Tabelle|Abbildung)\s+(?:\d+|[A-Z]\d*|[IVX]+)\b")
_CLOSED = re.compile(r"[.!?:…][\"'”’»)\]]*$")
_BULLET = re.compile(r"[•▪●◦‣■□]|[–—*-]\s")
_NUMBERED = re.compile(r"(?:\(?\d{1,2}[.)]|\([a-z]\))\s")


def body_size(pages: Iterable[Page]) -> float:
    """The size in which most of the text is set."""
    sizes: Counter[float] = Counter()
    for page in pages:
        for piece in page.pieces:
            sizes[round(piece.size, 1)] += len(piece.text)
    return sizes.most_common(1)[0][0] if sizes else 10.0


@dataclass(slots=True)
class _Held:
    lines: list[Line]
    page: int
    heading: bool = False
    first: bool = False
    """Whether it opens a column or page, so that it may go on with what an earlier one ended with."""

    @property
    def size(self) -> float:
        return self.lines[0].size

    @property
    def caption(self) -> bool:
        return _CAPTION.match(self.lines[0].text) is not None


@dataclass(slots=True)
class Builder:
    """Takes the pages one by one; `blocks` gives what they make."""

    size: float
    removed: list[str] = field(default_factory=list)
    _all: list[_Held] = field(default_factory=list)
    _notes: list[_Held] = field(default_factory=list)

    def add(self, lines: Sequence[Line], page: int) -> None:
        leading = _leading(lines)
        for _, region in groupby(_without_tables(lines, self.removed), key=lambda line: line.region):
            body, notes = self._noted(list(region))
            for place, block in enumerate(_blocks(body, leading)):
                self._take(_Held(block, page, is_heading(block, self.size), first=place == 0))
            self._notes.extend(_Held(block, page) for block in _blocks(notes, leading))

    def blocks(self) -> list[Block]:
        words = Words(line.text for held in (*self._all, *self._notes) for line in held.lines)
        ranks = levels([(held.size, held.lines[0].bold) for held in self._all if held.heading])
        blocks = []
        for held in self._all:
            text = words.joined([line.text for line in held.lines])
            level = ranks[round(held.size), held.lines[0].bold] if held.heading else 0
            blocks.append(Block(text, level, held.page))
        if self._notes:
            blocks.append(Block(NOTES, 1))
            blocks.extend(Block(words.joined([line.text for line in held.lines]), 0, held.page) for held in self._notes)
        return blocks

    def _noted(self, region: list[Line]) -> tuple[list[Line], list[Line]]:
        """The lines of the text and those of the footnotes below it."""
        start = len(region)
        while start and region[start - 1].size < _SMALLER * self.size:
            start -= 1
        notes = region[start:]
        if not start or is_heading(region[start - 1 : start], self.size):
            return region, []
        first = next((n for n, line in enumerate(notes) if _NOTE.match(line.text)), None)
        if first is None or any(_CAPTION.match(line.text) for line in notes[: first + 1]):
            return region, []
        return region[: start + first], notes[first:]

    def _take(self, held: _Held) -> None:
        if held.first and not held.heading and (before := self._open(held)) is not None:
            before.lines.extend(held.lines)
        else:
            self._all.append(held)

    def _open(self, held: _Held) -> _Held | None:
        """The paragraph that `held` goes on with: the last one of its size, when that has not come to its end."""
        if held.caption:
            return None
        for before in reversed(self._all[-6:]):
            if before.heading:
                return None
            if before.caption or abs(before.size - held.size) > 0.5:
                continue
            last, first = before.lines[-1], held.lines[0]
            ended = _CLOSED.search(last.text) is not None
            indented = first.left > first.margins[0] + _INDENT * first.size and len(held.lines) > 1
            goes_on = first.text[:1].islower() or not (indented or _short(last))
            return before if not ended and (goes_on or last.text.endswith("-")) else None
        return None


def _leading(lines: Sequence[Line]) -> float:
    """The usual distance from line to line, in sizes of their letters."""
    steps = [
        (after.base - before.base) / before.size
        for before, after in pairwise(lines)
        if before.region == after.region and 0.8 < (after.base - before.base) / max(before.size, 1) < 3
    ]
    return median(steps) if len(steps) > 3 else 1.3


def _blocks(lines: Sequence[Line], leading: float) -> Iterator[list[Line]]:
    held: list[Line] = []
    for line in lines:
        if held and _begins(line, held, leading):
            yield held
            held = []
        held.append(line)
    if held:
        yield held


def _begins(line: Line, held: list[Line], leading: float) -> bool:
    """Whether `line` begins a paragraph after the lines `held`."""
    last = held[-1]
    ended = _CLOSED.search(last.text) is not None
    if abs(line.size - last.size) > 0.08 * last.size or line.bold != last.bold:
        return True
    if line.base - last.base > 1.3 * max(leading, 1.0) * last.size or _BULLET.match(line.text):
        return True
    if _NUMBERED.match(line.text) and (ended or last.text.endswith(";")):
        return True
    step = last.right - line.right if line.leftward else line.left - last.left
    bullet = _BULLET.match(last.text) or _NUMBERED.match(last.text)
    if step > _INDENT * line.size and not bullet and (ended or _short(last)):
        return True
    if step < -_INDENT * line.size and len(held) > 1 and ended:
        return True
    return ended and _short(last) and not line.text[:1].islower()


def _short(line: Line) -> bool:
    """Whether it ends well before its column does."""
    left, right = line.margins
    if line.leftward:
        return line.left > left + (1 - _SHORT) * (right - left)
    return line.right < left + _SHORT * (right - left)


def _without_tables(lines: Sequence[Line], removed: list[str]) -> list[Line]:
    rows = [place for place, line in enumerate(lines) if line.cells > 1]
    tables: set[int] = set()
    for group in _groups(rows, lines):
        if len(group) > 2 or (len(group) > 1 and max(lines[place].cells for place in group) > 2):
            tables.update(range(group[0], group[-1] + 1))
    contents = {place for place, line in enumerate(lines) if _LEADER.search(line.text)}
    for said, places in (("tables", tables), ("tables of contents", contents)):
        if places and said not in removed:
            removed.append(said)
    return [line for place, line in enumerate(lines) if place not in tables | contents]


def _groups(rows: Sequence[int], lines: Sequence[Line]) -> Iterator[list[int]]:
    """Rows of cells with at most two lines between them, none of which fills the column."""
    held: list[int] = []
    for place in rows:
        between = lines[held[-1] + 1 : place] if held else []
        if held and (
            len(between) > 2 or not all(map(_short, between)) or lines[place].region != lines[held[-1]].region
        ):
            yield held
            held = []
        held.append(place)
    if held:
        yield held
