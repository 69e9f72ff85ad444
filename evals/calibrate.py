"""Finds the score from which an entailment verifier is believed, and stores it with its precision and recall."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from coach.entailment import Scorer
from coach.errors import ModelError, SettingsError
from coach.patience import Deadline
from evals.verification import OWN, PATIENCE_S, Pair, PairError, open_verifier, read_pairs, share

LEAST_PRECISION = 0.9
"""Nine of ten accepted claims have to be faithful, where any threshold reaches that."""


class CalibrationError(Exception):
    """Scores or stored thresholds cannot be used; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a threshold does on the pairs that it is read on: a claim counts as accepted from this score on."""

    threshold: float
    precision: float
    recall: float
    balanced_accuracy: float


def main() -> None:
    """Score the pairs, choose the threshold, store it, and print the thresholds that were weighed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--verifier", required=True, help="cross-encoder:<name or path> or chat:<provider:name>")
    parser.add_argument("--pairs", type=Path, default=OWN, help="JSON lines (default: the project's own pairs)")
    parser.add_argument("--half", choices=("dev", "held"), default="dev", help="pairs that name no half are all read")
    parser.add_argument("--out", type=Path, required=True, help="JSON file of thresholds; what it holds stays")
    options = parser.parse_args()
    try:
        pairs = [pair for pair in read_pairs(options.pairs) if pair.half in (None, options.half)]
        stored = read_stored(options.out)
        readings = weigh(scores(pairs, open_verifier(options.verifier).scorer), [pair.label for pair in pairs])
        best = choose(readings)
        if best == readings[0]:
            raise CalibrationError("no threshold does better than to accept every claim. Take another verifier.")
        made_by = f"python -m evals.calibrate --verifier {options.verifier}"
        made_by += f" --pairs {options.pairs.name} --half {options.half}"
        store(options.out, stored, options.verifier, best, len(pairs), made_by)
    except (CalibrationError, PairError, SettingsError) as error:
        sys.exit(f"evals.calibrate: {error}")
    except ModelError as error:
        sys.exit(f"evals.calibrate: {options.verifier}: {error.reason}. mentor-coach doctor tells more.")
    _print(options.verifier, readings, best, len(pairs))


def scores(pairs: Sequence[Pair], scorer: Scorer) -> list[float]:
    """The verifier's own score of each pair, without the guards; raises `CalibrationError` if one is no probability."""
    found = [scorer(pair.premise, pair.claim, Deadline.after(PATIENCE_S)) for pair in pairs]
    for number, score in enumerate(found, start=1):
        if not 0 <= score <= 1:
            raise CalibrationError(f"the verifier gave pair {number} the score {score}, which is no probability.")
    return found


def weigh(found: Sequence[float], labels: Sequence[int]) -> list[Reading]:
    """A reading for each threshold that tells the scores apart differently, the lowest first.

    A threshold stands midway between two scores that occur, so that a tiny change of a score changes nothing.
    """
    if not 0 < sum(labels) < len(labels):
        raise CalibrationError("the pairs need faithful claims (label 1) and wrong ones (label 0).")
    levels = sorted(set(found))
    middles = [(low + high) / 2 for low, high in pairwise(levels)]
    readings = []
    for threshold in [levels[0], *middles]:
        accepted = [label for score, label in zip(found, labels, strict=True) if score >= threshold]
        right, wrong = sum(accepted), len(accepted) - sum(accepted)
        recall = share(right, sum(labels))
        spared = 1 - share(wrong, len(labels) - sum(labels))
        readings.append(Reading(threshold, share(right, len(accepted)), recall, (recall + spared) / 2))
    return readings


def choose(readings: Sequence[Reading]) -> Reading:
    """The best balanced accuracy among readings of enough precision, or among all; of equals, the strictest."""
    precise = [reading for reading in readings if reading.precision >= LEAST_PRECISION]
    return max(precise or readings, key=lambda reading: (reading.balanced_accuracy, reading.threshold))


def read_stored(file: Path) -> dict[str, Any]:
    """The thresholds stored so far; raises `CalibrationError` rather than lose what it cannot read."""
    if not file.exists():
        return {}
    try:
        stored = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise CalibrationError(f"{str(file)!r} cannot be read ({error}). Mend or remove it first.") from error
    if not isinstance(stored, dict):
        raise CalibrationError(f"{str(file)!r} holds no thresholds. Name another file with --out.")
    return stored


def store(file: Path, stored: dict[str, Any], verifier: str, best: Reading, pairs: int, made_by: str) -> None:
    """Write the thresholds with this one, in one step."""
    figures = {"precision": round(best.precision, 3), "recall": round(best.recall, 3)}
    # Never rounded: the scores of a sure verifier differ in the sixth place.
    entry = {"threshold": best.threshold, **figures, "pairs": pairs, "made_by": made_by}
    content = stored | {verifier: entry}
    partial = file.with_name(f"{file.name}.partial")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(json.dumps(content, indent=2) + "\n", "utf-8")
        partial.replace(file)
    except OSError as error:
        raise CalibrationError(f"{str(file)!r} cannot be written ({error.strerror}).") from error


def _print(verifier: str, readings: Sequence[Reading], best: Reading, pairs: int) -> None:
    print(f"{pairs} pairs, {verifier} without the guards\n")
    print("  threshold  precision  recall  balanced accuracy")
    step = max(1, len(readings) // 12)
    for reading in sorted({*readings[::step], best}, key=lambda reading: reading.threshold):
        row = f"  {reading.threshold:9.3f}  {reading.precision:9.3f}  {reading.recall:6.3f}"
        print(f"{row}  {reading.balanced_accuracy:17.3f}" + ("  chosen" if reading == best else ""))
    if best.precision < LEAST_PRECISION:
        print(f"\n  No threshold reaches a precision of {LEAST_PRECISION}.")


if __name__ == "__main__":
    main()
