"""The full-text index in SQLite: stems in FTS5, ranked by its own BM25."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, text

from corpus.database import Database
from retrieval.lexical import FIELDS, FieldWeights, LexicalEntry, LexicalIndex


class Fts5Index(LexicalIndex):
    """One FTS5 table and its vocabulary."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        with database.write() as connection:
            connection.execute(
                text(
                    f"CREATE VIRTUAL TABLE IF NOT EXISTS lexical USING fts5({', '.join(FIELDS)}, tokenize='unicode61')"
                )
            )
            connection.execute(text("CREATE VIRTUAL TABLE IF NOT EXISTS lexical_words USING fts5vocab(lexical, 'row')"))

    def add(self, connection: Connection, row: int, entry: LexicalEntry) -> None:
        connection.execute(
            text(
                "INSERT INTO lexical (rowid, title, body, more, concepts) "
                "VALUES (:row, :title, :body, :more, :concepts)"
            ),
            {"row": row, "title": entry.title, "body": entry.body, "more": entry.more, "concepts": entry.concepts},
        )

    def delete(self, connection: Connection, rows: Sequence[int]) -> None:
        if rows:
            connection.execute(text("DELETE FROM lexical WHERE rowid = :row"), [{"row": row} for row in rows])

    def clear(self, connection: Connection) -> None:
        connection.execute(text("DELETE FROM lexical"))

    def _search(
        self, connection: Connection, words: Sequence[str], weights: FieldWeights, count: int
    ) -> list[tuple[int, float]]:
        match = f"{{{' '.join(weights.fields())}}} : ({' OR '.join(_quoted(word) for word in words)})"
        ranks = ", ".join(str(float(getattr(weights, name))) for name in FIELDS)
        found = connection.execute(
            text(
                f"SELECT rowid, -bm25(lexical, {ranks}) AS score FROM lexical WHERE lexical MATCH :match "
                f"ORDER BY bm25(lexical, {ranks}), rowid LIMIT :count"
            ),
            {"match": match, "count": count},
        )
        return [(row.rowid, row.score) for row in found]

    def entries(self, connection: Connection, rows: Sequence[int]) -> dict[int, LexicalEntry]:
        held = ",".join(str(int(row)) for row in rows)
        found = connection.execute(text(f"SELECT rowid, {', '.join(FIELDS)} FROM lexical WHERE rowid IN ({held})"))
        return {row.rowid: LexicalEntry(row.title, row.body, row.more, row.concepts) for row in found}

    def _count(self, connection: Connection, words: Sequence[str]) -> dict[str, int]:
        query = text("SELECT term, doc FROM lexical_words WHERE term IN :words").bindparams(
            bindparam("words", expanding=True)
        )
        return {row.term: int(row.doc) for row in connection.execute(query, {"words": words})}

    def forget(self, connection: Connection) -> None:
        # Not 'optimize': in SQLite 3.40 each one adds levels to the index, and at two thousand it counts as damaged.
        connection.execute(text("INSERT INTO lexical (lexical) VALUES ('rebuild')"))


def _quoted(word: str) -> str:
    return '"' + word.replace('"', '""') + '"'
