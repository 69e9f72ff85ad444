"""Keeps the vector and the lexical index in step with the catalog: fingerprint, changes, probe, rebuild."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Collection, Sequence

import numpy as np
from sqlalchemy import Connection, func, select

from corpus.catalog import Catalog
from corpus.database import Database, get_fact, set_fact
from corpus.models import Entry
from retrieval.current import Current
from retrieval.embedder import Embedder, Vectors
from retrieval.enriched import follow
from retrieval.fts5 import Fts5Index
from retrieval.lexical import LexicalIndex
from retrieval.postings import PostingsIndex
from retrieval.represented import rows_of, words_of_passage
from retrieval.served import OtherModelError, ServedVectors, VectorsUnreachableError
from retrieval.state import State, as_text, read_state, stored
from retrieval.store import (
    MADE_KINDS,
    Store,
    as_bytes,
    as_vector,
    indexed_passages,
    indexed_sources,
    representations,
)
from retrieval.vectors import IndexDamagedError, VectorIndex
from retrieval.vocabulary import Vocabulary

logger = logging.getLogger(__name__)

# What the index stores and how; another value rebuilds it.
_SHAPE = "3"
_SOURCES_AT_ONCE = 256
_PROBES = 5
_ENOUGH = 500

Progress = Callable[[int, int], None]
"""Called with sources done and sources to do."""


class Index:
    """Both indexes of one catalog. The catalog is the truth; everything here can be made again from it."""

    def __init__(
        self,
        catalog: Catalog,
        embedder: Embedder,
        vectors: VectorIndex,
        vocabulary: Vocabulary,
        database: Database | None = None,
    ) -> None:
        """`database` keeps the index's own tables; without one they are in the catalog's."""
        self.catalog = catalog
        self._database = database or catalog.database
        self.embedder = embedder
        self.vectors = vectors
        self.vocabulary = vocabulary
        self.lexical = lexical_index(self._database)
        self.store = Store(self._database, embedder, self.lexical)
        self.current = Current(catalog)
        self.center: Vectors = np.zeros(embedder.dimension, np.float32)
        """The library's mean vector; set by `sync`."""
        self.size = 0
        """How many passages are indexed; set by `sync`."""
        self.held = 0
        """How many representations are indexed; set by `sync`."""
        self.problem: str | None = None
        """Why the vectors could not be searched the last time; `None` when they could."""
        self.made_for = made_for(embedder)
        self._state: str | None = None

    @property
    def per_passage(self) -> int:
        """How many representations a passage has on average."""
        return max(1, round(self.held / max(self.size, 1)))

    def search(self, vector: Vectors, count: int) -> list[tuple[str, float]]:
        """The nearest representations with their cosines, best first; raises `IndexDamagedError`."""
        try:
            found = self.vectors.search(vector, count)
        except IndexDamagedError as error:
            self.problem = str(error)
            raise
        self.problem = None
        return found

    def refresh(self) -> None:
        """Take note of what another process changed; raises `OtherModelError` when it was indexed for another model."""
        if not self._database.served:
            return
        with self._database.read() as connection:
            written = stored(connection)
        if written is None or written == self._state:
            return
        state = read_state(written)
        if state.made_for != self.made_for:
            raise OtherModelError(state.made_for, self.made_for)
        self.size, self.held, self.center = state.size, state.held, state.center_vector
        self._changed()
        if state.collection is not None and isinstance(self.vectors, ServedVectors):
            try:
                self.vectors.follow(state.collection)
            except IndexDamagedError as error:
                # Tried again with the next question, which is answered without it.
                self.problem = str(error)
                return
        self._state = written

    def sync(self, progress: Progress | None = None) -> int:
        """Bring both indexes in step with the catalog; returns how many sources were added, replaced or removed.

        Killed at any moment and run again it ends in the same state: a source counts as indexed only when its
        vectors are in Chroma, since its digest is written last, in the transaction that holds its words.
        """
        with self._database.read() as connection:
            held_for = get_fact(connection, "index")
        if held_for not in (None, self.made_for):
            if self._database.served:
                # Other processes may be answering from it.
                raise OtherModelError(held_for, self.made_for)
            logger.warning("The index was made for another model or shape; rebuilding it from the catalog.")
            self.clear()
        wanted = self.catalog.digests()
        with self._database.read() as connection:
            held = {row.source_id: row.digest for row in connection.execute(select(indexed_sources))}
        gone = [name for name in held if name not in wanted]
        new = [name for name, digest in wanted.items() if held.get(name) != digest]
        self._remove(gone)
        done = 0
        for start in range(0, len(new), _SOURCES_AT_ONCE):
            batch = new[start : start + _SOURCES_AT_ONCE]
            self._add(list(self.catalog.entries(batch)), wanted)
            done += len(batch)
            if progress:
                progress(done, len(new))
        self._reword(set(held).difference(gone, new))
        follow(self.catalog.enrichments, self._database, self.embedder, self.vectors)
        with self._database.write() as connection:
            set_fact(connection, "index", self.made_for)
            set_fact(connection, "index_words", self.vocabulary.fingerprint)
        self.measure()
        return len(gone) + len(new)

    def _reword(self, names: Collection[str]) -> None:
        """Make the words of `names` anew when the vocabulary is another one; their vectors stay as they are."""
        with self._database.read() as connection:
            if get_fact(connection, "index_words") in (None, self.vocabulary.fingerprint):
                return
        for entry in self.catalog.entries(sorted(names)):
            with self._database.write() as connection:
                query = select(indexed_passages.c.passage_id, indexed_passages.c.row)
                found = connection.execute(query.where(indexed_passages.c.source_id == entry.source.id))
                rows = {row.passage_id: row.row for row in found}
                self.lexical.delete(connection, list(rows.values()))
                for passage in entry.passages:
                    self.lexical.add(connection, rows[passage.id], words_of_passage(entry, passage, self.vocabulary))

    def measure(self) -> None:
        """Set what retrieval needs to know of the library as a whole, and write it down for other processes."""
        total = np.zeros(self.embedder.dimension, np.float64)
        count = 0
        with self._database.read() as connection:
            # What a model wrote must not move what coverage is measured from.
            written = select(representations.c.vector).where(representations.c.kind.not_in(MADE_KINDS))
            for rows in connection.execute(written).partitions(2000):
                total += np.stack([as_vector(row.vector) for row in rows]).sum(axis=0)
                count += len(rows)
            self.size = connection.execute(select(func.count()).select_from(indexed_passages)).scalar_one()
            self.held = connection.execute(select(func.count()).select_from(representations)).scalar_one()
        # The mean of a few texts is what they say themselves; it is taken off in full only from enough of them.
        self.center = np.asarray(total / max(count, _ENOUGH), np.float32)
        self._changed()
        self._write_state()

    def _write_state(self, collection: str | None = None) -> None:
        if collection is None and isinstance(self.vectors, ServedVectors):
            collection = self.vectors.name
        state = State(self.made_for, collection, self.size, self.held, as_text(self.center))
        with self._database.write() as connection:
            self._state = state.store(connection)

    def _changed(self) -> None:
        """Forget what was counted and read before."""
        self.lexical.recount()
        self.store.forget()
        self.current.forget()

    def enrich(self, passage_id: str) -> None:
        """Index what a model has just contributed to a passage; its source answers all the while."""
        self.refresh()
        if follow(self.catalog.enrichments, self._database, self.embedder, self.vectors, passage_id):
            with self._database.read() as connection:
                self.held = connection.execute(select(func.count()).select_from(representations)).scalar_one()
            self._changed()
            self._write_state()

    def healthy(self) -> bool:
        """Whether stored vectors find their own ids in Chroma and none is missing: the probe behind readiness.

        Raises `VectorsUnreachableError` when a Chroma server is silent: nobody knows then.
        """
        with self._database.read() as connection:
            count = connection.execute(select(func.count()).select_from(representations)).scalar_one()
            try:
                if count != self.vectors.count():
                    return False
            except VectorsUnreachableError:
                raise
            except IndexDamagedError:
                return False
            picks = sorted(random.Random(count).sample(range(count), min(_PROBES, count)))
            query = select(representations.c.id, representations.c.vector).order_by(representations.c.id).limit(1)
            rows = [connection.execute(query.offset(pick)).one() for pick in picks]
        return all(self.vectors.finds(row.id, as_vector(row.vector)) for row in rows)

    def probe(self) -> None:
        """Set `problem` by asking for two stored vectors; raises `DatabaseUnreachableError`."""
        self.refresh()
        with self._database.read() as connection:
            query = select(representations.c.id, representations.c.vector).order_by(representations.c.id).limit(2)
            rows = connection.execute(query.offset(random.randrange(max(1, self.held - 1)))).all()
        try:
            for row in rows:
                self.search(as_vector(row.vector), 1)
            lost = not all(self.vectors.finds(row.id, as_vector(row.vector)) for row in rows)
        except IndexDamagedError:
            return
        if lost:
            self.problem = f"The index in {self.vectors.where} has lost vectors. It is being made anew."

    def restore_vectors(self) -> None:
        """Make the Chroma index anew from the stored vectors, without embedding anything again."""
        if isinstance(self.vectors, ServedVectors):
            self.vectors.renew(self.fill, self._write_state)
        else:
            self.vectors.clear()
            self.fill(self.vectors)

    def fill(self, vectors: VectorIndex) -> None:
        """Put every stored vector into an empty index."""
        last = ""
        while True:
            query = select(representations.c.id, representations.c.vector).order_by(representations.c.id).limit(5000)
            with self._database.read() as connection:
                rows = connection.execute(query.where(representations.c.id > last)).all()
            if not rows:
                return
            vectors.add([row.id for row in rows], np.stack([as_vector(row.vector) for row in rows]))
            last = rows[-1].id

    def clear(self) -> None:
        """Forget everything, so that the next `sync` makes both indexes anew."""
        with self._database.write() as connection:
            for table in (indexed_sources, indexed_passages, representations):
                connection.execute(table.delete())
            self.lexical.clear(connection)
        self.vectors.clear()

    # Writing

    def _add(self, entries: Sequence[Entry], digests: dict[str, str]) -> None:
        """Embed and store whole sources in one go, replacing what was held of them."""
        rows = [row for entry in entries for row in rows_of(entry)]
        vectors = self.embedder.vectors([row.text for row in rows])
        names = [entry.source.id for entry in entries]
        stale = self._representation_ids(names)
        self.vectors.delete(list({*stale, *(row.id for row in rows)}))
        if rows:
            self.vectors.add([row.id for row in rows], vectors)
        with self._database.write() as connection:
            self._forget(connection, names)
            source_of = {passage.id: passage.source_id for entry in entries for passage in entry.passages}
            if rows:
                connection.execute(
                    representations.insert(),
                    [
                        {"id": row.id, "passage_id": row.passage_id, "source_id": source_of[row.passage_id]}
                        | {"kind": row.kind, "key": row.key, "vector": as_bytes(vector)}
                        for row, vector in zip(rows, vectors, strict=True)
                    ],
                )
            for entry in entries:
                for passage in entry.passages:
                    stored = connection.execute(
                        indexed_passages.insert().values(passage_id=passage.id, source_id=passage.source_id)
                    )
                    (row,) = stored.inserted_primary_key or (0,)
                    self.lexical.add(connection, row, words_of_passage(entry, passage, self.vocabulary))
                connection.execute(
                    indexed_sources.insert().values(source_id=entry.source.id, digest=digests[entry.source.id])
                )
        self._changed()

    def _remove(self, names: Collection[str]) -> None:
        if names:
            self.vectors.delete(self._representation_ids(names))
            with self._database.write() as connection:
                self._forget(connection, names)
            self._changed()

    def _forget(self, connection: Connection, names: Collection[str]) -> None:
        query = select(indexed_passages.c.row).where(indexed_passages.c.source_id.in_(names))
        self.lexical.delete(connection, list(connection.execute(query).scalars()))
        for table in (indexed_sources, indexed_passages, representations):
            connection.execute(table.delete().where(table.c.source_id.in_(names)))

    def _representation_ids(self, names: Collection[str]) -> list[str]:
        with self._database.read() as connection:
            query = select(representations.c.id).where(representations.c.source_id.in_(names))
            return list(connection.execute(query).scalars())


def lexical_index(database: Database) -> LexicalIndex:
    """The full-text index of `database`, by its engine."""
    return PostingsIndex(database) if database.served else Fts5Index(database)


def made_for(embedder: Embedder) -> str:
    """What an index was made for: the model, its dimension, and the shape of what is stored."""
    return f"{embedder.fingerprint}:{embedder.dimension}:{_SHAPE}"
