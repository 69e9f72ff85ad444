"""Making both indexes anew from the catalog beside the ones that answer, and putting them in their place at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, select

from corpus.catalog import Catalog
from corpus.database import Database, set_fact
from retrieval.embedder import Embedder
from retrieval.index import Index, Progress, lexical_index
from retrieval.state import State, as_text
from retrieval.store import indexed_passages, indexed_sources, representations
from retrieval.vectors import VectorIndex
from retrieval.vocabulary import Vocabulary

_AT_ONCE = 500


class Remaking:
    """A whole new index of a catalog: its tables in a scratch database, its vectors wherever `vectors` keeps them."""

    def __init__(self, catalog: Catalog, embedder: Embedder, vectors: VectorIndex, folder: Path) -> None:
        self._database = catalog.database
        self._scratch = Database.at(folder)
        self._index = Index(catalog, embedder, vectors, Vocabulary.load(), self._scratch)

    def make(self, progress: Progress) -> int:
        """Embed and index the whole library, while the old index answers; returns how many sources it holds."""
        return self._index.sync(progress)

    def switch(self, collection: str | None) -> None:
        """Let the new index take the place of the old one, in one transaction; `collection` holds its vectors.

        Nobody else may change the index meanwhile. What changed in the catalog since is left to the next `sync`.
        """
        index = self._index
        state = State(index.made_for, collection, index.size, index.held, as_text(index.center))
        lexical = lexical_index(self._database)
        with self._scratch.read() as old, self._database.write() as connection:
            lexical.clear(connection)
            for table in (indexed_sources, indexed_passages, representations):
                connection.execute(table.delete())
                for rows in _rows(old, table):
                    connection.execute(table.insert(), rows)
            for rows in _rows(old, indexed_passages):
                for row, entry in index.lexical.entries(old, [row["row"] for row in rows]).items():
                    lexical.add(connection, row, entry)
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql(
                    "SELECT setval(pg_get_serial_sequence('indexed_passages', 'row'), "
                    'coalesce((SELECT max("row") FROM indexed_passages), 1))'
                )
            set_fact(connection, "index", index.made_for)
            set_fact(connection, "index_words", index.vocabulary.fingerprint)
            state.store(connection)

    def close(self) -> None:
        self._scratch.close()


def _rows(connection: Connection, table: Table) -> Iterator[list[dict[str, Any]]]:
    found = connection.execution_options(yield_per=_AT_ONCE).execute(select(table))
    for rows in found.mappings().partitions():
        yield [dict(row) for row in rows]
