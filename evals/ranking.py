"""Does retrieval put a right source first? Mentors' questions, an ablation, public sets as own documents."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from coach.coach import Coach
from coach.understand import AboutLast, Question, understand
from evals.case import Case, half_argument, load_cases
from evals.public import clapnq, scifact
from evals.runner import Outcome, founding_coach, run
from retrieval.lexical import FieldWeights
from retrieval.retriever import Fusion, Retriever

TOP = 3
KINDS = ("direct", "colloquial", "nuance", "multi-turn")
_PLAIN = FieldWeights(title=2, body=1, more=0, concepts=0)
_WORDS = FieldWeights(title=2, body=1, more=0, concepts=1)
ABLATION: dict[str, tuple[Fusion, bool]] = {
    "dense": (Fusion(dense=1.0, kinds=("passage",), fields=_PLAIN), False),
    "lexical": (Fusion(dense=0.0, fields=_PLAIN), False),
    "fused": (Fusion(kinds=("passage",), fields=_PLAIN), False),
    "+ vocabulary": (Fusion(kinds=("passage",), fields=_WORDS), False),
    "+ findings and questions": (Fusion(), False),
    "+ history (as shipped)": (Fusion(), True),
}
"""Each step's weights, and whether follow-ups carry what they lean on."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """The sources found for a case's last turn, best first."""

    case: Case
    sources: tuple[str, ...]

    @property
    def right(self) -> bool:
        return not set(self.sources[:TOP]).isdisjoint(self.case.sources)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    half_argument(parser)
    parser.add_argument("--scifact", type=Path, metavar="FOLDER", help="folder with corpus.jsonl and claims.jsonl")
    parser.add_argument("--clapnq", type=Path, metavar="FOLDER", help="folder with corpus.jsonl and questions.jsonl")
    options = parser.parse_args()
    with founding_coach() as coach:
        cases = [case for case in load_cases(options.half) if case.covered and case.kind in KINDS]
        outcomes = run(cases, coach)
        print(f"A right source among the first {TOP} ({options.half} half)\n")
        print(f"{'':<28}" + "".join(f"{kind:>14}" for kind in KINDS))
        for name, (fusion, history) in ABLATION.items():
            retriever = coach.retriever.model_copy(update={"fusion": fusion})
            ranked = [rank(outcome, coach, retriever, history) for outcome in outcomes]
            print(f"{name:<28}" + "".join(f"{_share(ranked, kind):>14}" for kind in KINDS))
        print(
            f"\nNuance answers that carry their hedge: {_of([hedged(o) for o in outcomes if o.case.kind == 'nuance'])}"
        )
    if options.scifact:
        scifact(options.scifact)
    if options.clapnq:
        clapnq(options.clapnq)


def rank(outcome: Outcome, coach: Coach, retriever: Retriever, history: bool) -> Ranked:
    """What `retriever` finds for the last turn; a question about the last answer finds that answer's sources."""
    asked = outcome.case.turns[-1]
    understood = understand(asked, outcome.answers[:-1] if history else ())
    match understood:
        case AboutLast():
            return Ranked(outcome.case, tuple(outcome.cited))
        case Question(query, new):
            hits = retriever.retrieve(query, asked=new, top_k=12).hits
            return Ranked(outcome.case, tuple(dict.fromkeys(hit.source.id for hit in hits)))
        case _:
            return Ranked(outcome.case, ())


def hedged(outcome: Outcome) -> bool:
    """Whether one of the case's hedges stands as a whole word in a claim, or in its quote, from a right source."""
    right = {c.number: c.quote for c in outcome.last.citations if c.source.id in outcome.case.sources}
    said = [claim.text for claim in outcome.last.claims if right.keys() & set(claim.citations)]
    text = " ".join([*said, *right.values()]).lower()
    return any(re.search(rf"\b{re.escape(hedge.lower())}\b", text) for hedge in outcome.case.hedges)


def _share(ranked: Sequence[Ranked], kind: str) -> str:
    return _of([item.right for item in ranked if item.case.kind == kind])


def _of(passed: Sequence[bool]) -> str:
    return f"{sum(passed) / len(passed):.3f} of {len(passed)}" if passed else "none"


if __name__ == "__main__":
    main()
