"""`mentor-coach reindex`: both indexes made anew from the catalog, also for another embedding model."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from coach.connecting import open_database
from coach.opening import INDEX
from coach.settings import Settings, hold_home, open_home
from corpus.alone import Alone
from corpus.catalog import Catalog
from corpus.database import Database
from retrieval.embedder import Embedder
from retrieval.index import Index, made_for
from retrieval.remaking import Remaking
from retrieval.renewal import open_or_renew
from retrieval.served import ServedVectors, new_name
from retrieval.state import read_state, stored
from retrieval.vectors import VectorIndex
from retrieval.vocabulary import Vocabulary

_NEW = "reindex"


def reindex(settings: Settings, report: Callable[[str], None]) -> int:
    """Make both indexes anew while the old ones answer, then put them in their place; returns the number of sources.

    On servers everybody goes on answering. A library in a folder belongs to one process, so the service must be
    stopped for it. Raises `CoachError`, `CorpusError` or `RetrievalError`; the old indexes are then as they were.
    """
    home = open_home(settings)
    with ExitStack() as stack:
        if not settings.shared:
            stack.callback(hold_home(home).release)
        database = open_database(settings, home)
        stack.callback(database.close)
        catalog = Catalog(database)
        report(f"Loading the embedding model {settings.embedding_model}")
        embedder = Embedder(settings.embedding_model, settings.threads)
        folder = Path(tempfile.mkdtemp(prefix=_NEW, dir=home))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        fresh: VectorIndex
        if settings.chroma_url is None:
            fresh, collection = VectorIndex(folder / "chroma"), None
        else:
            fresh = served = ServedVectors(settings.chroma_url, new_name(), made_for(embedder))
            collection = served.name
        stack.callback(fresh.close)
        remaking = Remaking(catalog, embedder, fresh, folder)
        stack.callback(remaking.close)
        try:
            made = remaking.make(lambda done, total: report(f"Indexed {done} of {total} sources"))
            with Alone(database, INDEX):
                old = _collection(database)
                remaking.switch(collection)
        except BaseException:
            if isinstance(fresh, ServedVectors):
                fresh.drop()
            raise
        _catch_up(database, embedder, home, fresh, old)
        return made


def _catch_up(database: Database, embedder: Embedder, home: Path, fresh: VectorIndex, old: str | None) -> None:
    """Bring the new index in step with what changed meanwhile, and delete the old one's vectors."""
    with Alone(database, INDEX):
        if isinstance(fresh, ServedVectors):
            vectors: VectorIndex = fresh
            if old is not None:
                fresh.drop(old)
        else:
            vectors, _ = open_or_renew(home / "chroma")
        index = Index(Catalog(database), embedder, vectors, Vocabulary.load())
        if vectors is not fresh:
            index.restore_vectors()
        index.sync()
        if vectors is not fresh:
            vectors.close()


def _collection(database: Database) -> str | None:
    with database.read() as connection:
        written = stored(connection)
    return None if written is None else read_state(written).collection
