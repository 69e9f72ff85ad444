"""The vector index on a Chroma server, which many processes share; a new one is filled beside the old, then named."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from typing import cast
from urllib.parse import urlsplit

import chromadb
import httpx
from chromadb.api.client import Client
from chromadb.config import Settings
from chromadb.errors import NotFoundError

from retrieval.embedder import Vectors
from retrieval.models import RetrievalError
from retrieval.vectors import CONFIGURATION, FAILURES, IndexDamagedError, VectorIndex

_PATIENCE_S = 5.0
_WRITING_PATIENCE_S = 30.0
"""A large collection is written out now and then while vectors come in; no question waits for that."""
_PAUSE_S = 2.0
_PREFIX = "mentor-coach-"
_MODEL = "made_for"


class VectorsUnreachableError(IndexDamagedError):
    """The Chroma server does not answer; it may by and by."""


class OtherModelError(RetrievalError):
    """The index was made with another embedding model than this process has."""

    def __init__(self, held: str | None, ours: str) -> None:
        super().__init__(
            f"The library's index was made with the embedding model {held!r}, and this process has {ours!r}. Set "
            "MENTOR_COACH_EMBEDDING_MODEL back, or run `mentor-coach reindex` to make the index anew with this one."
        )


class ServedVectors(VectorIndex):
    """One collection of a Chroma server. Its name is in the catalog, so that every process changes to a new one."""

    _batch = 500

    def __init__(self, url: str, name: str, made_for: str, *, create: bool = True) -> None:
        """Raises `VectorsUnreachableError`, and `OtherModelError` when the collection was made for another model."""
        self._url = url
        self.name = name
        self._made_for = made_for
        self._silent_until = 0.0
        self._client = _connect(url)
        try:
            self._open(create)
        except BaseException:
            self.close()
            raise

    @property
    def where(self) -> str:
        return f"{self._url} ({self.name})"

    def _open(self, create: bool = False) -> None:
        try:
            self._collection = self._got(create)
        except NotFoundError as error:
            raise IndexDamagedError(f"The Chroma server at {self._url} has lost {self.name!r}.") from error
        except FAILURES as error:
            raise _silent(self._url, error) from error
        held = (self._collection.metadata or {}).get(_MODEL)
        if held != self._made_for:
            raise OtherModelError(held, self._made_for)
        self._check_space()

    def _got(self, create: bool) -> chromadb.Collection:
        try:
            return self._client.get_collection(self.name, embedding_function=None)
        except NotFoundError:
            if not create:
                raise
            return self._client.get_or_create_collection(
                self.name, embedding_function=None, configuration=CONFIGURATION, metadata={_MODEL: self._made_for}
            )

    def follow(self, name: str) -> None:
        """Change to the collection of this name, which another process has filled."""
        if name != self.name:
            before, self.name = self.name, name
            try:
                self._open()
            except BaseException:
                self.name = before
                raise

    def search(self, vector: Vectors, count: int) -> list[tuple[str, float]]:
        if time.monotonic() < self._silent_until:
            # One question has waited for it in vain; the others need not.
            raise VectorsUnreachableError(f"The Chroma server at {self._url} did not answer a moment ago.")
        try:
            try:
                return super().search(vector, count)
            except IndexDamagedError:
                # A connection that was kept open fails once after the server came back.
                self._open()
                return super().search(vector, count)
        except VectorsUnreachableError:
            self._silent_until = time.monotonic() + _PAUSE_S
            raise

    def count(self) -> int:
        """Raises `VectorsUnreachableError` when the server is silent, else as embedded."""
        try:
            return super().count()
        except IndexDamagedError:
            self._open()
            return super().count()

    def add(self, ids: Sequence[str], vectors: Vectors) -> None:
        try:
            super().add(ids, vectors)
        except FAILURES as error:
            raise _silent(self._url, error) from error

    def delete(self, ids: Sequence[str]) -> None:
        try:
            super().delete(ids)
        except FAILURES as error:
            raise _silent(self._url, error) from error

    def clear(self) -> None:
        try:
            self._client.delete_collection(self.name)
        except NotFoundError:
            pass  # What is to be emptied is gone altogether.
        except FAILURES as error:
            raise _silent(self._url, error) from error
        self._open(create=True)

    def renew(self, fill: Callable[[VectorIndex], None], name: Callable[[str], None]) -> None:
        """Fill a new collection, tell `name` what it is called, and delete the old one.

        Until `name` has stored it every process searches the old one.
        """
        fresh = ServedVectors(self._url, new_name(), self._made_for)
        try:
            fill(fresh)
            name(fresh.name)
        except BaseException:
            fresh.drop()
            raise
        finally:
            fresh.close()
        old = self.name
        self.follow(fresh.name)
        self.drop(old)

    def close(self) -> None:
        _sessions(self._client)[0].close()
        super().close()

    def drop(self, name: str | None = None) -> None:
        """Delete this collection, or the one of this name."""
        name = name or self.name
        try:
            self._client.delete_collection(name)
        except NotFoundError:
            return
        except FAILURES as error:
            raise _silent(self._url, error) from error


def new_name() -> str:
    """A name that no other catalog on the same server has."""
    return _PREFIX + secrets.token_hex(8)


def answers(url: str) -> None:
    """Return when a Chroma server answers there; raises `VectorsUnreachableError`."""
    try:
        httpx.get(f"{url.rstrip('/')}/api/v2/heartbeat", timeout=_PATIENCE_S / 2).raise_for_status()
    except FAILURES as error:
        raise _silent(url, error) from error


def _connect(url: str) -> Client:
    # Asked first, since Chroma's own client would wait for ever.
    answers(url)
    try:
        parts = urlsplit(url)
        client = cast(
            Client,
            chromadb.HttpClient(
                host=parts.hostname or "",
                port=parts.port or (443 if parts.scheme == "https" else 80),
                ssl=parts.scheme == "https",
                settings=Settings(anonymized_telemetry=False),
            ),
        )
    except (*FAILURES, ValueError) as error:
        raise _silent(url, error) from error
    searching, asking = _sessions(client)
    # No setting of Chroma's client bounds its patience; a server that hangs must not hang every question.
    searching.timeout = httpx.Timeout(_PATIENCE_S)
    searching.event_hooks = {"request": [_longer_for_writing]}
    # It was needed to ask for the database's name, and would be left open.
    asking.close()
    return client


def _longer_for_writing(request: httpx.Request) -> None:
    if request.url.path.endswith(("/add", "/delete")):
        request.extensions["timeout"] = httpx.Timeout(_WRITING_PATIENCE_S).as_dict()


def _sessions(client: Client) -> tuple[httpx.Client, httpx.Client]:
    """The two HTTP clients inside a Chroma client: the one that searches, the one that asks for tenant and database."""
    return client._server._session, client._admin_client._server._session  # type: ignore[attr-defined]


def _silent(url: str, error: Exception) -> VectorsUnreachableError:
    said = " ".join(str(error).split())
    return VectorsUnreachableError(
        f"The Chroma server at {url} does not answer ({said}). Check that it runs (`chroma run`) and that "
        "MENTOR_COACH_CHROMA_URL is its address."
    )
