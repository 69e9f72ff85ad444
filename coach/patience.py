"""How long the coach waits for its chat model, and when it stops asking: deadlines and a circuit breaker."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

_FAILURES = 3
_PAUSE_S = 60.0


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment by which something has to be done, unless nobody waits for it any longer."""

    at: float
    stop: threading.Event = field(default_factory=threading.Event)
    """Set by whoever waits, once they no longer do."""

    @classmethod
    def after(cls, seconds: float, stop: threading.Event | None = None) -> Deadline:
        return cls(time.monotonic() + seconds, stop or threading.Event())

    @property
    def left(self) -> float:
        return self.at - time.monotonic()

    def within(self, seconds: float) -> Deadline:
        """This deadline, or `seconds` from now where that is sooner."""
        return Deadline(min(self.at, time.monotonic() + seconds), self.stop)


class Breaker:
    """Keeps a model that fails again and again from costing every turn its time: a pause, then one trial."""

    def __init__(self, failures: int = _FAILURES, pause_s: float = _PAUSE_S) -> None:
        self._most = failures
        self._pause_s = pause_s
        self._lock = threading.Lock()
        self._failures = 0
        self._closed_until = 0.0
        self._trial = False

    def admit(self) -> bool:
        """Whether a call may be made now; who is admitted says how it went."""
        with self._lock:
            if self._failures < self._most:
                return True
            if self._trial or time.monotonic() < self._closed_until:
                return False
            self._trial = True
            return True

    def succeed(self) -> None:
        with self._lock:
            self._failures, self._trial = 0, False

    def fail(self) -> None:
        with self._lock:
            self._failures, self._trial = self._failures + 1, False
            self._closed_until = time.monotonic() + self._pause_s

    def abandon(self) -> None:
        """The call ended before it could tell anything."""
        with self._lock:
            self._trial = False
