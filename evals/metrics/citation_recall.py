"""Is every statement supported by what it cites?

Eligible: every case that got an answer with at least one statement.
Definition: the share of a reply's statements that have a citation and whose citations, put together, support them,
averaged over replies. The cited quotes are the premise (the passage or source where a target gives no quote). Support
is, in this order: a founding finding on the very sentences that it was reviewed against; words that stand in the
premise letter by letter; what the named judge accepts. Without a model as judge, a target's own words are unproven
and count as unsupported; the figure says how many.
From: citation recall of ALCE (Gao et al. 2023), with these judges in the place of its entailment model.
"""

from __future__ import annotations

from evals.figures import Figure, figure
from evals.run import Run


def score(run: Run) -> list[Figure]:
    scores: dict[str, float] = {}
    unsupported = 0
    total = 0
    for case, reply in run.outcomes:
        if not reply.answered or not reply.statements:
            continue
        supported = [
            bool(premise := run.library.premise(reply.cited(said))) and run.support.supports(premise, said.text)
            for said in reply.statements
        ]
        scores[case.id] = sum(supported) / len(supported)
        total += len(supported)
        unsupported += len(supported) - sum(supported)
    note = f"{unsupported} of {total} statements uncited or unproven; judge: {run.judge.name}" if total else None
    return [figure("citation_recall", scores, note=note)]
