"""The full-text index of passages, in the catalog's own database: what is stored of a passage and how it is weighed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

_MOST_COUNTED = 20_000
FIELDS = ("title", "body", "more", "concepts")


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
        return [name for name in FIELDS if getattr(self, name) > 0]


class LexicalIndex(ABC):
    """Rows are numbered by whoever owns the passages (`retrieval.index`); all calls join the caller's transaction.

    Every engine ranks by the BM25 of SQLite's FTS5, so that the same library gives the same scores on each.
    """

    def __init__(self) -> None:
        self._counted: dict[str, int] = {}

    @abstractmethod
    def add(self, connection: Connection, row: int, entry: LexicalEntry) -> None: ...

    @abstractmethod
    def delete(self, connection: Connection, rows: Sequence[int]) -> None: ...

    @abstractmethod
    def clear(self, connection: Connection) -> None: ...

    def search(
        self, connection: Connection, words: Sequence[str], weights: FieldWeights, count: int
    ) -> list[tuple[int, float]]:
        """Rows that hold any of `words` with their BM25 (higher is better), best first."""
        return self._search(connection, words, weights, count) if words and weights.fields() else []

    @abstractmethod
    def _search(
        self, connection: Connection, words: Sequence[str], weights: FieldWeights, count: int
    ) -> list[tuple[int, float]]: ...

    @abstractmethod
    def entries(self, connection: Connection, rows: Sequence[int]) -> dict[int, LexicalEntry]:
        """The words of the given rows."""

    def frequencies(self, connection: Connection, words: Sequence[str]) -> dict[str, int]:
        """In how many passages each of `words` occurs.

        Counting a common word walks all its passages (10 ms a question at 100,000), so counts are kept until `recount`.
        """
        counted = self._counted
        if new := [word for word in words if word not in counted]:
            found = self._count(connection, new)
            if len(counted) > _MOST_COUNTED:
                self._counted = {}
            counted.update((word, found.get(word, 0)) for word in new)
        return {word: counted[word] for word in words}

    @abstractmethod
    def _count(self, connection: Connection, words: Sequence[str]) -> dict[str, int]: ...

    @abstractmethod
    def forget(self, connection: Connection) -> None:
        """Leave no bytes of deleted rows, where the engine only marks them."""

    def recount(self) -> None:
        """Forget the counts: the library has changed."""
        self._counted = {}
