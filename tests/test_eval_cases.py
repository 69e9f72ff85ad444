"""Case files: the schema is the model's, the project's own files are right, and a mistake is told by line and field."""

from __future__ import annotations

from pathlib import Path

import pytest

from evals.case import CASES, SCHEMA, CaseError, load_cases, read_cases
from evals.lint import main, mistakes, schema

GOOD = """\
- id: own-1
  kind: direct
  turns:
  - Do men with women mentors feel accepted?
  expect: answer
  sources: [ragins-cotton-mentor-functions]
  quotes: [their mentor provided acceptance roles]
"""


def test_the_schema_on_disk_is_the_models() -> None:
    assert SCHEMA.read_text("utf-8") == schema()


@pytest.mark.parametrize("file", sorted(CASES.glob("mentor-*.yaml")), ids=lambda file: file.stem)
def test_the_projects_own_cases_are_right(file: Path) -> None:
    assert list(mistakes([file])) == []


def test_eighty_answerable_cases_and_more_have_their_gold_in_full() -> None:
    gold = [case for case in load_cases("dev") if case.relevant]
    assert len(gold) >= 80
    assert all(any(quote in span for span in case.relevant) for case in gold for quote in case.quotes)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (GOOD.replace("direct", "straight"), "own.yaml, line 2, kind: Input should be 'direct'"),
        (GOOD.replace("  expect: answer\n", ""), "own.yaml, line 1, expect: Field required"),
        (GOOD + "  colour: red\n", "own.yaml, line 8, colour: Extra inputs"),
        (GOOD.replace("  - Do men", "  - 7\n  - Do men"), "own.yaml, line 4, turns.0: Input should be a valid string"),
        (GOOD.replace("answer", "abstention"), "own.yaml, line 1, sources: named for every answer"),
        (GOOD.replace("turns:", "turns: ["), "own.yaml, line 4: no YAML"),
        ("id: own-1\n", "own.yaml, line 1: a case file is a list"),
    ],
)
def test_a_malformed_file_is_told_by_line_and_field(tmp_path: Path, wrong: str, told: str) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(wrong, "utf-8")
    with pytest.raises(CaseError) as error:
        read_cases(file)
    assert told in str(error.value)


def test_the_linter_knows_ids_questions_sources_and_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "own.yaml"
    twice = GOOD.replace("acceptance roles]", "acceptance rolls]").replace("ragins-cotton", "ragins-catton")
    file.write_text(GOOD + twice, "utf-8")
    with pytest.raises(SystemExit) as ended:
        main([str(file)])
    assert ended.value.code == 1
    told = capsys.readouterr().out
    assert "own.yaml, line 8, id: 'own-1' is already in own.yaml" in told
    assert "own.yaml, line 8, turns: the same as own-1" in told
    assert "sources: 'ragins-catton-mentor-functions' is no source" in told
    assert "quotes.0: 'their mentor provided acceptance rolls' stands nowhere" in told


def test_a_right_file_passes(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(GOOD, "utf-8")
    with pytest.raises(SystemExit) as ended:
        main([str(file)])
    assert ended.value.code == 0
