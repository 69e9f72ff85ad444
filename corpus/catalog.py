"""The catalog: the truth about sources, passages, findings and questions, and what changed in it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable
from dataclasses import asdict
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Connection, ForeignKey, Integer, Row, String, Table, Text, func, select

from corpus.database import Database, metadata
from corpus.models import CorpusError, Entry, Finding, Passage, Position, Source, Span, Stance, Strength

_TUPLES = ("authors", "caveats", "keywords", "unverified")

sources = Table(
    "sources",
    metadata,
    Column("id", String, primary_key=True),
    Column("digest", String, nullable=False),
    Column("title", Text, nullable=False),
    Column("authors", JSON, nullable=False),
    Column("year", Integer),
    Column("venue", Text),
    Column("volume", String),
    Column("issue", String),
    Column("pages", String),
    Column("doi", String),
    Column("url", Text),
    Column("study_kind", String, nullable=False),
    Column("population", Text),
    Column("caveats", JSON, nullable=False),
    Column("keywords", JSON, nullable=False),
    Column("lead", Text),
    Column("unverified", JSON, nullable=False),
    Column("founding", Boolean, nullable=False),
)
_SOURCE_COLUMNS = [column for column in sources.c if column.name != "digest"]


def _source_key() -> Column[Any]:
    return Column("source_id", ForeignKey("sources.id", ondelete="CASCADE"), nullable=False, index=True)


def _passage_key() -> Column[Any]:
    return Column("passage_id", ForeignKey("passages.id", ondelete="CASCADE"), nullable=False, index=True)


passages = Table(
    "passages",
    metadata,
    Column("id", String, primary_key=True),
    _source_key(),
    Column("ordinal", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("sentences", JSON, nullable=False),
    Column("original_text", Text),
    Column("page", Integer),
    Column("section", Text),
)

findings = Table(
    "findings",
    metadata,
    Column("id", String, primary_key=True),
    _passage_key(),
    Column("text", Text, nullable=False),
    Column("spans", JSON, nullable=False),
    Column("strength", String, nullable=False),
    Column("hedge", Text),
    Column("topics", JSON, nullable=False),
    Column("positions", JSON, nullable=False),
    Column("reported_by", Text),
    Column("told_with", String),
)

questions = Table(
    "questions",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    _passage_key(),
    Column("text", Text, nullable=False),
)


class UnknownSourceError(CorpusError):
    """No source has this id."""


class UnknownPassageError(CorpusError):
    """No passage has this id."""


class Catalog:
    """Read and replace whole sources; every write is one transaction, so nothing is stored by halves."""

    def __init__(self, database: Database) -> None:
        self.database = database

    # Writing

    def put(self, entry: Entry) -> bool:
        """Store `entry`, replacing its source; false when the catalog already holds exactly this."""
        digest = digest_of(entry)
        with self.database.write() as connection:
            stored = connection.execute(select(sources.c.digest).where(sources.c.id == entry.source.id)).scalar()
            if stored == digest:
                return False
            _delete(connection, entry.source.id)
            connection.execute(sources.insert().values(digest=digest, **_source_values(entry.source)))
            if entry.passages:
                connection.execute(passages.insert(), [_passage_values(passage) for passage in entry.passages])
            if entry.findings:
                connection.execute(findings.insert(), [_finding_values(finding) for finding in entry.findings])
            if entry.questions:
                connection.execute(questions.insert(), [{"passage_id": p, "text": t} for p, t in entry.questions])
        return True

    def remove(self, source_id: str) -> None:
        """Delete a source and all that hangs on it; raises `UnknownSourceError`."""
        with self.database.write() as connection:
            if not _delete(connection, source_id):
                raise UnknownSourceError(f"No source {source_id!r}. `mentor-coach sources` lists the library.")

    # Reading

    def digests(self) -> dict[str, str]:
        """Source id → digest of its content: what an index compares itself with."""
        with self.database.read() as connection:
            return {row.id: row.digest for row in connection.execute(select(sources.c.id, sources.c.digest))}

    def sources(self) -> list[Source]:
        """All sources, by title."""
        with self.database.read() as connection:
            rows = connection.execute(select(*_SOURCE_COLUMNS).order_by(func.lower(sources.c.title), sources.c.id))
            return [_source(row) for row in rows]

    def source(self, source_id: str) -> Source:
        found = self.sources_by_id([source_id])
        if source_id not in found:
            raise UnknownSourceError(f"No source {source_id!r}. `GET /v1/sources` lists the library.")
        return found[source_id]

    def sources_by_id(self, ids: Collection[str]) -> dict[str, Source]:
        """The sources that exist among `ids`; an unknown id is simply absent."""
        with self.database.read() as connection:
            rows = connection.execute(select(*_SOURCE_COLUMNS).where(sources.c.id.in_(ids)))
            return {row.id: _source(row) for row in rows}

    def passage(self, passage_id: str) -> Passage:
        found = self.passages_by_id([passage_id])
        if passage_id not in found:
            raise UnknownPassageError(f"No passage {passage_id!r}. `GET /v1/search?q=…` finds passages.")
        return found[passage_id]

    def passages_by_id(self, ids: Collection[str]) -> dict[str, Passage]:
        """The passages that exist among `ids`; an unknown id is simply absent."""
        with self.database.read() as connection:
            rows = connection.execute(select(passages).where(passages.c.id.in_(ids)))
            return {row.id: _passage(row) for row in rows}

    def passages_of(self, source_id: str) -> list[Passage]:
        """A source's passages in reading order."""
        with self.database.read() as connection:
            query = select(passages).where(passages.c.source_id == source_id).order_by(passages.c.ordinal)
            return [_passage(row) for row in connection.execute(query)]

    def findings_of(self, passage_ids: Collection[str]) -> list[Finding]:
        """The findings of the given passages, in the order in which they were stored."""
        with self.database.read() as connection:
            rows = connection.execute(select(findings).where(findings.c.passage_id.in_(passage_ids)))
            return [_finding(row) for row in rows]

    def questions_of(self, passage_ids: Collection[str]) -> list[tuple[str, str]]:
        """Pairs of passage id and question."""
        with self.database.read() as connection:
            query = select(questions.c.passage_id, questions.c.text).where(questions.c.passage_id.in_(passage_ids))
            return [(row.passage_id, row.text) for row in connection.execute(query.order_by(questions.c.id))]

    def entries(self, ids: Iterable[str]) -> Iterable[Entry]:
        """Whole sources, one at a time; ids that no longer exist are passed over."""
        for source_id in ids:
            if source := self.sources_by_id([source_id]).get(source_id):
                held = self.passages_of(source_id)
                keys = [passage.id for passage in held]
                yield Entry(source, tuple(held), tuple(self.findings_of(keys)), tuple(self.questions_of(keys)))


def digest_of(entry: Entry) -> str:
    """SHA-256 over everything in the entry, independent of key order."""
    return hashlib.sha256(json.dumps(asdict(entry), sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _delete(connection: Connection, source_id: str) -> bool:
    return connection.execute(sources.delete().where(sources.c.id == source_id)).rowcount > 0


def _source_values(source: Source) -> dict[str, Any]:
    values = asdict(source)
    return values | {name: list(values[name]) for name in _TUPLES}


def _source(row: Row[Any]) -> Source:
    values = dict(row._mapping)
    values |= {name: tuple(values[name]) for name in _TUPLES}
    return Source(**values | {"study_kind": Strength(values["study_kind"])})


def _passage_values(passage: Passage) -> dict[str, Any]:
    return asdict(passage) | {"sentences": _pairs(passage.sentences)}


def _passage(row: Row[Any]) -> Passage:
    return Passage(**dict(row._mapping) | {"sentences": _spans(row.sentences)})


def _finding_values(finding: Finding) -> dict[str, Any]:
    positions = [[position.point, position.stance.value] for position in finding.positions]
    return asdict(finding) | {"spans": _pairs(finding.spans), "topics": list(finding.topics), "positions": positions}


def _finding(row: Row[Any]) -> Finding:
    return Finding(
        **dict(row._mapping)
        | {
            "spans": _spans(row.spans),
            "strength": Strength(row.strength),
            "topics": tuple(row.topics),
            "positions": tuple(Position(point, Stance(stance)) for point, stance in row.positions),
        }
    )


def _pairs(spans: Iterable[Span]) -> list[list[int]]:
    return [[span.start, span.end] for span in spans]


def _spans(pairs: Iterable[Iterable[int]]) -> tuple[Span, ...]:
    return tuple(Span(*pair) for pair in pairs)
