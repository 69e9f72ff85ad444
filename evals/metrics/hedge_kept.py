"""Does the doubt travel with the finding?

Eligible: nuance cases (those with `hedges`) that got an answer with at least one statement from a right source.
Definition: 1 where one of the case's hedges stands as whole words in a statement from a right source, or one of the
equal words below does; the quote beside a statement does not count, since a reader may never open it. Averaged over
cases.
From: the product's rule that a hedge travels with its finding; the failure is the overgeneralisation that Peters and
Chin-Yee (2025) count in summaries of science.
"""

from __future__ import annotations

import re

from evals.case import Case
from evals.figures import Figure, figure
from evals.reply import Reply, Said
from evals.run import Run

_EQUAL = (
    {"may", "might", "could", "can", "perhaps", "possibly", "may be", "would suggest"},
    {"suggested", "suggest", "suggests", "suggestion", "would suggest"},
    {"caution", "cautious", "cautiously", "limited"},
    {"tended", "tend", "tends", "tendency"},
    {"not supported", "no support", "was not confirmed"},
    {"not associated", "no association", "no relationship", "unrelated"},
    {"linked", "associated", "association", "related", "relationship"},
    {"thought", "reported", "felt", "perceived", "congruency"},
    {"typical", "typically", "usual", "usually"},
    {"majority", "most"},
    {"some", "depending"},
)
"""Groups of words that say the same doubt."""


def score(run: Run) -> list[Figure]:
    scores: dict[str, float] = {}
    for case, reply in run.answered:
        told = [said for said in reply.statements if _right(case, reply, said)]
        if case.hedges and told:
            text = " ".join(said.text for said in told)
            scores[case.id] = float(any(_says(text, word) for hedge in case.hedges for word in _equal(hedge)))
    return [figure("hedge_kept", scores)]


def _right(case: Case, reply: Reply, said: Said) -> bool:
    return any(cited.source_id in case.sources for cited in reply.cited(said))


def _equal(hedge: str) -> set[str]:
    return {hedge.lower()}.union(*(group for group in _EQUAL if hedge.lower() in group))


def _says(text: str, words: str) -> bool:
    return re.search(rf"\b{re.escape(words)}\b", text, re.IGNORECASE) is not None
