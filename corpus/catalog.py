"""The catalog: the truth about sources, passages, findings and questions, and what changed in it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Table, Text, cast, func, select

from corpus.database import Database
from corpus.documents import DocumentRecord, values
from corpus.enrichments import Enrichments
from corpus.models import CorpusError, Entry, Finding, Passage, Source
from corpus.tables import (
    FINDING_COLUMNS,
    SOURCE_COLUMNS,
    documents,
    finding_of,
    finding_values,
    findings,
    passage_of,
    passage_values,
    passages,
    questions,
    source_of,
    source_values,
    sources,
)


class UnknownSourceError(CorpusError):
    """No source has this id."""


class UnknownPassageError(CorpusError):
    """No passage has this id."""


class Catalog:
    """Read and replace whole sources; every write is one transaction, so nothing is stored by halves."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.enrichments = Enrichments(database)

    # Writing

    def put(self, entry: Entry) -> bool:
        """Store `entry`, replacing its source; false when the catalog already holds exactly this."""
        return self.put_all([(entry, None)])[0]

    def put_all(self, items: Sequence[tuple[Entry, DocumentRecord | None]]) -> list[bool]:
        """Store whole entries with the documents they came from in one transaction; says of each whether it was new."""
        digests = {entry.source.id: digest_of(entry) for entry, _ in items}
        with self.database.write() as connection:
            query = select(sources.c.id, sources.c.digest).where(sources.c.id.in_(digests))
            held = {row.id: row.digest for row in connection.execute(query)}
            new = [entry for entry, _ in items if held.get(entry.source.id) != digests[entry.source.id]]
            _delete(connection, [entry.source.id for entry in new if entry.source.id in held])
            _insert(connection, sources, [_with_digest(entry, digests) for entry in new])
            _insert(connection, passages, [passage_values(passage) for entry in new for passage in entry.passages])
            told = [
                finding_values(finding) | {"ordinal": n} for entry in new for n, finding in enumerate(entry.findings)
            ]
            _insert(connection, findings, told)
            asked = [{"passage_id": p, "text": t} for entry in new for p, t in entry.questions]
            _insert(connection, questions, asked)
            _remember(connection, [record for _, record in items if record is not None])
        changed = {entry.source.id for entry in new}
        return [entry.source.id in changed for entry, _ in items]

    def remove(self, source_id: str) -> None:
        """Delete a source and all that hangs on it; raises `UnknownSourceError`."""
        self.remove_all([source_id])

    def remove_all(self, ids: Collection[str]) -> None:
        """Delete sources in one transaction; raises `UnknownSourceError` and deletes none when one is unknown."""
        with self.database.write() as connection:
            held = set(connection.execute(select(sources.c.id).where(sources.c.id.in_(ids))).scalars())
            for source_id in ids:
                if source_id not in held:
                    raise UnknownSourceError(f"No source {source_id!r}. `mentor-coach sources` lists the library.")
            _delete(connection, ids)

    # Reading

    def digests(self) -> dict[str, str]:
        """Source id → digest of its content: what an index compares itself with."""
        with self.database.read() as connection:
            query = select(sources.c.id, sources.c.digest).order_by(sources.c.id)
            return {row.id: row.digest for row in connection.execute(query)}

    def sources(self) -> list[Source]:
        """All sources, by title."""
        with self.database.read() as connection:
            rows = connection.execute(select(*SOURCE_COLUMNS).order_by(func.lower(sources.c.title), sources.c.id))
            return [source_of(row) for row in rows]

    def source(self, source_id: str) -> Source:
        found = self.sources_by_id([source_id])
        if source_id not in found:
            raise UnknownSourceError(f"No source {source_id!r}. `GET /v1/sources` lists the library.")
        return found[source_id]

    def sources_by_id(self, ids: Collection[str]) -> dict[str, Source]:
        """The sources that exist among `ids`; an unknown id is simply absent."""
        with self.database.read() as connection:
            rows = connection.execute(select(*SOURCE_COLUMNS).where(sources.c.id.in_(ids)))
            return {row.id: source_of(row) for row in rows}

    def called(self, word: str) -> list[Source]:
        """The sources that have `word` anywhere in their title or their authors' names, by id."""
        authors = cast(sources.c.authors, Text).icontains(json.dumps(word)[1:-1], autoescape=True)
        titled = sources.c.title.icontains(word, autoescape=True)
        with self.database.read() as connection:
            rows = connection.execute(select(*SOURCE_COLUMNS).where(authors | titled).order_by(sources.c.id))
            return [source_of(row) for row in rows]

    def credits(self, word: str) -> list[str]:
        """The works that findings credit, where `word` stands in them."""
        query = select(findings.c.reported_by).where(findings.c.reported_by.icontains(word, autoescape=True)).distinct()
        with self.database.read() as connection:
            return [text for text in connection.execute(query).scalars() if text]

    def sources_by_doi(self, doi: str) -> list[Source]:
        """The sources that hold this DOI, which is given in its normal form, by id."""
        with self.database.read() as connection:
            rows = connection.execute(
                select(*SOURCE_COLUMNS).where(func.lower(sources.c.doi) == doi).order_by(sources.c.id)
            )
            return [source_of(row) for row in rows]

    def passage(self, passage_id: str) -> Passage:
        found = self.passages_by_id([passage_id])
        if passage_id not in found:
            raise UnknownPassageError(f"No passage {passage_id!r}. `GET /v1/search?q=…` finds passages.")
        return found[passage_id]

    def passages_by_id(self, ids: Collection[str]) -> dict[str, Passage]:
        """The passages that exist among `ids`; an unknown id is simply absent."""
        with self.database.read() as connection:
            rows = connection.execute(select(passages).where(passages.c.id.in_(ids)))
            return {row.id: passage_of(row) for row in rows}

    def passages_of(self, source_id: str) -> list[Passage]:
        """A source's passages in reading order."""
        with self.database.read() as connection:
            query = select(passages).where(passages.c.source_id == source_id).order_by(passages.c.ordinal)
            return [passage_of(row) for row in connection.execute(query)]

    def findings_of(self, passage_ids: Collection[str]) -> list[Finding]:
        """The findings of the given passages: by passage, in the order in which they were stored."""
        query = select(*FINDING_COLUMNS).where(findings.c.passage_id.in_(passage_ids))
        with self.database.read() as connection:
            rows = connection.execute(query.order_by(findings.c.passage_id, findings.c.ordinal))
            return [finding_of(row) for row in rows]

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
    """SHA-256 over everything in the entry."""
    return hashlib.sha256(repr(entry).encode()).hexdigest()


def _with_digest(entry: Entry, digests: dict[str, str]) -> dict[str, Any]:
    return {"digest": digests[entry.source.id], **source_values(entry.source)}


def _finding_rows(entry: Entry) -> list[dict[str, Any]]:
    return [finding_values(finding) | {"ordinal": place} for place, finding in enumerate(entry.findings)]


def _insert(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        connection.execute(table.insert(), rows)


def _remember(connection: Connection, records: Sequence[DocumentRecord]) -> None:
    connection.execute(documents.delete().where(documents.c.source_id.in_([record.source_id for record in records])))
    _insert(connection, documents, [values(record) for record in records])


def _delete(connection: Connection, ids: Collection[str]) -> None:
    if ids:
        connection.execute(sources.delete().where(sources.c.id.in_(ids)))
