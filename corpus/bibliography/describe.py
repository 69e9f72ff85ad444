"""A document and its record → the source, with every field that nobody vouches for named as unverified."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from corpus.bibliography.guess import guessed
from corpus.bibliography.names import names_in
from corpus.bibliography.record import FIELDS, Record, study_kind_of, unknown_kind
from corpus.bibliography.values import keywords_in, link_in, normal_doi, pages_in, tidy, year_in
from corpus.models import Source, Strength
from corpus.readers import Document

_VOUCHED_FOR = frozenset({"front matter", "citation"})
_ALWAYS_WANTED = frozenset({"authors", "year", "venue", "doi"})
_JUNK_AUTHOR = re.compile(
    r"(?:unknown|user|admin\w*|author|owner|microsoft( office)?( user)?|python-docx|anonymous|\S*@\S*|\W*)",
    re.IGNORECASE,
)


def describe(document: Document, record: Record | None, source_id: str) -> Source:
    """Each field from the record, else from what the document vouches for, else, unverified, from the rest.

    The rest is what software wrote into the file and what its first page seems to say.
    """
    vouched = document.metadata.get("origin") in _VOUCHED_FOR
    said = _said(document.metadata)
    trusted = [held for held in (record, said if vouched else None) if held is not None]
    guesses = [*([] if vouched else [said]), guessed(document.title, document.first_page)]
    fields: dict[str, Any] = {}
    unverified: list[str] = []
    for name in FIELDS:
        fields[name] = next((value for held in trusted if (value := getattr(held, name))), None)
        if fields[name]:
            continue
        if name == "title":
            # The reader has weighed the file's own word against the page.
            fields[name] = guesses[-1].title or document.title
        else:
            fields[name] = next((value for held in guesses if (value := getattr(held, name))), None)
        if fields[name] or name in _ALWAYS_WANTED:
            unverified.append(name)
    return Source(
        id=source_id,
        **fields | {"authors": fields["authors"] or ()},
        study_kind=next((held.study_kind for held in trusted if held.study_kind), Strength.UNKNOWN),
        population=next((held.population for held in trusted if held.population), None),
        keywords=next((held.keywords for held in trusted if held.keywords), ()),
        unverified=tuple(unverified),
    )


def doubts(document: Document) -> tuple[str, ...]:
    """What a document says of itself and cannot be used, in plain words."""
    kind = document.metadata.get("study_kind", "").strip()
    if kind and document.metadata.get("origin") in _VOUCHED_FOR and study_kind_of(kind) is None:
        return (f"In its front matter, {unknown_kind(kind)}",)
    return ()


def _said(metadata: Mapping[str, str]) -> Record:
    def one(name: str) -> str | None:
        return tidy(metadata.get(name, "")) or None

    authors = names_in(metadata.get("authors") or metadata.get("author") or "")
    if metadata.get("origin") not in _VOUCHED_FOR:
        authors = tuple(name for name in authors if not _JUNK_AUTHOR.fullmatch(name))
    kind = study_kind_of(metadata.get("study_kind", ""))
    return Record(
        title=one("title"),
        authors=authors,
        year=year_in(metadata.get("year", "")),
        venue=one("venue") or one("publisher"),
        volume=one("volume"),
        issue=one("issue"),
        pages=pages_in(metadata.get("pages", "")),
        doi=normal_doi(metadata.get("doi", "")),
        url=link_in(metadata.get("url", "")),
        study_kind=None if kind == Strength.UNKNOWN else kind,
        population=one("population"),
        keywords=keywords_in([metadata.get("keywords", "")]),
    )
