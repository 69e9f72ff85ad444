"""Exports of a conversation: whole as Markdown and JSON, its sources for a reference manager, one's own only."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from coach.answers import Answer
from coach.coach import Coach
from coach.errors import UnknownConversationError
from coach.feedback import Rating
from corpus.bibliography import bibtex, ris

pytestmark = pytest.mark.model

OWNER = "exports"
CRISIS = "She says she wants to kill herself quince-marmalade"


@pytest.fixture(scope="module")
def asked(coach: Coach) -> tuple[str, list[Answer]]:
    first = coach.reply("Do men with women mentors feel accepted?", owner=OWNER)
    rest = [
        coach.reply(question, owner=OWNER, conversation_id=first.conversation_id)
        for question in ("How do the National Academies define mentorship?", CRISIS)
    ]
    coach.feedback.give(first.turn_id, Rating.HELPFUL, OWNER, claim=1)
    return first.conversation_id, [first, *rest]


def of(coach: Coach, conversation: str, form: Any) -> str:
    return coach.exports.of(conversation, OWNER, form).text


def test_markdown_holds_every_claim_with_its_quote_and_reference(coach: Coach, asked: tuple[str, list[Answer]]) -> None:
    conversation, answers = asked
    text = re.sub(r"\\([^\w\s])", r"\1", of(coach, conversation, "md"))
    assert text.startswith("# Do men with women mentors feel accepted?")
    for answer in answers[:2]:
        assert answer.claims
        assert f"## {answer.question}" in text
        for claim in answer.claims:
            assert claim.text in text
        for citation in answer.citations:
            assert f"[{citation.number}] “{citation.quote}” {citation.source.reference}" in text
        for suggestion in answer.guidance:
            assert f"*{suggestion.label}:* {suggestion.text}" in text


def test_json_holds_everything_that_is_held(coach: Coach, asked: tuple[str, list[Answer]]) -> None:
    conversation, answers = asked
    held = json.loads(of(coach, conversation, "json"))
    assert held["id"] == conversation
    assert held["title"] == answers[0].question
    assert [Answer.model_validate(turn["answer"]) for turn in held["turns"][:2]] == answers[:2]
    assert held["placeholders"] == {}
    assert held["gaps"] == []
    assert [turn["feedback"] for turn in held["turns"]] == [[{"claim": 1, "rating": "helpful"}], [], []]


def test_sources_are_read_back_by_a_reference_manager(coach: Coach, asked: tuple[str, list[Answer]]) -> None:
    conversation, answers = asked
    cited = {citation.source.doi for answer in answers for citation in answer.citations if citation.source.doi}
    assert cited
    assert {record.doi for record in bibtex.read(of(coach, conversation, "bibtex")).records if record.doi} == cited
    assert {record.doi for record in ris.read(of(coach, conversation, "ris")).records if record.doi} == cited


def test_of_a_crisis_no_word_is_exported(coach: Coach, asked: tuple[str, list[Answer]]) -> None:
    for form in ("md", "json", "bibtex", "ris"):
        assert "quince" not in of(coach, asked[0], form)
    assert "not kept" in of(coach, asked[0], "md")


def test_a_file_is_named_after_the_conversation(coach: Coach, asked: tuple[str, list[Answer]]) -> None:
    exported = coach.exports.of(asked[0], OWNER, "bibtex")
    assert exported.file_name == "do-men-with-women-mentors-feel-accepted.bib"
    assert exported.media_type.startswith("application/x-bibtex")


def test_a_conversation_of_somebody_else_is_not_exported(coach: Coach, asked: tuple[str, list[Answer]]) -> None:
    with pytest.raises(UnknownConversationError):
        coach.exports.of(asked[0], "them", "json")
