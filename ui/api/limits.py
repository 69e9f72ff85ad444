"""How often one key, or one address without a key, may come; told in `RateLimit-*` headers."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left to somebody after a request."""

    granted: bool
    limit: int
    remaining: int
    reset_s: int
    """Seconds until it is whole again."""

    @property
    def headers(self) -> dict[str, str]:
        told = {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset_s),
        }
        return told if self.granted else told | {"Retry-After": str(max(1, self.reset_s))}


class Limits:
    """A sliding window for each visitor, in this process."""

    def __init__(self, rate: str) -> None:
        """`rate` is such as `60/minute`."""
        self._rate = parse(rate)
        self._windows = SlidingWindowCounterRateLimiter(MemoryStorage())

    def take(self, visitor: str) -> Allowance:
        """Count a request of `visitor`, if it is granted."""
        granted = self._windows.hit(self._rate, visitor)
        left = self._windows.get_window_stats(self._rate, visitor)
        reset = max(0, math.ceil(left.reset_time - time.time()))
        return Allowance(granted, self._rate.amount, left.remaining, reset)
