"""Making the vector index anew beside the one that answers, so that deleted vectors leave no bytes and nobody waits."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from retrieval.embedder import Vectors
from retrieval.index import Index
from retrieval.vectors import IndexDamagedError, VectorIndex, _remove, delete


class LiveVectors(VectorIndex):
    """A vector index whose folder can be exchanged while searches go on."""

    def __init__(self, folder: Path) -> None:
        self._gate = _Gate()
        super().__init__(folder)

    def add(self, ids: Sequence[str], vectors: Vectors) -> None:
        with self._gate.shared():
            super().add(ids, vectors)

    def delete(self, ids: Sequence[str]) -> None:
        with self._gate.shared():
            super().delete(ids)

    def search(self, vector: Vectors, count: int) -> list[tuple[str, float]]:
        with self._gate.shared():
            return super().search(vector, count)

    def count(self) -> int:
        with self._gate.shared():
            return super().count()

    def finds(self, name: str, vector: Vectors) -> bool:
        with self._gate.shared():
            return super().finds(name, vector)

    def clear(self) -> None:
        with self._gate.alone():
            super().clear()

    def renew(self, fill: Callable[[VectorIndex], None]) -> None:
        """Fill a fresh index beside this one, then take its place; searches wait only while the folders change places.

        A process that ends in between leaves a missing or a complete folder, and the next start makes good.
        """
        beside = self._folder.with_name(f"{self._folder.name}-new")
        # Not `_remove`: Chroma would forget the open index too, and never end its threads and files.
        delete(beside)
        fresh = VectorIndex(beside)
        try:
            fill(fresh)
        finally:
            fresh.close()
        with self._gate.alone():
            self.close()
            delete(self._folder)
            beside.rename(self._folder)
            self._open()


def open_or_renew(folder: Path) -> tuple[LiveVectors, bool]:
    """The index in `folder`, and whether it had to be made anew because it was damaged."""
    beside = folder.with_name(f"{folder.name}-new")
    if beside.exists():
        _remove(beside)
    try:
        return LiveVectors(folder), False
    except IndexDamagedError:
        _remove(folder)
        return LiveVectors(folder), True


def forget_deleted(index: Index) -> None:
    """Leave no bytes of deleted sources in the indexes: FTS5 and Chroma only mark what is deleted."""
    with index.catalog.database.write() as connection:
        index.lexical.forget(connection)
    if isinstance(index.vectors, LiveVectors):
        index.vectors.renew(index.fill)
    else:
        index.restore_vectors()
    index.catalog.database.forget()


class _Gate:
    """Many may pass at once, or one alone."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside = 0
        self._owner: int | None = None

    @contextmanager
    def shared(self) -> Iterator[None]:
        me = threading.get_ident()
        with self._changed:
            self._changed.wait_for(lambda: self._owner in (None, me))
            self._inside += 1
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    @contextmanager
    def alone(self) -> Iterator[None]:
        with self._changed:
            self._changed.wait_for(lambda: self._owner is None and self._inside == 0)
            self._owner = threading.get_ident()
        try:
            yield
        finally:
            with self._changed:
                self._owner = None
                self._changed.notify_all()
