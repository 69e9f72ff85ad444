"""The test double at the embedding seam, and small library values to feed it."""

from __future__ import annotations

import hashlib

import numpy as np

from corpus.models import Entry, Finding, Passage, Source
from corpus.passages import sentences
from retrieval.embedder import Embedder, Vectors
from retrieval.words import content_stems


class BagOfWords(Embedder):
    """An embedder that ranks: each content stem is one of `dimension` directions, so shared words make texts near.

    One direction belongs to every text, so that a text without words has a vector too. It records what it was asked.
    """

    def __init__(self, dimension: int = 256, fingerprint: str = "bag-of-words") -> None:
        self.fingerprint = fingerprint
        self.dimension = dimension
        self.embedded: list[str] = []

    def vectors(self, texts: list[str]) -> Vectors:
        self.embedded += texts
        return np.stack([self._bag(text) for text in texts]) if texts else np.zeros((0, self.dimension), np.float32)

    def vector(self, query: str) -> Vectors:
        return self._bag(query)

    def _bag(self, text: str) -> Vectors:
        bag = np.zeros(self.dimension, np.float32)
        bag[0] = 0.3
        for word in content_stems(text):
            bag[1 + int(hashlib.sha256(word.encode()).hexdigest(), 16) % (self.dimension - 1)] += 1.0
        return np.asarray(bag / np.linalg.norm(bag), np.float32)


def passage(passage_id: str, source_id: str, text: str, ordinal: int = 1, **more: str) -> Passage:
    """A passage with its sentences as ingestion finds them."""
    return Passage(passage_id, source_id, ordinal, text, sentences(text), **more)  # type: ignore[arg-type]


def entry(
    source: Source, *texts: str, findings: tuple[Finding, ...] = (), questions: tuple[tuple[str, str], ...] = ()
) -> Entry:
    """A source whose passages are `<id>-1`, `<id>-2` and so on."""
    held = (passage(f"{source.id}-{n}", source.id, text, n) for n, text in enumerate(texts, start=1))
    return Entry(source, tuple(held), findings, questions)
