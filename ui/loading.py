"""Builds the coach and its library in the background, while the page and the API already listen."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from concurrent.futures import TimeoutError as NotYet
from typing import TYPE_CHECKING

from coach.errors import CoachError

if TYPE_CHECKING:
    from coach.coach import Coach
    from coach.library import Library

logger = logging.getLogger(__name__)

PATIENCE_S = 180.0


class NotReadyError(CoachError):
    """The coach is still loading, or could not be loaded."""


class Loading:
    """A library with its coach, built once in a thread of its own, and the last thing that was said of it."""

    def __init__(self, build: Callable[[Callable[[str], None]], Library], failed: Callable[[Exception], None]) -> None:
        """`build` takes a function that is told what is being done; `failed` is given what it raises."""
        self._build = build
        self._failed = failed
        self._library: Future[Library] = Future()
        self._started = threading.Event()
        self.status = "starting"
        self.error: Exception | None = None

    def start(self) -> None:
        """Begin to build; a second call does nothing."""
        if not self._started.is_set():
            self._started.set()
            threading.Thread(target=self._run, name="coach-loading", daemon=True).start()

    def coach(self) -> Coach:
        """The coach, waited for; raises `NotReadyError` when it cannot be had in time."""
        return self.library().coach

    def library(self) -> Library:
        """The library, waited for; raises `NotReadyError` when it cannot be had in time."""
        try:
            return self._library.result(PATIENCE_S)
        except NotYet as error:
            raise NotReadyError(f"The coach is still loading ({self.status}). Ask again in a minute.") from error
        except Exception as error:
            raise NotReadyError(f"The coach cannot be loaded: {error}") from error

    def stop(self) -> None:
        """Let go of whoever still waits, since the service ends; the thread that loads ends with the process."""
        self._finish(NotReadyError("The service is stopping. Ask again when it runs."))

    @property
    def ready(self) -> bool:
        return self._library.done() and self.error is None

    def _run(self) -> None:
        try:
            self._library.set_result(self._build(self._report))
        except Exception as error:
            self.error = error
            self._library.set_exception(error)
            logger.debug("The coach cannot be loaded", exc_info=True)
            self._failed(error)

    def _finish(self, outcome: Library | Exception) -> None:
        """Settle what `coach` waits for; what comes second, after a stop, is let go."""
        with contextlib.suppress(InvalidStateError):
            if isinstance(outcome, Exception):
                self._library.set_exception(outcome)
            else:
                self._library.set_result(outcome)

    def _report(self, status: str) -> None:
        self.status = status
        logger.info(status)
