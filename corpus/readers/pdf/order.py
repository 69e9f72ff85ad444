"""The pieces of a page → lines in reading order: columns one after the other, what spans them where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from statistics import median

from corpus.readers.pdf.pages import Page, Piece

_ROWS = 4
_GUTTER = 5.0
_FILLED = 0.5
_PROSE = 14
_SLACK = 3.0
_CELL_GAP = 1.4
_MOST_DEPTH = 3
_MOST_PIECES = 2000
_MARKER = re.compile(r"(?:[•▪●◦‣·○■□*–—-]|\(?(?:\d{1,3}|[a-zA-Z]|[ivx]{1,5})[.)\]]|\[\d{1,3}\]|\d{1,3})")


@dataclass(slots=True)
class Line:
    text: str
    left: float
    right: float
    base: float
    size: float
    bold: bool
    leftward: bool
    region: int
    """Lines of one column without anything spanning between them have the same number."""
    margins: tuple[float, float]
    cells: int = 1
    """How many stretches of text with wide gaps between them."""


@dataclass(slots=True)
class _Region:
    pieces: list[Piece]
    margins: tuple[float, float]


def in_order(page: Page) -> list[Line]:
    """All lines of a page as they are read."""
    lines: list[Line] = []
    for number, region in enumerate(_regions(page.pieces, page.leftward, 0)):
        lines.extend(_lines(region, page.leftward, number))
    return lines


def _regions(pieces: list[Piece], leftward: bool, depth: int) -> Iterator[_Region]:
    if not pieces:
        return
    margins = (min(piece.left for piece in pieces), max(piece.right for piece in pieces))
    edge = _edge(pieces) if depth < _MOST_DEPTH and len(pieces) <= _MOST_PIECES else None
    if edge is None:
        yield _Region(pieces, margins)
        return
    for spanning, band in _bands(pieces, edge):
        if spanning:
            yield _Region(band, margins)
            continue
        sides = [[p for p in band if p.left < edge - _SLACK], [p for p in band if p.left >= edge - _SLACK]]
        for side in reversed(sides) if leftward else sides:
            yield from _regions(side, leftward, depth + 1)


def _edge(pieces: Sequence[Piece]) -> float | None:
    """Where a right column begins, when there is one."""
    start, end = min(piece.left for piece in pieces), max(piece.right for piece in pieces)
    counts: dict[int, int] = {}
    for piece in pieces:
        if piece.left > start + 0.15 * (end - start):
            counts[round(piece.left)] = counts.get(round(piece.left), 0) + 1
    best: tuple[int, float] | None = None
    for place in sorted(counts, key=lambda place: -counts[place])[:40]:
        near = [piece for piece in pieces if abs(piece.left - place) <= 1.5]
        if len(near) < _ROWS or (rows := _beside(pieces, near, place)) is None:
            continue
        crossing = sum(piece.left < place - _SLACK and piece.right > place + _SLACK for piece in pieces)
        if best is None or rows - crossing > best[0]:
            best = rows - crossing, min(piece.left for piece in near)
    return best[1] if best else None


def _beside(pieces: Sequence[Piece], near: Sequence[Piece], place: float) -> int | None:
    """How many lines of prose begin at `place` beside prose on the left; nothing when too few, or a table."""
    left = [piece for piece in pieces if piece.right <= place - _GUTTER]
    right = [piece for piece in near if any(abs(piece.base - other.base) < piece.size for other in left)]
    if len(right) < _ROWS:
        return None
    others = [piece for piece in left if any(abs(piece.base - other.base) < piece.size for other in right)]
    start, end = min(piece.left for piece in others), max(piece.right for piece in near)
    for side, width in ((others, place - start), (right, end - place)):
        if median(p.right - p.left for p in side) < _FILLED * width or median(len(p.text) for p in side) < _PROSE:
            return None
    return len(right)


def _bands(pieces: list[Piece], edge: float) -> Iterator[tuple[bool, list[Piece]]]:
    """From the top: what spans the columns, and what stands in them, by turns."""

    def spans(piece: Piece) -> bool:
        return piece.left < edge - _SLACK and piece.right > edge + _SLACK

    ordered = sorted(pieces, key=lambda piece: (round(piece.base), piece.left))
    bands: list[tuple[bool, list[Piece]]] = [(kind, list(run)) for kind, run in groupby(ordered, key=spans)]
    merged: list[tuple[bool, list[Piece]]] = []
    for kind, band in bands:
        # The last line of a full-width paragraph is short and seems to stand in a column, alone.
        alone = kind or len({piece.left < edge - _SLACK for piece in band}) == 1
        if merged and merged[-1][0] and alone:
            merged[-1][1].extend(band)
        else:
            merged.append((alone and (kind or bool(merged)), band))
    return iter(merged)


def _lines(region: _Region, leftward: bool, number: int) -> Iterator[Line]:
    held: list[Piece] = []
    for piece in sorted(region.pieces, key=lambda piece: piece.base):
        if held and piece.base - held[0].base > 0.45 * max(piece.size, held[0].size):
            yield _line(held, region.margins, leftward, number)
            held = []
        held.append(piece)
    if held:
        yield _line(held, region.margins, leftward, number)


def _line(pieces: list[Piece], margins: tuple[float, float], leftward: bool, number: int) -> Line:
    main = max(pieces, key=lambda piece: len(piece.text))
    leftward = (leftward and any(piece.leftward for piece in pieces)) or sum(p.leftward for p in pieces) * 2 > len(
        pieces
    )
    ordered = sorted(pieces, key=lambda piece: piece.left)
    cells = 1
    for before, after in pairwise(ordered):
        cells += after.left - before.right > _CELL_GAP * main.size and not _MARKER.fullmatch(before.text)
    return Line(
        text=" ".join(_read(ordered, leftward)),
        left=ordered[0].left,
        right=max(piece.right for piece in ordered),
        base=main.base,
        size=main.size,
        bold=all(piece.bold for piece in pieces),
        leftward=leftward,
        region=number,
        margins=margins,
        cells=cells,
    )


def _read(pieces: Sequence[Piece], leftward: bool) -> list[str]:
    """Texts of the pieces of a line, given from left to right, as they are read."""
    runs = [(kind, [piece.text for piece in run]) for kind, run in groupby(pieces, key=lambda piece: piece.leftward)]
    turned = [said[::-1] if kind else said for kind, said in runs]
    return [text for said in (reversed(turned) if leftward else turned) for text in said]
