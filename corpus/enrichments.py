"""What a chat model contributed to passages: machine-made findings and questions, kept apart from what people wrote."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, Column, ForeignKey, Integer, Row, Select, String, Table, Text, func, select

from corpus.database import Database, metadata
from corpus.models import Enrichment, MadeFinding, Passage, Source, Span
from corpus.tables import SOURCE_COLUMNS, passage_of, passages, source_of, sources

enrichments = Table(
    "enrichments",
    metadata,
    Column("passage_id", ForeignKey("passages.id", ondelete="CASCADE"), primary_key=True),
    Column("made_by", Text, nullable=False),
    Column("made_at", String, nullable=False),
    Column("findings", JSON, nullable=False),
    Column("questions", JSON, nullable=False),
    Column("count", Integer, nullable=False),
)
"""One row a passage, also where nothing that the model wrote was kept: a passage is asked about once. `count` is how
many findings and questions there are. A row goes with its passage."""


class Enrichments:
    """Stores and finds them. Only passages of own sources are enriched: founding ones were written by people."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, enrichment: Enrichment) -> bool:
        """Store it in one transaction; false when its passage has left the library, or has one already."""
        with self._database.write() as connection:
            known = select(passages.c.id).where(passages.c.id == enrichment.passage_id)
            held = select(enrichments.c.passage_id).where(enrichments.c.passage_id == enrichment.passage_id)
            if connection.execute(known).first() is None or connection.execute(held).first() is not None:
                return False
            connection.execute(
                enrichments.insert().values(
                    passage_id=enrichment.passage_id,
                    made_by=enrichment.made_by,
                    made_at=datetime.now(UTC).isoformat(timespec="seconds"),
                    findings=[[made.text, made.span.start, made.span.end] for made in enrichment.findings],
                    questions=list(enrichment.questions),
                    count=enrichment.count,
                )
            )
        return True

    def of(self, passage_ids: Collection[str]) -> dict[str, Enrichment]:
        """Passage id → what a model contributed; a passage without anything is simply absent."""
        if not passage_ids:
            return {}
        query = select(enrichments).where(enrichments.c.passage_id.in_(passage_ids), enrichments.c.count > 0)
        with self._database.read() as connection:
            return {row.passage_id: _enrichment(row) for row in connection.execute(query)}

    def names(self) -> list[str]:
        """The ids of the passages to which a model contributed something."""
        query = select(enrichments.c.passage_id).where(enrichments.c.count > 0).order_by(enrichments.c.passage_id)
        with self._database.read() as connection:
            return list(connection.execute(query).scalars())

    def counts(self) -> dict[str, int]:
        """Source id → how many findings and questions a model contributed to it; sources without any are absent."""
        query = select(passages.c.source_id, func.sum(enrichments.c.count).label("made"))
        query = query.join(enrichments, enrichments.c.passage_id == passages.c.id).where(enrichments.c.count > 0)
        with self._database.read() as connection:
            return {row.source_id: row.made for row in connection.execute(query.group_by(passages.c.source_id))}

    def waiting(self) -> int:
        """How many passages no model was asked about."""
        with self._database.read() as connection:
            return int(connection.execute(_waiting(func.count())).scalar_one())

    def next_ones(self) -> Iterator[tuple[Source, Passage]]:
        """The passages that no model was asked about, by source and in reading order, each read when it is its turn."""
        last = ("", 0)
        while True:
            after = (passages.c.source_id > last[0]) | (
                (passages.c.source_id == last[0]) & (passages.c.ordinal > last[1])
            )
            query = _waiting(*passages.c).where(after).order_by(passages.c.source_id, passages.c.ordinal).limit(1)
            with self._database.read() as connection:
                row = connection.execute(query).first()
                if row is None:
                    return
                wanted = select(*SOURCE_COLUMNS).where(sources.c.id == row.source_id)
                held = connection.execute(wanted).first()
            last = (row.source_id, row.ordinal)
            if held is not None:
                yield source_of(held), passage_of(row)


def _waiting(*columns: Any) -> Select[Any]:
    query = select(*columns).select_from(passages).join(sources, sources.c.id == passages.c.source_id)
    query = query.outerjoin(enrichments, enrichments.c.passage_id == passages.c.id)
    return query.where(sources.c.founding.is_(False), enrichments.c.passage_id.is_(None))


def _enrichment(row: Row[Any]) -> Enrichment:
    findings = tuple(MadeFinding(text, Span(start, end)) for text, start, end in row.findings)
    return Enrichment(row.passage_id, row.made_by, findings, tuple(row.questions))
