"""What is owed after a deletion: no byte of the deleted words stays in an index, whatever breaks off meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from coach.errors import LibraryError
from corpus.database import get_fact, set_fact
from corpus.models import CorpusError
from retrieval.index import Index
from retrieval.models import RetrievalError
from retrieval.renewal import forget_deleted

_TO_FORGET = "to_forget"


class Wiping:
    """Deleted words are owed a wipe from before the deletion until it is done; the catalog remembers it over a kill."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._database = index.catalog.database

    @property
    def owed(self) -> bool:
        with self._database.read() as connection:
            return get_fact(connection, _TO_FORGET) == "yes"

    def owe(self) -> None:
        with self._database.write() as connection:
            set_fact(connection, _TO_FORGET, "yes")

    def wipe(self) -> None:
        """Raises `LibraryError`, `CorpusError` or `RetrievalError`; then it is still owed."""
        with following():
            forget_deleted(self._index)
        with self._database.write() as connection:
            set_fact(connection, _TO_FORGET, "no")


@contextmanager
def following() -> Iterator[None]:
    """What goes wrong while an index follows the catalog is told with the next step; raises `LibraryError`."""
    try:
        yield
    except (CorpusError, RetrievalError):
        raise
    except Exception as error:
        raise LibraryError(
            f"The search index could not follow ({error}). What was stored is safe and is indexed at the next start: "
            "free space on the disk, then start again."
        ) from error
