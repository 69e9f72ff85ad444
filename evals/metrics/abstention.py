"""Does it say no where the library has no answer, and only there?

Eligible: every case; a partly covered question counts as covered, and a reply that is no `answer` as an abstention.
Where a target does not tell the kind of a reply, words of refusal without any citation are read as one.
Definition: `precision`, of what was refused, the share that the library does not cover; `recall`, of what it does not
cover, the share that was refused, for all, for near questions (close to mentoring) and far ones (other subjects,
instructions); `f1`, their harmonic mean.
`answered` is the share of covered questions that got an answer: whoever answers everything scores 1, so read it
beside the recall.
From: unanswerable questions of SQuAD 2.0 (Rajpurkar et al. 2018), near and far as in-domain and out-of-domain.
"""

from __future__ import annotations

from evals.figures import Figure, figure, missing
from evals.run import Run


def score(run: Run) -> list[Figure]:
    refused = {case.id: not reply.answered for case, reply in run.outcomes}
    uncovered = [case for case, _ in run.outcomes if not case.covered]
    covered = [case for case, _ in run.outcomes if case.covered]
    groups = {
        "abstention.recall": uncovered,
        "abstention.recall_near": [case for case in uncovered if case.kind != "off-topic"],
        "abstention.recall_far": [case for case in uncovered if case.kind == "off-topic"],
    }
    right = {case.id: float(not case.covered) for case, _ in run.outcomes if refused[case.id]}
    recall = figure("abstention.recall", {case.id: float(refused[case.id]) for case in uncovered})
    precision = figure("abstention.precision", right, note=None if right else "it never abstains")
    return [
        precision,
        *(figure(name, {case.id: float(refused[case.id]) for case in cases}) for name, cases in groups.items()),
        _f1(precision, recall),
        figure("abstention.answered", {case.id: float(not refused[case.id]) for case in covered}),
    ]


def _f1(precision: Figure, recall: Figure) -> Figure:
    if recall.value is None:
        return missing("abstention.f1", "no case is uncovered")
    both = (precision.value or 0.0) + recall.value
    value = 2 * (precision.value or 0.0) * recall.value / both if both else 0.0
    return Figure(name="abstention.f1", value=value, n=recall.n, note="of all cases at once, so without an interval")
