"""How `mentor-coach ingest` tells what it does: a line a file, progress with rate and time left, and a summary."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from corpus.ingest import shown

if TYPE_CHECKING:
    from coach.library import Library
    from coach.progress import Progress
    from corpus.ingest import Outcome

_ORDER = ("added", "replaced", "unchanged", "removed", "duplicate", "skipped", "failed")
_EVERY_S = 2.0


def show(run: Callable[..., Iterator[Outcome]], paths: Sequence[Path], prune: bool) -> bool:
    """Run it and print what happens; false when a file failed or no document was found."""
    counts: Counter[str] = Counter()
    amiss: list[Outcome] = []
    said = _Progress()
    for outcome in run(paths, prune=prune, told=said):
        counts[outcome.status] += 1
        print(f"{outcome.status:<10}{shown(outcome.file)}{f'  {outcome.reason}' if outcome.reason else ''}")
        if outcome.status in ("failed", "duplicate", "skipped"):
            amiss.append(outcome)
    said.end()
    if amiss:
        print(f"\nNot taken in ({len(amiss)}):")
        for outcome in amiss:
            print(f"  {shown(outcome.file)}: {outcome.reason}")
    print(", ".join(f"{counts[status]} {status}" for status in _ORDER if counts[status]) or _NOTHING)
    return bool(counts) and not counts["failed"]


def show_enriching(library: Library) -> None:
    """Have the chat model write for own passages, where there is one; an interrupt ends it and loses nothing."""
    if library.enricher is None or not (waiting := library.enricher.waiting()):
        return
    print(f"{library.enricher.name} writes findings and questions for {waiting} passages; Ctrl-C ends it.", flush=True)
    said = _Progress("passages")
    try:
        library.enrich(said)
    except KeyboardInterrupt:
        print("\nEnded.", file=sys.stderr)
    said.end()
    left = library.enricher.waiting()
    print(f"{waiting - left} passages done" + (f", {left} left for the next run or start" if left else ""))
    if library.enricher.problem:
        print(library.enricher.problem)


_NOTHING = "no document of a known kind there"


class _Progress:
    """A line on standard error now and then; on a terminal it stays in its place."""

    def __init__(self, unit: str = "files") -> None:
        self._unit = unit
        self._last = 0.0
        self._done = -1
        self._shown = False

    def __call__(self, at: Progress) -> None:
        now = time.monotonic()
        if (now - self._last < _EVERY_S and at.done < at.total) or at.done == self._done:
            return
        self._last, self._done = now, at.done
        left = "" if at.seconds_left is None else f", about {_duration(at.seconds_left)} left"
        line = f"{at.done} of {at.total} {self._unit}, {at.per_second:.1f} a second{left}"
        self._shown = True
        if sys.stderr.isatty():
            print(f"\r\x1b[K{line}", end="", file=sys.stderr, flush=True)
        else:
            print(line, file=sys.stderr, flush=True)

    def end(self) -> None:
        if self._shown and sys.stderr.isatty():
            print(file=sys.stderr)


def _duration(seconds: float) -> str:
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
