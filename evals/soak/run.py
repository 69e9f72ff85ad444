"""One soak of a served coach: clients and watch side by side for a while, then a second look at what was stored."""

from __future__ import annotations

import time
from pathlib import Path

import httpx
import psutil

from evals.soak.ledger import Ledger
from evals.soak.plot import plot
from evals.soak.summary import Summary, growth
from evals.soak.traffic import Stage
from evals.soak.watch import Watch
from ui.client import ClientError


def soak(url: str, process: psutil.Process, seconds: float, every: float, out: Path) -> Summary:
    """Let the clients at the coach at `url`, whose process is `process`; leaves soak.svg and soak.csv in `out`."""
    out.mkdir(parents=True, exist_ok=True)
    ledger = Ledger()
    stage = Stage(url, ledger)
    watch = Watch(process, ledger, every, out / "soak.csv", stage.stop)
    threads = [watch, *stage.threads()]
    for thread in threads:
        thread.start()
    try:
        time.sleep(seconds)
    finally:
        stage.stop.set()
        for thread in threads:
            thread.join()
    ended = time.monotonic()
    try:
        stage.clear()
    except (ClientError, httpx.HTTPError) as error:
        ledger.trouble("delete", str(error))
    turns, found = stage.look_again()
    plot(ledger.timings, watch.samples, watch.began, out / "soak.svg")
    growths = tuple(growth(watch.samples, name) for name in ("memory", "handles", "threads"))
    return Summary(ledger, growths, turns, found, watch.began, ended)
