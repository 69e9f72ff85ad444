"""A figure: what a metric reads, over which cases, with its interval; and how two readings of it differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from evals.reply import Value

_RESAMPLES = 2000
Statistic = Literal["mean", "p50", "p95"]
Better = Literal["higher", "lower", "neither"]


class Figure(Value):
    """One number of a report. `value` is `None` where it cannot apply, and `note` says why."""

    name: str
    value: float | None
    n: int = Field(description="Eligible cases.")
    low: float | None = Field(default=None, description="Of the 95 % interval, by a bootstrap over cases.")
    high: float | None = None
    better: Better = "higher"
    statistic: Statistic = "mean"
    unit: str = ""
    note: str | None = None
    scores: dict[str, float] = Field(default={}, description="Each eligible case's own score, by its id.")


class Difference(Value):
    """A figure of one report less the same of another, over the cases that are eligible in both."""

    name: str
    one: float
    other: float
    n: int
    low: float
    high: float
    better: Better

    @property
    def verdict(self) -> Literal["ahead", "behind", "level"]:
        """Whether the interval excludes zero, and on which side."""
        if self.better == "neither" or self.low <= 0 <= self.high:
            return "level"
        return "ahead" if (self.low > 0) == (self.better == "higher") else "behind"


def figure(
    name: str,
    scores: Mapping[str, float],
    *,
    better: Better = "higher",
    statistic: Statistic = "mean",
    unit: str = "",
    note: str | None = None,
) -> Figure:
    """A figure over the scores of its cases; without any, one that does not apply."""
    if not scores:
        return missing(name, note or "no case is eligible", better=better, unit=unit)
    values = np.array(list(scores.values()), np.float64)
    low, high = np.percentile(_statistic(_resampled(values), statistic), [2.5, 97.5])
    return Figure(
        name=name,
        value=float(_statistic(values[None, :], statistic)[0]),
        n=len(values),
        low=float(low),
        high=float(high),
        better=better,
        statistic=statistic,
        unit=unit,
        note=note,
        scores=dict(scores),
    )


def missing(name: str, why: str, *, better: Better = "higher", unit: str = "") -> Figure:
    """A figure that does not apply."""
    return Figure(name=name, value=None, n=0, better=better, unit=unit, note=f"not applicable: {why}")


def difference(one: Figure, other: Figure) -> Difference | None:
    """`one` less `other` by a paired bootstrap; `None` where they share no case."""
    shared = [case for case in one.scores if case in other.scores]
    if not shared:
        return None
    values = np.array([[item.scores[case] for case in shared] for item in (one, other)], np.float64)
    places = _places(len(shared))
    gaps = _statistic(values[0][places], one.statistic) - _statistic(values[1][places], one.statistic)
    low, high = np.percentile(gaps, [2.5, 97.5])
    means = _statistic(values, one.statistic)
    return Difference(
        name=one.name,
        one=float(means[0]),
        other=float(means[1]),
        n=len(shared),
        low=float(low),
        high=float(high),
        better=one.better,
    )


def _places(count: int) -> NDArray[np.int64]:
    """The same resamples for the same number of cases, so that a report reads the same twice."""
    return np.random.default_rng(0).integers(0, count, (_RESAMPLES, count))


def _resampled(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(values[_places(len(values))])


def _statistic(rows: NDArray[np.float64], statistic: Statistic) -> NDArray[np.float64]:
    """The statistic of each row."""
    match statistic:
        case "mean":
            return np.asarray(rows.mean(axis=1))
        case "p50":
            return np.asarray(np.percentile(rows, 50, axis=1))
        case "p95":
            return np.asarray(np.percentile(rows, 95, axis=1))
