"""The gate's second layer: a linear reading of the embedding model's layers says what kind of message this is.

The vector that finds passages tells what a message is about, and hardly who is in trouble; the layers below it do
(docs/decisions/004). They come with the vector, so that nothing is embedded twice.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from io import BytesIO
from typing import Self

import numpy as np
from numpy.typing import NDArray

from corpus.passages import sentences
from retrieval.embedder import Embedder, Reading

ORDINARY = "ordinary"
_LONG = 100
_WINDOW = 30


@dataclass(frozen=True, slots=True)
class Weights:
    """How the signs add up to a crisis or to a question out of scope; fitted, with the thresholds, on exemplars."""

    intercept: float
    odds: float
    phrases: float
    threshold: float
    scope: float

    def probability(self, odds: float, phrases: bool) -> float:
        """Of a crisis."""
        total = self.intercept + self.odds * odds + self.phrases * phrases
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


@dataclass(frozen=True, slots=True)
class Judged:
    """What the probe makes of one message."""

    concern: str
    """The likeliest concern, if it is one."""
    subject: str
    """The likeliest kind of question that is out of scope, if it is one."""
    odds: float
    """Log odds of a crisis."""
    scope: float
    """Log odds that it is out of scope."""
    weights: Weights

    def crisis(self, phrases: bool) -> bool:
        """Whether it counts as a crisis, given whether its phrases tell of one."""
        return self.weights.probability(self.odds, phrases) >= self.weights.threshold

    @property
    def out_of_scope(self) -> bool:
        return self.scope >= self.weights.scope


class Probe:
    """A softmax over kinds of messages: the concerns, the subjects out of scope, and ordinary ones."""

    def __init__(
        self, kinds: list[str], concerns: list[str], matrix: NDArray[np.float32], fingerprint: str, weights: Weights
    ) -> None:
        """`matrix`: a row a kind, the last column its constant."""
        self._matrix, self._constant = matrix[:, :-1], matrix[:, -1]
        self._concerns = {kind: at for at, kind in enumerate(kinds) if kind in concerns}
        self._subjects = {kind: at for at, kind in enumerate(kinds) if kind not in (*concerns, ORDINARY)}
        self.fingerprint = fingerprint
        self._weights = weights

    @classmethod
    def load(cls) -> Self:
        """The packaged probe."""
        folder = resources.files("coach")
        data = json.loads(folder.joinpath("probe.json").read_text("utf-8"))
        matrix = np.load(BytesIO(folder.joinpath("probe.npy").read_bytes()), allow_pickle=False).astype(np.float32)
        return cls(data["kinds"], data["concerns"], matrix, data["fingerprint"], Weights(**data["weights"]))

    def reads(self, embedder: Embedder) -> bool:
        """Whether it was fitted on this embedding model; of another it understands nothing."""
        return embedder.fingerprint == self.fingerprint

    def judge(self, text: str, reading: Reading, embedder: Embedder) -> Judged | None:
        """What `text` is, read as `reading`; `None` for a model that shows no layers.

        Only of a message of many words are parts embedded, too: what stands in its middle must not be averaged away.
        """
        if reading.layers is None:
            return None
        scores = self.scores(reading.layers)
        parts = [part.layers for part in embedder.read(list(windows(text)))]
        return Judged(
            concern=max(self._concerns, key=lambda kind: scores[self._concerns[kind]]),
            subject=max(self._subjects, key=lambda kind: scores[self._subjects[kind]]),
            odds=max([self.odds(scores), *(self.odds(self.scores(part)) for part in parts if part is not None)]),
            scope=_odds(scores, list(self._subjects.values())),
            weights=self._weights,
        )

    def scores(self, layers: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(self._matrix @ layers + self._constant, np.float32)

    def odds(self, scores: NDArray[np.float32]) -> float:
        """Log odds of a crisis."""
        return _odds(scores, list(self._concerns.values()))


def windows(text: str, least: int = _LONG) -> Iterator[str]:
    """Parts, each of some sentences, of a message of `least` words or more; none of a shorter one."""
    if len(text.split()) < least:
        return
    held: list[str] = []
    for sentence in _pieces(text):
        if held and sum(len(piece.split()) for piece in (*held, sentence)) > _WINDOW:
            yield " ".join(held)
            held = []
        held.append(sentence)
    yield " ".join(held)


def _pieces(text: str) -> Iterator[str]:
    """The sentences; one without an end is cut by its words."""
    for span in sentences(text):
        words = span.of(text).split()
        for at in range(0, len(words), _WINDOW):
            yield " ".join(words[at : at + _WINDOW])


def _odds(scores: NDArray[np.float32], rows: list[int]) -> float:
    """Log odds that one of `rows` is right, of a softmax over `scores`."""
    inside = np.zeros(len(scores), bool)
    inside[rows] = True
    return float(np.logaddexp.reduce(scores[inside]) - np.logaddexp.reduce(scores[~inside]))
