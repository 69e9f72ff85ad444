"""Composes without a language model: reviewed findings, else exact sentences, by relevance and novelty."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

import numpy as np

from coach.verify import MIN_QUOTE, Statement
from corpus.models import Finding, MadeFinding, Passage, Span
from retrieval.embedder import Vectors
from retrieval.index import Index
from retrieval.models import Hit, Retrieval
from retrieval.store import passage_of
from retrieval.words import content_stems, library_stems

# A sentence that opens so limits the one before it and travels with it.
_CAUTION = re.compile(
    r"(?:however|nevertheless|nonetheless|but|yet|although|notably|still|caution|limitations?|"
    r"(?:these|the|our|this) (?:results?|findings?|evidence|data|effects?|associations?)\b[^.]{0,60}"
    r"\b(?:caution|limited|interpret))",
    re.IGNORECASE,
)

# A sentence that says what was asked answers nothing, however near to the question it is.
_AIM = re.compile(
    r"\b(?:we (?:asked|ask|examined?|explored?|investigated?|aimed?|sought|tested|studied|study|wanted|set out)"
    r"|(?:aims?|purpose|goal|objective|question)s? (?:of|was|is|were|are)|this (?:study|paper|article|review|chapter)"
    r" (?:examine|explore|investigate|aim|ask|seek|review|describe|address|discusse?)[sd]?)\b",
    re.IGNORECASE,
)
_FOUND = re.compile(
    r"\b(?:found|showed|shown|revealed|results?|findings?|associated|significant|suggest\w*)\b", re.IGNORECASE
)
_ASKS_ONLY = 0.2

_QUESTIONS = 24


@dataclass(frozen=True, slots=True)
class Choice:
    """How statements are chosen; the defaults were set on development data."""

    passages: int = 6
    claims: int = 4
    per_source: int = 3
    keep: float = 0.9
    """A statement is kept while its relevance is at least this share of the best one's."""
    keep_on_point: float = 0.7
    """The same for another source's statement on a point that the best statement speaks to."""
    passage: float = 0.5
    """Weight of the passage's score beside the statement's own relevance."""
    alike: float = 0.9
    """Two statements whose vectors are closer than this say the same thing."""


MAX_CLAIMS = 6
"""Most claims of one answer."""
_OFFERED = 8
_KEEP_OFFERED = 0.8
_OFFERED_PER_SOURCE = 4


class QuotingComposer:
    """Statements for a retrieval, best first; every one is a finding or a sentence of the library, unchanged."""

    def __init__(self, index: Index, choice: Choice | None = None) -> None:
        self._index = index
        self._choice = choice or Choice()

    def compose(self, retrieval: Retrieval) -> list[Statement]:
        """At most `Choice.claims` statements that speak to the query, the most relevant first."""
        return self._chosen(self._ranked(retrieval), self._choice)

    def compose_all(self, retrievals: Sequence[Retrieval]) -> list[Statement]:
        """At most `MAX_CLAIMS` statements for a message with several questions, taken from each in turn."""
        return merged(self.compose(retrieval) for retrieval in retrievals)

    def candidates(self, retrieval: Retrieval) -> list[Statement]:
        """What a language model may choose from: a few more statements than `compose` gives, by a lower floor.

        Whatever each one has to be told with is among them.
        """
        wider = replace(self._choice, claims=_OFFERED, keep=_KEEP_OFFERED, per_source=_OFFERED_PER_SOURCE)
        return self._chosen(self._ranked(retrieval), wider)

    def _ranked(self, retrieval: Retrieval) -> list[tuple[Statement, Vectors]]:
        hits = retrieval.hits[: self._choice.passages]
        if not hits:
            return []
        query = np.asarray(retrieval.vector, np.float32)
        return sorted(self._scored(retrieval, query, hits), key=lambda item: -item[0].score)

    def _scored(self, retrieval: Retrieval, vector: Vectors, hits: Sequence[Hit]) -> list[tuple[Statement, Vectors]]:
        ids = [hit.passage.id for hit in hits]
        finding_vectors = self._index.store.finding_vectors(ids)
        asked: dict[str, list[Vectors]] = {}
        for name, found in self._index.store.vectors_of(retrieval.questions[:_QUESTIONS]).items():
            asked.setdefault(passage_of(name)[0], []).append(found)
        plain = [hit.passage for hit in hits if not hit.findings]
        sentence_vectors = self._index.store.sentence_vectors(plain)
        made = self._made(plain)
        terms = set(self._index.vocabulary.match(retrieval.query))
        words = set(content_stems(retrieval.query))
        scored: list[tuple[Statement, Vectors]] = []
        for hit in hits:
            own = [finding for finding in hit.findings if finding.id in finding_vectors]
            if own:
                questions = np.stack(asked[hit.passage.id]) if hit.passage.id in asked else None
                for finding in own:
                    found = finding_vectors[finding.id]
                    relevance = _through_questions(vector, found, questions)
                    relevance += 0.08 * len(terms.intersection(finding.topics)) + 0.1 * _shared(words, finding.text)
                    scored.append(
                        (_finding_statement(hit, finding, self._choice.passage * hit.score + relevance), found)
                    )
            else:
                vectors = sentence_vectors.get(hit.passage.id, ())
                for span, members in _with_cautions(hit.passage):
                    text = span.of(hit.passage.text)
                    if len(text) >= MIN_QUOTE and not text.endswith("?") and not _suspect(hit.passage, span):
                        found = max((vectors[member] for member in members), key=lambda row: float(row @ vector))
                        relevance = float(found @ vector)
                        led = [one for one in made.get(hit.passage.id, ()) if _touches(one[0].span, span)]
                        nearest = max(led, key=lambda one: float(one[1] @ vector), default=None)
                        by = None
                        if nearest is not None and float(nearest[1] @ vector) > relevance:
                            by, relevance = nearest[0], float(nearest[1] @ vector)
                        relevance += 0.1 * _shared(words, text)
                        if _AIM.search(text) and not _FOUND.search(text):
                            relevance -= _ASKS_ONLY
                        scored.append(
                            (_sentence_statement(hit, span, self._choice.passage * hit.score + relevance, by), found)
                        )
        return scored

    def _made(self, passages: Sequence[Passage]) -> dict[str, list[tuple[MadeFinding, Vectors]]]:
        """Passage id → its machine-made findings with their vectors."""
        held = self._index.catalog.enrichments.of([passage.id for passage in passages])
        vectors = self._index.store.made_vectors(list(held)) if held else {}
        return {
            name: [(one, vectors[name, one.text]) for one in enrichment.findings if (name, one.text) in vectors]
            for name, enrichment in held.items()
        }

    def _chosen(self, ranked: list[tuple[Statement, Vectors]], choice: Choice) -> list[Statement]:
        """The most relevant statements, none twice, and what other sources say to the best one's point.

        A finding that is told with another one brings it along; where that one is out of reach, it is left out.
        """
        by_finding = {item[0].finding.id: item for item in ranked if item[0].finding}
        chosen: list[tuple[Statement, Vectors]] = []
        for statement, vector in ranked:
            best = chosen[0][0] if chosen else statement
            floor = choice.keep * best.score
            if statement.source.id != best.source.id and _points(statement) & _points(best):
                floor = choice.keep_on_point * best.score
            of_source = sum(other.source.id == statement.source.id for other, _ in chosen)
            full = of_source >= choice.per_source
            if statement.score < floor or full or self._told(statement, vector, chosen):
                continue
            told_with = statement.finding.told_with if statement.finding else None
            if told_with is not None and told_with not in by_finding:
                continue
            if told_with is not None and all(other is not by_finding[told_with][0] for other, _ in chosen):
                chosen.append(by_finding[told_with])
            chosen.append((statement, vector))
            if len(chosen) >= choice.claims:
                break
        return [statement for statement, _ in chosen]

    def _told(self, statement: Statement, vector: Vectors, chosen: list[tuple[Statement, Vectors]]) -> bool:
        """Whether a chosen statement already says the same, or stands on the same words."""
        return any(
            float(vector @ seen) > self._choice.alike
            or (other.passage.id == statement.passage.id and not set(statement.spans).isdisjoint(other.spans))
            for other, seen in chosen
        )


def merged(composed: Iterable[Sequence[Statement]]) -> list[Statement]:
    """At most `MAX_CLAIMS` statements of what was composed for several questions, taken from each in turn."""
    return in_turn(list(composed))[:MAX_CLAIMS]


def in_turn(composed: Sequence[Sequence[Statement]]) -> list[Statement]:
    """The first of each, then the second of each and so on; none twice."""
    merged = [statement for row in zip_longest(*composed) for statement in row if statement is not None]
    return list(reversed({identity(statement): statement for statement in reversed(merged)}.values()))


def identity(statement: Statement) -> tuple[str, tuple[Span, ...], str]:
    """What makes two statements the same one, whatever question each was found for."""
    return statement.passage.id, statement.spans, statement.text


def _suspect(passage: Passage, span: Span) -> bool:
    """Whether the span touches a sentence that speaks to a machine rather than to a reader."""
    return any(_touches(other, span) for other in passage.suspect)


def _touches(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


def _points(statement: Statement) -> set[str]:
    return {position.point for position in statement.positions}


def _through_questions(query: Vectors, finding: Vectors, questions: Vectors | None) -> float:
    """How near a finding is to the query, directly or through a question that the passage is known to answer."""
    direct = float(query @ finding)
    if questions is None:
        return direct
    return max(direct, float(np.max((questions @ query) * np.sqrt(np.clip(questions @ finding, 0, 1)))))


def _shared(words: set[str], text: str) -> float:
    return len(words & library_stems(text)) / len(words) if words else 0.0


def _with_cautions(passage: Passage) -> Iterator[tuple[Span, list[int]]]:
    """Each sentence of a passage with the sentences after it that limit it, and the positions of all of them."""
    held: list[int] = []
    for position, span in enumerate(passage.sentences):
        if held and not _CAUTION.match(span.of(passage.text)):
            yield Span(passage.sentences[held[0]].start, passage.sentences[held[-1]].end), held
            held = []
        held.append(position)
    if held:
        yield Span(passage.sentences[held[0]].start, passage.sentences[held[-1]].end), held


def _finding_statement(hit: Hit, finding: Finding, score: float) -> Statement:
    return Statement(finding.text, hit.passage, hit.source, finding.spans, finding.strength, score, finding)


def _sentence_statement(hit: Hit, span: Span, score: float, made: MadeFinding | None) -> Statement:
    text, kind = span.of(hit.passage.text), hit.source.study_kind
    return Statement(text, hit.passage, hit.source, (span,), kind, score, made=made)
