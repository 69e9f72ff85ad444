"""One page of a PDF → pieces: stretches of text on one line, with their place, size and weight."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field

import pypdfium2 as pdfium

from corpus.readers.characters import unfolded
from corpus.readers.pdf.direction import is_leftward, logical, mainly_leftward
from corpus.readers.pdf.glyphs import Frame, Glyph, Style, glyphs_of
from corpus.readers.pdf.visibility import INVISIBLE, Eye

_FEWEST_LETTERS = 100
"""A scan may carry a download notice as text."""
_GAP = 0.9
_BLANK = 0.25
_SAME_LINE = 0.45
_RAISED = 0.8
_HYPHENS = str.maketrans({"\x02": "-", "\ufffe": "-", "\u2010": "-", "\u2011": "-", "\u00ad": "-"})
_TURNED = "text that does not run across the page"


@dataclass(slots=True)
class Piece:
    """Text on one line; x runs to the right and y downwards, in points."""

    left: float
    right: float
    top: float
    bottom: float
    base: float
    size: float
    bold: bool
    text: str
    leftward: bool = False


@dataclass(slots=True)
class Page:
    number: int
    """From 1."""
    width: float = 0.0
    height: float = 0.0
    pieces: list[Piece] = field(default_factory=list)
    hidden: str = ""
    removed: list[str] = field(default_factory=list)
    letters: int = 0
    unknown: int = 0
    """Characters of which nobody knows what letter they are."""
    inked: bool = False
    leftward: bool = False
    """Whether most of it is read from right to left."""
    scanned: bool = False
    """Whether it shows something and has no text, or hardly any text beside one picture."""


def read_page(document: pdfium.PdfDocument, number: int) -> Page:
    """Page `number`, from 1; one that is damaged is empty, and says so."""
    try:
        page = document[number - 1]
        text = page.get_textpage()
        frame = Frame(page)
        eye = Eye(page, frame)
        glyphs = glyphs_of(text.raw, frame)
        read = _page(number, frame, eye, glyphs)
        text.close()
        page.close()
    except pdfium.PdfiumError:
        return Page(number, removed=[f"page {number}, which is damaged"])
    return read


def _page(number: int, frame: Frame, eye: Eye, glyphs: list[Glyph]) -> Page:
    page = Page(number, frame.width, frame.height, inked=eye.inked)
    styles = {id(glyph.style): glyph.style for glyph in glyphs if glyph.style is not None}
    unseen = eye.unseen(styles.values())
    hidden: list[str] = []
    shown: list[Glyph] = []
    for glyph in glyphs:
        if glyph.style is None:
            shown.append(glyph)
            if hidden:
                hidden.append(" ")
        elif id(glyph.style) in unseen:
            hidden.append(glyph.text)
        elif glyph.style.turned:
            page.removed = [_TURNED]
        else:
            shown.append(glyph)
    page.hidden = " ".join("".join(hidden).split())
    for glyph in shown:
        if glyph.text.isalnum():
            page.letters += 1
        elif glyph.text == "\ufffd" or unicodedata.category(glyph.text) in ("Co", "Cn", "Cs"):
            page.unknown += glyph.text not in "\ufffe\uffff"
    recognised = any(glyph.style.mode in INVISIBLE for glyph in shown if glyph.style is not None)
    few = page.letters < _FEWEST_LETTERS and eye.pictured and not recognised
    page.scanned = page.inked and (few or not page.letters)
    page.leftward = mainly_leftward("".join(glyph.text for glyph in shown))
    page.pieces = _pieces(shown, page.leftward)
    return page


def _pieces(glyphs: list[Glyph], leftward: bool) -> list[Piece]:
    pieces: list[Piece] = []
    held: list[Glyph] = []
    end = 0.0
    for glyph in glyphs:
        style = glyph.style
        if style is None:
            # PDFium's own blanks and line ends; where it sees a blank there is one, where a line ends the places tell.
            if held and glyph.text == " ":
                held.append(glyph)
            continue
        if held and _parted(held, glyph, style, end):
            pieces.extend(_piece(held, leftward))
            held = []
        end = glyph.right if not held else max(end, glyph.right)
        held.append(glyph)
    pieces.extend(_piece(held, leftward))
    return pieces


def _parted(held: list[Glyph], glyph: Glyph, style: Style, end: float) -> bool:
    """Whether `glyph` stands elsewhere than right behind what is held."""
    first = held[0].style
    last = next(one.style for one in reversed(held) if one.style is not None)
    if first is None:
        return True
    size = max(first.size, style.size)
    if abs(style.base - last.base) > _SAME_LINE * size and abs(style.base - first.base) > _SAME_LINE * size:
        return True
    if style.bold != first.bold and abs(style.size - first.size) > 1:
        return True
    if is_leftward(glyph.text) or is_leftward(held[-1].text) or is_leftward(held[0].text):
        start = min(one.left for one in held if one.style is not None)
        return max(glyph.left - end, start - glyph.right) > _GAP * size
    return glyph.left - end > _GAP * size or glyph.left < end - 2 * size


def _piece(held: list[Glyph], page_leftward: bool) -> list[Piece]:
    drawn = [(glyph, glyph.style) for glyph in held if glyph.style is not None]
    if not drawn or not any(glyph.text.strip() for glyph, _ in drawn):
        return []
    weights: dict[tuple[float, bool, float], int] = {}
    for _, style in drawn:
        key = (round(style.size, 1), style.bold, style.base)
        weights[key] = weights.get(key, 0) + 1
    size, bold, base = max(weights, key=lambda key: weights[key])
    text = "".join(glyph.text for glyph in held)
    leftward = is_leftward(text)
    text = _leftward(drawn, size, page_leftward) if leftward else _rightward(held, size, base)
    text = " ".join(unfolded(text.translate(_HYPHENS)).split())
    if not text:
        return []
    return [
        Piece(
            left=min(glyph.left for glyph, _ in drawn),
            right=max(glyph.right for glyph, _ in drawn),
            top=base - 0.8 * size,
            bottom=base + 0.2 * size,
            base=base,
            size=size,
            bold=bold,
            text=text,
            leftward=leftward and (page_leftward or mainly_leftward(text)),
        )
    ]


def _rightward(held: list[Glyph], size: float, base: float) -> str:
    said: list[str] = []
    end: float | None = None
    for glyph in held:
        if glyph.style is not None:
            if end is not None and glyph.left - end > _BLANK * size and said and not said[-1].isspace():
                said.append(" ")
            if _is_note_mark(glyph, size, base) and _carries_a_note("".join(said[-12:])):
                end = glyph.right
                continue
            end = glyph.right
        said.append(glyph.text)
    return "".join(said)


def _is_note_mark(glyph: Glyph, size: float, base: float) -> bool:
    """Whether it is a small raised digit or sign."""
    style = glyph.style
    raised = style is not None and style.size < _RAISED * size and base - style.base > 0.15 * size
    return raised and (glyph.text in "0123456789,–-*†‡§¶")


def _carries_a_note(before: str) -> bool:
    """Whether a raised digit after `before` points to a note: a square or a power follows a short sign."""
    word = before.rsplit(" ", 1)[-1]
    return len(word) > 2 and (word[-3:].isalpha() or word[-1] in ".,;:!?)”\"'’")


def _leftward(drawn: list[tuple[Glyph, Style]], size: float, page_leftward: bool) -> str:
    letters: list[tuple[float, float, str]] = []
    for glyph, _ in drawn:
        # One sign may stand for several letters, which then share its place.
        if letters and letters[-1][:2] == (glyph.left, glyph.right):
            letters[-1] = (glyph.left, glyph.right, letters[-1][2] + glyph.text)
        else:
            letters.append((glyph.left, glyph.right, glyph.text))
    return logical(letters, size, page_leftward)
