"""What a soak comes to: latency by kind, whether memory and handles grew, every error, and all that was wrong."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from evals.soak.ledger import KINDS, Ledger
from evals.soak.watch import Sample

_SHARE = 0.03
"""Growth over the second half of a run that is told as growth, beside the median."""
_LEAST = {"memory": 10.0, "handles": 3.0, "threads": 3.0}
"""Less than this is none: MB, or pieces."""
_UNITS = {"memory": " MB", "handles": "", "threads": ""}
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Growth:
    """How one figure went over the second half of a run, when whatever is made on first use is there."""

    name: str
    first: float
    last: float
    gained: float
    """The slope of a line through the second half's samples, times its length."""
    median: float

    @property
    def grew(self) -> bool:
        return self.gained > max(_LEAST[self.name], _SHARE * self.median)

    def __str__(self) -> str:
        unit = _UNITS[self.name]
        verdict = "GREW" if self.grew else "level"
        return (
            f"{self.name:<10}{self.first:.0f} → {self.last:.0f}{unit}; over the second half {self.gained:+.1f}{unit} "
            f"({self.gained / self.median:+.1%} of its median): {verdict}"
        )


def growth(samples: Sequence[Sample], name: str) -> Growth:
    """Of `memory`, `handles` or `threads`; raises `ValueError` where there are too few samples for a line."""
    half = samples[len(samples) // 2 :]
    if len(half) < 2:
        raise ValueError(f"{len(samples)} samples are too few to say whether anything grew. Let it run longer.")
    values = [float(getattr(sample, name)) for sample in half]
    at = [sample.at for sample in half]
    gained = statistics.linear_regression(at, values).slope * (at[-1] - at[0])
    return Growth(name, float(getattr(samples[0], name)), values[-1], gained, statistics.median(values))


@dataclass(frozen=True, slots=True)
class Summary:
    """A whole run."""

    ledger: Ledger
    growths: tuple[Growth, ...]
    turns: int
    found: int
    began: float
    ended: float

    @property
    def sound(self) -> bool:
        """Whether there was no error, nothing wrong, and no growth."""
        return not (self.ledger.troubles or self.ledger.wrong or any(item.grew for item in self.growths))

    def lines(self) -> Iterator[str]:
        ledger, middle = self.ledger, (self.began + self.ended) / 2
        yield f"{'':<12}{'number':>8}{'p50 ms':>9}{'p95 ms':>9}{'p95, first half':>17}{'second half':>13}"
        for kind in KINDS:
            timings = [timing for timing in ledger.timings if timing.kind == kind]
            halves = [[t.seconds for t in timings if (t.at > middle) is late] for late in (False, True)]
            if not all(halves):
                yield f"{kind:<12}{len(timings):>8}"
                continue
            p50, p95 = np.percentile([t.seconds for t in timings], [50, 95]) * 1000
            early, late = (float(np.percentile(half, 95)) * 1000 for half in halves)
            yield f"{kind:<12}{len(timings):>8}{p50:>9.0f}{p95:>9.0f}{early:>17.0f}{late:>13.0f}"
        yield from map(str, self.growths)
        own = sum(source in ledger.deleted for source in ledger.citations)
        yield f"turns     {self.turns} acknowledged, {self.found} found again at the end"
        yield f"citations {len(ledger.citations)} checked, {own} of them of sources that were brought and deleted later"
        yield f"deleted   {len(ledger.deleted)} sources"
        told = ", ".join(f"{number} {kind}" for kind, number in sorted(ledger.refused.items()))
        yield f"refused   {told or 'none'}"
        yield f"errors    {len(ledger.troubles)}"
        yield from _first([f"{t.at - self.began:.1f} s, {t.kind}: {t.said}" for t in ledger.troubles])
        yield f"wrong     {len(ledger.wrong)}"
        yield from _first(ledger.wrong)


def _first(said: Sequence[str]) -> Iterator[str]:
    yield from (f"  {line}" for line in said[:_SHOWN])
    if len(said) > _SHOWN:
        yield f"  and {len(said) - _SHOWN} more"
