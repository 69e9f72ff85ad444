"""What becomes of a mentor's words in the whole service: kept little, shown to few, gone when deleted, in no log."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import update

from coach.answers import Kind
from coach.coach import Coach
from coach.conversation import Conversations, conversations
from coach.gaps import Gaps
from coach.library import Library
from coach.settings import Settings, reader_of
from evals.case import load_cases
from retrieval.vocabulary import Vocabulary
from tests.coaching import assisted_by
from tests.fakes import ScriptedModel, Shown
from ui.api import ask, gaps, health, problems
from ui.api import conversations as conversation_routes
from ui.api.guard import Guard
from ui.api.turns import Turns
from ui.loading import Loading
from ui.page import render

COVERED = "How do the National Academies define mentorship?"
UNCOVERED = "What does a mentoring programme for 200 employees cost per year, all in?"
NAMES = ("Sarah", "Priya", "Emeka", "Mei-Ling", "José", "Siobhan", "Kwame Mensah", "Grace", "Will", "Fatima Al-Sayed")


def home_of(coach: Coach) -> Path:
    return Path(str(coach.catalog.database.engine.url.database)).parent


def holding(folder: Path, words: str) -> list[str]:
    """The files under `folder` with these words among their bytes, in any of the ways that text is stored."""
    forms = {words.encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be")}
    files = [file for file in folder.rglob("*") if file.is_file()]
    return [file.name for file in files if any(form in file.read_bytes() for form in forms)]


def writes(shown: Shown) -> str:
    return f"USE {shown.keys[0]}\n" if shown.keys else "What do mentors do for women at work?"


def test_neither_the_store_nor_a_model_gets_a_name(coach: Coach) -> None:
    model = ScriptedModel(write=writes)
    helped = assisted_by(coach, model)
    first = helped.reply("My mentee Xochitl works at Deloitte and feels like a fraud.", owner="names")
    second = helped.reply("And what helps Xochitl with stress?", conversation_id=first.conversation_id, owner="names")
    assert first.kept_as == first.question == "My mentee [person 1] works at [employer 1] and feels like a fraud."
    assert second.question == "And what helps [person 1] with stress?"
    assert model.prompts
    seen = [str(message.content) for messages in model._prompts for message in messages]
    assert any("[person 1]" in text for text in seen)
    assert not [text for text in seen if "xochitl" in text.lower() or "deloitte" in text.lower()]
    (listed,) = [item for item in coach.conversations.of("names") if item.id == first.conversation_id]
    assert listed.title == first.question
    stored = [turn.answer.model_dump_json() for turn in coach.conversations.turns(first.conversation_id, "names")]
    assert not [text for text in [*stored, second.model_dump_json()] if "xochitl" in text.lower()]
    assert holding(home_of(coach), "Xochitl") == []


def test_a_question_without_anything_personal_is_kept_as_it_is(coach: Coach) -> None:
    answer = coach.reply(COVERED, owner="plain")
    assert answer.question == COVERED
    assert answer.kept_as is None


def test_whom_a_question_is_about_changes_no_citation(coach: Coach) -> None:
    """The names are left out of the search, so each is answered as the same question without one."""
    asked = [case.turns[0] for case in load_cases("dev") if case.kind in ("direct", "colloquial")][:50]
    assert len(asked) == 50
    different = []
    for question, name in zip(asked, itertools.cycle(NAMES), strict=False):
        plain = coach.reply(f"About my mentee: {question}", owner="citations")
        named = coach.reply(f"About my mentee {name}: {question}", owner="citations")
        assert name not in named.question
        if Kind.SAFETY in (plain.kind, named.kind):
            continue  # The gate alone hears the mentor's own words.
        if [(c.passage_id, c.start, c.end) for c in plain.citations] != [
            (c.passage_id, c.start, c.end) for c in named.citations
        ]:
            different.append(named.question)
    assert different == []


def test_a_crisis_leaves_no_word_and_no_gap(coach: Coach) -> None:
    before = coach.gap_report()
    for _ in range(3):
        answer = coach.reply("My mentee Quetzalli says she wants to kill herself tonight.", owner="crisis")
        assert answer.kind is Kind.SAFETY
        assert answer.kept_as is None
    assert holding(home_of(coach), "kill herself tonight") == holding(home_of(coach), "Quetzalli") == []
    assert coach.gap_report() == before


def test_after_deletion_no_byte_of_a_conversation_is_left(coach: Coach) -> None:
    marks = ("periwinkle thimbles", "marzipan kettles")
    answer = coach.reply(f"What do mentors do about {marks[0]}?", owner="deleting")
    coach.reply(f"And about {marks[1]}?", conversation_id=answer.conversation_id, owner="deleting")
    long = "What helps a mentee? " + "periwinkle thimbles matter to her. " * 100
    coach.reply(long, conversation_id=answer.conversation_id, owner="deleting")
    home = home_of(coach)
    assert holding(home, marks[0])
    assert [name for mark in marks for name in holding(home / "chroma", mark)] == []
    coach.conversations.delete(answer.conversation_id, "deleting")
    assert [name for mark in (*marks, answer.conversation_id) for name in holding(home, mark)] == []


def test_all_conversations_of_an_owner_go_and_nobody_elses(coach: Coach) -> None:
    for owner in ("leaving", "leaving", "staying"):
        coach.reply("What is mentoring?", owner=owner)
    assert coach.conversations.delete_all("leaving") == 2
    assert coach.conversations.of("leaving") == []
    assert len(coach.conversations.of("staying")) == 1


def test_conversations_expire_after_their_last_turn(coach: Coach) -> None:
    database = coach.catalog.database
    kept = Conversations(database, retention_days=30)
    old, new = (coach.reply("What is mentoring?", owner="expiring").conversation_id for _ in range(2))
    with database.write() as connection:
        long_ago = datetime.now(UTC) - timedelta(days=31)
        connection.execute(update(conversations).where(conversations.c.id == old).values(updated_at=long_ago))
    assert Conversations(database).expire() == 0
    assert kept.expire() == 1
    assert [item.id for item in kept.of("expiring")] == [new]


def test_a_topic_is_told_from_three_conversations_up_and_forgotten_with_them(coach: Coach) -> None:
    store, vocabulary = Gaps(coach.catalog.database), Vocabulary.load()
    topic = sorted(vocabulary.terms)[-1]
    ids = [coach.reply("Hello", owner="gaps").conversation_id for _ in range(3)]
    for conversation_id in (ids[0], ids[0], ids[0], ids[1]):
        store.note([topic], conversation_id)
    assert topic not in {gap.topic for gap in store.report(vocabulary)}
    store.note([topic], ids[2])
    assert store.of(ids[0]) == [topic]
    (told,) = [gap for gap in store.report(vocabulary) if gap.topic == topic]
    assert (told.label, told.conversations) == (vocabulary.terms[topic].label, 3)
    coach.conversations.delete(ids[0], "gaps")
    assert topic not in {gap.topic for gap in store.report(vocabulary)}
    assert holding(home_of(coach), ids[0]) == []


def test_off_topic_questions_leave_no_gap(coach: Coach) -> None:
    before = coach.gap_report()
    for question in ("Who scored the winning goal in the 2014 World Cup final?", "How do I network two routers?"):
        for _ in range(3):
            assert coach.reply(question, owner="off-topic").kind is Kind.ABSTENTION
    assert coach.gap_report() == before


@pytest.fixture(scope="module")
def local(coach: Coach) -> Iterator[TestClient]:
    """The API's routes over the coach of this process."""
    loading = Loading(lambda _: Library(coach, home_of(coach)), lambda error: pytest.fail(str(error)))
    loading.start()
    app = FastAPI()
    problems.install(app)
    app.include_router(ask.router(loading, Turns(4, 64)))
    for routes in (conversation_routes, gaps, health):
        app.include_router(routes.router(loading))
    app.add_middleware(Guard, hosts=None, keys=None, rate="60/minute")
    loading.library()
    with TestClient(app, "http://127.0.0.1", raise_server_exceptions=False) as client:
        yield client


class Broken:
    """A chain that repeats the question in its error, as libraries do."""

    def stream(self, query: object) -> Iterator[object]:
        raise RuntimeError(f"cannot search for {query}")


def test_no_log_holds_a_word_of_a_question(
    coach: Coach, local: TestClient, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    said = {"question": "What helps a mentee with tangerine-coloured stress?"}
    assert local.post("/v1/ask", json=said).status_code == 200
    assert local.post("/v1/ask", json={"question": "My mentee wants to kill herself over tangerines"}).is_success
    assert local.post("/v1/ask", json={"question": ["tangerine"]}).status_code == 422
    monkeypatch.setattr(coach, "chain", Broken())
    assert local.post("/v1/ask", json=said).status_code == 500
    streamed = local.post("/v1/ask", json=said, headers={"Accept": "text/event-stream"})
    assert "event: error" in streamed.text
    assert "RuntimeError" in caplog.text
    assert "tangerine" not in caplog.text
    assert "tangerine" not in streamed.text


def test_the_gap_report_over_http(coach: Coach, local: TestClient) -> None:
    for _ in range(3):
        assert coach.reply(UNCOVERED, owner="http-gaps").kind is Kind.ABSTENTION
    report = local.get("/v1/gaps").json()
    assert report["least"] == 3
    assert report["gaps"] == [
        {"topic": gap.topic, "label": gap.label, "conversations": gap.conversations} for gap in coach.gap_report()
    ]
    assert all(gap["conversations"] >= 3 for gap in report["gaps"])
    assert report["gaps"]


def test_all_of_ones_conversations_are_deleted_over_http(local: TestClient) -> None:
    local.cookies.set("mentor_coach", "a-browser")
    for _ in range(2):
        local.post("/v1/ask", json={"question": "What is mentoring?"})
    assert len(local.get("/v1/conversations").json()["conversations"]) == 2
    assert local.delete("/v1/conversations").status_code == 204
    assert local.get("/v1/conversations").json()["conversations"] == []
    local.cookies.clear()


def test_who_reads_is_told_by_the_service_and_the_page(coach: Coach, local: TestClient) -> None:
    assert local.get("/readyz").json()["reader"] is None
    assert coach.reader is None
    assert (
        assisted_by(coach, ScriptedModel(write=writes)).reader == "fake:scripted, at its provider, not on this machine"
    )
    assert "No language model reads it" in render.kept_html(None, None)
    assert "until you delete it" in render.kept_html(None, None)
    assert "openai:x, on this machine" in render.kept_html("openai:x, on this machine", 30)
    assert "for 30 days" in render.kept_html(None, 30)
    assert "no language model reads them" in render.papers_kept(None, enriched=True)
    assert "openai:x, on this machine: all of them once" in render.papers_kept(
        "openai:x, on this machine", enriched=True
    )
    assert "all of them" not in render.papers_kept("openai:x, on this machine", enriched=False)


@pytest.mark.parametrize(
    ("model", "address", "reader"),
    [
        ("none", None, None),
        ("openai:m", "http://127.0.0.1:8080/v1", "openai:m, on this machine"),
        ("openai:m", "http://localhost:8080", "openai:m, on this machine"),
        ("openai:m", "https://llm.example/v1", "openai:m, at https://llm.example, not on this machine"),
        ("openai:m", None, "openai:m, at its provider, not on this machine"),
        ("ollama:m", None, "ollama:m, wherever your Ollama runs"),
    ],
)
def test_a_model_on_this_machine_is_told_from_one_elsewhere(
    tmp_path: Path, model: str, address: str | None, reader: str | None
) -> None:
    settings = Settings(home=tmp_path, model=model, model_base_url=address)
    assert settings.reader == reader
    assert reader is None or reader_of(model, address) is not None


def test_the_page_shows_how_a_question_was_kept(coach: Coach) -> None:
    kept = coach.reply("My mentee Sarah feels like a fraud.", owner="page")
    html = render.answer_html(kept, coach.passage_text)
    assert "Kept as: My mentee [person 1] feels like a fraud." in html
    assert "Kept as" not in render.answer_html(coach.reply(COVERED, owner="page"), coach.passage_text)
