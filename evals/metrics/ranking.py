"""Does search put a right source first?

Eligible: covered questions of one turn, where the target offers a search.
Definition: hits become sources in order of their best hit; a case's `sources` are the relevant ones, all equally.
`ndcg@10`, `recall@3`, `recall@10` and `mrr` (reciprocal rank of the first right source), computed by ir-measures.
From: Järvelin and Kekäläinen (2002) for nDCG; TREC for the rest.
"""

from __future__ import annotations

import ir_measures
from ir_measures import RR, Qrel, R, ScoredDoc, nDCG

from evals.figures import Figure, figure, missing
from evals.run import Run

_MEASURES = {"ranking.ndcg@10": nDCG @ 10, "ranking.recall@3": R @ 3, "ranking.recall@10": R @ 10, "ranking.mrr": RR}


def score(run: Run) -> list[Figure]:
    hits = {case.id: record.hits for case in run.plan.cases if (record := run.records.get(f"search/{case.id}"))}
    if not any(hits.values()):
        return [missing(name, "the target offers no search") for name in _MEASURES]
    cases = [case for case in run.plan.cases if case.id in hits and not run.records[f"search/{case.id}"].error]
    judged = [Qrel(case.id, source, 1) for case in cases for source in case.sources]
    ranked = [
        ScoredDoc(case.id, source, -float(place))
        for case in cases
        for place, source in enumerate(dict.fromkeys(hit.source_id for hit in hits[case.id]))
    ]
    scores: dict[str, dict[str, float]] = {name: {case.id: 0.0 for case in cases} for name in _MEASURES}
    names = {measure: name for name, measure in _MEASURES.items()}
    for found in ir_measures.iter_calc(list(_MEASURES.values()), judged, ranked):
        scores[names[found.measure]][found.query_id] = float(found.value)
    return [figure(name, scores[name]) for name in _MEASURES]
