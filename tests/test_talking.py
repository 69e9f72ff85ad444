"""`mentor-coach ask` and `chat`: text as it comes, or JSON; a conversation keeps its thread."""

from __future__ import annotations

import io
import json

import pytest

from coach.coach import Coach
from tests.coaching import assisted_by
from tests.fakes import ScriptedModel
from ui.talking import converse, say

pytestmark = pytest.mark.model

QUESTION = "How do the National Academies define mentorship?"


def test_an_answer_is_printed_with_what_it_stands_on(coach: Coach, capsys: pytest.CaptureFixture[str]) -> None:
    answer = say(coach.stream(QUESTION), as_json=False)
    said = capsys.readouterr().out
    assert said.startswith(answer.text)
    for citation in answer.citations:
        assert f"[{citation.number}] “{citation.quote}”\n    {citation.source.reference}" in said
    assert f"Suggestion, not from research: {answer.guidance[0].text}" in said


def test_a_model_s_claims_are_printed_once(coach: Coach, capsys: pytest.CaptureFixture[str]) -> None:
    model = ScriptedModel(write=lambda shown: "\n".join(f"USE {key}" for key in shown.keys[:3]))
    answer = say(assisted_by(coach, model).stream(QUESTION), as_json=False)
    assert capsys.readouterr().out.startswith(answer.text + "\n\n[1] ")


def test_a_conversation_of_lines_in_json(coach: Coach, capsys: pytest.CaptureFixture[str]) -> None:
    converse(coach, io.StringIO(f"{QUESTION}\n\n?!\nIs there a link?\n"), as_json=True)
    out, err = capsys.readouterr()
    first, second = [json.loads(line) for line in out.splitlines()]
    assert first["conversation_id"] == second["conversation_id"]
    assert "https://doi.org/10.17226/25568" in second["text"]
    assert "The question is empty" in err
