"""Several processes that answer on one address: starts them, starts them again when they die, and stops them."""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence

logger = logging.getLogger(__name__)

_LOOK_S = 0.2
_GRACE_S = 10.0
_AGAIN_S = 2.0


def supervise(count: int, listening: socket.socket, command: Sequence[str]) -> int:
    """Run `count` times `command`, which is given the number of the shared socket; returns the exit code.

    One of the first workers that ends by itself with code 1 has said why it cannot work; then all stop. Any other end
    is an accident, and another worker takes its place. That one is tried again and again: it may be that a server is
    away just now, and the others go on without it.
    """
    stopping: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda got, _: stopping.append(got))
    shared = listening.fileno()
    workers = [_start(command, shared) for _ in range(count)]
    first = tuple(workers)
    code = 0
    while not stopping and not code:
        time.sleep(_LOOK_S)
        for place, worker in enumerate(workers):
            ended = worker.poll()
            if ended is None:
                continue
            if ended == 1 and worker in first:
                code = 1
                break
            logger.warning("Worker %s ended (%s); another takes its place", worker.pid, ended)
            if ended == 1:
                time.sleep(_AGAIN_S)
            workers[place] = _start(command, shared)
    _stop(workers)
    return code


def follow() -> None:
    """Let this worker end with the process that watches over it: left alone it would keep the address for ever."""
    threading.Thread(target=_end_after, args=(os.getppid(),), name="follow", daemon=True).start()


def _end_after(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK_S)
    logger.warning("The process that watched over this worker is gone; it ends too")
    os.kill(os.getpid(), signal.SIGINT)


def _start(command: Sequence[str], shared: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen([*command, str(shared)], pass_fds=[shared])


def _stop(workers: Sequence[subprocess.Popen[bytes]]) -> None:
    for worker in workers:
        if worker.poll() is None:
            worker.send_signal(signal.SIGINT)
    deadline = time.monotonic() + _GRACE_S
    for worker in workers:
        try:
            worker.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            worker.kill()
            worker.wait()


def command() -> list[str]:
    """This program as one worker of several; the number of the socket follows."""
    return [sys.executable, "-m", "ui.cli", "serve", "--socket"]
