"""The library's typed values: sources, passages, sentences, findings and their enumerations."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class CorpusError(Exception):
    """Base of every error that the corpus raises; the message names the thing and the next step."""


class Strength(StrEnum):
    """What a statement rests on, or what kind of study a source is."""

    EXPERIMENT = "experiment"
    OBSERVATIONAL = "observational"
    SYSTEMATIC_REVIEW = "systematic-review"
    META_ANALYSIS = "meta-analysis"
    NARRATIVE_REVIEW = "narrative-review"
    CONSENSUS = "consensus"
    EVALUATION = "evaluation"
    THEORY = "theory"
    COMMENTARY = "commentary"
    QUOTATION = "quotation"
    UNKNOWN = "unknown"


class Stance(StrEnum):
    """How one source stands to a point that several sources speak to."""

    SUPPORTS = "supports"
    MIXED = "mixed"
    NO_EFFECT = "no-effect"
    CONTRADICTS = "contradicts"


class Flag(StrEnum):
    """What is noted about a source's document."""

    INSTRUCTIONS = "instructions"
    HIDDEN_TEXT = "hidden-text"


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of characters in a passage's text."""

    start: int
    end: int

    def of(self, text: str) -> str:
        return text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Source:
    """A publication. A field that nobody has verified is `None` or empty, never guessed."""

    id: str
    title: str
    authors: tuple[str, ...] = ()
    year: int | None = None
    venue: str | None = None
    volume: str | None = None
    issue: str | None = None
    pages: str | None = None
    doi: str | None = None
    url: str | None = None
    study_kind: Strength = Strength.UNKNOWN
    population: str | None = None
    caveats: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    lead: str | None = None
    """Framing words before its claims, in the product's own voice, without a closing colon."""
    unverified: tuple[str, ...] = ()
    """Names of the bibliographic fields still without evidence."""
    founding: bool = False
    flags: tuple[str, ...] = ()
    """What a reader should know of the document it came from: see `Flag`."""


@dataclass(frozen=True, slots=True)
class Passage:
    """An excerpt with a stable id: the unit that is retrieved and cited."""

    id: str
    source_id: str
    ordinal: int
    text: str
    sentences: tuple[Span, ...]
    original_text: str | None = None
    """The text before repair; `None` where nothing was repaired."""
    page: int | None = None
    section: str | None = None
    suspect: tuple[Span, ...] = ()
    """Sentences that read like an instruction to whoever processes the document: never quoted as a finding."""

    @property
    def repaired(self) -> bool:
        return self.original_text is not None


@dataclass(frozen=True, slots=True)
class Position:
    """A finding's stance on a point that several sources speak to."""

    point: str
    stance: Stance


@dataclass(frozen=True, slots=True)
class Finding:
    """One plain-language statement that a passage supports, anchored to its exact spans."""

    id: str
    passage_id: str
    text: str
    spans: tuple[Span, ...]
    strength: Strength
    hedge: str | None = None
    """The hedging words exactly as they stand in one of the spans."""
    topics: tuple[str, ...] = ()
    positions: tuple[Position, ...] = ()
    reported_by: str | None = None
    """The in-text reference to the work that the passage credits, as written there."""
    told_with: str | None = None
    """Id of the finding without which this one misleads: a prediction is not told without its result."""


@dataclass(frozen=True, slots=True)
class MadeFinding:
    """A model's sentence that passed the checks, and the whole sentences of the passage that it rests on.

    No `Finding`: nobody has reviewed it, so that nothing may take it for one.
    """

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Enrichment:
    """What one model contributed to one passage."""

    passage_id: str
    made_by: str
    """The model, as `provider:name`."""
    findings: tuple[MadeFinding, ...] = ()
    questions: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        return len(self.findings) + len(self.questions)


@dataclass(frozen=True, slots=True)
class Entry:
    """A whole source as it enters the catalog: what is stored or replaced in one transaction."""

    source: Source
    passages: tuple[Passage, ...]
    findings: tuple[Finding, ...] = ()
    questions: tuple[tuple[str, str], ...] = field(default=())
    """Pairs of passage id and a question that the passage answers."""
