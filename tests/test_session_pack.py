"""The session pack: a plan made from a conversation, in which no evidence stands that the conversation has not."""

from __future__ import annotations

import re

import pytest

from coach import session_pack
from coach.answers import Answer, Guidance, Kind
from coach.assemble import STRENGTH_WORDS
from coach.coach import Coach
from coach.session_pack import Plan
from tests.turns import full, turn

OWNER = "packs"
QUESTIONS = ("Do men with women mentors feel accepted?", "How do the National Academies define mentorship?")
UNCOVERED = "Should our company make mentoring compulsory for new managers?"
CRISIS = "She says she wants to kill herself quince-marmalade"


@pytest.fixture(scope="module")
def answers(coach: Coach) -> list[Answer]:
    told: list[Answer] = []
    for question in (*QUESTIONS, UNCOVERED, CRISIS, QUESTIONS[0]):
        conversation = told[0].conversation_id if told else None
        told.append(coach.reply(question, owner=OWNER, conversation_id=conversation))
    return told


@pytest.mark.model
def test_its_evidence_is_the_claims_of_the_conversation_each_once(coach: Coach, answers: list[Answer]) -> None:
    pack = session_pack.make("Title", answers)
    claims = {claim.text: claim for answer in answers for claim in answer.claims}
    quotes = {citation.quote: citation for answer in answers for citation in answer.citations}
    assert [item.text for item in pack.evidence] == list(claims)
    numbers: dict[int, str] = {}
    for item in pack.evidence:
        assert item.strength is claims[item.text].strength
        for quote in item.quotes:
            assert quote.reference == quotes[quote.quote].source.reference
            assert numbers.setdefault(quote.number, quote.quote) == quote.quote
    assert sorted(numbers) == list(range(1, len(numbers) + 1))


@pytest.mark.model
def test_what_was_not_answered_is_said_and_a_crisis_is_not(answers: list[Answer]) -> None:
    pack = session_pack.make("Title", answers)
    assert pack.unanswered == [UNCOVERED]
    assert "quince" not in pack.model_dump_json()
    assert "kill" not in session_pack.markdown(pack)


@pytest.mark.model
def test_markdown_shows_each_kept_claim_with_its_quote_strength_and_reference(answers: list[Answer]) -> None:
    pack = session_pack.make("Title", answers)
    text = re.sub(r"\\([^\w\s])", r"\1", session_pack.markdown(pack))
    kept = [item for item in pack.evidence if item.chosen]
    assert kept
    for item in kept:
        assert item.text in text
        assert f"[{item.quotes[0].number}] *{STRENGTH_WORDS[item.strength]}*" in text
        for quote in item.quotes:
            assert f"[{quote.number}] “{quote.quote}” {quote.reference}" in text
    for heading in ("Goal", "Opening", "Questions to ask", "Evidence", "Actions", "Follow-up", "Not answered by"):
        assert f"## {heading}" in text


def test_an_edit_cannot_bring_evidence_in() -> None:
    pack = session_pack.make("Title", [full()])
    plan = Plan(title="Mine", goal="G [1]", opening="# O", questions=["Q?"], actions=[], follow_up="F")
    edited = session_pack.edited(pack, plan, ["elsewhere:1"])
    text = session_pack.markdown(edited)
    assert "They stayed" not in text
    assert "No evidence was kept" in text
    assert "G \\[1\\]" in text, "a number that the mentor types is no citation"
    assert "\n# O" not in text
    kept = session_pack.edited(pack, plan, [pack.evidence[0].key])
    assert [item.chosen for item in kept.evidence] == [True]
    assert "They stayed" in session_pack.markdown(kept)


def test_questions_come_out_of_the_suggestions() -> None:
    asked = turn("c", "1", Kind.ANSWER, guidance=[Guidance(text='Ask: "What did you try last week?" Then wait.')])
    pack = session_pack.make("Title", [asked])
    assert pack.plan.questions[0] == "What did you try last week?"
    assert pack.plan.opening == 'Ask: "What did you try last week?" Then wait.'
    assert "question 1" in pack.plan.goal
    assert pack.label == "Suggestion, not from research"


def test_a_conversation_without_answers_makes_a_pack_without_evidence() -> None:
    pack = session_pack.make("", [turn("c", "1", Kind.SAFETY, question="")])
    assert pack.evidence == []
    assert pack.unanswered == []
    assert "No evidence was kept" in session_pack.markdown(pack)
