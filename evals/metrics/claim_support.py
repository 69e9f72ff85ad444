"""Does the library say what the answer says, whatever the answer cites for it?

Eligible: every case that got an answer with at least one statement.
Definition: the share of a reply's statements that some passage of the library supports, cited or not, averaged over
replies; support as in `citation_recall`. A model as judge reads the three passages that share most words with the
statement.
A wrong citation costs citation recall and leaves this figure alone; an invention costs both.
From: factual precision of FActScore (Min et al. 2023), with statements in the place of atomic facts and the library
in the place of Wikipedia.
"""

from __future__ import annotations

from evals.figures import Figure, figure
from evals.judges import stands_in
from evals.run import Run
from retrieval.words import content_stems

_READ = 3


def score(run: Run) -> list[Figure]:
    words = {text.id: set(content_stems(text.plain)) for text in run.library.texts.values()}

    def supported(statement: str) -> bool:
        texts = run.library.texts
        if any(stands_in(statement, text.plain) for text in texts.values()):
            return True
        asked = set(content_stems(statement))
        nearest = sorted(texts, key=lambda name: -len(asked & words[name]))[:_READ]
        return any(run.support.supports(texts[name].plain, statement) for name in nearest)

    scores: dict[str, float] = {}
    for case, reply in run.outcomes:
        if reply.answered and reply.statements:
            scores[case.id] = sum(supported(said.text) for said in reply.statements) / len(reply.statements)
    return [figure("claim_support", scores, note=f"judge: {run.judge.name}" if scores else None)]
