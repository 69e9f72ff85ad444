"""Refusals come from the library: a paper that answers a question turns its refusal into an answer."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from coach.answers import Kind
from coach.build import build_coach
from coach.coach import Coach
from coach.settings import Settings
from corpus.ingest import ingest

pytestmark = pytest.mark.model

QUESTION = "How often should we meet?"
TRUST = """# Trust in mentoring

Trust between mentor and mentee grows with disclosure. Mentors who shared their own failures were trusted more.
"""
MEETINGS = """# Meeting frequency and the quality of mentoring relationships

We asked how often mentors and mentees meet and whether the frequency of meetings matters. In a survey of 412 pairs in a
university programme, pairs that met at least every two weeks reported higher relationship quality than pairs that met
less often. Meeting more often than once a week was not associated with any further difference.
"""


@pytest.mark.parametrize("founding", [False, True])
def test_a_paper_on_meeting_frequency_answers_how_often_to_meet(founded: Path, tmp_path: Path, founding: bool) -> None:
    if founding:
        shutil.copytree(founded, tmp_path / "home")
    coach = build_coach(Settings(home=tmp_path / "home", founding=founding), lambda _: None)
    try:
        (tmp_path / "trust.md").write_text(TRUST, "utf-8")
        ingest([tmp_path / "trust.md"], coach.catalog)
        coach.retriever.index.sync()
        before = coach.reply(QUESTION)
        assert before.kind is Kind.ABSTENTION
        (tmp_path / "meetings.md").write_text(MEETINGS, "utf-8")
        ingest([tmp_path / "meetings.md"], coach.catalog)
        coach.retriever.index.sync()
        after = coach.reply(QUESTION)
        assert after.kind is Kind.ANSWER
        assert {citation.source.title for citation in after.citations} == {
            "Meeting frequency and the quality of mentoring relationships"
        }
        assert any("week" in citation.quote for citation in after.citations)
    finally:
        coach.close()


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("How often should we meet?", "says how often to meet"),
        ("What does it cost to run a mentoring programme for 200 employees?", "says what it costs"),
        ("How common is the imposter phenomenon among women neurologists?", "how large a share"),
        ("Which questions should I ask in our first meeting?", "says what to write or to ask"),
        ("What is the difference between a mentor and a sponsor?", "about: sponsorship"),
        ("Does mentoring narrow the gender pay gap?", "about: pay and negotiation"),
    ],
)
def test_what_nothing_in_the_library_gives_is_named(coach: Coach, question: str, told: str) -> None:
    answer = coach.reply(question)
    assert answer.kind is Kind.ABSTENTION
    assert told in answer.text


@pytest.mark.parametrize(
    "question",
    [
        "She's burned out and feels like a fraud since her promotion. What do I do?",
        "My mentee is a first-gen nursing student and is stressed out",
        "Do the benefits of mentoring last, and for how long?",
    ],
)
def test_a_term_said_by_the_way_refuses_nothing(coach: Coach, question: str) -> None:
    assert coach.reply(question).kind is Kind.ANSWER


def test_an_off_topic_question_is_given_no_suggestion(coach: Coach) -> None:
    answer = coach.reply("What is the capital of France?")
    assert answer.kind is Kind.ABSTENTION
    assert answer.guidance == []
