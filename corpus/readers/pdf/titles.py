"""The title on a PDF's first page, and what stands around it: names, addresses, dates."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from corpus.readers.boilerplate import is_known_heading
from corpus.readers.pdf.headings import is_heading
from corpus.readers.pdf.joining import Words
from corpus.readers.pdf.order import Line

_LARGER = 1.15
_LETTERS = 8
_UPPER = 0.65
_JUNK = re.compile(
    r"microsoft word|untitled|\.(?:docx?|pdf|indd|tex|dvi|qxd)\b|^\W*[\d_.-]+\W*$|^(?:doi|pii|layout)\b", re.IGNORECASE
)
_ABSTRACT = re.compile(r"(?:a\s?b\s?s\s?t\s?r\s?a\s?c\s?t|summary)\b", re.IGNORECASE)
_MOST_BETWEEN = 1500
_MOST_ABOVE = 300
_NUMBERED = re.compile(r"(?:\d{1,2}|[IVX]{1,4})(?:\.\d{1,2})*\.?\s+[A-Z]")
_NAMES = re.compile(
    r"(?:(?:[A-Z][\w.'’-]*|and|&|de|van|von|der|la|el|al|bin|PhD|MD|MSc|[\d*†‡§a-d,]+)[,;.*†‡§\d]*(?:\s+|$)){2,30}",
    re.UNICODE,
)
_ADDRESS = re.compile(
    r"\b(?:University|Department|School|College|Institute|Faculty|Hospital|Cent(?:er|re) for)\b|\S@\S+\.\w|orcid"
    r"|^(?:Received|Accepted|Revised|Published)\b",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Titled:
    title: str | None
    lines: list[Line]
    """The first page's lines without the title and what belongs to it."""
    removed: bool
    """Whether names and addresses were left out."""


def titled(lines: list[Line], size: float, height: float, said: str | None) -> Titled:
    """The title as it is printed, else the document's own word for it (`said`) unless that is a file's name."""
    said = said if said and not _JUNK.search(said) and len(said) >= _LETTERS else None
    found = _printed(lines, said) if said else None
    found = found or _largest(lines, size, height)
    if found is None:
        return Titled(said, lines, False)
    start, end = found
    title = Words(()).joined([line.text for line in lines[start:end]])
    rest = lines[end:]
    # Above a title there is the journal's name, below it are the authors'.
    above = [line for line in lines[:start] if line.text.endswith(".") and len(line.text) > 80]
    skipped = _authors(rest, size)
    return Titled(title, above + rest[skipped:], skipped > 0)


def _printed(lines: Sequence[Line], said: str) -> tuple[int, int] | None:
    """The lines that say exactly this, if there are any."""
    wanted = _letters(said)
    for start in range(min(len(lines), 30)):
        held = ""
        for end in range(start, min(start + 6, len(lines))):
            held += _letters(lines[end].text)
            if held == wanted:
                return start, end + 1
            if not wanted.startswith(held):
                break
    return None


def _largest(lines: Sequence[Line], size: float, height: float) -> tuple[int, int] | None:
    """The first run of lines in the largest letters of the page's upper part."""
    upper = [
        line
        for line in lines
        if line.base < _UPPER * height and len(_letters(line.text)) >= _LETTERS and not _heads_a_section(line.text)
    ]
    largest = max((line.size for line in upper), default=0.0)
    if largest < _LARGER * size:
        return None
    start = next(place for place, line in enumerate(lines) if line in upper and line.size == largest)
    if sum(len(line.text) for line in lines[:start] if abs(line.size - size) < 0.5) > _MOST_ABOVE:
        return None
    end = start + 1
    while end < len(lines) and abs(lines[end].size - largest) < 0.5 and lines[end].bold == lines[start].bold:
        end += 1
    # What is printed like other lines further on is one of several headings.
    alike = any(abs(line.size - largest) < 0.5 and line.bold == lines[start].bold for line in lines[end:])
    return None if alike else (start, end)


def _heads_a_section(text: str) -> bool:
    return is_known_heading(text) or _NUMBERED.match(text) is not None


def _authors(lines: Sequence[Line], size: float) -> int:
    """How many lines after the title tell of the authors."""
    for place, line in enumerate(lines):
        if _ABSTRACT.match(line.text):
            before = lines[:place]
            prose = any(is_heading([held], size) and not _NAMES.fullmatch(held.text) for held in before)
            return 0 if prose or sum(len(held.text) for held in before) > _MOST_BETWEEN else place
    count = 0
    while count < len(lines) and count < 12 and _tells_of_authors(lines[count].text):
        count += 1
    return count


def _tells_of_authors(text: str) -> bool:
    short = len(text) < 160 and not text.endswith((".", "?", "!", ":")) and not _heads_a_section(text)
    return short and (_ADDRESS.search(text) is not None or (_NAMES.fullmatch(text) is not None and " " in text))


def _letters(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum())
