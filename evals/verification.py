"""Which claims does the verifier accept? Pairs of premise and claim with labels: `{premise, claim, label, type?}`."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from coach.align import aligned
from coach.answers import Verdict
from coach.entailment import Entailment, open_entailment
from coach.errors import ModelError, SettingsError
from coach.guards import check
from coach.judge import judge_of
from coach.lexicon import Lexicon
from coach.patience import Deadline
from coach.settings import read_settings

OWN = Path(__file__).parent / "cases" / "verification.jsonl"
PATIENCE_S = 180.0
"""A judge on an ordinary machine takes its time, and nobody waits for the answer."""


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
        if not pairs:
            raise PairError(
                f"{options.pairs.name} holds no pairs" + (f" of the half {options.half!r}." * bool(options.half))
            )
        entailment = open_verifier(options.verifier) if options.verifier else None
    except (PairError, SettingsError) as error:
        sys.exit(f"evals.verification: {error}")
    lexicon = Lexicon.load()
    # The guards' own time, whatever else the machine does; a verifier is waited for.
    clock = time.perf_counter if entailment else time.process_time
    start = clock()
    try:
        judged = judge(pairs, entailment, lexicon)
    except ModelError as error:
        sys.exit(f"evals.verification: {options.verifier}: {error.reason}. mentor-coach doctor tells more.")
    found = figures(pairs, judged) | {"milliseconds_a_claim": (clock() - start) * 1000 / len(pairs)}
    if options.json:
        print(json.dumps({**found, "pairs": [asdict(item) for item in judged]}))
        return
    _print(found, len(pairs), options.verifier)


def open_verifier(name: str) -> Entailment:
    """The verifier of this name, uncalibrated; `chat:` takes the other model settings from the environment."""
    return open_entailment(name, scorer=judge_of(read_settings().model_copy(update={"verifier": name})))


def read_pairs(file: Path) -> list[Pair]:
    """The pairs of a file; raises `PairError`."""
    pairs: list[Pair] = []
    try:
        # Not `splitlines`: a JSON string may hold a line separator of Unicode as it is.
        lines = file.read_text("utf-8-sig").split("\n")
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


def judge(pairs: Sequence[Pair], entailment: Entailment | None = None, lexicon: Lexicon | None = None) -> list[Judged]:
    """What the verifier says of each claim, in the order of `pairs`."""
    lexicon = lexicon or Lexicon.load()
    return [_judge(pair, lexicon, entailment) for pair in pairs]


def _judge(pair: Pair, lexicon: Lexicon, entailment: Entailment | None) -> Judged:
    quote, context = aligned(pair.claim, pair.premise, lexicon)
    checked = check(pair.claim, quote, context, lexicon)
    if checked.objection is not None:
        return Judged(False, "refused", checked.objection)
    if entailment is None:
        return Judged(True, Verdict.CHECKED.value, None)
    score = entailment.score(pair.premise, pair.claim, Deadline.after(PATIENCE_S))
    if not score >= entailment.threshold:
        return Judged(False, "refused", f"the entailment verifier gives it {score:.2f}")
    return Judged(True, Verdict.ENTAILED.value, None)


def figures(pairs: Sequence[Pair], judged: Sequence[Judged]) -> dict[str, Any]:
    """Counts and shares over all pairs, and the counts by type."""
    found = _counts(pairs, judged)
    recall = share(found["faithful_accepted"], found["faithful"])
    spared = 1 - share(found["wrong_accepted"], found["wrong"])
    return {
        **found,
        "recall": recall,
        "precision": share(found["faithful_accepted"], found["faithful_accepted"] + found["wrong_accepted"]),
        "balanced_accuracy": (recall + spared) / 2,
        "by_type": {
            kind: _counts(*zip(*of_kind, strict=True))
            for kind in sorted({pair.type for pair in pairs if pair.type})
            if (of_kind := [both for both in zip(pairs, judged, strict=True) if both[0].type == kind])
        },
    }


def _counts(pairs: Sequence[Pair], judged: Sequence[Judged]) -> dict[str, int]:
    accepted = [pair.label for pair, item in zip(pairs, judged, strict=True) if item.accepted]
    faithful = sum(pair.label for pair in pairs)
    return {
        "faithful": faithful,
        "faithful_accepted": sum(accepted),
        "wrong": len(pairs) - faithful,
        "wrong_accepted": len(accepted) - sum(accepted),
    }


def _print(found: dict[str, Any], count: int, verifier: str | None) -> None:
    print(f"{count} pairs, {'guards and ' + verifier if verifier else 'guards alone'}\n")
    print(f"  faithful claims accepted   {found['recall']:.3f} of {found['faithful']}")
    print(f"  wrong claims accepted      {share(found['wrong_accepted'], found['wrong']):.3f} of {found['wrong']}")
    print(f"  precision                  {found['precision']:.3f}")
    print(f"  balanced accuracy          {found['balanced_accuracy']:.3f}")
    print(f"  milliseconds a claim       {found['milliseconds_a_claim']:.2f}")
    for kind, row in found["by_type"].items():
        for side in ("faithful", "wrong"):
            if row[side]:
                print(f"    {kind:<20}{side:<10}{row[side + '_accepted']:>4} accepted of {row[side]}")


def share(part: int, whole: int) -> float:
    """`part` of `whole`; 0.0 where there is nothing to share."""
    return part / whole if whole else 0.0


if __name__ == "__main__":
    main()
