"""Asking every task: failures are kept and the run goes on; an interrupted run goes on where it stopped."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from evals.answers import FILE, AnswersError, collect
from evals.case import load_cases
from evals.plan import make_plan, read_messages, thin
from evals.reply import Hit, PassageText, Reply
from evals.targets import NotOfferedError, TargetError
from evals.variants import KINDS, variant
from tests.eval_runs import ACCEPTANCE, PASSAGES, answer, case, cite, uncovered

PLAN = make_plan([case("a"), case("b"), uncovered("c")])


class Scripted:
    """A target that answers with one citation, fails where it is told to, and counts what it was asked."""

    name = "scripted"

    def __init__(self, fails: Sequence[str] = (), interrupted_after: int | None = None) -> None:
        self.fails = fails
        self.left = interrupted_after
        self.asked: list[str] = []

    def ask(self, turns: Sequence[str]) -> list[Reply]:
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                raise KeyboardInterrupt
        self.asked.append(turns[-1])
        if any(part in turns[-1] for part in self.fails):
            raise TargetError("it is\ndown")
        return [answer(cite(ACCEPTANCE)) for _ in turns]

    def search(self, query: str, top_k: int) -> list[Hit]:
        raise NotOfferedError("no search")

    def passage(self, passage_id: str) -> PassageText:
        return PASSAGES[passage_id]


def test_every_task_has_a_record_and_so_has_every_cited_passage(tmp_path: Path) -> None:
    records = collect(Scripted(), PLAN, tmp_path)
    assert {task.id for task in PLAN.tasks} | {f"passage/{ACCEPTANCE}"} == records.keys()
    assert records["search/a"].error is None
    assert not records["search/a"].hits


def test_a_failure_is_kept_in_one_line_and_the_run_goes_on(tmp_path: Path) -> None:
    records = collect(Scripted(fails=["What of b?"]), PLAN, tmp_path)
    assert records["case/b"].error == "it is down"
    assert records["case/c"].replies


def test_an_interrupted_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        collect(Scripted(interrupted_after=2), PLAN, tmp_path)
    with (tmp_path / FILE).open("a") as out:
        out.write('{"id": "case/c", "replies": [{"kind": "ans')
    again = Scripted()
    records = collect(again, PLAN, tmp_path)
    assert len(again.asked) == len([task for task in PLAN.tasks if task.group != "search"]) - 2
    assert records["case/c"].replies


def test_after_failures_only_those_are_asked_again_and_a_finished_run_begins_anew(tmp_path: Path) -> None:
    collect(Scripted(fails=["What of b?"]), PLAN, tmp_path)
    second = Scripted()
    collect(second, PLAN, tmp_path)
    assert all("b" in asked for asked in second.asked)
    third = Scripted()
    collect(third, PLAN, tmp_path, keep=True)
    assert third.asked == []
    collect(third, PLAN, tmp_path)
    assert len(third.asked) == len([task for task in PLAN.tasks if task.group != "search"])


def test_answers_to_other_questions_are_not_gone_on_with(tmp_path: Path) -> None:
    collect(Scripted(), PLAN, tmp_path)
    with pytest.raises(AnswersError, match="--fresh"):
        collect(Scripted(), make_plan([case("other")]), tmp_path)


def test_variants_are_the_same_every_time_and_change_the_question() -> None:
    for item in load_cases("dev")[:60]:
        for kind in KINDS:
            assert variant(item, kind) == variant(item, kind)
        assert variant(item, "upper").lower() == variant(item, "lower")
        assert sorted(variant(item, "typos")) == sorted(item.turns[-1])
        assert variant(item, "injected").startswith(item.turns[-1])


def test_a_thin_plan_is_a_part_of_the_whole_one() -> None:
    whole = make_plan(load_cases("dev"), read_messages("dev"))
    few = thin(whole)
    assert {case.id for case in few.cases} < {case.id for case in whole.cases}
    assert len(few.tasks) < len(whole.tasks) / 2
    assert {message.half for message in whole.messages} == {"dev"}
