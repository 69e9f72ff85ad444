"""Does it still cite and refuse rightly at the last turn of a conversation?

Eligible: cases of several turns.
Definition: `citation`, of covered last turns, the share answered from a right source; `refusal_precision` and
`refusal_recall` as in `abstention`, over these cases alone. The set holds few uncovered last turns: read the refusal
figures with their intervals.
From: the multi-turn tasks of MTRAG (Katsis et al. 2025), which score the last turn after a given history; here the
target makes its own history.
"""

from __future__ import annotations

from evals.figures import Figure, figure
from evals.run import Run


def score(run: Run) -> list[Figure]:
    last = [(case, reply) for case, reply in run.outcomes if len(case.turns) > 1]
    cited = {case.id: float(run.right_source(case, reply)) for case, reply in last if case.covered}
    right = {case.id: float(not case.covered) for case, reply in last if not reply.answered}
    refused = {case.id: float(not reply.answered) for case, reply in last if not case.covered}
    return [
        figure("conversation.citation", cited),
        figure("conversation.refusal_precision", right, note=None if right else "it never refuses"),
        figure("conversation.refusal_recall", refused),
    ]
