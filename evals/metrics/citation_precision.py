"""Do the citations lead to what answers the question?

Eligible: covered cases whose gold is authored in full (`relevant`) and that got an answer with citations.
Definition: the share of a reply's citations that are right, averaged over replies. A citation is right when it shares
at least half of the shorter text with one of the case's gold spans. A quote that stands nowhere in the library is
wrong; a citation that names only a passage, or only a source, is taken for the whole of it, which is the kinder
reading.
`citation_precision.sentences` is stricter: the share of all quoted sentences that touch gold, so that a quote longer
than needed pays.
From: citation precision of ALCE (Gao et al. 2023, "Enabling Large Language Models to Generate Text with Citations").
There a citation is precise when an entailment model finds that the statement needs it; here a person-readable gold
list decides instead of a model, so that neither a judge's nor our own verifier's taste counts. What ALCE asks
besides, that the statement be supported, is `citation_recall` here.
"""

from __future__ import annotations

from evals.figures import Figure, figure
from evals.run import Run


def score(run: Run) -> list[Figure]:
    whole: dict[str, float] = {}
    by_sentence: dict[str, float] = {}
    for case, reply in run.answered:
        used = {number for said in reply.statements for number in said.citations}
        if not case.relevant or not used:
            continue
        gold = run.gold(case)
        known = {cited.number: cited for cited in reply.citations}
        right = [number in known and run.meets(known[number], gold) for number in sorted(used)]
        whole[case.id] = sum(right) / len(right)
        quoted = {
            sentence
            for number in used & known.keys()
            for place in run.library.places(known[number])
            for sentence in run.library.sentences_in(place)
        }
        touched = [any(sentence.meets(place) for place in gold) for sentence in quoted]
        by_sentence[case.id] = sum(touched) / len(touched) if touched else 0.0
    why = None if whole else "no answer cites anything"
    return [
        figure("citation_precision", whole, note=why),
        figure("citation_precision.sentences", by_sentence, note=why),
    ]
