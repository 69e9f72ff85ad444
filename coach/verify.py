"""Pure checks of statements against the passages they stand on; guards only ever refuse or downgrade."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from coach.answers import Support, Verdict
from corpus.models import Finding, MadeFinding, Passage, Position, Source, Span, Strength

MIN_QUOTE = 12
"""Shortest quote in characters: less proves nothing."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence that wants to become a claim, with the spans of one passage that it stands on."""

    text: str
    passage: Passage
    source: Source
    spans: tuple[Span, ...]
    strength: Strength
    score: float
    """Relevance to the query; comparable within one answer only."""
    finding: Finding | None = None
    made: MadeFinding | None = None
    """A model's sentence for the same words that led here. Where paraphrase is off it is never seen."""

    @property
    def positions(self) -> tuple[Position, ...]:
        return self.finding.positions if self.finding else ()

    @property
    def topics(self) -> tuple[str, ...]:
        return self.finding.topics if self.finding else ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a statement may not be shown."""

    reason: str


def verify(statement: Statement, hits: Mapping[str, Passage], findings: Mapping[str, Finding]) -> Support | Refusal:
    """The verdict on a statement, given this turn's passages and the library's reviewed findings by id.

    `quoted`: its text is, letter by letter, what its span holds. `curated`: it is a stored finding, unchanged, on that
    finding's own spans. Everything else is refused.
    """
    passage = hits.get(statement.passage.id)
    if passage is None:
        return Refusal("passage is no hit of this turn")
    if passage != statement.passage:
        return Refusal("passage differs from the hit")
    if passage.source_id != statement.source.id:
        return Refusal("source is not the passage's")
    if not statement.spans:
        return Refusal("no quote")
    for span in statement.spans:
        if not 0 <= span.start < span.end <= len(passage.text):
            return Refusal("quote lies outside its passage")
        if len(span.of(passage.text).strip()) < MIN_QUOTE:
            return Refusal("quote is too short")
    if statement.finding is not None:
        finding = findings.get(statement.finding.id)
        if finding is None or finding.passage_id != passage.id:
            return Refusal("finding is not in the library")
        if finding != statement.finding:
            return Refusal("finding was altered")
        if (finding.text, finding.spans, finding.strength) != (statement.text, statement.spans, statement.strength):
            return Refusal("finding was altered")
        return Support(verdict=Verdict.CURATED, score=1.0)
    if [statement.text] != [span.of(passage.text) for span in statement.spans]:
        return Refusal("text is not its quote")
    return Support(verdict=Verdict.QUOTED, score=1.0)
