"""A served coach of one's own: a `mentor-coach serve` process on a free port."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import psutil

PATIENCE_S = 600
"""A busy machine takes minutes to start a service; one whose process ended is told at once."""


@contextmanager
def served(home: Path, log: Path | str = os.devnull, **settings: str) -> Iterator[tuple[str, float, psutil.Process]]:
    """A service process over `home`: its address, the moment it was started, and the process.

    `settings` are more of the environment, as `MENTOR_COACH_WORKERS="2"`; its workers end with it. What it logs goes to
    the file `log`.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {"MENTOR_COACH_HOME": str(home), "MENTOR_COACH_PORT": str(port)} | settings
    command = [str(Path(sys.executable).with_name("mentor-coach")), "serve"]
    started = time.perf_counter()
    with Path(log).open("wb") as out, subprocess.Popen(command, env=environment, stdout=out, stderr=out) as process:
        watched = psutil.Process(process.pid)
        try:
            yield f"http://127.0.0.1:{port}", started, watched
        finally:
            workers = watched.children(recursive=True) if watched.is_running() else []
            # The one that watches over workers goes first: it would start them again.
            process.kill()
            for worker in workers:
                with suppress(psutil.NoSuchProcess):
                    worker.kill()


def until(url: str, statuses: Sequence[int] = (200,), process: psutil.Process | None = None) -> float:
    """The moment at which `url` first answers with one of `statuses`; raises `TimeoutError`.

    Where `process` is given, its end is told at once.
    """
    deadline = time.perf_counter() + PATIENCE_S
    while time.perf_counter() < deadline:
        if process is not None and (not process.is_running() or process.status() == psutil.STATUS_ZOMBIE):
            raise TimeoutError("its process ended")
        try:
            if httpx.get(url, timeout=PATIENCE_S).status_code in statuses:
                return time.perf_counter()
        except httpx.TransportError:
            pass
        time.sleep(0.02)
    raise TimeoutError(f"{url} did not answer within {PATIENCE_S} s")
