"""The whole path of a report against the real service, the plainest pipeline beside it, and the gate over it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from evals import gate, report
from evals.case import load_cases
from evals.figures import Figure, difference, figure
from evals.gate import compare, stored
from evals.plan import make_plan, read_messages, thin
from evals.written import read_report

CASES = """\
- id: own-1
  kind: direct
  turns: [Do men with women mentors feel accepted?]
  expect: answer
  sources: [ragins-cotton-mentor-functions]
  quotes: [their mentor provided acceptance roles]
  relevant: [Male protégés with female mentors were significantly less likely than all other gender combinations]
- id: own-2
  kind: multi-turn
  turns: [How do the National Academies define mentorship?, who wrote that?]
  expect: answer
  sources: [nasem-effective-mentorship-stemm]
- id: own-3
  kind: off-topic
  turns: [What is the capital of Brazil?]
  expect: abstention
"""


@pytest.fixture(scope="module")
def own_cases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("cases") / "own.yaml"
    file.write_text(CASES, "utf-8")
    return file


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        report.main([str(item) for item in arguments])
    assert isinstance(ended.value.code, int | bool)
    return int(ended.value.code)


def test_one_command_scores_the_served_coach_beside_the_plainest_pipeline(
    served_url: str, own_cases: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert run("--url", served_url, "--out", out, "--cases", own_cases, "--beside", "baseline") == 0
    ours, plain = read_report(out / "report.json"), read_report(out / "beside" / "report.json")
    assert (ours.target, plain.target) == ("coach", "baseline")
    read = {figure.name: figure.value for figure in ours.figures}
    assert read["quote_integrity"] == read["citation_recall"] == read["citation_precision"] == 1.0
    assert read["abstention.recall_far"] == read["conversation.citation"] == 1.0
    assert read["ranking.mrr"] == 1.0
    assert read["calibration.brier"] is not None
    assert {figure.name: figure.value for figure in plain.figures}["abstention.recall"] == 0.0
    assert {figure.name: figure.value for figure in plain.figures}["quote_integrity"] == 1.0
    page = (out / "report.html").read_text("utf-8")
    assert "data:image/svg+xml;base64," in page
    assert not re.search(r"<script|<link|(?:src|href)=[\"']?https?:", page)
    table = capsys.readouterr().out
    assert "beside baseline" in table
    assert re.search(r"abstention\.recall\s+1\.000.*0\.000", table)

    assert (
        run("--url", served_url, "--out", tmp_path / "again", "--cases", own_cases, "--compare", out / "report.json")
        == 0
    )
    assert re.search(
        r"citation_precision\s+1\.000.*\+0\.000 \(\+0\.000 to \+0\.000, n=1\) level", capsys.readouterr().out
    )


def test_a_target_that_is_down_is_recorded_case_by_case_and_the_exit_says_so(own_cases: Path, tmp_path: Path) -> None:
    assert run("--target", "openai:http://127.0.0.1:9/v1:m", "--out", tmp_path, "--cases", own_cases) == 1
    told = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert {failure["id"] for failure in told["failures"]} >= {"case/own-1", "case/own-2", "case/own-3"}
    assert "ConnectError" in told["failures"][0]["error"]
    assert (tmp_path / "report.html").exists()


def test_what_keeps_a_run_from_beginning_is_one_line(
    own_cases: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("--target", "nothing", "--out", tmp_path, "--cases", own_cases) == 2
    assert "is no target. Known are" in capsys.readouterr().err
    own_cases.with_name("bad.yaml").write_text(CASES.replace("off-topic", "nonsense"), "utf-8")
    assert run("--out", tmp_path, "--cases", own_cases.with_name("bad.yaml")) == 2
    assert "bad.yaml, line 14, kind" in capsys.readouterr().err
    assert run("--url", "http://127.0.0.1:9", "--out", tmp_path, "--cases", own_cases, "--compare", own_cases) == 2
    assert "is no report" in capsys.readouterr().err


def test_the_coach_has_not_become_worse(served_url: str, tmp_path: Path) -> None:
    """The fast part of `make eval`: a quarter of the development cases against the committed reading."""
    plan = thin(make_plan(load_cases("dev"), read_messages("dev")))
    figures, failed = gate.read(plan, tmp_path, served_url)
    assert failed == []
    assert [str(fall) for fall in compare(figures, stored())] == []
    assert len({figure.name for figure in figures} & {figure.name for figure in stored()}) > 20


def test_a_significant_fall_fails_and_noise_does_not() -> None:
    before = [figure("citation_precision", {f"c{n}": 1.0 for n in range(100)})]
    worse = [figure("citation_precision", {f"c{n}": float(n % 10 > 0) for n in range(100)})]
    (fall,) = compare(worse, before)
    assert fall.name == "citation_precision"
    assert fall.lost[:2] == ("c0", "c10")
    assert "FELL citation_precision: 1.000 → 0.900" in str(fall)
    one = [figure("citation_precision", {f"c{n}": float(n != 5) for n in range(100)})]
    assert compare(one, before) == []
    assert compare(before, worse) == []


def test_a_single_broken_quote_is_a_fall_and_lower_errors_are_none() -> None:
    before = [figure("quote_integrity", {f"c{n}": 1.0 for n in range(100)})]
    (fall,) = compare([figure("quote_integrity", {f"c{n}": float(n != 5) for n in range(100)})], before)
    assert fall.lost == ("c5",)
    errors = {f"c{n}": 0.1 for n in range(50)}
    was = [figure("calibration.brier", errors, better="lower")]
    assert compare([figure("calibration.brier", dict.fromkeys(errors, 0.05), better="lower")], was) == []
    assert compare([figure("calibration.brier", dict.fromkeys(errors, 0.15), better="lower")], was) != []


def test_a_difference_is_paired_over_shared_cases() -> None:
    one = figure("x", {"a": 1.0, "b": 0.5, "only here": 0.0})
    other = figure("x", {"a": 0.5, "b": 0.0, "only there": 1.0})
    gap = difference(one, other)
    assert gap is not None
    assert (gap.n, gap.one, gap.other, gap.low, gap.high, gap.verdict) == (2, 0.75, 0.25, 0.5, 0.5, "ahead")
    assert difference(one, Figure(name="x", value=0.5, n=1)) is None
