"""Is every quote in its passage, letter by letter, at its offsets?

Eligible: every citation with a quote, in all replies of all cases; a target that gives no quotes has none.
Definition: the share of a case's quotes that stand in the text that the target itself shows for the passage: exactly
between the offsets where it tells them, anywhere in the passage where it does not, anywhere in the library where it
names no passage (then compared after quotation marks, dashes, case and white space are made alike). Averaged over
cases.
From: the product's own invariant, `citation.quote == passage.text[start:end]`.
"""

from __future__ import annotations

from evals.figures import Figure, figure
from evals.reply import Cited
from evals.run import Run


def score(run: Run) -> list[Figure]:
    scores: dict[str, float] = {}
    for case in run.plan.cases:
        record = run.records.get(f"case/{case.id}")
        quoted = [cited for reply in (record.replies if record else []) for cited in reply.citations if cited.quote]
        if quoted:
            scores[case.id] = sum(_stands(run, cited) for cited in quoted) / len(quoted)
    return [figure("quote_integrity", scores, note=None if scores else "the target gives no quotes")]


def _stands(run: Run, cited: Cited) -> bool:
    if cited.passage_id is not None and cited.start is not None and cited.end is not None:
        shown = run.library.texts.get(cited.passage_id)
        return shown is not None and shown.text[cited.start : cited.end] == cited.quote
    return bool(run.library.places(cited))
