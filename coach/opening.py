"""Opening the library that the settings name, in a folder or on servers, and bringing its indexes in step."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from coach.errors import SettingsError
from coach.settings import Settings
from corpus import founding
from corpus.alone import Alone
from corpus.catalog import Catalog
from corpus.database import Database
from retrieval.embedder import Embedder
from retrieval.index import Index, made_for
from retrieval.renewal import open_or_renew
from retrieval.served import ServedVectors, new_name
from retrieval.state import read_state, stored
from retrieval.vectors import VectorIndex
from retrieval.vocabulary import Vocabulary

INDEX = "index"
"""Whoever changes the catalog's sources or the indexes does so alone."""
_IN_A_FOLDER = "vectors in a folder"


def open_index(database: Database, home: Path, settings: Settings, report: Callable[[str], None]) -> Index:
    """The index over `database`, in step with it, the founding sources brought up to this release before.

    Raises `CorpusError`, `RetrievalError` or `SettingsError`, each naming the next step.
    """
    if database.served and settings.chroma_url is None:
        _keep_others_off(database)
    catalog = Catalog(database)
    report(f"Loading the embedding model {settings.embedding_model}")
    embedder = Embedder(settings.embedding_model, settings.threads)
    with Alone(database, INDEX):
        if settings.founding:
            if founding.load(catalog):
                report("The founding sources were brought up to date")
        else:
            founding.remove(catalog)
        vectors, renewed = open_vectors(database, home, settings, embedder)
        try:
            index = Index(catalog, embedder, vectors, Vocabulary.load())
            if renewed or not index.healthy():
                report("The vector index is missing or damaged; rebuilding it from the catalog")
                index.restore_vectors()
            changed = index.sync(lambda done, total: report(f"Indexed {done} of {total} sources"))
        except BaseException:
            vectors.close()
            raise
    report(
        f"The library is ready ({changed} sources indexed anew)" if changed else "The library is ready; nothing changed"
    )
    return index


def open_vectors(database: Database, home: Path, settings: Settings, embedder: Embedder) -> tuple[VectorIndex, bool]:
    """The vector index, and whether it had to be made anew because it was damaged; raises `RetrievalError`."""
    if settings.chroma_url is None:
        return open_or_renew(home / "chroma")
    return served_vectors(database, settings.chroma_url, embedder), False


def served_vectors(database: Database, url: str, embedder: Embedder, *, create: bool = True) -> ServedVectors:
    """The collection that the catalog names, or a new one where it names none."""
    with database.read() as connection:
        written = stored(connection)
    name = read_state(written).collection if written is not None else None
    return ServedVectors(url, name or new_name(), made_for(embedder), create=create)


def _keep_others_off(database: Database) -> None:
    """Raise `SettingsError` when another process keeps this database's vectors in a folder of its own."""
    ours = Alone(database, _IN_A_FOLDER)
    if ours.tried():
        database.held.callback(ours.release)
    else:
        raise SettingsError(
            f"Another process keeps the vectors of the catalog at {database.name} in a folder of its own. Stop it, or "
            "set MENTOR_COACH_CHROMA_URL for both, so that they share one index."
        )
