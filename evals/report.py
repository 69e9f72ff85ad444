"""The whole evaluation of a coach, or of anything that answers, in one command: `python -m evals.report --out DIR`."""

from __future__ import annotations

import argparse
import shlex
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from coach.errors import SettingsError
from evals.answers import FILE as ANSWERS
from evals.answers import AnswersError, collect
from evals.case import CASES, CaseError, half_argument, load_cases, read_cases
from evals.judges import Judge, agreement, judged_itself, open_judge
from evals.opening import BASELINE, COACH, opened
from evals.page import page
from evals.plan import Plan, make_plan, read_messages
from evals.reply import Record
from evals.run import Run
from evals.scoring import score_all
from evals.targets import TargetError
from evals.terminal import Ticker, table
from evals.verification import PairError
from evals.written import Failure, Judged, Report, ReportError, read_report, write_report

_OWN_LABELS = CASES / "verification.jsonl"


def main(arguments: Sequence[str] | None = None) -> None:
    """Exit with 1 when a task failed, with 2 when the run could not begin, with 130 when it was interrupted."""
    options = _parser().parse_args(arguments)
    made_by = "python -m evals.report " + shlex.join(sys.argv[1:] if arguments is None else arguments)
    try:
        plan = _plan(options)
        judge = open_judge(options.judge)
        judged = _judged(judge, options.labels)
        report, run = evaluate(options.target, options, plan, judge, judged, options.out, made_by)
        beside, beside_run = None, None
        if options.beside:
            beside, beside_run = evaluate(
                options.beside, options, plan, judge, judged, options.out / "beside", made_by, alone=True
            )
        elif options.compare:
            beside = read_report(options.compare)
    except (CaseError, PairError, SettingsError, TargetError, AnswersError, ReportError) as error:
        print(f"evals.report: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print(f"\nInterrupted. The answers so far are in {options.out}; the same command goes on.", file=sys.stderr)
        sys.exit(130)
    (options.out / "report.html").write_text(page(report, run, beside, beside_run), "utf-8")
    print(table(report, beside))
    print(f"\n{options.out / 'report.html'}")
    sys.exit(bool(report.failures or (beside_run and beside and beside.failures)))


def evaluate(
    name: str,
    options: argparse.Namespace,
    plan: Plan,
    judge: Judge,
    judged: Judged,
    folder: Path,
    made_by: str,
    *,
    alone: bool = False,
) -> tuple[Report, Run]:
    """Ask a target everything, score it and write its `report.json`; `alone` leaves `--url` to the other target."""
    started, computing = time.perf_counter(), time.process_time()
    if options.fresh:
        (folder / ANSWERS).unlink(missing_ok=True)
    with opened(name, None if alone else options.url, options.timeout) as (target, used):
        records = collect(target, plan, folder, Ticker(target.name), keep=options.rescore)
        served = used()
    run = Run(plan, records, judge)
    writers = sorted({reply.model for _, reply in run.outcomes})
    report = Report(
        made_by=made_by,
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        target=target.name,
        writers=writers,
        judge=judged,
        cases=len(plan.cases),
        tasks=len(plan.tasks),
        figures=score_all(run),
        failures=_failures(records),
        warnings=_warnings(judge, writers),
        wall_s=time.perf_counter() - started,
        cpu_s=time.process_time() - computing + served,
    )
    write_report(report, folder)
    return report, run


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of the report and the answers")
    parser.add_argument("--url", help="a served coach; without it, one is started for the run")
    parser.add_argument("--target", default=COACH, help=f"{COACH} (default), {BASELINE}, or openai:BASE_URL:MODEL")
    parser.add_argument("--beside", metavar="TARGET", help="a second target, in the same report: for example baseline")
    parser.add_argument("--compare", type=Path, metavar="FILE", help="another report.json to lay beside this one")
    half_argument(parser)
    parser.add_argument("--cases", type=Path, nargs="+", metavar="FILE", help="case files of one's own instead")
    parser.add_argument("--judge", help="cross-encoder:PATH or chat:PROVIDER:NAME, for statements in own words")
    parser.add_argument(
        "--labels", type=Path, metavar="FILE", help="{premise, claim, label} lines to test the judge on"
    )
    parser.add_argument("--timeout", type=float, default=60.0, help="seconds that a reply may take (default: 60)")
    parser.add_argument("--fresh", action="store_true", help="forget the answers of an interrupted run")
    parser.add_argument(
        "--rescore", action="store_true", help="score the answers of a finished run again, asking nothing"
    )
    return parser


def _plan(options: argparse.Namespace) -> Plan:
    if options.cases:
        return make_plan([case for file in options.cases for case in read_cases(file)])
    return make_plan(load_cases(options.half), read_messages(options.half))


def _judged(judge: Judge, labels: Path | None) -> Judged:
    """The judge's agreement with the given labels, else with the development half of the project's own pairs."""
    found = agreement(judge, labels) if labels else agreement(judge, _OWN_LABELS, "dev")
    values = asdict(found)
    return Judged(name=values.pop("judge"), **values)


def _failures(records: Mapping[str, Record]) -> list[Failure]:
    return [Failure(id=record.id, error=record.error) for record in records.values() if record.error is not None]


def _warnings(judge: Judge, writers: Sequence[str]) -> list[str]:
    if judged_itself(judge, writers):
        return [f"the judge {judge.name} wrote some of the answers that it judges; name another judge"]
    return []


if __name__ == "__main__":
    main()
