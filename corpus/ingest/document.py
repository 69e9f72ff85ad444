"""A document read → the whole source that it becomes: passages of whole sentences, and what is noted about it."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby

from corpus.models import Flag, Passage, Source
from corpus.passages import pack, sentences
from corpus.readers import Document, Paragraph
from corpus.suspect import Judge

PASSAGE_LENGTH = 1200
"""Characters of a passage, about: what a sentence model reads whole (256 word pieces)."""
_FIND = 80


def source_id_of(name: str, stem: str) -> str:
    """Stable for a document's name: a changed file replaces its source."""
    slug = re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-")[:48].strip("-") or "source"
    return f"{slug}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def passages_of(source: Source, document: Document) -> tuple[Passage, ...]:
    """Passages of whole sentences, none across two headings; each knows its page, and its sentences that are suspect.

    A passage's id holds a digest of its text: what was cited once is never found changed under the same id.
    """
    judge = Judge(document.title, [paragraph.text for paragraph in document.paragraphs])
    seen: Counter[str] = Counter()
    passages: list[Passage] = []
    for section, held in groupby(document.paragraphs, key=lambda paragraph: paragraph.section):
        for text, page in _packed(list(held)):
            name = hashlib.sha256(text.encode()).hexdigest()[:8]
            seen[name] += 1
            spans = sentences(text)
            passages.append(
                Passage(
                    id=f"{source.id}-{name}" + (f"-{seen[name]}" if seen[name] > 1 else ""),
                    source_id=source.id,
                    ordinal=len(passages) + 1,
                    text=text,
                    sentences=spans,
                    page=page,
                    section=section,
                    suspect=judge.suspect(text, spans),
                )
            )
    return tuple(passages)


def flags_of(document: Document, passages: Sequence[Passage]) -> tuple[str, ...]:
    """What a reader should know of the document."""
    flags = []
    if any(passage.suspect for passage in passages) or Judge(document.title, []).speaks_to_a_machine(
        f"{document.title}\n{document.hidden}"
    ):
        flags.append(Flag.INSTRUCTIONS.value)
    if document.hidden.strip():
        flags.append(Flag.HIDDEN_TEXT.value)
    return tuple(flags)


def _packed(paragraphs: Sequence[Paragraph]) -> Iterator[tuple[str, int | None]]:
    """Passage texts with the page on which each starts."""
    place = offset = 0
    for text in pack([paragraph.text for paragraph in paragraphs], PASSAGE_LENGTH):
        head = text[:_FIND].split("\n\n")[0]
        for number in range(place, len(paragraphs)):
            found = paragraphs[number].text.find(head, offset if number == place else 0)
            if found >= 0:
                place, offset = number, found + 1
                break
        yield text, paragraphs[place].page
