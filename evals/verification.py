"""Which claims does the verifier accept? Pairs of premise and claim with labels: `{premise, claim, label, type?}`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from coach.align import aligned
from coach.answers import Verdict
from coach.entailment import Entailment, open_entailment
from coach.guards import check
from coach.lexicon import Lexicon

OWN = Path(__file__).parent / "cases" / "verification.jsonl"


class PairError(Exception):
    """A file of pairs cannot be used; the message names the file, the line and the field."""


class Pair(BaseModel):
    """One claim against one premise; `label` is 1 where a person found the claim supported."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    premise: str = Field(min_length=1)
    claim: str = Field(min_length=1)
    label: int = Field(ge=0, le=1)
    type: str | None = None
    half: str | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    accepted: bool
    verdict: str
    """`checked` or `entailed`, or `refused`."""
    reason: str | None


def main() -> None:
    """Print balanced accuracy, precision, recall and the confusion by type."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=Path, default=OWN, help="JSON lines (default: the project's own pairs)")
    parser.add_argument("--half", choices=("dev", "held"), help="only this half, where pairs name one")
    parser.add_argument("--verifier", help="an entailment verifier, as MENTOR_COACH_VERIFIER names it")
    parser.add_argument("--json", action="store_true", help="print one JSON object with a `pairs` list")
    options = parser.parse_args()
    try:
        pairs = [pair for pair in read_pairs(options.pairs) if options.half in (None, pair.half)]
    except PairError as error:
        sys.exit(f"evals.verification: {error}")
    entailment = open_entailment(options.verifier) if options.verifier else None
    judged = judge(pairs, entailment)
    if options.json:
        print(json.dumps({**figures(pairs, judged), "pairs": [asdict(item) for item in judged]}))
        return
    _print(pairs, judged, options.verifier)


def read_pairs(file: Path) -> list[Pair]:
    """The pairs of a file; raises `PairError`."""
    pairs: list[Pair] = []
    try:
        lines = file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise PairError(f"{str(file)!r} cannot be read ({error}). Give a file of JSON lines in UTF-8.") from error
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                pairs.append(Pair.model_validate_json(line))
            except ValidationError as error:
                wrong = error.errors()[0]
                field = ".".join(map(str, wrong["loc"])) or "the object"
                raise PairError(f"{file.name}, line {number}, {field}: {wrong['msg']}.") from error
    return pairs


def judge(pairs: Sequence[Pair], entailment: Entailment | None = None) -> list[Judged]:
    """What the verifier says of each claim, in the order of `pairs`."""
    lexicon = Lexicon.load()
    return [_judge(pair, lexicon, entailment) for pair in pairs]


def _judge(pair: Pair, lexicon: Lexicon, entailment: Entailment | None) -> Judged:
    quote, context = aligned(pair.claim, pair.premise, lexicon)
    checked = check(pair.claim, quote, context, lexicon)
    if checked.objection is not None:
        return Judged(False, "refused", checked.objection)
    if entailment is None:
        return Judged(True, Verdict.CHECKED.value, None)
    score = entailment.score(pair.premise, pair.claim)
    if score < entailment.threshold:
        return Judged(False, "refused", f"the entailment verifier gives it {score:.2f}")
    return Judged(True, Verdict.ENTAILED.value, None)


def figures(pairs: Sequence[Pair], judged: Sequence[Judged]) -> dict[str, Any]:
    """Counts and shares over all pairs, and what was accepted by type."""
    both = list(zip(pairs, judged, strict=True))
    right = sum(item.accepted for pair, item in both if pair.label)
    wrong = sum(item.accepted for pair, item in both if not pair.label)
    faithful = sum(pair.label for pair in pairs)
    others = len(pairs) - faithful
    recall, spared = _share(right, faithful), 1 - _share(wrong, others)
    return {
        "faithful": faithful,
        "faithful_accepted": right,
        "wrong": others,
        "wrong_accepted": wrong,
        "recall": recall,
        "precision": _share(right, right + wrong),
        "balanced_accuracy": (recall + spared) / 2,
        "by_type": {
            kind: {
                "pairs": len(found),
                "accepted": sum(item.accepted for _, item in found),
                "label": found[0][0].label,
            }
            for kind in sorted({pair.type for pair in pairs if pair.type})
            if (found := [(pair, item) for pair, item in both if pair.type == kind])
        },
    }


def _print(pairs: Sequence[Pair], judged: Sequence[Judged], verifier: str | None) -> None:
    found = figures(pairs, judged)
    print(f"{len(pairs)} pairs, {'guards and ' + verifier if verifier else 'guards alone'}\n")
    print(f"  faithful claims accepted   {found['recall']:.3f} of {found['faithful']}")
    print(f"  wrong claims accepted      {_share(found['wrong_accepted'], found['wrong']):.3f} of {found['wrong']}")
    print(f"  precision                  {found['precision']:.3f}")
    print(f"  balanced accuracy          {found['balanced_accuracy']:.3f}")
    for kind, row in found["by_type"].items():
        side = "faithful" if row["label"] else "wrong"
        print(f"    {kind:<20}{side:<10}{row['accepted']:>4} accepted of {row['pairs']}")


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


if __name__ == "__main__":
    main()
