"""One worker against two, over one PostgreSQL and one Chroma server (`python -m evals.workers`): answers a second, how
well two share the machine, and who has the processors meanwhile.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from evals.bench import ready
from evals.engines import Chroma, Postgres, engines
from evals.load import USERS, Run, load
from evals.service import served

_WARM_UP_S = 5
_BUSY = 0.9
Parties = Mapping[str, Callable[[], list[psutil.Process]]]
"""Who is at work: the processes of each, which come and go."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One run of the clients."""

    workers: int
    run: Run
    cores: Mapping[str, float]
    """How many cores each party had, on average."""


def main() -> None:
    """Print the table and the efficiency; exit with 1 when a question failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=20, help="length of each run (default: 20)")
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=2, help="runs of each, taken in turns (default: 2)")
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        postgres, chroma = stack.enter_context(engines())
        settings = {"MENTOR_COACH_DATABASE_URL": postgres.database(), "MENTOR_COACH_CHROMA_URL": chroma.url}
        coaches: dict[int, tuple[str, psutil.Process]] = {}
        for workers in (1, 2):
            with_workers = settings | {"MENTOR_COACH_WORKERS": str(workers)}
            url, _, process = stack.enter_context(served(folder / str(workers), **with_workers))
            ready(url)
            load(url, options.clients, _WARM_UP_S)
            coaches[workers] = url, process
        found: list[Measured] = []
        for _ in range(options.rounds):
            for workers, (url, process) in coaches.items():
                found.append(_measure(workers, url, _parties(process, postgres, chroma), options))
    print("\n".join(table(found)))
    sys.exit(any(one.run.failed for one in found))


def table(found: Sequence[Measured]) -> list[str]:
    """Every run, the efficiency of two workers over their means, and what bounds them."""
    names = list(found[0].cores)
    lines = [f"{'workers':<9}{'a second':>9}{'p50 ms':>8}{'p95 ms':>8}" + "".join(f"{name:>17}" for name in names)]
    for one in found:
        cores = "".join(f"{one.cores[name]:>11.2f} cores" for name in names)
        lines.append(f"{one.workers:<9}{one.run.per_second:>9.1f}{one.run.p50_ms:>8.0f}{one.run.p95_ms:>8.0f}{cores}")
    rates = {workers: _mean([one.run.per_second for one in found if one.workers == workers]) for workers in (1, 2)}
    more = rates[2] / rates[1]
    lines.append(f"two workers answer {more:.2f} times as many: efficiency {more / 2:.2f}")
    lines.append(_bound([one for one in found if one.workers == 2]))
    return lines


def _bound(found: Sequence[Measured]) -> str:
    """What two workers wait for, as far as processor time can tell."""
    cores = {name: _mean([one.cores[name] for one in found]) for name in found[0].cores}
    held, have = sum(cores.values()), psutil.cpu_count() or 1
    greatest = max(cores, key=lambda name: cores[name])
    if held < _BUSY * have:
        return f"{held:.2f} of {have} cores are busy: they wait for something other than processors"
    shares = ", ".join(f"{name} {share / held:.0%}" for name, share in cores.items())
    return f"bound by processors, {held:.2f} of {have} cores busy, most of them with {greatest}: {shares}"


def _measure(workers: int, url: str, parties: Parties, options: argparse.Namespace) -> Measured:
    """Run the clients; the processors are looked at in the midst of it, when all of them are at work."""
    with ThreadPoolExecutor(1) as beside:
        running = beside.submit(load, url, options.clients, options.seconds)
        time.sleep(0.4 * options.seconds)
        began, before = time.perf_counter(), _used(parties)
        time.sleep(0.5 * options.seconds)
        used = {name: seconds - before[name] for name, seconds in _used(parties).items()}
        wall = time.perf_counter() - began
        return Measured(workers, running.result(), {name: seconds / wall for name, seconds in used.items()})


def _parties(process: psutil.Process, postgres: Postgres, chroma: Chroma) -> Parties:
    return {
        "workers": lambda: [process, *process.children(recursive=True)],
        "postgresql": lambda: postgres.processes,
        "chroma": lambda: [chroma.process],
        "clients": lambda: [child for child in psutil.Process().children() if str(USERS) in child.cmdline()],
    }


def _used(parties: Parties) -> dict[str, float]:
    """Processor seconds so far: of each party, and of everything else on this machine."""
    used = {name: _seconds(processes()) for name, processes in parties.items()}
    machine = psutil.cpu_times()
    return used | {"others": machine.user + machine.nice + machine.system - sum(used.values())}


def _seconds(processes: Sequence[psutil.Process]) -> float:
    """Processor seconds of these processes, and of children of theirs that have ended."""
    total = 0.0
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


if __name__ == "__main__":
    main()
