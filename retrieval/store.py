"""What the index keeps beside the words: every vector, by passage, in the catalog's database."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Boolean, Column, Integer, LargeBinary, String, Table, Text, select

from corpus.database import DERIVED, Database, DatabaseError, metadata
from corpus.models import Passage
from corpus.tables import sources
from retrieval.embedder import Embedder, Vectors
from retrieval.lexical import LexicalEntry, LexicalIndex

indexed_sources = Table(
    "indexed_sources",
    metadata,
    Column("source_id", String, primary_key=True),
    Column("digest", String, nullable=False),
    info=DERIVED,
)
indexed_passages = Table(
    "indexed_passages",
    metadata,
    Column("row", Integer, primary_key=True, autoincrement=True),
    Column("passage_id", String, nullable=False, unique=True),
    Column("source_id", String, nullable=False, index=True),
    Column("sentence_vectors", LargeBinary),
    Column("enriched", Boolean, nullable=False, default=False),
    sqlite_autoincrement=True,
    info=DERIVED,
)
"""`sentence_vectors` is empty until sentences of the passage are first chosen from; `enriched` says whether what a
model contributed to it is indexed (`retrieval.enriched`)."""
representations = Table(
    "representations",
    metadata,
    Column("id", String, primary_key=True),
    Column("passage_id", String, nullable=False, index=True),
    Column("source_id", String, nullable=False, index=True),
    Column("kind", String, nullable=False),
    Column("key", Text, nullable=False),
    Column("vector", LargeBinary, nullable=False),
    info=DERIVED,
)
"""`kind` is `passage`, `finding` (key: the finding's id) or `question` (key: its text); or one of `MADE_KINDS` (key:
the text)."""
MADE_FINDING, MADE_QUESTION = "made-finding", "made-question"
MADE_KINDS = frozenset({MADE_FINDING, MADE_QUESTION})
"""What a chat model contributed: it leads to its passage, and counts for nothing else."""


class Store:
    """What the retriever and the composer read of an index."""

    def __init__(self, database: Database, embedder: Embedder, lexical: LexicalIndex) -> None:
        self._database = database
        self._embedder = embedder
        self._lexical = lexical

    def passages_of(self, rows: Collection[int]) -> dict[int, str]:
        """Row of the lexical index → passage id."""
        with self._database.read() as connection:
            query = select(indexed_passages.c.row, indexed_passages.c.passage_id)
            found = connection.execute(query.where(indexed_passages.c.row.in_(rows)))
            return {row.row: row.passage_id for row in found}

    def entries_of(self, passage_ids: Collection[str]) -> dict[str, LexicalEntry]:
        """Passage id → its indexed words."""
        with self._database.read() as connection:
            query = select(indexed_passages.c.row, indexed_passages.c.passage_id)
            found = connection.execute(query.where(indexed_passages.c.passage_id.in_(passage_ids)))
            names = {row.row: row.passage_id for row in found}
            return {names[row]: entry for row, entry in self._lexical.entries(connection, list(names)).items()}

    def ready(self, source_ids: Collection[str]) -> set[str]:
        """Those of the sources that are wholly indexed, just as the catalog holds them now."""
        query = select(sources.c.id).join(indexed_sources, indexed_sources.c.source_id == sources.c.id)
        query = query.where(sources.c.id.in_(source_ids), indexed_sources.c.digest == sources.c.digest)
        with self._database.read() as connection:
            return set(connection.execute(query).scalars())

    def sentence_vectors(self, passages: Sequence[Passage]) -> dict[str, Vectors]:
        """Passage id → one unit vector a sentence, in the order of `Passage.sentences`.

        They are made when a passage is first asked for and kept from then on: embedding every sentence at ingest
        doubled its time, and most passages are never quoted (docs/decisions/003).
        """
        query = select(indexed_passages.c.passage_id, indexed_passages.c.sentence_vectors)
        query = query.where(indexed_passages.c.passage_id.in_([passage.id for passage in passages]))
        with self._database.read() as connection:
            held = {row.passage_id: row.sentence_vectors for row in connection.execute(query)}
        found = {name: self._rows(stored) for name, stored in held.items() if stored}
        new = [passage for passage in passages if passage.id not in found and passage.sentences]
        if new:
            made = self._embedder.vectors([span.of(passage.text) for passage in new for span in passage.sentences])
            ends = np.cumsum([len(passage.sentences) for passage in new])[:-1]
            fresh = {passage.id: rows for passage, rows in zip(new, np.split(made, ends), strict=True)}
            self._keep({name: rows for name, rows in fresh.items() if name in held})
            found |= fresh
        return found

    def questions(self, names: Sequence[str]) -> list[tuple[str, str]]:
        """Passage id and text of stored questions, in the order of their ids in `names`."""
        with self._database.read() as connection:
            query = select(representations.c.id, representations.c.passage_id, representations.c.key)
            rows = {row.id: row for row in connection.execute(query.where(representations.c.id.in_(names)))}
        return [(rows[name].passage_id, rows[name].key) for name in names if name in rows]

    def finding_vectors(self, passage_ids: Collection[str]) -> dict[str, Vectors]:
        """Finding id → vector, of the findings of the given passages."""
        with self._database.read() as connection:
            query = select(representations.c.key, representations.c.vector)
            query = query.where(representations.c.passage_id.in_(passage_ids), representations.c.kind == "finding")
            return {row.key: as_vector(row.vector) for row in connection.execute(query)}

    def made_vectors(self, passage_ids: Collection[str]) -> dict[tuple[str, str], Vectors]:
        """Passage id and text of a machine-made finding → its vector."""
        with self._database.read() as connection:
            query = select(representations.c.passage_id, representations.c.key, representations.c.vector)
            query = query.where(representations.c.passage_id.in_(passage_ids), representations.c.kind == MADE_FINDING)
            return {(row.passage_id, row.key): as_vector(row.vector) for row in connection.execute(query)}

    def vectors_of(self, names: Sequence[str]) -> dict[str, Vectors]:
        """Representation id → vector; an id that is not held is simply absent."""
        with self._database.read() as connection:
            query = select(representations.c.id, representations.c.vector).where(representations.c.id.in_(names))
            return {row.id: as_vector(row.vector) for row in connection.execute(query)}

    def nearest(
        self, vector: Vectors, count: int, passage_ids: Collection[str] | None = None
    ) -> list[tuple[str, float]]:
        """The nearest representations (of the given passages, or of all) with their cosines, compared one by one."""
        query = select(representations.c.id, representations.c.vector)
        if passage_ids is not None:
            query = query.where(representations.c.passage_id.in_(passage_ids))
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(representations.c.id)).all()
        if not rows:
            return []
        cosines = np.stack([as_vector(row.vector) for row in rows]) @ vector
        best = np.argsort(-cosines, kind="stable")[:count]
        return [(rows[place].id, float(cosines[place])) for place in best]

    def _rows(self, stored: bytes) -> Vectors:
        return as_vector(stored).reshape(-1, self._embedder.dimension)

    def _keep(self, made: dict[str, Vectors]) -> None:
        """Store what was made; while another process writes, it is simply made again next time."""
        try:
            with self._database.write() as connection:
                for name, rows in made.items():
                    change = indexed_passages.update().where(indexed_passages.c.passage_id == name)
                    connection.execute(change.values(sentence_vectors=as_bytes(rows)))
        except DatabaseError:
            return


def passage_of(representation_id: str) -> tuple[str, str]:
    """The passage id and the kind that a representation's id carries."""
    passage_id, kind, *_ = representation_id.split("#")
    return passage_id, kind


def as_bytes(vectors: NDArray[np.float32]) -> bytes:
    """Vectors as they are stored: float16."""
    return vectors.astype(np.float16).tobytes()


def as_vector(stored: bytes) -> Vectors:
    """A stored vector, or several of them behind one another."""
    return np.frombuffer(stored, np.float16).astype(np.float32)
