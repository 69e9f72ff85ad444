"""What reading a file gives: the document, its paragraphs, and the error that says why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from corpus.models import CorpusError

FIRST_PAGE = 3000
"""Characters of `Document.first_page`, at most."""


class ReadError(CorpusError):
    """A file cannot become a document; the message says why and what to do."""


class Refused(Exception):  # noqa: N818 - no fault of the program
    """Why one kind of file is not read, as the rest of a sentence that begins with the file's name."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: str
    section: str | None = None
    """The heading that it stands under."""
    page: int | None = None
    """The page on which it starts, from 1, where the file has pages."""


@dataclass(frozen=True, slots=True)
class Document:
    """A file being ingested. Its text is data: markup is taken off and nothing in it is followed."""

    title: str
    paragraphs: tuple[Paragraph, ...]
    """The body: references, headers, footers and boilerplate are left out."""
    metadata: Mapping[str, str] = field(default_factory=dict)
    """What the file says of itself, under lower-case names. `origin` tells how far to trust it: `front matter`,
    `citation` (`<meta name="citation_…">`) or `properties` (whatever software wrote into it)."""
    first_page: str = ""
    """The beginning as printed, nothing left out, for guesses about the publication."""
    removed: tuple[str, ...] = ()
    """What was left out, in plain words."""
    hidden: str = ""
    """Text that somebody who looks at the document does not see; never to be quoted."""


@dataclass(slots=True)
class Block:
    """A heading or a paragraph in reading order, before anything is left out."""

    text: str
    level: int = 0
    """1 for the highest heading and so on; 0 for a paragraph."""
    page: int | None = None


@dataclass(slots=True)
class Draft:
    """What a reader of one kind of file finds."""

    title: str | None
    blocks: list[Block]
    metadata: dict[str, str] = field(default_factory=dict)
    first_page: str | None = None
    removed: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
