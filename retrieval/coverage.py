"""Does the library cover this question? A calibrated probability from several signals of one retrieval."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from importlib import resources

from retrieval.models import Retrieval, Signals

CURATED, TERMS, PLAIN = "curated", "terms", "plain"


@dataclass(frozen=True, slots=True)
class Logistic:
    """A logistic model over `Signals` with the threshold that was chosen on development data."""

    intercept: float
    weights: dict[str, float]
    threshold: float
    """Probabilities at or above it count as covered."""

    def probability(self, signals: Signals) -> float:
        total = self.intercept + sum(weight * getattr(signals, name) for name, weight in self.weights.items())
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, total))))


@dataclass(frozen=True, slots=True)
class Coverage:
    """Three models, fitted by `python -m evals.fit_coverage`.

    A passage with findings and questions of its own answers to them, so its cosines mean something else than those of
    a passage that is nothing but text: the best hit says which model speaks. Of plain text, a question in the field's
    own terms asks something else than one about the world at large, so it has a model of its own.
    """

    curated: Logistic
    terms: Logistic
    plain: Logistic

    @classmethod
    def load(cls) -> Coverage:
        """The packaged models."""
        data = json.loads(resources.files("retrieval").joinpath("coverage.json").read_text("utf-8"))
        models = {
            name: Logistic(data[name]["intercept"], data[name]["weights"], data[name]["threshold"])
            for name in (CURATED, TERMS, PLAIN)
        }
        return cls(**models)

    def judge(self, retrieval: Retrieval) -> tuple[float, bool]:
        """The probability that the library covers the query, and whether that is enough to answer."""
        model = self.curated if retrieval.curated else self.terms if retrieval.spoken else self.plain
        probability = model.probability(retrieval.signals)
        return probability, bool(retrieval.hits) and probability >= model.threshold
