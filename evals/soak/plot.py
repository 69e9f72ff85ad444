"""The plot of a soak: latency by kind, memory, file handles and errors over its minutes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure as Canvas

from evals.soak.ledger import KINDS, Timing
from evals.soak.watch import Sample

_WINDOWS = 60
_COLOURS = ("#1f5f8b", "#b5651d", "#4b7f52", "#7b4b94", "#8a8a8a")


def plot(timings: Sequence[Timing], samples: Sequence[Sample], began: float, file: Path) -> None:
    """Write it to `file` as SVG."""
    canvas = Canvas(figsize=(9, 9))
    latency, memory, handles, errors = canvas.subplots(4, sharex=True, height_ratios=(3, 1.5, 1.5, 1))
    width = max(samples[-1].at / _WINDOWS, 1.0)
    for kind, colour in zip(KINDS, _COLOURS, strict=True):
        at, p50, p95 = _windows([t for t in timings if t.kind == kind], began, width)
        latency.plot(at, p95, color=colour, label=kind)
        latency.plot(at, p50, color=colour, linewidth=0.8, linestyle="--")
    latency.set(ylabel="seconds: p95, and p50 dashed", yscale="log")
    latency.legend(fontsize=8, ncols=len(KINDS))
    minutes = [sample.at / 60 for sample in samples]
    for axes, name, label in ((memory, "memory", "memory, MB"), (handles, "handles", "file handles")):
        axes.plot(minutes, [getattr(sample, name) for sample in samples], color=_COLOURS[0])
        axes.set(ylabel=label, ylim=(0, None))
    errors.step(minutes, [sample.errors for sample in samples], color=_COLOURS[1], where="post")
    errors.set(ylabel="errors so far", xlabel="minutes", ylim=(0, max(1, samples[-1].errors) * 1.1))
    for axes in (latency, memory, handles, errors):
        axes.grid(alpha=0.3)
    FigureCanvasSVG(canvas)
    canvas.tight_layout()
    canvas.savefig(file, format="svg", metadata={"Date": None})


def _windows(timings: Sequence[Timing], began: float, width: float) -> tuple[list[float], list[float], list[float]]:
    """The middle of each window in minutes, and the p50 and p95 of what ended in it."""
    by_window: dict[int, list[float]] = {}
    for timing in timings:
        by_window.setdefault(int((timing.at - began) / width), []).append(timing.seconds)
    at = sorted(by_window)
    quantiles = [np.percentile(by_window[window], [50, 95]) for window in at]
    return (
        [(window + 0.5) * width / 60 for window in at],
        [float(p50) for p50, _ in quantiles],
        [float(p95) for _, p95 in quantiles],
    )
