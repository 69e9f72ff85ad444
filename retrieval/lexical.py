"""The full-text index of passages, in the catalog's own database: stems in SQLite FTS5, ranked by BM25."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, text

from corpus.database import Database

_MOST_COUNTED = 20_000
_FIELDS = ("title", "body", "more", "concepts")


@dataclass(frozen=True, slots=True)
class LexicalEntry:
    """A passage as words: stems joined by blanks; `more` holds its findings and questions, `concepts` the
    tokens of the terms that it is about, and of those that it says itself."""

    title: str
    body: str
    more: str
    concepts: str

    def words(self) -> frozenset[str]:
        return frozenset(f"{self.title} {self.body} {self.more}".split())


@dataclass(frozen=True, slots=True)
class FieldWeights:
    """How much a match in each field counts; 0 leaves the field out of the search."""

    title: float = 1.0
    body: float = 1.0
    more: float = 1.0
    concepts: float = 1.0

    def fields(self) -> list[str]:
        return [name for name in _FIELDS if getattr(self, name) > 0]


class LexicalIndex:
    """Rows are numbered by whoever owns the passages (`retrieval.index`); all calls join the caller's transaction."""

    def __init__(self, database: Database) -> None:
        with database.write() as connection:
            connection.execute(
                text(
                    f"CREATE VIRTUAL TABLE IF NOT EXISTS lexical USING fts5({', '.join(_FIELDS)}, tokenize='unicode61')"
                )
            )
            connection.execute(text("CREATE VIRTUAL TABLE IF NOT EXISTS lexical_words USING fts5vocab(lexical, 'row')"))
        self._counted: dict[str, int] = {}

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

    def search(
        self, connection: Connection, words: Sequence[str], weights: FieldWeights, count: int
    ) -> list[tuple[int, float]]:
        """Rows that hold any of `words` with their BM25 (higher is better), best first."""
        fields = weights.fields()
        if not words or not fields:
            return []
        match = f"{{{' '.join(fields)}}} : ({' OR '.join(_quoted(word) for word in words)})"
        ranks = ", ".join(str(float(getattr(weights, name))) for name in _FIELDS)
        found = connection.execute(
            text(
                f"SELECT rowid, -bm25(lexical, {ranks}) AS score FROM lexical WHERE lexical MATCH :match "
                "ORDER BY bm25(lexical, " + ranks + ") LIMIT :count"
            ),
            {"match": match, "count": count},
        )
        return [(row.rowid, row.score) for row in found]

    def entries(self, connection: Connection, rows: Sequence[int]) -> dict[int, LexicalEntry]:
        """The words of the given rows."""
        held = ",".join(str(int(row)) for row in rows)
        found = connection.execute(text(f"SELECT rowid, {', '.join(_FIELDS)} FROM lexical WHERE rowid IN ({held})"))
        return {row.rowid: LexicalEntry(row.title, row.body, row.more, row.concepts) for row in found}

    def frequencies(self, connection: Connection, words: Sequence[str]) -> dict[str, int]:
        """In how many passages each of `words` occurs.

        Counting a common word walks all its passages (10 ms a question at 100,000), so counts are kept until `recount`.
        """
        counted = self._counted
        if new := [word for word in words if word not in counted]:
            query = text("SELECT term, doc FROM lexical_words WHERE term IN :words").bindparams(
                bindparam("words", expanding=True)
            )
            found = {row.term: int(row.doc) for row in connection.execute(query, {"words": new})}
            if len(counted) > _MOST_COUNTED:
                self._counted = {}
            counted.update((word, found.get(word, 0)) for word in new)
        return {word: counted[word] for word in words}

    def recount(self) -> None:
        """Forget the counts: the library has changed."""
        self._counted = {}


def _quoted(word: str) -> str:
    return '"' + word.replace('"', '""') + '"'
