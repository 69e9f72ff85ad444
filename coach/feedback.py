"""Feedback on turns and claims: one rating each, never a word; it goes with the turn that it is about."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import Column, DateTime, ForeignKey, Integer, String, Table, select

from coach.answers import Answer, Kind
from coach.conversation import conversations, turns
from coach.errors import FeedbackError, UnknownTurnError
from corpus.database import Database, metadata

_WHOLE = 0

feedback = Table(
    "feedback",
    metadata,
    Column("turn_id", ForeignKey("turns.id", ondelete="CASCADE"), primary_key=True),
    Column("claim", Integer, primary_key=True),
    Column("rating", String, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)
"""`claim` is a claim's place in its answer, from 1; 0 is the whole answer."""


class Rating(StrEnum):
    """What a reader says of an answer or of one of its claims."""

    HELPFUL = "helpful"
    WRONG_EVIDENCE = "wrong-evidence"
    NOT_COVERED = "not-covered"
    """It is not what was asked."""


@dataclass(frozen=True, slots=True)
class Given:
    """A rating as it was given."""

    turn_id: str
    claim: int | None
    """The claim's place in its answer, from 1; `None` for the whole answer."""
    rating: Rating


@dataclass(frozen=True, slots=True)
class Rated:
    """How often claims on one passage were given one rating."""

    passage_id: str
    rating: Rating
    times: int


class Feedback:
    """The store of ratings; an owner rates, and sees, only their own conversations."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def give(self, turn_id: str, rating: Rating | None, owner: str, claim: int | None = None) -> None:
        """Rate a turn, or its claim at place `claim` (from 1), in place of any earlier rating; `None` takes it back.

        Raises `UnknownTurnError` when the turn is not this owner's, `FeedbackError` when it has no such claim or is
        the answer to a crisis, of which nothing more is kept.
        """
        answer = self._answer(turn_id, owner)
        if answer.kind is Kind.SAFETY:
            raise FeedbackError("Of an answer to a crisis nothing more is kept, no rating either.")
        if claim is not None and not 1 <= claim <= len(answer.claims):
            raise FeedbackError(
                f"Turn {turn_id!r} has {len(answer.claims)} claims and none at {claim}. Count from 1, or leave "
                "`claim` out to rate the whole answer."
            )
        place = _WHOLE if claim is None else claim
        with self._database.write() as connection:
            connection.execute(feedback.delete().where(feedback.c.turn_id == turn_id, feedback.c.claim == place))
            if rating is not None:
                values = {"turn_id": turn_id, "claim": place, "rating": rating.value, "at": datetime.now(UTC)}
                connection.execute(feedback.insert().values(**values))

    def of(self, conversation_id: str, owner: str) -> list[Given]:
        """The ratings in a conversation of this owner, in the order of its turns and claims."""
        query = select(feedback.c.turn_id, feedback.c.claim, feedback.c.rating)
        query = query.join(turns, turns.c.id == feedback.c.turn_id)
        query = query.join(conversations, conversations.c.id == turns.c.conversation_id)
        query = query.where(conversations.c.id == conversation_id, conversations.c.owner == owner)
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(turns.c.ordinal, feedback.c.claim))
            return [Given(row.turn_id, row.claim or None, Rating(row.rating)) for row in rows]

    def by_passage(self) -> list[Rated]:
        """For whoever looks after the library: what was said of the claims on each passage, the most frequent first.

        A rating of a whole answer counts for every passage that it cites.
        """
        times: Counter[tuple[str, str]] = Counter()
        query = select(feedback.c.claim, feedback.c.rating, turns.c.answer).join(turns)
        with self._database.read() as connection:
            for row in connection.execute(query):
                for passage_id in _passages(Answer.model_validate_json(row.answer), row.claim):
                    times[passage_id, row.rating] += 1
        return [Rated(passage_id, Rating(rating), count) for (passage_id, rating), count in times.most_common()]

    def _answer(self, turn_id: str, owner: str) -> Answer:
        query = select(turns.c.answer).join(conversations, conversations.c.id == turns.c.conversation_id)
        with self._database.read() as connection:
            stored = connection.execute(query.where(turns.c.id == turn_id, conversations.c.owner == owner)).scalar()
        if stored is None:
            raise UnknownTurnError(f"No turn {turn_id!r} in a conversation of yours. Every answer names its `turn_id`.")
        return Answer.model_validate_json(stored)


def _passages(answer: Answer, claim: int) -> set[str]:
    # An answer whose source was withdrawn since has no claims any more.
    rated = answer.claims if claim == _WHOLE else answer.claims[claim - 1 : claim]
    numbers = {number for one in rated for number in one.citations}
    return {citation.passage_id for citation in answer.citations if citation.number in numbers}
