"""Conversations and their turns: whose they are, and where they are kept."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    DateTime,
    ForeignKey,
    Integer,
    Row,
    Select,
    String,
    Table,
    Text,
    func,
    select,
    tuple_,
)

from coach.answers import Answer, Kind
from coach.errors import TitleError, UnknownConversationError, WithdrawnError
from coach.privacy import Placeholder, remember
from corpus.database import Database, metadata
from corpus.tables import passages

LOCAL = "local"
"""The owner of what programs on this machine ask without a key or a cookie."""
_TITLE_LENGTH = 80

conversations = Table(
    "conversations",
    metadata,
    Column("id", String, primary_key=True),
    Column("owner", String, nullable=False, index=True),
    Column("title", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
)
turns = Table(
    "turns",
    metadata,
    Column("id", String, primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("kind", String, nullable=False),
    Column("answer", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
)


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation as a list shows it."""

    id: str
    title: str
    created_at: datetime
    updated_at: datetime
    turns: int


@dataclass(frozen=True, slots=True)
class Turn:
    """One question and its answer; of a crisis the words are not kept."""

    id: str
    created_at: datetime
    answer: Answer


class Conversations:
    """The store. An owner sees only their own; ids are unguessable."""

    def __init__(self, database: Database, retention_days: int | None = None) -> None:
        """Without `retention_days` a conversation is kept until somebody deletes it."""
        self._database = database
        self.retention_days = retention_days

    @staticmethod
    def new_id() -> str:
        return secrets.token_urlsafe(16)

    def check(self, conversation_id: str, owner: str) -> None:
        """Raise `UnknownConversationError` unless `owner` has this conversation."""
        query = select(conversations.c.id).where(conversations.c.id == conversation_id, conversations.c.owner == owner)
        with self._database.read() as connection:
            if connection.execute(query).scalar() is None:
                raise UnknownConversationError(_unknown(conversation_id))

    def append(self, answer: Answer, owner: str, placeholders: Sequence[Placeholder] = ()) -> None:
        """Store a turn with its placeholders, and its conversation with the first one, in one transaction.

        Raises `UnknownConversationError` when the conversation is somebody else's, and `WithdrawnError` when a
        passage that the answer cites is no longer in the library: whoever deletes a source is told so only afterwards.

        The words of a crisis are not kept: only that the turn was one, so that later turns stay careful.
        """
        kept = answer
        if answer.kind is Kind.SAFETY:
            kept = Answer(
                conversation_id=answer.conversation_id,
                turn_id=answer.turn_id,
                kind=Kind.SAFETY,
                question="",
                query="",
                text="This message was not kept.",
            )
        now = datetime.now(UTC)
        cited = {citation.passage_id for citation in kept.citations}
        with self._database.write() as connection:
            if cited:
                query = select(func.count()).select_from(passages).where(passages.c.id.in_(cited))
                if connection.execute(query).scalar_one() < len(cited):
                    raise WithdrawnError("A source of this answer has just left the library. Ask again.")
            held = conversations.c.id == answer.conversation_id
            found = connection.execute(select(conversations.c.owner, conversations.c.title).where(held)).first()
            if found is None:
                values = {"id": answer.conversation_id, "owner": owner, "title": _title(kept), "created_at": now}
                connection.execute(conversations.insert().values(updated_at=now, **values))
            elif found.owner == owner:
                title = found.title or _title(kept)
                connection.execute(conversations.update().where(held).values(updated_at=now, title=title))
            else:
                raise UnknownConversationError(_unknown(answer.conversation_id))
            if answer.kind is not Kind.SAFETY and placeholders:
                remember(connection, answer.conversation_id, placeholders)
            count = select(func.count()).where(turns.c.conversation_id == answer.conversation_id)
            connection.execute(
                turns.insert().values(
                    id=answer.turn_id,
                    conversation_id=answer.conversation_id,
                    ordinal=connection.execute(count).scalar_one() if found else 0,
                    kind=kept.kind.value,
                    answer=kept.model_dump_json(),
                    created_at=now,
                )
            )

    def withdraw(self, source_ids: Collection[str]) -> None:
        """Strike deleted sources from every stored turn; an answer that cited one gives way to a line that says so."""
        for source_id in source_ids:
            with self._database.write() as connection:
                query = select(turns.c.id, turns.c.answer).where(turns.c.answer.contains(source_id, autoescape=True))
                for row in connection.execute(query).all():
                    answer = Answer.model_validate_json(row.answer)
                    kept = _without(answer, source_id).model_dump_json()
                    connection.execute(turns.update().where(turns.c.id == row.id).values(answer=kept))

    def of(
        self, owner: str, limit: int | None = None, before: tuple[datetime, str] | None = None
    ) -> list[Conversation]:
        """This owner's conversations, the latest first: at most `limit`, and those after the one that was last changed
        at the time, and has the id, of `before`.
        """
        at, last = conversations.c.updated_at, conversations.c.id
        query = _listed(owner).order_by(at.desc(), last.desc()).limit(limit)
        if before is not None:
            query = query.where(tuple_(at, last) < before)
        with self._database.read() as connection:
            return [_conversation(row) for row in connection.execute(query)]

    def get(self, conversation_id: str, owner: str) -> Conversation:
        """One conversation of this owner; raises `UnknownConversationError`."""
        with self._database.read() as connection:
            row = connection.execute(_listed(owner).where(conversations.c.id == conversation_id)).first()
        if row is None:
            raise UnknownConversationError(_unknown(conversation_id))
        return _conversation(row)

    def rename(self, conversation_id: str, owner: str, title: str) -> Conversation:
        """Call a conversation by another name, of one line; raises `UnknownConversationError` and `TitleError`."""
        title = " ".join(title.split())
        if not 0 < len(title) <= _TITLE_LENGTH or not title.isprintable():
            raise TitleError(f"A conversation's title is one line of 1 to {_TITLE_LENGTH} characters. Choose another.")
        self.check(conversation_id, owner)
        with self._database.write() as connection:
            held = conversations.c.id == conversation_id
            connection.execute(conversations.update().where(held).values(title=title))
        return self.get(conversation_id, owner)

    def turns(self, conversation_id: str, owner: str) -> Sequence[Turn]:
        """All turns in order; raises `UnknownConversationError`."""
        self.check(conversation_id, owner)
        return self._turns(conversation_id)

    def recent(self, conversation_id: str, count: int) -> list[Answer]:
        """The last `count` answers, the latest last."""
        return [turn.answer for turn in self._turns(conversation_id, count)]

    def delete(self, conversation_id: str, owner: str) -> None:
        """Delete a conversation and all that hangs on it, to the last byte; raises `UnknownConversationError`."""
        self.check(conversation_id, owner)
        self._delete(conversations.c.id == conversation_id)

    def delete_all(self, owner: str) -> int:
        """Delete every conversation of `owner`, to the last byte; says how many there were."""
        return self._delete(conversations.c.owner == owner)

    def expire(self) -> int:
        """Delete the conversations whose last turn is longer ago than they are kept; says how many there were."""
        if self.retention_days is None:
            return 0
        return self._delete(conversations.c.updated_at < datetime.now(UTC) - timedelta(days=self.retention_days))

    def _delete(self, which: ColumnElement[bool]) -> int:
        with self._database.write() as connection:
            count = connection.execute(conversations.delete().where(which)).rowcount
        if count:
            self._database.forget()
        return count

    def _turns(self, conversation_id: str, count: int | None = None) -> list[Turn]:
        query = select(turns).where(turns.c.conversation_id == conversation_id)
        query = query.order_by(turns.c.ordinal.desc()).limit(count)
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return [Turn(row.id, _utc(row.created_at), Answer.model_validate_json(row.answer)) for row in reversed(rows)]


def _listed(owner: str) -> Select[Any]:
    count = select(func.count()).where(turns.c.conversation_id == conversations.c.id).scalar_subquery()
    return select(conversations, count.label("turns")).where(conversations.c.owner == owner)


def _conversation(row: Row[Any]) -> Conversation:
    return Conversation(row.id, row.title, _utc(row.created_at), _utc(row.updated_at), row.turns)


def _without(answer: Answer, source_id: str) -> Answer:
    near = [item for item in answer.nearest if not item.passage_id.startswith(f"{source_id}-")]
    if all(citation.source.id != source_id for citation in answer.citations):
        return answer.model_copy(update={"nearest": near})
    return Answer(
        conversation_id=answer.conversation_id,
        turn_id=answer.turn_id,
        kind=Kind.ABSTENTION,
        question=answer.question,
        query=answer.query,
        text="This answer rested on a source that has since been removed from the library. Ask again for what remains.",
        nearest=near,
    )


def _unknown(conversation_id: str) -> str:
    return f"No conversation {conversation_id!r} of yours. Leave `conversation_id` out to start a new one."


def _title(answer: Answer) -> str:
    words = " ".join(answer.question.split())
    return words if len(words) <= _TITLE_LENGTH else words[: _TITLE_LENGTH - 1] + "…"


def _utc(moment: datetime) -> datetime:
    """SQLite gives times back without their zone; they were stored in UTC."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
