"""Samples of a running service: memory and file handles of its processes, every few seconds, kept as they come."""

from __future__ import annotations

import csv
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import psutil

from evals.soak.ledger import KINDS, Ledger, Timing


@dataclass(frozen=True, slots=True)
class Sample:
    """`at` in seconds since the start; memory in MB, summed over the processes, as the other two are."""

    at: float
    memory: float
    handles: int
    threads: int
    errors: int
    """Since the start."""


class Watch(threading.Thread):
    """Takes a sample every `every` seconds until `end`, and writes it down at once with what calls took meanwhile."""

    def __init__(self, process: psutil.Process, ledger: Ledger, every: float, file: Path, end: threading.Event) -> None:
        super().__init__(name="watch")
        self.began = time.monotonic()
        self.samples: list[Sample] = []
        self._process, self._ledger, self._every, self._file, self._end = process, ledger, every, file, end

    def run(self) -> None:
        seen = 0
        with self._file.open("w", newline="") as out:
            told = [f"{kind} {figure}" for kind in KINDS for figure in ("number", "p50", "p95")]
            rows = csv.DictWriter(out, [*Sample.__dataclass_fields__, *told])
            rows.writeheader()
            while not self._end.wait(self._every):
                sample = self._taken()
                self.samples.append(sample)
                timings = self._ledger.timings[seen:]
                seen += len(timings)
                rows.writerow(asdict(sample) | _latencies(timings))
                out.flush()

    def _taken(self) -> Sample:
        memory = handles = threads = 0
        for process in (self._process, *self._process.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                memory += process.memory_info().rss
                handles += process.num_fds()
                threads += process.num_threads()
        at = time.monotonic() - self.began
        return Sample(round(at, 2), memory / 1e6, handles, threads, len(self._ledger.troubles))


def _latencies(timings: Sequence[Timing]) -> dict[str, float]:
    found: dict[str, float] = {}
    for kind in KINDS:
        if taken := [timing.seconds for timing in timings if timing.kind == kind]:
            p50, p95 = np.percentile(taken, [50, 95])
            found |= {f"{kind} number": len(taken), f"{kind} p50": round(p50, 4), f"{kind} p95": round(p95, 4)}
    return found
