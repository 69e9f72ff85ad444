"""All metrics over a run, in the order in which a report shows them."""

from __future__ import annotations

from evals.figures import Figure
from evals.metrics import (
    abstention,
    calibration,
    citation_precision,
    citation_recall,
    claim_support,
    conversation,
    hedge_kept,
    latency,
    quote_integrity,
    ranking,
    robustness,
    safety,
)
from evals.run import Run

METRICS = (
    citation_precision,
    citation_recall,
    quote_integrity,
    claim_support,
    hedge_kept,
    abstention,
    ranking,
    conversation,
    robustness,
    safety,
    calibration,
    latency,
)


def score_all(run: Run) -> list[Figure]:
    """Every figure of every metric."""
    return [found for metric in METRICS for found in metric.score(run)]
