"""Files → catalog: each file one source, replaced when it changed, left alone when it did not."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from corpus.catalog import Catalog
from corpus.models import CorpusError, Entry, Passage, Source
from corpus.passages import pack, sentences
from corpus.readers import SUFFIXES, Document, ReadError, read

PASSAGE_LENGTH = 1200
"""Characters of a passage, about: what a sentence model reads whole (256 word pieces)."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file: `added`, `unchanged` or `failed` with the reason."""

    file: Path
    status: str
    source_id: str | None = None
    reason: str | None = None


def ingest(paths: Sequence[Path], catalog: Catalog, done: Callable[[Outcome], None] = lambda _: None) -> list[Outcome]:
    """Store every file of a known kind at or below `paths`; one that cannot be read stops none of the others.

    Raises `CorpusError` when a path does not exist.
    """
    outcomes: list[Outcome] = []
    for file in files(paths):
        try:
            item = entry(file)
            outcome = Outcome(file, "added" if catalog.put(item) else "unchanged", item.source.id)
        except ReadError as error:
            outcome = Outcome(file, "failed", reason=str(error))
        outcomes.append(outcome)
        done(outcome)
    return outcomes


def files(paths: Sequence[Path]) -> Iterator[Path]:
    """The files named, and those of a known kind below the folders named, in order, links not followed."""
    for path in paths:
        if path.is_dir():
            yield from sorted(
                f for f in path.rglob("*") if f.suffix.lower() in SUFFIXES and f.is_file() and not f.is_symlink()
            )
        elif path.exists():
            yield path
        else:
            raise CorpusError(f"There is no file or folder {str(path)!r}. Check the path.")


def entry(file: Path) -> Entry:
    """The whole source that `file` becomes; raises `ReadError`."""
    document = read(file)
    source = Source(id=_source_id(file), title=document.title, unverified=("authors", "year", "venue", "doi"))
    return Entry(source, tuple(_passages(source.id, document)))


def _passages(source_id: str, document: Document) -> Iterator[Passage]:
    """Passages of whole sentences, none across two headings."""
    ordinal = 0
    for section, held in groupby(document.paragraphs, key=lambda paragraph: paragraph.section):
        for text in pack([paragraph.text for paragraph in held], PASSAGE_LENGTH):
            ordinal += 1
            yield Passage(f"{source_id}-{ordinal}", source_id, ordinal, text, sentences(text), section=section)


def _source_id(file: Path) -> str:
    """Stable for a path: a changed file replaces its source."""
    slug = re.sub(r"[^a-z0-9]+", "-", file.stem.lower()).strip("-")[:48] or "source"
    return f"{slug}-{hashlib.sha256(str(file.resolve()).encode()).hexdigest()[:8]}"
