"""What goes into retrieval and what comes out: queries, filters, hits, and the errors on the way."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from corpus.bibliography import verified
from corpus.models import Finding, Passage, Source, Strength


class RetrievalError(Exception):
    """Base of every error that retrieval raises; the message names the thing and the next step."""


@dataclass(frozen=True, slots=True)
class Filters:
    """Which sources may answer; an empty filter lets every source through."""

    sources: Collection[str] = ()
    study_kinds: Collection[Strength] = ()
    year_from: int | None = None
    year_to: int | None = None
    population: str | None = None
    """Words that must stand in the source's population, in any case."""

    def admit(self, source: Source) -> bool:
        """Whether `source` passes; a source whose year or population nobody verified fails a filter on it."""
        if self.sources and source.id not in self.sources:
            return False
        if self.study_kinds and source.study_kind not in self.study_kinds:
            return False
        year, population = verified(source).year, verified(source).population
        if self.year_from is not None and (year is None or year < self.year_from):
            return False
        if self.year_to is not None and (year is None or year > self.year_to):
            return False
        return self.population is None or self.population.lower() in (population or "").lower()

    @property
    def empty(self) -> bool:
        return self == Filters()


@dataclass(frozen=True, slots=True)
class Hit:
    """A scored passage; `score` is the fused score in 0–1, comparable within one query only."""

    passage: Passage
    source: Source
    score: float
    dense: float
    """Best cosine of the query with any representation of the passage."""
    lexical: float
    """BM25 of the passage (higher is better), 0 where no word matched."""
    findings: tuple[Finding, ...] = ()
    """What was reviewed of the passage."""


@dataclass(frozen=True, slots=True)
class Signals:
    """What the coverage model sees of one retrieval; every value is 0 where nothing was found.

    `near`, `near_many` and `statement` are cosines after the library's mean vector is taken off both sides: what is
    left is what the question asks beyond what everything in the library is about.
    """

    near: float = 0.0
    """The nearest representation."""
    near_many: float = 0.0
    """Mean over the twenty nearest representations."""
    statement: float = 0.0
    """The nearest finding; where none is near, the nearest passage."""
    margin: float = 0.0
    """How far the best passage's plain cosine stands above the mean of the candidates'."""
    gap: float = 0.0
    """How far the best hit's score stands above the second's."""
    lexical: float = 0.0
    """Share of the query's word weight (idf) that the best of the first hits contains."""
    foreign: float = 0.0
    """Weight (idf, 0-1 each) of the query's vocabulary terms that none of the first hits is about."""
    length: float = 0.0
    """Content words of the query, at most 12, in twelfths."""
    missing: float = 0.0
    """Content words of the query that the best hit does not contain, in the same unit."""


@dataclass(frozen=True, slots=True)
class Retrieval:
    """One query's outcome: its hits, best first, the signals, and the query's vector for choosing sentences."""

    query: str
    hits: tuple[Hit, ...]
    signals: Signals
    curated: bool = False
    """Whether the best hit has findings or questions of its own, or nothing but its text."""
    vector: tuple[float, ...] = field(repr=False, default=())
    questions: tuple[str, ...] = ()
    """Ids of the stored questions nearest to the query, nearest first."""
    spoken: bool = False
    """Whether the query speaks of a term of the vocabulary, and the first hits of mentoring."""
    unheard: tuple[str, ...] = ()
    """The field's terms that the query speaks of and no passage does."""
    silent: bool = False
    """Whether what the query asks is about such a term, and the best hit about nothing else that it speaks of."""
    by_words: bool = False
    """Whether the vector index did not answer: only what shares words with the query could be found for certain."""
