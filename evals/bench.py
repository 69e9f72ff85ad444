"""Speed, start and memory of the served coach, as ratios measured in one run (`make bench`)."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from evals.alone import encode
from evals.case import load_cases
from evals.service import PATIENCE_S, served, until

_PAGE_IMPORTS = "import gradio, fastapi"
_ALL_IMPORTS = (
    "import ui.cli, uvicorn, ui.app, coach.build; from retrieval.embedder import Embedder; Embedder().vector('warm')"
)
_WARM_UP = 20


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: what was measured, against what, and the most that the ratio may be."""

    name: str
    measured: str
    against: str
    ratio: float
    at_most: float

    def __str__(self) -> str:
        verdict = "ok" if self.ratio <= self.at_most else "OVER"
        return f"{self.name:<44}{self.measured:>12}{self.against:>12}{self.ratio:>8.2f}{self.at_most:>8.2f}  {verdict}"


def main() -> None:
    """Print the table; exit with 1 when a figure is over its bound."""
    rows = list(_rows())
    print(f"{'':<44}{'measured':>12}{'against':>12}{'ratio':>8}{'at most':>8}")
    print("\n".join(map(str, rows)))
    sys.exit(any(row.ratio > row.at_most for row in rows))


def _rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        with served(home) as (url, _, _):
            ready(url)  # The first start indexes; what is measured below are later ones.
        pages, answers, imports, everything = [], [], [], []
        for _ in range(3):
            imports.append(_python(_PAGE_IMPORTS))
            everything.append(_python(_ALL_IMPORTS))
            with served(home) as (url, started, _):
                pages.append(until(f"{url}/") - started)
                answers.append(_first_answer(url) - started)
        page, base = statistics.median(pages), statistics.median(imports)
        yield Row("start: page / import gradio, fastapi", f"{page:.1f} s", f"{base:.1f} s", page / base, 1.5)
        first, whole = statistics.median(answers), statistics.median(everything)
        yield Row("start: first answer / imports and model", f"{first:.1f} s", f"{whole:.1f} s", first / whole, 1.5)
        with served(home) as (url, _, process):
            ready(url)
            yield _warm(url)
            resident = process.memory_info().rss / 1e9
            yield Row("memory: resident after the questions / 1 GB", f"{resident:.2f} GB", "1.00 GB", resident, 1.0)


def _warm(url: str) -> Row:
    """Median of whole answers over HTTP against embedding the same questions and doing nothing else, taken in turns."""
    questions = [case.turns[0] for case in load_cases("dev")]
    embed = encode()
    asked, embedded = [], []
    with httpx.Client(base_url=url, timeout=60) as client:
        for number, question in enumerate(questions):
            started = time.perf_counter()
            embed(question)
            between = time.perf_counter()
            client.post("/v1/ask", json={"question": question}).raise_for_status()
            ended = time.perf_counter()
            if number >= _WARM_UP:
                embedded.append((between - started) * 1000)
                asked.append((ended - between) * 1000)
    answer, alone = statistics.median(asked), statistics.median(embedded)
    return Row(
        f"warm answer / embedding alone ({len(asked)})", f"{answer:.1f} ms", f"{alone:.1f} ms", answer / alone, 2.5
    )


def _python(code: str) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    return time.perf_counter() - started


def ready(url: str) -> float:
    """The moment at which the coach at `url` is ready."""
    return until(f"{url}/readyz")


def _first_answer(url: str) -> float:
    question = {"question": "How do the National Academies define mentorship?"}
    httpx.post(f"{url}/v1/ask", json=question, timeout=PATIENCE_S).raise_for_status()
    return time.perf_counter()


if __name__ == "__main__":
    main()
