"""A report as one HTML file that needs nothing else: figures, plots, what failed, and the cases that lost."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from evals import plots
from evals.run import Run
from evals.scoring import METRICS
from evals.terminal import interval, number, told
from evals.written import Report, differences

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}
table{border-collapse:collapse;width:100%;font-size:.9rem}caption{text-align:left;font-weight:600;padding:.5rem 0}
th,td{text-align:left;padding:.25rem .6rem;border-bottom:1px solid #ddd;vertical-align:top}td.n{text-align:right}
img{max-width:100%;height:auto}.behind{color:#8a1c1c}.ahead{color:#1b5e20}pre{white-space:pre-wrap;font-size:.85rem}
"""
_WORST = 8


def page(report: Report, run: Run, beside: Report | None = None, beside_run: Run | None = None) -> str:
    """The whole page. `beside_run` is there where the other report was made in the same command."""
    return "\n".join(_parts(report, run, beside, beside_run))


def _parts(report: Report, run: Run, beside: Report | None, beside_run: Run | None) -> Iterator[str]:
    title = f"{report.target}" + (f" beside {beside.target}" if beside else "")
    yield f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style>'
    yield f"<h1>{escape(title)}</h1>"
    yield (
        f"<p>{report.cases} cases, {report.tasks} tasks, {len(report.failures)} failed; {escape(report.made_at)}; "
        f"<code>{escape(report.made_by)}</code>. {report.wall_s:.0f} s by the clock, {report.cpu_s:.0f} s of "
        f"computing. Answers written by: {escape(', '.join(report.writers))}.</p>"
    )
    for warning in report.warnings:
        yield f'<p class="behind"><strong>Warning:</strong> {escape(warning)}</p>'
    yield from _table(report, beside)
    judge = report.judge
    yield (
        f"<p>Judge of statements: <strong>{escape(judge.name)}</strong>. On {escape(judge.labels)} it is right on "
        f"{judge.right_on_supported:.3f} of {judge.supported} supported and on {judge.right_on_unsupported:.3f} of "
        f"{judge.unsupported} unsupported statements.</p>"
    )
    yield f"<h2>Plots</h2><p>{plots.quality(report, beside)}</p>"
    runs = [(report.target, run), *([(beside.target, beside_run)] if beside and beside_run else [])]
    yield f"<p>{plots.latency(runs)}</p>"
    if reliability := plots.reliability(run):
        yield f"<p>{reliability}</p>"
    if report.failures:
        yield "<h2>Failed</h2><table><tr><th>task<th>why</tr>"
        yield from (f"<tr><td>{escape(item.id)}<td>{escape(item.error)}</tr>" for item in report.failures)
        yield "</table>"
    yield from _lost(report, run)
    yield "<h2>What the figures mean</h2>"
    for metric in METRICS:
        yield f"<h3>{metric.__name__.rpartition('.')[2]}</h3><pre>{escape((metric.__doc__ or '').strip())}</pre>"
    yield "</html>"


def _table(report: Report, beside: Report | None) -> Iterator[str]:
    gaps = differences(report, beside) if beside else {}
    yield "<table><caption>Figures, with 95 % bootstrap intervals over cases</caption>"
    yield "<tr><th>figure<th>value<th>95 %<th>n"
    yield f"<th>{escape(beside.target)}<th>n<th>difference, paired<th>note</tr>" if beside else "<th>note</tr>"
    for figure in report.figures:
        row = f'<tr><td>{figure.name}<td class="n">{number(figure)}<td>{interval(figure)}<td class="n">{figure.n}'
        if beside:
            other, gap = beside.named(figure.name), gaps.get(figure.name)
            row += f'<td class="n">{number(other) if other else ""}<td class="n">{other.n if other else ""}'
            row += f'<td class="{gap.verdict if gap else ""}">{told(gap)}'
        yield f"{row}<td>{escape(figure.note or '')}</tr>"
    yield "</table>"


def _lost(report: Report, run: Run) -> Iterator[str]:
    """The first cases with the lowest scores of each quality figure."""
    asked = {case.id: " ▸ ".join(case.turns) for case in run.plan.cases}
    asked |= {message.id: message.text for message in run.plan.messages}
    yield "<h2>Cases that lost</h2><table><tr><th>figure<th>case<th>score<th>asked</tr>"
    for figure in report.figures:
        if figure.better != "higher":
            continue
        worst = sorted((score, case) for case, score in figure.scores.items() if score < 1)[:_WORST]
        for score, case in worst:
            yield f"<tr><td>{figure.name}<td>{escape(case)}<td>{score:.2f}<td>{escape(asked.get(case, ''))}</tr>"
    yield "</table>"
