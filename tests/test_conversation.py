"""The conversation store: in order, one owner's only, and without the words of a crisis."""

from __future__ import annotations

import pytest

from coach.answers import Kind
from coach.conversation import Conversations
from coach.errors import TitleError, UnknownConversationError, WithdrawnError
from corpus.catalog import Catalog
from corpus.database import Database
from corpus.models import Source
from tests.engines import all_bytes
from tests.fakes import entry
from tests.turns import full, turn

CRISIS = "quince-marmalade"
"""Stands for what somebody says in a crisis; found nowhere else in a database."""


@pytest.fixture
def database(database: Database) -> Database:
    Catalog(database).put(entry(Source("s", "T"), "In Mentored students — “stayed”. 🙂"))
    return database


@pytest.fixture
def store(database: Database) -> Conversations:
    return Conversations(database)


def names(store: Conversations, conversation: str, owner: str = "me") -> list[str]:
    return [turn.id for turn in store.turns(conversation, owner)]


def test_what_is_stored_comes_back_whole(store: Conversations) -> None:
    store.append(full(), "me")
    (kept,) = store.turns("c", "me")
    assert kept.id == "t"
    assert kept.answer == full()
    assert kept.created_at.tzinfo is not None


def test_turns_come_back_in_order(store: Conversations) -> None:
    for number in range(12):
        store.append(turn("c", f"t{number}"), "me")
    assert names(store, "c") == [f"t{number}" for number in range(12)]
    assert [answer.turn_id for answer in store.recent("c", 4)] == ["t8", "t9", "t10", "t11"]
    assert len(store.recent("c", 40)) == 12


def test_a_list_shows_the_latest_first(store: Conversations) -> None:
    store.append(turn("a", "1"), "me")
    store.append(turn("b", "2"), "me")
    assert [(held.id, held.turns, held.title) for held in store.of("me")] == [
        ("b", 1, "question 2"),
        ("a", 1, "question 1"),
    ]
    store.append(turn("a", "3"), "me")
    first, second = store.of("me")
    assert (first.id, first.turns, first.title) == ("a", 2, "question 1")
    assert second.id == "b"
    assert first.created_at <= second.created_at <= first.updated_at


def test_a_title_is_one_short_line(store: Conversations) -> None:
    store.append(turn("c", "1", question="How   do I\n" + "ask " * 200), "me")
    (held,) = store.of("me")
    assert held.title.startswith("How do I ask ask")
    assert held.title.endswith("…")
    assert len(held.title) <= 80


def test_a_second_store_over_the_same_database_sees_all(store: Conversations, database: Database) -> None:
    store.append(turn("c", "1"), "me")
    assert names(Conversations(database), "c") == ["1"]


def test_deleting_takes_the_turns_along(store: Conversations) -> None:
    for conversation in ("a", "b"):
        store.append(turn(conversation, f"{conversation}1"), "me")
        store.append(turn(conversation, f"{conversation}2"), "me")
    store.delete("a", "me")
    assert [held.id for held in store.of("me")] == ["b"]
    assert names(store, "b") == ["b1", "b2"]
    assert store.recent("a", 10) == []
    with pytest.raises(UnknownConversationError):
        store.delete("a", "me")
    store.append(turn("a", "a1"), "me")
    assert names(store, "a") == ["a1"]


def test_owners_are_kept_apart(store: Conversations) -> None:
    store.append(turn("mine", "1"), "me")
    store.append(turn("theirs", "2"), "them")
    assert [held.id for held in store.of("me")] == ["mine"]
    assert [held.id for held in store.of("them")] == ["theirs"]
    assert store.of("nobody") == []
    for act in (store.check, store.turns, store.delete):
        with pytest.raises(UnknownConversationError):
            act("mine", "them")
    assert names(store, "mine") == ["1"]


def test_nobody_adds_to_anothers_conversation(store: Conversations) -> None:
    store.append(turn("mine", "1"), "me")
    with pytest.raises(UnknownConversationError):
        store.append(turn("mine", "2"), "them")
    assert names(store, "mine") == ["1"]


@pytest.mark.parametrize("name", ["", "gone", "c' OR '1'='1", "%", "🙂"])
def test_unknown_ids_raise(store: Conversations, name: str) -> None:
    store.append(turn("c", "1"), "me")
    for act in (store.check, store.turns, store.delete):
        with pytest.raises(UnknownConversationError, match="No conversation"):
            act(name, "me")


def test_ids_are_long_and_never_the_same() -> None:
    ids = {Conversations.new_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(len(name) >= 20 for name in ids)


def test_the_words_of_a_crisis_are_not_stored(store: Conversations, database: Database) -> None:
    """Neither in a turn nor in the list nor anywhere in the files; that there was one is kept."""
    store.append(turn("c", "1", Kind.SAFETY, question=CRISIS, query=CRISIS, text=f"Call, since {CRISIS}"), "me")
    (kept,) = store.turns("c", "me")
    assert (kept.answer.kind, kept.answer.question, kept.answer.query) == (Kind.SAFETY, "", "")
    assert all(CRISIS not in held.title for held in store.of("me"))
    held = all_bytes(database)
    assert b"1" in held
    assert CRISIS.encode() not in held


def test_a_conversation_that_began_with_a_crisis_gets_a_title_later(store: Conversations) -> None:
    """A list with an empty line could not be clicked."""
    store.append(turn("c", "1", Kind.SAFETY, question=CRISIS), "me")
    store.append(turn("c", "2", question="How is mentorship defined?"), "me")
    (held,) = store.of("me")
    assert held.title.strip()


def test_an_answer_whose_source_was_deleted_meanwhile_is_not_stored(store: Conversations, database: Database) -> None:
    Catalog(database).remove("s")
    with pytest.raises(WithdrawnError):
        store.append(full(), "me")
    assert store.of("me") == []


def test_stored_answers_forget_a_deleted_source(store: Conversations) -> None:
    store.append(full(), "me")
    store.append(turn("c", "u"), "me")
    store.withdraw(["s"])
    first, second = (turn.answer for turn in store.turns("c", "me"))
    assert first.citations == first.claims == []
    assert "stayed" not in first.model_dump_json()
    assert (first.question, first.kind) == ("question t", "abstention")
    assert second == turn("c", "u")


def test_a_conversation_is_renamed_by_its_owner_only(store: Conversations) -> None:
    store.append(full(), "me")
    assert store.rename("c", "me", "  Before\nthe review ").title == "Before the review"
    assert store.get("c", "me").title == "Before the review"
    with pytest.raises(UnknownConversationError):
        store.rename("c", "them", "Mine now")
    with pytest.raises(UnknownConversationError):
        store.get("c", "them")
    assert store.get("c", "me").title == "Before the review"


@pytest.mark.parametrize("title", ["", " \n", "x" * 81, "bell\x07", "turned\u202eround"])
def test_a_title_that_cannot_be_shown_is_refused(store: Conversations, title: str) -> None:
    store.append(full(), "me")
    with pytest.raises(TitleError, match="one line"):
        store.rename("c", "me", title)
    assert store.get("c", "me").title == "question t"
