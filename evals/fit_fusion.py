"""Which weights put a right source first? The fusion's dense share and field weights, over the development cases."""

from __future__ import annotations

from itertools import product

import numpy as np

from evals.case import CASES, Case, load_cases, read_cases
from evals.ranking import KINDS, TOP
from evals.runner import founding_coach
from retrieval.lexical import FieldWeights
from retrieval.retriever import Fusion, Retriever

_DENSE = (0.3, 0.4, 0.5, 0.6, 0.7)
_TITLE = (1.0, 2.0, 3.0)
_MORE = (0.25, 0.5, 1.0)


def main() -> None:
    """Print mean reciprocal rank and the share in the first three for every weight, the best first."""
    further = read_cases(CASES / "mentor-more-covered.yaml")
    cases = [c for c in [*load_cases("dev"), *further] if c.covered and c.kind in KINDS and len(c.turns) == 1]
    print(f"{len(cases)} development questions of one turn; shipped: {Fusion().dense=}, {Fusion().fields=}\n")
    found: list[tuple[float, float, str]] = []
    with founding_coach() as coach:
        for dense, title, more in product(_DENSE, _TITLE, _MORE):
            fusion = Fusion(dense=dense, fields=FieldWeights(title=title, body=1.0, more=more, concepts=1.0))
            retriever = coach.retriever.model_copy(update={"fusion": fusion})
            ranks = np.array([_rank(case, retriever) for case in cases])
            name = f"dense {dense:.1f}  title {title:.1f}  more {more:.2f}"
            found.append((float((1 / ranks).mean()), float((ranks <= TOP).mean()), name))
    for reciprocal, first, name in sorted(found, reverse=True):
        print(f"  {name}   mean reciprocal rank {reciprocal:.4f}   in the first {TOP} {first:.4f}")


def _rank(case: Case, retriever: Retriever) -> float:
    """The place of the first right source; infinite when none is found."""
    sources = dict.fromkeys(hit.source.id for hit in retriever.retrieve(case.turns[0], top_k=12).hits)
    places = [place for place, source in enumerate(sources, start=1) if source in case.sources]
    return min(places, default=float("inf"))


if __name__ == "__main__":
    main()
