"""The full-text index in PostgreSQL: one row a word of a passage, ranked by the BM25 that SQLite's FTS5 computes.

PostgreSQL's own ranking knows no rarity of words; a `tsvector` holds what BM25 needs only folded up, row by row
(docs/decisions/011).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Table,
    Text,
    TextClause,
    func,
    insert,
    select,
    text,
)

from corpus.database import Database
from retrieval.lexical import FIELDS, FieldWeights, LexicalEntry, LexicalIndex

# FTS5's constants (Robertson and Zaragoza 2009), and what it takes for the rarity of a word that half of all rows hold.
_K1 = 1.2
_B = 0.75
_LEAST_IDF = 1e-6
_MOST = 32_000

_metadata = MetaData()
lexical_rows = Table(
    "lexical_rows",
    _metadata,
    Column("row", Integer, primary_key=True, autoincrement=False),
    *(Column(name, Text, nullable=False) for name in FIELDS),
    Column("length", Integer, nullable=False),
)
lexical_postings = Table(
    "lexical_postings",
    _metadata,
    Column("word", String),
    Column("row", ForeignKey("lexical_rows.row", ondelete="CASCADE")),
    *(Column(name, SmallInteger, nullable=False) for name in FIELDS),
    # With all that a search needs: the rows of one word stand side by side in the key, and far apart in the table.
    PrimaryKeyConstraint("word", "row", postgresql_include=FIELDS),
)
"""How often a word stands in each field of a row."""
Index("ix_lexical_postings_row", lexical_postings.c.row)

# All words of a row as one statement's arrays: row by row, most of an ingest's time would go into sending them.
_columns = ", ".join(FIELDS)
_ADD = text(
    f"INSERT INTO {lexical_postings.name} (word, row, {_columns}) SELECT word, :row, {_columns} FROM unnest("
    f"CAST(:words AS text[]), {', '.join(f'CAST(:{name} AS smallint[])' for name in FIELDS)}) AS of (word, {_columns})"
)


@cache
def _ranking(weights: FieldWeights) -> TextClause:
    """The query of one weighing, as text: put together anew for each question it would cost more than it does."""
    weighed = " + ".join(f"{name} * {float(getattr(weights, name))!r}::float8" for name in weights.fields())
    # A row that came since the last count may hold a word that all counted ones hold.
    rarity = "ln(greatest(:size - count(*), 0) + 0.5) - ln(count(*) + 0.5)"
    return text(
        f"""
        WITH found AS MATERIALIZED (
            SELECT word, row, {weighed} AS f FROM lexical_postings
            WHERE word = ANY(CAST(:words AS text[])) AND {weighed} > 0
        ), rare AS (
            SELECT word, CASE WHEN {rarity} > 0 THEN {rarity} ELSE {_LEAST_IDF!r} END::float8 AS idf
            FROM found GROUP BY word
        )
        SELECT row, sum(idf * f * {_K1 + 1} / (f + {_K1} * ({1 - _B} + {_B} * length / :average))) AS score
        FROM found JOIN rare USING (word) JOIN lexical_rows USING (row)
        GROUP BY row ORDER BY score DESC, row LIMIT :count
        """
    )


class PostingsIndex(LexicalIndex):
    """Two tables, and no extension."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self._average: float | None = None
        self._size = 0
        with database.write() as connection:
            _metadata.create_all(connection)

    def add(self, connection: Connection, row: int, entry: LexicalEntry) -> None:
        counts = {name: Counter(getattr(entry, name).split()) for name in FIELDS}
        length = sum(sum(words.values()) for words in counts.values())
        values = {name: getattr(entry, name) for name in FIELDS}
        connection.execute(insert(lexical_rows), {"row": row, "length": length} | values)
        words = sorted(set().union(*counts.values()))
        if words:
            often = {name: [min(counts[name][word], _MOST) for word in words] for name in FIELDS}
            connection.execute(_ADD, {"words": words, "row": row, **often})

    def delete(self, connection: Connection, rows: Sequence[int]) -> None:
        connection.execute(lexical_rows.delete().where(lexical_rows.c.row.in_(rows)))

    def clear(self, connection: Connection) -> None:
        connection.execute(lexical_postings.delete())
        connection.execute(lexical_rows.delete())

    def _search(
        self, connection: Connection, words: Sequence[str], weights: FieldWeights, count: int
    ) -> list[tuple[int, float]]:
        if self._average is None:
            self._size, total = connection.execute(select(func.count(), func.sum(lexical_rows.c.length))).one()
            self._average = max(float(total or 0) / max(self._size, 1), 1.0)
        values = {"words": list(words), "size": self._size, "average": self._average, "count": count}
        return [(row.row, row.score) for row in connection.execute(_ranking(weights), values)]

    def entries(self, connection: Connection, rows: Sequence[int]) -> dict[int, LexicalEntry]:
        found = connection.execute(select(lexical_rows).where(lexical_rows.c.row.in_(rows)))
        return {row.row: LexicalEntry(row.title, row.body, row.more, row.concepts) for row in found}

    def _count(self, connection: Connection, words: Sequence[str]) -> dict[str, int]:
        query = select(lexical_postings.c.word, func.count()).where(lexical_postings.c.word.in_(words))
        return {row.word: row[1] for row in connection.execute(query.group_by(lexical_postings.c.word))}

    def recount(self) -> None:
        super().recount()
        self._average = None

    def forget(self, connection: Connection) -> None:
        """PostgreSQL clears away what is deleted by rules of its own."""
