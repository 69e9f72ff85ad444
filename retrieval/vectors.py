"""The Chroma index: ids and unit vectors, nothing else; the catalog's database can always rebuild it."""

from __future__ import annotations

import shutil
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, cast

import chromadb
import numpy as np
from chromadb.api.client import Client
from chromadb.api.collection_configuration import CreateCollectionConfiguration, CreateHNSWConfiguration
from chromadb.api.shared_system_client import SharedSystemClient
from chromadb.config import Settings
from chromadb.errors import ChromaError
from httpx import HTTPError

from retrieval.embedder import Vectors
from retrieval.models import RetrievalError

_COLLECTION = "representations"
_HEADER = struct.Struct("<i4Q")
_SPACE: Literal["cosine"] = "cosine"


FAILURES = (ChromaError, HTTPError)
"""What Chroma raises, embedded or over HTTP."""
CONFIGURATION = CreateCollectionConfiguration(hnsw=CreateHNSWConfiguration(space=_SPACE, ef_search=200))


class IndexDamagedError(RetrievalError):
    """The Chroma index does not answer as it should; it is rebuilt from the catalog."""


class VectorIndex:
    """One Chroma collection, embedded in `folder`, in cosine space."""

    _client: Client
    _collection: chromadb.Collection
    _batch = 5000
    """Chroma refuses one over 5,461."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open()

    @property
    def where(self) -> str:
        """As messages name it."""
        return repr(str(self._folder))

    def _open(self) -> None:
        _refuse_cut_short(self._folder)
        try:
            self._client = cast(
                Client,
                chromadb.PersistentClient(
                    str(self._folder), settings=Settings(anonymized_telemetry=False, allow_reset=True)
                ),
            )
            self._collection = self._client.get_or_create_collection(
                _COLLECTION, embedding_function=None, configuration=CONFIGURATION
            )
        except Exception as error:
            raise IndexDamagedError(f"The index in {self.where} cannot be opened: {error}") from error
        self._check_space()

    def _check_space(self) -> None:
        space = (self._collection.configuration_json.get("hnsw") or {}).get("space")
        if space != _SPACE:
            raise IndexDamagedError(f"The index in {self.where} was made with space {space!r}, not {_SPACE!r}.")

    def add(self, ids: Sequence[str], vectors: Vectors) -> None:
        """Store vectors under new ids; delete an id first to replace it, since Chroma ignores a second add."""
        for start in range(0, len(ids), self._batch):
            part = slice(start, start + self._batch)
            self._collection.add(ids=list(ids[part]), embeddings=vectors[part])

    def delete(self, ids: Sequence[str]) -> None:
        for start in range(0, len(ids), self._batch):
            self._collection.delete(ids=list(ids[start : start + self._batch]))

    def search(self, vector: Vectors, count: int) -> list[tuple[str, float]]:
        """The nearest ids with their cosines, best first."""
        try:
            found = self._collection.query(
                query_embeddings=vector[np.newaxis, :], n_results=count, include=["distances"]
            )
        except FAILURES as error:
            raise IndexDamagedError(f"The index in {self.where} does not answer: {error}") from error
        distances = found["distances"] or [[]]
        return [(name, 1.0 - distance) for name, distance in zip(found["ids"][0], distances[0], strict=True)]

    def count(self) -> int:
        """How many vectors are held; raises `IndexDamagedError` when the index cannot tell."""
        try:
            return self._collection.count()
        except FAILURES as error:
            raise IndexDamagedError(f"The index in {self.where} does not answer: {error}") from error

    def finds(self, name: str, vector: Vectors) -> bool:
        """Whether a stored vector finds its own id: the probe that a lost HNSW folder cannot pass."""
        try:
            return any(found == name or cosine > 0.999 for found, cosine in self.search(vector, 3)) and self._holds(
                name
            )
        except (IndexDamagedError, *FAILURES):
            return False

    def _holds(self, name: str) -> bool:
        return self._collection.get(ids=[name], include=[])["ids"] == [name]

    def clear(self) -> None:
        """Make the whole folder anew, so that damage goes and deleted vectors leave no bytes behind."""
        self.close()
        _remove(self._folder)
        self._open()

    def close(self) -> None:
        self._client.close()


def _refuse_cut_short(folder: Path) -> None:
    """Raise `IndexDamagedError` when a vector file is shorter than its header says: reading it can end the process.

    hnswlib's `header.bin` ends its first five fields (an int, four size_t) with elements held and bytes each.
    """
    for header in folder.glob("*/header.bin"):
        start = header.read_bytes()[: _HEADER.size]
        data = header.with_name("data_level0.bin")
        if len(start) == _HEADER.size and data.is_file():
            *_, held, each = _HEADER.unpack(start)
            if data.stat().st_size < held * each:
                raise IndexDamagedError(f"The vector file {str(data)!r} is cut short.")


def _remove(folder: Path) -> None:
    # Chroma keeps an opened folder's engine for the whole process and would hand out the old one.
    SharedSystemClient.clear_system_cache()
    delete(folder)


def delete(folder: Path) -> None:
    """Delete the folder of an index that was closed, or what stands in its place."""
    if folder.is_dir() and not folder.is_symlink():
        shutil.rmtree(folder)
    else:
        folder.unlink(missing_ok=True)
