"""How long does a reader wait?

Eligible: the scored replies of all cases; for `first_claim`, the answers of targets that stream claims.
Definition: seconds as the client measures them, to the first claim and to the whole reply, the median and the 95th
percentile. They are the machine's as much as the target's: compare only what ran on the same machine on the same day.
From: time to first token and end-to-end latency, as servers of language models are measured.
"""

from __future__ import annotations

from evals.figures import Figure, Statistic, figure
from evals.run import Run


def score(run: Run) -> list[Figure]:
    first = {case.id: reply.first_s for case, reply in run.outcomes if reply.first_s is not None}
    whole = {case.id: reply.whole_s for case, reply in run.outcomes}
    statistics: tuple[Statistic, Statistic] = ("p50", "p95")
    return [
        figure(
            f"latency.{name}_{statistic}",
            scores,
            better="lower",
            statistic=statistic,
            unit="s",
            note=None if scores else "the target streams no claims",
        )
        for name, scores in (("first_claim", first), ("whole", whole))
        for statistic in statistics
    ]
