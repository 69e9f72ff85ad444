"""Does the library cover this question? A calibrated probability from several signals of one retrieval."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from importlib import resources

from retrieval.models import Signals


@dataclass(frozen=True, slots=True)
class Coverage:
    """A logistic model over `Signals`, fitted on development data by `python -m evals.fit_coverage`."""

    intercept: float
    weights: dict[str, float]
    threshold: float
    """Probabilities at or above it count as covered."""

    @classmethod
    def load(cls) -> Coverage:
        """The packaged model, with the threshold that was chosen on development data."""
        data = json.loads(resources.files("retrieval").joinpath("coverage.json").read_text("utf-8"))
        return cls(data["intercept"], data["weights"], data["threshold"])

    def probability(self, signals: Signals) -> float:
        total = self.intercept + sum(weight * getattr(signals, name) for name, weight in self.weights.items())
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, total))))

    def covered(self, probability: float) -> bool:
        return probability >= self.threshold
