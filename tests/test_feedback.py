"""Feedback: one rating a turn or claim, one's own turns only, gone with its turn, and nothing of a crisis."""

from __future__ import annotations

import pytest

from coach.answers import Kind
from coach.conversation import Conversations
from coach.errors import FeedbackError, UnknownTurnError
from coach.feedback import Feedback, Given, Rated, Rating
from corpus.catalog import Catalog
from corpus.database import Database
from corpus.models import Source
from tests.fakes import entry
from tests.turns import full, turn


@pytest.fixture
def database(database: Database) -> Database:
    Catalog(database).put(entry(Source("s", "T"), "In Mentored students — “stayed”. 🙂"))
    conversations = Conversations(database)
    conversations.append(full(), "me")
    conversations.append(turn("c", "u"), "me")
    return database


@pytest.fixture
def feedback(database: Database) -> Feedback:
    return Feedback(database)


def test_an_answer_and_its_claims_are_rated_each_once(feedback: Feedback) -> None:
    feedback.give("t", Rating.HELPFUL, "me")
    feedback.give("t", Rating.WRONG_EVIDENCE, "me", claim=1)
    feedback.give("t", Rating.NOT_COVERED, "me")
    assert feedback.of("c", "me") == [Given("t", None, Rating.NOT_COVERED), Given("t", 1, Rating.WRONG_EVIDENCE)]
    feedback.give("t", None, "me")
    assert feedback.of("c", "me") == [Given("t", 1, Rating.WRONG_EVIDENCE)]


def test_nobody_rates_or_sees_what_is_somebody_elses(feedback: Feedback) -> None:
    feedback.give("t", Rating.HELPFUL, "me")
    for turn_id, owner in (("t", "them"), ("nowhere", "me")):
        with pytest.raises(UnknownTurnError, match=turn_id):
            feedback.give(turn_id, Rating.NOT_COVERED, owner)
    assert feedback.of("c", "them") == []
    assert feedback.of("c", "me") == [Given("t", None, Rating.HELPFUL)]


@pytest.mark.parametrize("claim", [0, 2, -1])
def test_a_claim_that_the_answer_does_not_have_is_refused(feedback: Feedback, claim: int) -> None:
    with pytest.raises(FeedbackError, match="1 claims"):
        feedback.give("t", Rating.HELPFUL, "me", claim=claim)
    assert feedback.of("c", "me") == []


def test_of_a_crisis_no_rating_is_kept(database: Database, feedback: Feedback) -> None:
    Conversations(database).append(turn("c", "crisis", Kind.SAFETY), "me")
    with pytest.raises(FeedbackError, match="crisis"):
        feedback.give("crisis", Rating.HELPFUL, "me")
    assert feedback.of("c", "me") == []


def test_the_library_is_told_which_passages_were_rated(feedback: Feedback) -> None:
    feedback.give("t", Rating.WRONG_EVIDENCE, "me", claim=1)
    feedback.give("t", Rating.WRONG_EVIDENCE, "me")
    feedback.give("u", Rating.HELPFUL, "me")
    assert feedback.by_passage() == [Rated("s-1", Rating.WRONG_EVIDENCE, 2)]


def test_a_rating_of_a_withdrawn_answer_counts_for_no_passage(database: Database, feedback: Feedback) -> None:
    feedback.give("t", Rating.WRONG_EVIDENCE, "me", claim=1)
    Conversations(database).withdraw(["s"])
    assert feedback.by_passage() == []


def test_ratings_go_with_their_conversation(database: Database, feedback: Feedback) -> None:
    feedback.give("t", Rating.HELPFUL, "me")
    Conversations(database).delete("c", "me")
    assert feedback.of("c", "me") == []
    assert feedback.by_passage() == []
