"""Is the told probability that the library covers a question true?

Eligible: single questions, partly covered ones excepted, whose reply tells a coverage probability (ours does with
`explain`, on its own machine).
Definition: `brier`, the mean squared error of the probability; `ece`, the expected calibration error over ten bins of
equal width. Lower is better in both.
From: Brier (1950); Naeini et al. (2015) for the binned error.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evals.figures import Figure, figure, missing
from evals.run import Run

_BINS = 10


def told(run: Run) -> list[tuple[str, float, bool]]:
    """Of each eligible case, its id, the told probability and whether it is covered."""
    return [
        (case.id, reply.coverage, case.covered)
        for case, reply in run.outcomes
        if len(case.turns) == 1 and case.expect != "partial" and reply.coverage is not None
    ]


def score(run: Run) -> list[Figure]:
    found = told(run)
    if not found:
        why = "the target tells no coverage probability"
        return [missing(f"calibration.{name}", why, better="lower") for name in ("brier", "ece")]
    errors = {name: (probability - covered) ** 2 for name, probability, covered in found}
    values = np.array([probability for _, probability, _ in found])
    labels = np.array([covered for _, _, covered in found], np.float64)
    return [
        figure("calibration.brier", errors, better="lower"),
        Figure(
            name="calibration.ece",
            value=expected_calibration_error(values, labels, _BINS),
            n=len(found),
            better="lower",
            note="of all cases at once, so without an interval",
        ),
    ]


def expected_calibration_error(values: NDArray[np.float64], labels: NDArray[np.float64], bins: int) -> float:
    """How far, on average, a bin's mean probability is from its share of covered questions."""
    places = np.minimum((values * bins).astype(int), bins - 1)
    gaps = [
        abs(values[places == place].mean() - labels[places == place].mean()) * (places == place).mean()
        for place in range(bins)
        if (places == place).any()
    ]
    return float(sum(gaps))
