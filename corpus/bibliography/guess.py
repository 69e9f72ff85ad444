"""What the first page seems to say of the publication: guesses for the librarian, never to be printed."""

from __future__ import annotations

import re

from corpus.bibliography.names import names_in
from corpus.bibliography.record import Record
from corpus.bibliography.values import normal_doi, normal_title, tidy, year_in

_LABELLED_DOI = re.compile(r"(?:\bdoi\b\s*[:.]?\s*|doi\.org/)\s*(10\.\S+)", re.IGNORECASE)
_DATED = re.compile(
    r"(?:©|\(c\)|\b(?:copyright|published|accepted|received|available online|volume|vol|date)\b)"
    r".{0,40}?\b((?:19|20)\d\d)\b",
    re.IGNORECASE,
)
_BRACKETED = re.compile(r"\(((?:19|20)\d\d)\)")
_FILE_NAME = re.compile(r"\S+\.(?:pdf|docx?|html?|txt|md|indd|tex)|\S*_\S*|microsoft word .*|untitled.*", re.IGNORECASE)
_MARKS = re.compile(r"[\d*†‡§¶#∗]+(?:\s*,\s*[\d*†‡§¶#∗]+)*|[¹²³⁴⁵⁶⁷⁸⁹⁰]+")
_PERSON = re.compile(
    r"(?:[A-ZÀ-Ž][\w'’.\-]*\.?\s+)(?:(?:van|von|der|den|de|da|di|la|le|del|bin|al)\s+)*"
    r"(?:[A-ZÀ-Ž][\w'’.\-]*\s*){1,3}(?:,?\s*(?:Jr|Sr)\.?)?"
)
_NO_NAME = re.compile(
    r"\b(?:university|department|school|institute|college|hospital|journal|abstract|introduction|research|review"
    r"|study|doi|volume|received|published|press|article|open access|original|copyright)\b",
    re.IGNORECASE,
)
_LINES_OF_NAMES = 4
_LONGEST_LINE = 600
"""A longer line is a paragraph: neither a title nor a list of names."""


def guessed(title: str, first_page: str) -> Record:
    """Title, authors, year and DOI as they seem to stand on the page."""
    lines = [line for line in map(tidy, first_page.splitlines()) if line]
    head = next((line for line in lines if len(line.split()) > 2), None) if _FILE_NAME.fullmatch(title) else None
    labelled = _LABELLED_DOI.search(first_page)
    dated = _DATED.search(first_page) or _BRACKETED.search(first_page)
    return Record(
        title=head or title,
        authors=_authors(head or title, lines),
        year=year_in(dated.group(1)) if dated else None,
        doi=normal_doi(labelled.group(1) if labelled else first_page),
    )


def _authors(title: str, lines: list[str]) -> tuple[str, ...]:
    """The first line of names below the title."""
    wanted = normal_title(title)
    below = 0
    for number, line in enumerate(lines):
        said = normal_title(line) if len(line) <= _LONGEST_LINE else ""
        # A long title takes several lines, and each of them is a part of it.
        if said and (said in wanted or wanted.endswith(said)):
            below = number + 1
        elif below:
            break
    for line in lines[below : below + _LINES_OF_NAMES] if below else ():
        if len(line) > _LONGEST_LINE:
            continue
        said = re.sub(r"^by\s+", "", tidy(_MARKS.sub(" ", line)), flags=re.IGNORECASE)
        names = names_in(re.sub(r"\s+,", ",", said).strip(" ,;."))
        if names and not _NO_NAME.search(said) and all(_PERSON.fullmatch(name) for name in names):
            return names
    return ()
