"""How far a long run is: its rate and the time left."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: files stored and answerable, of how many, at which rate."""

    done: int
    total: int
    per_second: float
    seconds_left: float | None


Told = Callable[[Progress], None]


class Clock:
    """Rate and time left of a run."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._started = time.monotonic()

    def at(self, done: int) -> Progress:
        rate = done / max(time.monotonic() - self._started, 1e-6)
        total = max(self._total, done)
        return Progress(done, total, rate, (total - done) / rate if done else None)
