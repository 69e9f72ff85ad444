"""Sources → BibTeX, RIS or CSL-JSON that a reference manager reads back without loss."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Literal

from corpus.bibliography import bibtex, csl, ris
from corpus.bibliography.names import parts_of
from corpus.bibliography.record import Record, record_of
from corpus.models import Source

Form = Literal["bibtex", "ris", "csl"]

_WRITERS = {"bibtex": bibtex.write, "ris": ris.write, "csl": csl.write}
_PUBLISHER = re.compile(r"\b(?:press|publish\w*|verlag|books?|éditions?)\b", re.IGNORECASE)
_SMALL = frozenset(
    (
        *("a", "an", "and", "at", "by", "do", "does", "for", "from", "how", "in", "is", "of", "on", "or", "the", "to"),
        *("what", "when", "who", "why", "with"),
    )
)


def export(sources: Sequence[Source], form: Form) -> str:
    """Verified fields of `sources`, always in the same order and under the same keys."""
    ordered = sorted(((record_of(source), source.id) for source in sources), key=_order)
    return _WRITERS[form](_keyed(replace(record, kind=_kind(record)) for record, _ in ordered))


def _order(held: tuple[Record, str]) -> tuple[str, int, str, str]:
    record, source_id = held
    return _author(record), record.year or 9999, record.title or "", source_id


def _kind(record: Record) -> str | None:
    if not record.venue:
        return None
    in_a_journal = record.volume or record.issue or record.pages
    return "book" if _PUBLISHER.search(record.venue) and not in_a_journal else "article"


def _keyed(records: Iterable[Record]) -> Iterator[tuple[str, Record]]:
    """Author, year and the first telling word of the title, and a number where that is taken."""
    taken: set[str] = set()
    for record in records:
        words = [word for word in _ascii(record.title or "").split("-") if word and word not in _SMALL]
        base = "-".join((_author(record), str(record.year or "nd"), words[0] if words else "untitled"))
        key, number = base, 2
        while key in taken:
            key, number = f"{base}-{number}", number + 1
        taken.add(key)
        yield key, record


def _author(record: Record) -> str:
    return (_ascii(parts_of(record.authors[0]).family)[:40].strip("-") if record.authors else "") or "anon"


def _ascii(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).replace("'", "").replace("’", "").encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")
