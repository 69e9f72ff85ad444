"""Queries that come while others are embedded share the next batch: nobody waits for more to come."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

_MOST = 32


class _Query:
    def __init__(self, text: str) -> None:
        self.text = text
        self.vector: Any = None
        self.error: Exception | None = None
        self.done = False


class Together:
    """Embeds queries of several threads, one batch at a time; a query that comes alone is a batch of one."""

    def __init__(self, embed: Callable[[list[str]], Sequence[Any]]) -> None:
        self._embed = embed
        self._waiting: list[_Query] = []
        self._adding = threading.Lock()
        self._embedding = threading.Lock()

    def of(self, text: str) -> Any:
        """The vector of `text`; raises what embedding it raised."""
        own = _Query(text)
        with self._adding:
            self._waiting.append(own)
        with self._embedding:
            # Whoever comes first embeds for all who wait; the others find theirs done.
            while not own.done:
                with self._adding:
                    batch, self._waiting = self._waiting[:_MOST], self._waiting[_MOST:]
                self._embed_all(batch)
        if own.error is not None:
            raise own.error
        return own.vector

    def _embed_all(self, batch: Sequence[_Query]) -> None:
        try:
            for query, vector in zip(batch, self._embed([query.text for query in batch]), strict=True):
                query.vector = vector
        except Exception as error:  # noqa: BLE001 - raised to each who asked
            for query in batch:
                query.error = error
        finally:
            for query in batch:
                query.done = True
