"""Does the coach answer what the library covers, and say so when it does not? With the probability's calibration."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import numpy as np

from coach.chain import Query
from evals.case import half_argument, load_cases
from evals.metrics.calibration import expected_calibration_error
from evals.runner import Outcome, founding_coach, run

_BINS = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    half_argument(parser)
    options = parser.parse_args()
    with founding_coach() as coach:
        outcomes = run(load_cases(options.half), coach)
        single = [o.case for o in outcomes if len(o.case.turns) == 1 and o.case.expect != "partial"]
        probabilities = [coach.chain.invoke(Query(case.turns[0])).retrieved.parts[0].probability for case in single]
    print(f"Answered and refused ({options.half} half)\n")
    covered = [o for o in outcomes if o.case.expect == "answer"]
    _print("answered when covered", [o.answered for o in covered])
    for kind in ("direct", "colloquial", "nuance", "multi-turn"):
        _print(f"  {kind}", [o.answered for o in covered if o.case.kind == kind])
    near = [o for o in outcomes if not o.case.covered and o.case.kind != "off-topic"]
    _print("refused when uncovered", [not o.answered for o in near])
    _print("refused when off-topic", [not o.answered for o in outcomes if o.case.kind == "off-topic"])
    mixed = [o for o in outcomes if o.case.expect == "partial"]
    _print("partly covered: answered, and says what is not", [_partial(o) for o in mixed])
    labels = np.array([case.covered for case in single], np.float64)
    values = np.array(probabilities)
    print(f"\nThe coverage probability on {len(labels)} single questions")
    error = expected_calibration_error(values, labels, _BINS)
    print(f"  Brier score {np.mean((values - labels) ** 2):.3f}   expected calibration error {error:.3f}")


def _partial(outcome: Outcome) -> bool:
    return outcome.answered and "Not covered by this library" in outcome.last.text


def _print(name: str, passed: Sequence[bool]) -> None:
    share = f"{sum(passed) / len(passed):.3f} of {len(passed)}" if passed else "none"
    print(f"  {name:<48}{share:>14}")


if __name__ == "__main__":
    main()
