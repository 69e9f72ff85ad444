"""Has our coach become worse? Its reading against the committed one, case by case (`make eval`)."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from evals.answers import FILE as ANSWERS
from evals.answers import AnswersError, collect
from evals.case import CaseError, load_cases
from evals.figures import Figure, difference
from evals.judges import Verbatim
from evals.opening import COACH, opened
from evals.plan import Plan, make_plan, read_messages, thin
from evals.reply import Record
from evals.run import Run
from evals.scoring import score_all
from evals.targets import TargetError
from evals.terminal import Ticker, number
from evals.written import ReportError

BASELINE = Path(__file__).parent / "baseline.json"
_EXACT = ("quote_integrity", "citation_recall")
"""What the product promises of every answer: any fall is one too many, however few cases it touches."""
_FIGURES = TypeAdapter(list[Figure])


@dataclass(frozen=True, slots=True)
class Fall:
    """A figure that fell, and the cases that lost."""

    name: str
    before: float
    now: float
    why: str
    lost: tuple[str, ...]

    def __str__(self) -> str:
        named = ", ".join(self.lost[:6]) + (" …" if len(self.lost) > 6 else "")
        return f"FELL {self.name}: {self.before:.3f} → {self.now:.3f} ({self.why}); lost: {named}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Exit with 1 on a fall or a failed task, with 2 when the run could not begin."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("out/eval"), help="folder of the answers (default: out/eval)")
    parser.add_argument("--url", help="a served coach; without it, one is started for the run")
    parser.add_argument("--fast", action="store_true", help="a quarter of the cases")
    parser.add_argument("--update", action="store_true", help="write what is read now to evals/baseline.json")
    options = parser.parse_args(arguments)
    try:
        plan = make_plan(load_cases("dev"), read_messages("dev"))
        figures, failed = read(thin(plan) if options.fast else plan, options.out, options.url)
        falls = [] if options.update else compare(figures, stored())
    except (CaseError, TargetError, AnswersError, ReportError) as error:
        print(f"evals.gate: {error}", file=sys.stderr)
        sys.exit(2)
    for figure in figures:
        print(f"{figure.name:<30}{number(figure):>9}{figure.n:>6}")
    for record in failed:
        print(f"FAILED {record.id}: {record.error}")
    if options.update:
        if options.fast or failed:
            sys.exit("evals.gate: only a whole run without failures becomes the committed reading.")
        store(figures)
        return
    print(*falls, sep="\n")
    sys.exit(bool(falls or failed))


def read(plan: Plan, folder: Path, url: str | None = None) -> tuple[list[Figure], list[Record]]:
    """The figures of our coach, asked anew, without its latency; and the tasks that failed."""
    (folder / ANSWERS).unlink(missing_ok=True)
    with opened(COACH, url, 60.0) as (target, _):
        records = collect(target, plan, folder, Ticker(target.name))
    figures = [figure for figure in score_all(Run(plan, records, Verbatim())) if not figure.unit]
    return figures, [record for record in records.values() if record.error is not None]


def compare(now: Iterable[Figure], before: Iterable[Figure]) -> list[Fall]:
    """Figures that are worse on the cases that both readings share: surely so by a paired bootstrap, or exactly."""
    known = {figure.name: figure for figure in before}
    falls: list[Fall] = []
    for figure in now:
        gap = difference(figure, known[figure.name]) if figure.name in known else None
        if gap is None:
            continue
        sign = -1 if figure.better == "lower" else 1
        exact = figure.name in _EXACT and gap.one < gap.other
        if gap.verdict == "behind" or exact:
            why = "any fall counts" if exact else f"difference {gap.low:+.3f} to {gap.high:+.3f}, n={gap.n}"
            earlier = known[figure.name].scores
            lost = tuple(c for c, s in figure.scores.items() if c in earlier and sign * s < sign * earlier[c])
            falls.append(Fall(figure.name, gap.other, gap.one, why, lost))
    return falls


def stored(file: Path = BASELINE) -> list[Figure]:
    """The committed reading; raises `ReportError`."""
    try:
        return _FIGURES.validate_json(file.read_bytes())
    except (OSError, ValidationError) as error:
        raise ReportError(
            f"{file.name} cannot be read ({type(error).__name__}). Make it with: python -m evals.gate --update"
        ) from error


def store(figures: Iterable[Figure], file: Path = BASELINE) -> None:
    """Write the reading, a figure a line."""
    lines = [json.dumps(figure.model_dump(exclude_defaults=True), ensure_ascii=False) for figure in figures]
    file.write_text("[\n" + ",\n".join(lines) + "\n]\n", "utf-8")


if __name__ == "__main__":
    main()
