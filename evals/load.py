"""Many clients at once (`python -m evals.load`): answers a second against embedding alone, and what overload gets."""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from evals.alone import encode
from evals.bench import ready
from evals.case import load_cases
from evals.service import served
from retrieval.embedder import Embedder

USERS = Path(__file__).with_name("load_users.py")


@dataclass(frozen=True, slots=True)
class Run:
    """What one run of locust counted."""

    answered: int
    refused: int
    failed: int
    per_second: float
    p50_ms: float
    p95_ms: float


def main() -> None:
    """Print the figures; exit with 1 when something failed or was missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=30, help="Length of each run; 600 to watch the memory.")
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--overload", type=int, default=200)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, served(Path(folder) / "home") as (url, _, process):
        ready(url)
        # Before and after, since a machine that others use is not the same at both times.
        quiet = [_embedding(encode(), min(chosen.seconds, 10))]
        load(url, 4, 5)
        before = process.memory_info().rss
        run = load(url, chosen.clients, chosen.seconds)
        after = process.memory_info().rss
        quiet.append(_embedding(encode(), min(chosen.seconds, 10)))
        alone, own = statistics.mean(quiet), _embedding(Embedder().vector, min(chosen.seconds, 10))
        print(
            f"embedding the questions alone: {quiet[0]:.1f} and {quiet[1]:.1f} a second, "
            f"by the coach's own pass {own:.1f} ({run.per_second / own:.2f})"
        )
        print(
            f"{chosen.clients} clients: {run.answered} answered, {run.refused} refused, {run.failed} failed; "
            f"{run.per_second:.1f} a second ({run.per_second / alone:.2f} of embedding alone, aim 0.50); "
            f"p50 {run.p50_ms:.0f} ms, p95 {run.p95_ms:.0f} ms (aim 2000); "
            f"memory {before / 1e9:.2f} → {after / 1e9:.2f} GB"
        )
        over = load(url, chosen.overload, min(chosen.seconds, 20))
        recovered = _recovery(url)
        print(
            f"{chosen.overload} clients: {over.answered} answered, {over.refused} refused with when to come again, "
            f"{over.failed} failed; answers in time again {recovered:.1f} s after they left (aim 5)"
        )
    missed = run.per_second / alone < 0.5 or run.p95_ms > 2000 or recovered > 5
    sys.exit(bool(missed or run.failed or over.failed))


def _embedding(embed: Callable[[str], object], seconds: float) -> float:
    """Questions a second, one after the other."""
    questions = [case.turns[0] for case in load_cases("dev")]
    began, done = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        embed(questions[done % len(questions)])
        done += 1
    return done / (time.perf_counter() - began)


def load(url: str, clients: int, seconds: int) -> Run:
    command = [
        *(sys.executable, "-m", "locust", "-f", str(USERS), "--headless", "--json", "--only-summary"),
        *("--host", url, "-u", str(clients), "-r", str(clients), "-t", f"{seconds}s", "--exit-code-on-error", "0"),
    ]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    stats: list[dict[str, Any]] = json.loads(ran.stdout)
    by_name = {entry["name"]: entry for entry in stats}
    answered = by_name.get("answered", {})
    failed = sum(entry["num_failures"] for entry in stats)
    times = sorted((float(t), int(n)) for t, n in answered.get("response_times", {}).items())
    length = max(answered.get("last_request_timestamp", 0.0) - answered.get("start_time", 0.0), 1e-9)
    count = int(answered.get("num_requests", 0)) - int(answered.get("num_failures", 0))
    refused = int(by_name.get("refused", {}).get("num_requests", 0))
    return Run(count, refused, failed, count / length, _quantile(times, 0.5), _quantile(times, 0.95))


def _quantile(times: list[tuple[float, int]], share: float) -> float:
    total, seen = sum(number for _, number in times), 0
    for milliseconds, number in times:
        seen += number
        if seen >= share * total:
            return milliseconds
    return 0.0


def _recovery(url: str) -> float:
    """Seconds until a question is answered within a second again."""
    began = time.perf_counter()
    with httpx.Client(base_url=url, timeout=60) as client:
        while True:
            asked = time.perf_counter()
            response = client.post("/v1/ask", json={"question": "How do the National Academies define mentorship?"})
            now = time.perf_counter()
            if response.status_code == 200 and now - asked < 1:
                return asked - began
            time.sleep(0.1)


if __name__ == "__main__":
    main()
