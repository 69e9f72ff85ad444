"""The plots of a report, as SVG images that stand inside the page."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence

import numpy as np
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure as Canvas

from evals.metrics.calibration import told
from evals.run import Run
from evals.written import Report

_ONE, _OTHER = "#1f5f8b", "#b5651d"


def quality(report: Report, beside: Report | None) -> str:
    """Every figure of which 1 is the best, with its interval."""
    names = [f.name for f in report.figures if f.value is not None and f.better == "higher"]
    canvas = Canvas(figsize=(8, 0.28 * len(names) + 1))
    axes = canvas.subplots()
    for shown, colour, shift in ((report, _ONE, 0.12), (beside, _OTHER, -0.12)):
        if shown is None or not names:
            continue
        found = [
            (place, figure.value, figure.value if figure.low is None else figure.low, figure.high or figure.value)
            for place, name in enumerate(reversed(names))
            if (figure := shown.named(name)) is not None and figure.value is not None
        ]
        values = [value for _, value, _, _ in found]
        spread = np.clip([[value - low, high - value] for _, value, low, high in found], 0, None).T
        places = [place + (shift if beside else 0) for place, *_ in found]
        axes.errorbar(values, places, xerr=spread, fmt="o", markersize=4, color=colour, label=shown.target, capsize=2)
    axes.set(
        yticks=range(len(names)),
        yticklabels=list(reversed(names)),
        xlim=(-0.02, 1.02),
        xlabel="value, with 95 % interval",
    )
    axes.grid(axis="x", alpha=0.3)
    if names:
        axes.legend(loc="lower left", fontsize=8)
    return _image(canvas, "Every figure with its interval; the table holds the numbers.")


def latency(runs: Sequence[tuple[str, Run]]) -> str:
    """The share of replies that are whole after so many seconds."""
    canvas = Canvas(figsize=(8, 3))
    axes = canvas.subplots()
    for (name, run), colour in zip(runs, (_ONE, _OTHER), strict=False):
        seconds = np.sort([reply.whole_s for _, reply in run.outcomes])
        if len(seconds):
            axes.step(seconds, np.arange(1, len(seconds) + 1) / len(seconds), color=colour, label=name, where="post")
    axes.set(xscale="log", xlabel="seconds to the whole reply", ylabel="share of replies", ylim=(0, 1.02))
    axes.grid(alpha=0.3)
    if axes.lines:
        axes.legend(fontsize=8)
    return _image(canvas, "How long whole replies take, as shares of all replies.")


def reliability(run: Run) -> str | None:
    """Told probability against the share of covered questions; `None` where none is told."""
    found = told(run)
    if not found:
        return None
    values = np.array([probability for _, probability, _ in found])
    labels = np.array([covered for _, _, covered in found], np.float64)
    canvas = Canvas(figsize=(4.5, 4))
    axes = canvas.subplots()
    places = np.minimum((values * 10).astype(int), 9)
    bins = sorted(set(places.tolist()))
    axes.plot([0, 1], [0, 1], color="grey", linewidth=1)
    sizes = [20 + 200 * float((places == place).mean()) for place in bins]
    means = [values[places == place].mean() for place in bins]
    shares = [labels[places == place].mean() for place in bins]
    axes.scatter(means, shares, s=sizes, color=_ONE)
    axes.set(xlabel="told probability", ylabel="share that is covered", xlim=(0, 1), ylim=(-0.02, 1.02))
    return _image(canvas, "Told coverage probability against the share of covered questions.")


def _image(canvas: Canvas, words: str) -> str:
    FigureCanvasSVG(canvas)
    canvas.tight_layout()
    out = io.BytesIO()
    canvas.savefig(out, format="svg", metadata={"Date": None})
    data = base64.b64encode(out.getvalue()).decode("ascii")
    return f'<img alt="{words}" src="data:image/svg+xml;base64,{data}">'
