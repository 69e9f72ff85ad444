"""How a chat's text becomes statements and citations, and what a chat server may do wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from evals.targets import NotOfferedError, TargetError
from evals.targets.chat import Chat, read
from tests import bad_server
from tests.bad_server import BadServer, Request

RENDERED = """**A self-report study of 352 protégés reports:**

- Male protégés (mentees) with female mentors were less likely. [1] *observational*
- “Hypothesis 5 was not supported. However, two functions differed.” [2][3] *observational*

Mentors help [1, 2]. They also sing. Do they?

*Suggestion, not from research:* Ask each other what you want."""


@pytest.fixture
def server() -> Iterator[BadServer]:
    with bad_server.bad_server() as running:
        yield running


def test_each_sentence_has_the_numbers_right_after_it_and_framing_questions_and_advice_state_nothing() -> None:
    statements = read({"content": RENDERED}, 0.1, "m").statements
    assert [(said.text, said.citations) for said in statements] == [
        ("Male protégés (mentees) with female mentors were less likely.", [1]),
        ("Hypothesis 5 was not supported. However, two functions differed.", [2, 3]),
        ("Mentors help", [1, 2]),
        ("They also sing.", []),
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("- “The mantra “Mentor!” is old. It stays.” [1]", ["The mantra “Mentor!” is old. It stays."]),
        ("“A is b.” So says he. “C is d.” [1]", ["“A is b.”", "So says he.", "“C is d.”"]),
        ('"One is two. Three is four." [1]', ["One is two. Three is four."]),
    ],
)
def test_a_quotation_is_one_statement_whatever_it_quotes(text: str, told: list[str]) -> None:
    found = [said.text for said in read({"content": text}, 0.1, "m").statements]
    assert [item.strip("“”") for item in found] == [item.strip("“”") for item in told]


def test_an_escaped_marker_of_a_paper_is_no_citation() -> None:
    (said,) = read({"content": r"As shown before \[12], mentors help. [1]"}, 0.1, "m").statements
    assert said.citations == [1]


def test_sources_told_beside_the_text_win_over_what_stands_in_it() -> None:
    sources = [{"number": 2, "passage_id": "p-1", "quote": "two functions differed", "source": {"id": "s"}}]
    told = read({"content": RENDERED, "x_sources": sources}, 0.1, "m")
    by_number = {cited.number: cited for cited in told.citations}
    assert (by_number[2].passage_id, by_number[2].source_id) == ("p-1", "s")
    assert by_number[2].quote == "two functions differed"
    assert by_number[3].quote == "Hypothesis 5 was not supported. However, two functions differed."
    assert by_number[1].source_id is None


def test_an_annotation_leads_to_the_founding_source_with_its_title() -> None:
    title = (
        "Mentor Functions and Outcomes: A Comparison of Men and Women in Formal and Informal Mentoring Relationships"
    )
    annotation = {"type": "url_citation", "url_citation": {"url": "https://x", "title": title, "start_index": 0}}
    (cited,) = read({"content": "Mentors help. [1]", "annotations": [annotation]}, 0.1, "m").citations
    assert cited.source_id == "ragins-cotton-mentor-functions"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("The passages do not answer that.", "abstention"),
        ("I don’t know.", "abstention"),
        ("Sorry, this is not covered.", "abstention"),
        ("Mentors help. [1]", "answer"),
        ("The second hypothesis does not find support. [1]", "answer"),
    ],
)
def test_a_refusal_is_read_off_the_text_where_nothing_is_cited(text: str, kind: str) -> None:
    reply = read({"content": text}, 0.1, "m")
    assert (reply.kind, reply.kind_told) == (kind, False)


def test_a_conversation_is_sent_whole_with_the_targets_own_replies(server: BadServer) -> None:
    server.behave = _completes("Fine. [1]")
    with closing(Chat.named(f"openai:{server.url}:some/model:8b", 5)) as chat:
        replies = chat.ask(["one?", "two?"])
    assert [reply.text for reply in replies] == ["Fine. [1]"] * 2
    assert server.asked[1]["model"] == "some/model:8b"
    assert [message["content"] for message in server.asked[1]["messages"]] == ["one?", "Fine. [1]", "two?"]


@pytest.mark.parametrize(
    ("behave", "words"),
    [
        (bad_server.fails(500), "no answer (HTTPStatusError"),
        (bad_server.hangs, "no answer (ReadTimeout"),
        (bad_server.closes_at_once, "no answer (RemoteProtocolError"),
        (bad_server.web_page, "no chat completion"),
        (bad_server.wrong_shape, "no chat completion"),
    ],
)
def test_a_target_that_fails_is_slow_or_answers_nonsense_says_so(server: BadServer, behave: Any, words: str) -> None:
    server.behave = behave
    with closing(Chat.named(f"openai:{server.url}:m", 0.3)) as chat, pytest.raises(TargetError) as told:
        chat.ask(["one?"])
    assert words in str(told.value)


def test_a_target_that_is_down_says_so_and_a_chat_offers_no_search() -> None:
    with closing(Chat.named("openai:http://127.0.0.1:9/v1:m", 1)) as chat:
        with pytest.raises(TargetError, match="ConnectError"):
            chat.ask(["one?"])
        with pytest.raises(NotOfferedError):
            chat.search("x", 3)


def test_a_wrong_name_says_how_to_name_one() -> None:
    with pytest.raises(TargetError, match="Name one as openai:"):
        Chat.named("openai:somewhere", 1)


def _completes(text: str) -> bad_server.Behaviour:
    def behave(request: Request) -> None:
        request.begin("application/json")
        request.write(json.dumps({"choices": [{"message": {"role": "assistant", "content": text}}]}))

    return behave
