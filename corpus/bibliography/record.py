"""One bibliographic record, whatever it was read from, and what of a source may leave the library."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from corpus.bibliography.names import canonical
from corpus.bibliography.values import keywords_in, normal_doi, pages_in, printable_link, tidy
from corpus.models import CorpusError, Source, Strength

FIELDS = ("title", "authors", "year", "venue", "volume", "issue", "pages", "doi", "url")
"""The bibliographic fields of a source that can be unverified."""

_MARKUP = re.compile(r"\s*<(?:p|div|br|span)\b")
_TAG = re.compile(r"<[^<>]*>")
_BOTH = re.compile(r"study[_ -]?kind\s*:\s*([^;\n]+?)\s*[;\n]\s*population\s*:\s*([^\n]+)", re.IGNORECASE)
_KIND = re.compile(r"(?:^|[;,|\n])\s*study[_ -]?kind\s*:\s*([^;,|\n]+)", re.IGNORECASE)
_POPULATION = re.compile(
    r"(?:^|[;|\n])\s*population\s*:\s*([^\n]+?)(?=\s*[;,|]\s*study[_ -]?kind\s*:|\n|$)", re.IGNORECASE
)
_KINDS = {kind.value: kind for kind in Strength} | {
    "rct": Strength.EXPERIMENT,
    "randomised-controlled-trial": Strength.EXPERIMENT,
    "randomized-controlled-trial": Strength.EXPERIMENT,
    "observational-study": Strength.OBSERVATIONAL,
    "cohort-study": Strength.OBSERVATIONAL,
    "cross-sectional-study": Strength.OBSERVATIONAL,
    "case-control-study": Strength.OBSERVATIONAL,
    "metaanalysis": Strength.META_ANALYSIS,
}


class BibliographyError(CorpusError):
    """A bibliography file cannot be read at all; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Record:
    """One bibliographic record; everything is optional."""

    title: str | None = None
    authors: tuple[str, ...] = ()
    """As a source shows them: see `names`."""
    year: int | None = None
    venue: str | None = None
    volume: str | None = None
    issue: str | None = None
    pages: str | None = None
    doi: str | None = None
    url: str | None = None
    study_kind: Strength | None = None
    population: str | None = None
    keywords: tuple[str, ...] = ()
    kind: str | None = None
    """Article, book and so on, in the words of the file."""
    key: str | None = None
    files: tuple[str, ...] = ()
    """Files that the record claims, as it writes them."""

    @property
    def content(self) -> Record:
        """What is said of the work, without what only the file it stands in is concerned with."""
        return replace(self, kind=None, key=None, files=())


@dataclass(frozen=True, slots=True)
class Records:
    """What a bibliography file holds, and what is wrong with it in plain words."""

    records: tuple[Record, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Remarks:
    """What the notes, keywords and custom fields of a record say about the study."""

    study_kind: str | None = None
    population: str | None = None
    keywords: tuple[str, ...] = ()


def remarks_in(texts: Iterable[str], keywords: Iterable[str] = ()) -> Remarks:
    """Read `study_kind: …` and `population: …` wherever a reference manager may have kept them."""
    kind = population = None
    words: list[str] = []
    for word in keywords:
        said = _said(word)
        words += [] if any(said) else [word]
        kind, population = kind or said[0], population or said[1]
    for text in texts:
        said = _said(text)
        kind, population = kind or said[0], population or said[1]
    return Remarks(kind, population, keywords_in(f"{word};" for word in words))


def _said(text: str) -> tuple[str | None, str | None]:
    if _MARKUP.match(text):
        text = _TAG.sub("\n", text).strip()
    if match := _BOTH.search(text):
        return tidy(match.group(1)) or None, tidy(match.group(2)) or None
    kind, population = _KIND.search(text), _POPULATION.search(text)
    return (tidy(kind.group(1)) or None) if kind else None, (tidy(population.group(1)) or None) if population else None


def remarks_of(record: Record) -> list[str]:
    """Lines that `remarks_in` reads back; the kind stands first, so that a population may hold any words."""
    if record.population:
        return [f"study_kind: {record.study_kind or Strength.UNKNOWN}", f"population: {record.population}"]
    return [f"study_kind: {record.study_kind}"] if record.study_kind else []


def study_kind_of(text: str) -> Strength | None:
    """The kind of study that `text` names, or nothing when it names none that is known."""
    return _KINDS.get(re.sub(r"[\s_-]+", "-", text.strip().lower()))


def unknown_kind(text: str) -> str:
    return (
        f"the study kind {text[:60]!r} is not known and the source is marked as unknown. "
        f"Known are: {', '.join(kind.value for kind in Strength)}."
    )


def verified(source: Source) -> Source:
    """`source` with every unverified field emptied, its title apart, which is what the document calls itself."""
    gone = [name for name in source.unverified if name in FIELDS and name != "title" and getattr(source, name)]
    return replace(source, **{name: () if name == "authors" else None for name in gone}) if gone else source  # type: ignore[arg-type]


def record_of(source: Source) -> Record:
    """The record of a source: verified fields only, each in its one form."""
    held = verified(source)
    kind = held.study_kind if held.study_kind != Strength.UNKNOWN else None
    return Record(
        title=tidy(held.title) or None,
        authors=tuple(name for author in held.authors if (name := canonical(author))),
        year=held.year,
        venue=tidy(held.venue or "") or None,
        volume=tidy(held.volume or "") or None,
        issue=tidy(held.issue or "") or None,
        pages=pages_in(held.pages or ""),
        doi=normal_doi(held.doi or ""),
        url=printable_link(held.url),
        study_kind=kind,
        population=tidy(held.population or "") or None,
        keywords=keywords_in(f"{word};" for word in held.keywords),
    )
