"""What the index keeps beside the words: every vector, by passage, in the catalog's database."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Boolean, Column, Integer, LargeBinary, String, Table, Text, select

from corpus.database import DERIVED, Database, DatabaseError, metadata
from corpus.models import Passage
from retrieval.embedder import Embedder, Vectors
from retrieval.held import Held
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


_MOST_HELD = 500
_MOST_NAMES = 20_000


@dataclass(frozen=True, slots=True)
class _Represented:
    """What is indexed of a passage beside its words."""

    keys: Mapping[str, str]
    """By the representation's id."""
    vectors: Mapping[str, Vectors]

    def of(self, kind: str) -> Iterator[tuple[str, Vectors]]:
        """Key and vector of each representation of one kind."""
        return ((self.keys[name], vector) for name, vector in self.vectors.items() if passage_of(name)[1] == kind)


class Store:
    """What the retriever and the composer read of an index.

    Of the passages that answers were last made of it is held in memory, until `forget`: whoever changes the index
    calls that. What a reader is shown is read from the catalog each time.
    """

    def __init__(self, database: Database, embedder: Embedder, lexical: LexicalIndex) -> None:
        self._database = database
        self._embedder = embedder
        self._lexical = lexical
        self._names: Held[int, str] = Held(_MOST_NAMES)
        self._represented: Held[str, _Represented] = Held(_MOST_HELD)
        self._entries: Held[str, LexicalEntry] = Held(_MOST_HELD)
        self._sentences: Held[Passage, Vectors] = Held(_MOST_HELD)

    def forget(self) -> None:
        """The index has changed."""
        for held in (self._names, self._represented, self._entries, self._sentences):
            held.forget()

    def passages_of(self, rows: Collection[int]) -> dict[int, str]:
        """Row of the lexical index → passage id."""
        return self._names.of(rows, self._read_names)

    def _read_names(self, rows: Sequence[int]) -> dict[int, str]:
        with self._database.read() as connection:
            query = select(indexed_passages.c.row, indexed_passages.c.passage_id)
            found = connection.execute(query.where(indexed_passages.c.row.in_(rows)))
            return {row.row: row.passage_id for row in found}

    def entries_of(self, passage_ids: Collection[str]) -> dict[str, LexicalEntry]:
        """Passage id → its indexed words."""
        return self._entries.of(passage_ids, self._read_entries)

    def _read_entries(self, passage_ids: Sequence[str]) -> dict[str, LexicalEntry]:
        with self._database.read() as connection:
            query = select(indexed_passages.c.row, indexed_passages.c.passage_id)
            found = connection.execute(query.where(indexed_passages.c.passage_id.in_(passage_ids)))
            names = {row.row: row.passage_id for row in found}
            return {names[row]: entry for row, entry in self._lexical.entries(connection, list(names)).items()}

    def sentence_vectors(self, passages: Sequence[Passage]) -> dict[str, Vectors]:
        """Passage id → one unit vector a sentence, in the order of `Passage.sentences`.

        They are made when a passage is first asked for and kept from then on: embedding every sentence at ingest
        doubled its time, and most passages are never quoted (docs/decisions/003).
        """
        # By the whole passage: a text that has just been replaced must not be taken for the one that was read.
        found = self._sentences.of(passages, self._read_sentences)
        return {passage.id: rows for passage, rows in found.items()}

    def _read_sentences(self, passages: Sequence[Passage]) -> dict[Passage, Vectors]:
        query = select(indexed_passages.c.passage_id, indexed_passages.c.sentence_vectors)
        query = query.where(indexed_passages.c.passage_id.in_([passage.id for passage in passages]))
        with self._database.read() as connection:
            held = {row.passage_id: row.sentence_vectors for row in connection.execute(query)}
        found = {passage: self._rows(stored) for passage in passages if (stored := held.get(passage.id))}
        new = [passage for passage in passages if passage not in found and passage.sentences]
        if new:
            made = self._embedder.vectors([span.of(passage.text) for passage in new for span in passage.sentences])
            ends = np.cumsum([len(passage.sentences) for passage in new])[:-1]
            fresh = dict(zip(new, np.split(made, ends), strict=True))
            self._keep({passage.id: rows for passage, rows in fresh.items() if passage.id in held})
            found |= fresh
        return found

    def questions(self, names: Sequence[str]) -> list[tuple[str, str]]:
        """Passage id and text of stored questions, in the order of their ids in `names`."""
        return [(passage_of(name)[0], of.keys[name]) for name, of in self._holding(names).items()]

    def finding_vectors(self, passage_ids: Collection[str]) -> dict[str, Vectors]:
        """Finding id → vector, of the findings of the given passages."""
        held = self._represented.of(passage_ids, self._read_represented)
        return {key: vector for of in held.values() for key, vector in of.of("finding")}

    def made_vectors(self, passage_ids: Collection[str]) -> dict[tuple[str, str], Vectors]:
        """Passage id and text of a machine-made finding → its vector."""
        held = self._represented.of(passage_ids, self._read_represented)
        return {(name, key): vector for name, of in held.items() for key, vector in of.of(MADE_FINDING)}

    def vectors_of(self, names: Sequence[str]) -> dict[str, Vectors]:
        """Representation id → vector; an id that is not held is simply absent."""
        return {name: of.vectors[name] for name, of in self._holding(names).items()}

    def _holding(self, names: Sequence[str]) -> dict[str, _Represented]:
        """Representation id → the passage that holds it; an id that none holds is absent."""
        passages = {name: passage_of(name)[0] for name in names}
        held = self._represented.of(passages.values(), self._read_represented)
        return {name: held[of] for name, of in passages.items() if of in held and name in held[of].keys}

    def _read_represented(self, passage_ids: Sequence[str]) -> dict[str, _Represented]:
        query = select(representations.c.id, representations.c.passage_id, representations.c.key)
        query = query.add_columns(representations.c.vector).where(representations.c.passage_id.in_(passage_ids))
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(representations.c.id)).all()
        keys: dict[str, dict[str, str]] = {}
        vectors: dict[str, dict[str, Vectors]] = {}
        for row in rows:
            keys.setdefault(row.passage_id, {})[row.id] = row.key
            vectors.setdefault(row.passage_id, {})[row.id] = as_vector(row.vector)
        return {name: _Represented(keys[name], vectors[name]) for name in keys}

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
