"""A report as it is written and read again."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import Field, ValidationError

from evals.figures import Difference, Figure, difference
from evals.reply import Value

FILE = "report.json"


class ReportError(Exception):
    """A report cannot be read; the message says what to do."""


class Failure(Value):
    """A task that got no answer, and why."""

    id: str
    error: str


class Judged(Value):
    """The judge of statements and its agreement with labels."""

    name: str
    labels: str
    supported: int
    unsupported: int
    right_on_supported: float
    right_on_unsupported: float


class Report(Value):
    """What one target reads on all metrics."""

    made_by: str = Field(description="The command.")
    made_at: str
    target: str
    writers: list[str] = Field(description="The models that wrote answers; `none` for quotes and reviewed findings.")
    judge: Judged
    cases: int
    tasks: int
    figures: list[Figure]
    failures: list[Failure]
    warnings: list[str]
    wall_s: float
    cpu_s: float = Field(description="Seconds of all cores together, of this program and of a service it started.")

    def named(self, name: str) -> Figure | None:
        return next((figure for figure in self.figures if figure.name == name), None)


def differences(one: Report, other: Report) -> dict[str, Difference]:
    """Each figure of `one` less that of `other`, where both have it over shared cases."""
    pairs = [(figure, other.named(figure.name)) for figure in one.figures]
    found = [difference(figure, beside) for figure, beside in pairs if beside is not None]
    return {item.name: item for item in found if item is not None}


def write_report(report: Report, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FILE).write_text(json.dumps(report.model_dump(), ensure_ascii=False, indent=1) + "\n", "utf-8")


def read_report(file: Path) -> Report:
    """A report; raises `ReportError`."""
    try:
        return Report.model_validate_json(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, ValidationError) as error:
        raise ReportError(
            f"{str(file)!r} is no report of this release ({type(error).__name__}). "
            "Make one with python -m evals.report."
        ) from error
