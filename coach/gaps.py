"""What mentors asked that the library could not answer: topics and dates, never their words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Column, DateTime, ForeignKey, Integer, String, Table, select

from corpus.database import Database, metadata
from retrieval.vocabulary import Vocabulary

LEAST = 3
"""A topic is only shown from so many conversations up, so that nobody reads one mentor's question out of it."""

# Of the uncovered development questions that speak of a term, 166 of 180 hold one of these, and no off-topic one does;
# the signals of retrieval do not tell the two apart.
_OF_MENTORING = re.compile(
    r"\b(?:mentor|mentee|menti|prot[eé]g|sponsor|supervis|coach|advis[eo]r|apprentic|trainee)", re.IGNORECASE
)

gaps = Table(
    "gaps",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("topic", String, nullable=False),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)


def of_mentoring(query: str) -> bool:
    """Whether a standalone question is about mentoring by its own words; what is off topic is no gap of the library."""
    return bool(_OF_MENTORING.search(query))


@dataclass(frozen=True, slots=True)
class Gap:
    topic: str
    label: str
    conversations: int
    """In how many conversations it stayed without an answer."""


class Gaps:
    """One row a topic of an uncovered question. A topic is a term of the vocabulary, so a row names nobody."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, topics: Sequence[str], conversation_id: str) -> None:
        """Record an uncovered question by its topics; one that speaks of no term of the field is not recorded."""
        if not topics:
            return
        now = datetime.now(UTC)
        rows = [{"topic": topic, "conversation_id": conversation_id, "at": now} for topic in topics]
        with self._database.write() as connection:
            connection.execute(gaps.insert(), rows)

    def of(self, conversation_id: str) -> list[str]:
        """The topics that stayed without an answer in one conversation, for whoever wants to see all that is held."""
        query = select(gaps.c.topic).where(gaps.c.conversation_id == conversation_id).order_by(gaps.c.id)
        with self._database.read() as connection:
            return list(dict.fromkeys(connection.execute(query).scalars()))

    def report(self, vocabulary: Vocabulary) -> list[Gap]:
        """The topics of `LEAST` conversations or more, the most frequent first; `vocabulary` names them."""
        with self._database.read() as connection:
            pairs = connection.execute(select(gaps.c.topic, gaps.c.conversation_id).distinct().order_by(gaps.c.topic))
            counts = Counter(row.topic for row in pairs).most_common()
        labels = {term.id: term.label for term in vocabulary.terms.values()}
        return [Gap(topic, labels.get(topic, topic), count) for topic, count in counts if count >= LEAST]
