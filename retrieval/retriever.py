"""A query → hits: dense and lexical candidates, fused, collapsed to passages, filtered and without duplicates."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.cross_encoders import BaseCrossEncoder
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict, Field, PrivateAttr

from corpus.models import Passage
from retrieval.asked import Words, words_of
from retrieval.embedder import Vectors
from retrieval.index import Index
from retrieval.lexical import FieldWeights, LexicalEntry
from retrieval.models import Filters, Hit, Retrieval, RetrievalError, Signals
from retrieval.spelling import Spelling
from retrieval.store import MADE_KINDS, passage_of
from retrieval.vectors import IndexDamagedError
from retrieval.words import content_stems, stem

_NEAREST = 20
_STATEMENTS = 3
_FIRST = 3
_DEPTH = 80
_MOST_PER_PASSAGE = 5
_RERANKED = 20
_FEW = 5000
# How much of a follow-up's vector is its own: for each of its content words, and at most.
_OWN_PER_WORD = 0.15
_MOST_OWN = 0.6
_FIELD = frozenset(map(stem, ("mentor", "mentored", "mentoring", "mentorship", "mentee", "protege")))
WRITTEN_KINDS = frozenset({"passage", "finding", "question"})
"""The representations that people wrote: coverage is judged from these alone."""
_KINDS = WRITTEN_KINDS | MADE_KINDS


@dataclass(frozen=True, slots=True)
class Fusion:
    """The weights of one ranking. The defaults were fitted on development data by `python -m evals.fit_fusion`."""

    dense: float = 0.5
    """The dense share of the convex combination (Bruch et al. 2023); the lexical share is the rest."""
    kinds: Collection[str] = _KINDS
    """Which representations lead to their passage."""
    fields: FieldWeights = field(default_factory=lambda: FieldWeights(title=2.0, body=1.0, more=0.5, concepts=1.0))


@dataclass(slots=True)
class _Candidate:
    dense: float = 0.0
    written: float = 0.0
    """As `dense`, by what people wrote alone."""
    lexical: float = 0.0
    score: float = 0.0


class Retriever(BaseRetriever):
    """The LangChain face of retrieval: `invoke(query)` gives documents, `retrieve` the typed outcome."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    index: Index
    top_k: int = Field(default=8, ge=1, le=100)
    fusion: Fusion = Fusion()
    reranker: BaseCrossEncoder | None = None
    _spelling: Spelling = PrivateAttr()

    def retrieve(
        self,
        query: str,
        *,
        asked: str | None = None,
        top_k: int | None = None,
        filters: Filters | None = None,
        known: Mapping[str, Vectors] | None = None,
    ) -> Retrieval:
        """The best passages for `query`, one hit a passage, never two with the same text.

        Slips of the keyboard are mended first. `asked` is the part of a follow-up's query that is new; the more it says
        by itself, the more it counts.
        `known` holds vectors of texts that were already made in this turn.
        """
        wanted = self.top_k if top_k is None else top_k
        if not 1 <= wanted <= 100:
            raise RetrievalError(f"top_k is {wanted!r}; ask for 1 to 100 passages.")
        filters = filters or Filters()
        self.index.refresh()
        query = self.mended(query)
        asked = None if asked is None else self.mended(asked)
        vector = self._vector(query, asked, known or {})
        # As many representations as ten times the wanted passages have, within bounds; filters over-fetch, since a
        # `where` costs ten times a plain search.
        depth = max(_DEPTH, wanted * 10) * min(self.index.per_passage, _MOST_PER_PASSAGE)
        limit = self.index.held if not filters.empty else depth
        while True:
            found = self._candidates(query, vector, depth)
            hits = self._admit(found.by_passage, max(wanted, _RERANKED) if self.reranker else wanted, filters)
            if len(hits) >= wanted or depth >= limit:
                hits = self._reranked(query, hits)[:wanted]
                entries = self.index.store.entries_of([hit.passage.id for hit in hits[:_FIRST]])
                if len(entries) < len(hits[:_FIRST]):
                    continue  # A source was deleted or replaced under the search.
                return Retrieval(
                    query=query,
                    hits=tuple(hits),
                    signals=self._signals(found, hits, entries, vector),
                    curated=bool(hits) and bool(entries[hits[0].passage.id].more),
                    vector=tuple(map(float, vector)),
                    questions=found.questions,
                    spoken=bool(found.words.concepts) and _of_the_field(entries),
                    unheard=tuple(self.index.vocabulary.terms[term].label for term in found.words.unheard),
                    silent=bool(hits) and found.words.silent(entries[hits[0].passage.id]),
                    by_words=found.by_words,
                )
            depth *= 8

    def model_post_init(self, context: Any) -> None:
        self._spelling = Spelling(self.index.vocabulary.words)

    def mended(self, query: str) -> str:
        """`query` without slips of the keyboard: what `retrieve` looks for."""

        def counts(stems: Sequence[str]) -> Mapping[str, int]:
            with self.index.catalog.database.read() as connection:
                return self.index.lexical.frequencies(connection, stems)

        return self._spelling.mended(query, counts)

    def _vector(self, query: str, asked: str | None, known: Mapping[str, Vectors]) -> Vectors:
        def vector_of(text: str) -> Vectors:
            return known[text] if text in known else self.index.embedder.vector(text)

        vector = vector_of(query)
        if asked is None:
            return vector
        share = min(_MOST_OWN, _OWN_PER_WORD * len(content_stems(asked)))
        mixed = (1 - share) * vector + share * vector_of(asked)
        return np.asarray(mixed / np.linalg.norm(mixed), np.float32)

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        return [
            Document(
                id=hit.passage.id,
                page_content=hit.passage.text,
                metadata={
                    "passage_id": hit.passage.id,
                    "source_id": hit.source.id,
                    "source_title": hit.source.title,
                    "score": hit.score,
                },
            )
            for hit in self.retrieve(query).hits
        ]

    def _candidates(self, query: str, vector: Vectors, depth: int) -> _Candidates:
        found: dict[str, _Candidate] = {}
        words = words_of(query, self.index, concepts=self.fusion.fields.concepts > 0)
        spoken = dict(self._lexical(words, depth)) if self.fusion.dense < 1 else {}
        nearest, by_words = self._nearest(vector, depth, spoken) if self.fusion.dense > 0 else ([], False)
        written: list[str] = []
        by_kind: dict[str, list[str]] = {}
        for name, cosine in nearest:
            passage_id, kind = passage_of(name)
            if kind not in MADE_KINDS:
                written.append(name)
                by_kind.setdefault(kind, []).append(name)
            if kind in self.fusion.kinds:
                if (candidate := found.get(passage_id)) is None:
                    candidate = found[passage_id] = _Candidate()
                candidate.dense = max(candidate.dense, cosine)
                if kind not in MADE_KINDS:
                    candidate.written = max(candidate.written, cosine)
        floor = min((candidate.dense for candidate in found.values()), default=0.0)
        for passage_id, score in spoken.items():
            found.setdefault(passage_id, _Candidate(dense=floor)).lexical = score
        for candidate in found.values():
            candidate.written = max(candidate.written, floor)
        self._fuse(found, floor)
        return _Candidates(
            by_passage=found,
            words=words,
            nearest=written[:_NEAREST],
            statements=(by_kind.get("finding") or by_kind.get("passage") or [])[:_STATEMENTS],
            questions=tuple(by_kind.get("question", ())),
            by_words=by_words,
        )

    def _nearest(self, vector: Vectors, depth: int, spoken: Collection[str]) -> tuple[list[tuple[str, float]], bool]:
        """The nearest representations, and whether they are those of the passages that share words with the query.

        Without the vector index the stored vectors are compared one by one: of a small library all of them.
        """
        try:
            return self.index.search(vector, depth), False
        except IndexDamagedError:
            among = None if self.index.held <= _FEW else spoken
            return self.index.store.nearest(vector, depth, among), True

    def _lexical(self, words: Words, depth: int) -> list[tuple[str, float]]:
        with self.index.catalog.database.read() as connection:
            rows = self.index.lexical.search(connection, (*words.searched, *words.concepts), self.fusion.fields, depth)
        names = self.index.store.passages_of([row for row, _ in rows])
        return [(names[row], score) for row, score in rows if row in names]

    def _fuse(self, candidates: dict[str, _Candidate], floor: float) -> None:
        """Convex combination of the two scores, each scaled to 0–1 over the candidates."""
        highest = max((candidate.dense for candidate in candidates.values()), default=0.0)
        best = max((candidate.lexical for candidate in candidates.values()), default=0.0)
        for candidate in candidates.values():
            dense = (candidate.dense - floor) / (highest - floor) if highest > floor else 1.0
            lexical = candidate.lexical / best if best > 0 else 0.0
            candidate.score = self.fusion.dense * dense + (1 - self.fusion.dense) * lexical

    def _admit(self, candidates: dict[str, _Candidate], wanted: int, filters: Filters) -> list[Hit]:
        """Load the best candidates' passages, drop what the filters refuse and what repeats a better hit's text."""
        ranked = sorted(candidates.items(), key=lambda item: (-item[1].score, item[0]))
        hits: list[Hit] = []
        seen: set[str] = set()
        step = wanted + 4 if filters.empty else max(64, wanted)
        for start in range(0, len(ranked), step):
            part = ranked[start : start + step]
            current = self.index.current.of([name for name, _ in part])
            for name, candidate in part:
                held = current.get(name)
                if held is None or not filters.admit(held.source):
                    continue
                if (text := _normal(held.passage)) in seen:
                    continue
                seen.add(text)
                score = min(1.0, candidate.score)
                hit = Hit(held.passage, held.source, score, candidate.dense, candidate.lexical, held.findings)
                hits.append(hit)
                if len(hits) == wanted:
                    return hits
        return hits

    def _reranked(self, query: str, hits: list[Hit]) -> list[Hit]:
        """The first hits in the cross-encoder's order, the others after them; as they are without one."""
        if self.reranker is None or not hits:
            return hits
        first, rest = hits[:_RERANKED], hits[_RERANKED:]
        scores = self.reranker.score([(query, f"{hit.source.title}. {hit.passage.text}") for hit in first])
        judged = [replace(hit, score=score) for hit, score in zip(first, scores, strict=True)]
        lowest = min(scores)
        return sorted(judged, key=lambda hit: -hit.score) + [replace(hit, score=lowest * hit.score) for hit in rest]

    def _signals(
        self, found: _Candidates, hits: list[Hit], entries: dict[str, LexicalEntry], vector: Vectors
    ) -> Signals:
        words = found.words
        length = min(12, len(words.weights)) / 12
        if not hits or not found.nearest:
            return Signals(length=length)
        centered = self._centered([*found.nearest, *found.statements], vector)
        near = [centered[name] for name in found.nearest if name in centered]
        statements = [centered[name] for name in found.statements if name in centered]
        cosines = [candidate.written for candidate in found.by_passage.values()]
        best = max(found.by_passage[hit.passage.id].written for hit in hits)
        held = max(words.concepts_in(entry) for entry in entries.values())
        absent = len(words.weights.keys() - entries[hits[0].passage.id].words())
        return Signals(
            near=max(near, default=0.0),
            near_many=sum(near) / max(1, len(near)),
            statement=max(statements, default=0.0),
            margin=best - sum(cosines) / len(cosines),
            gap=hits[0].score - hits[1].score if len(hits) > 1 else 0.0,
            lexical=max(words.share_in(entry) for entry in entries.values()),
            foreign=sum(words.concepts.values()) - held,
            length=length,
            missing=min(12, absent) / 12,
        )

    def _centered(self, names: list[str], vector: Vectors) -> dict[str, float]:
        """Cosines with the named representations after the library's mean is taken off both sides."""
        held = self.index.store.vectors_of(names)
        if not held:
            return {}
        stored = np.stack(list(held.values())) - self.index.center
        query = vector - self.index.center
        lengths = np.linalg.norm(stored, axis=1) * np.linalg.norm(query)
        return dict(zip(held, (stored @ query / np.maximum(lengths, 1e-9)).tolist(), strict=True))


@dataclass(frozen=True, slots=True)
class _Candidates:
    by_passage: dict[str, _Candidate]
    words: Words
    nearest: list[str]
    """Ids of the nearest representations."""
    statements: list[str]
    """Ids of the nearest findings; without any, of the nearest passages."""
    questions: tuple[str, ...]
    by_words: bool
    """Whether the vector index did not answer."""


def _of_the_field(entries: dict[str, LexicalEntry]) -> bool:
    """Whether any of the passages speaks of mentoring: "way stop" or "goals" are terms of the field only there."""
    return any(not _FIELD.isdisjoint(entry.words()) for entry in entries.values())


def _normal(passage: Passage) -> str:
    return " ".join(passage.text.lower().split())
