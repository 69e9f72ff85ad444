"""What mentors asked that the library could not answer: topics and dates, never their words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Column, DateTime, ForeignKey, Integer, String, Table, select

from corpus.database import Database, metadata

NO_TOPIC = "other"

gaps = Table(
    "gaps",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("topic", String, nullable=False),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)


class Gaps:
    """One row a topic of an uncovered question. A topic is a term of the vocabulary, so a row names nobody."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, topics: Sequence[str], conversation_id: str) -> None:
        """Record an uncovered question by its topics, or as `other` when it speaks of no term."""
        now = datetime.now(UTC)
        rows = [{"topic": topic, "conversation_id": conversation_id, "at": now} for topic in topics or [NO_TOPIC]]
        with self._database.write() as connection:
            connection.execute(gaps.insert(), rows)

    def topics(self) -> dict[str, int]:
        """Topic → in how many conversations it stayed without an answer, the most frequent first."""
        with self._database.read() as connection:
            pairs = connection.execute(select(gaps.c.topic, gaps.c.conversation_id).distinct())
            return dict(Counter(row.topic for row in pairs).most_common())
