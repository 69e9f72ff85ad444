"""A report on the terminal: progress while it is made, then a table."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator

from evals.figures import Difference, Figure
from evals.written import Report, differences

_EVERY_S = 0.2


class Ticker:
    """One line of progress on standard error; a new line every tenth where nobody looks at a terminal."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._live = sys.stderr.isatty()
        self._next = 0.0
        self._tenth = -1

    def __call__(self, done: int, total: int, failed: int) -> None:
        line = f"{self._name}: {done} of {total} asked" + (f", {failed} failed" if failed else "")
        if self._live and (done == total or time.monotonic() >= self._next):
            self._next = time.monotonic() + _EVERY_S
            print(f"\r{line}", end="\n" if done == total else "", file=sys.stderr, flush=True)
        elif not self._live and done * 10 // total > self._tenth:
            self._tenth = done * 10 // total
            print(line, file=sys.stderr, flush=True)


def table(report: Report, beside: Report | None = None) -> str:
    """The figures, a line each; beside another report with the paired difference and its interval."""
    return "\n".join(_lines(report, beside))


def _lines(report: Report, beside: Report | None) -> Iterator[str]:
    gaps = differences(report, beside) if beside else {}
    yield f"{report.target}: {report.cases} cases, {report.tasks} tasks, {len(report.failures)} failed"
    head = f"{'':<28}{'value':>8}  {'95 %':<15}{'n':>5}"
    if beside:
        yield f"beside {beside.target}"
        head += f"  {'beside':>8}{'n':>5}   difference, paired"
    yield ""
    yield head
    for figure in report.figures:
        line = f"{figure.name:<28}{number(figure):>8}  {interval(figure):<15}{figure.n:>5}"
        if beside:
            other = beside.named(figure.name)
            line += (
                f"  {number(other) if other else '':>8}{other.n if other else '':>5}   {told(gaps.get(figure.name))}"
            )
        note = f"   {figure.note}" if figure.note and not beside else ""
        yield (line + note).rstrip()
    judge = report.judge
    yield ""
    yield (
        f"judge of statements: {judge.name}; on {judge.labels} right on {judge.right_on_supported:.3f} "
        f"of {judge.supported} supported and {judge.right_on_unsupported:.3f} of {judge.unsupported} unsupported ones"
    )
    yield f"{report.wall_s:.0f} s by the clock, {report.cpu_s:.0f} s of computing"
    for warning in report.warnings:
        yield f"WARNING: {warning}"
    for failure in report.failures[:10]:
        yield f"FAILED {failure.id}: {failure.error}"
    if len(report.failures) > 10:
        yield f"… and {len(report.failures) - 10} more in report.json"


def number(figure: Figure) -> str:
    return "n/a" if figure.value is None else f"{figure.value:.3f}{figure.unit}"


def interval(figure: Figure) -> str:
    return "" if figure.low is None or figure.high is None else f"{figure.low:.3f} to {figure.high:.3f}"


def told(gap: Difference | None) -> str:
    """A difference in words; `level` where its interval holds zero."""
    if gap is None:
        return ""
    verdict = "" if gap.better == "neither" else f" {gap.verdict}"
    return f"{gap.one - gap.other:+.3f} ({gap.low:+.3f} to {gap.high:+.3f}, n={gap.n}){verdict}"
