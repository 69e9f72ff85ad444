"""Examines what the coach stands on, one thing after the other, and says how to mend what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from coach.calls import Calls
from coach.connecting import open_database
from coach.entailment import CALIBRATION, open_entailment
from coach.errors import CoachError, SettingsError
from coach.judge import judge_of, own_judge
from coach.models import Model, open_model
from coach.opening import served_vectors
from coach.settings import Settings, hold_home, open_home
from corpus.catalog import Catalog
from corpus.database import Database, holds_catalog
from corpus.models import CorpusError
from retrieval.embedder import Embedder
from retrieval.index import Index
from retrieval.models import RetrievalError
from retrieval.served import OtherModelError, VectorsUnreachableError, answers
from retrieval.vectors import VectorIndex
from retrieval.vocabulary import Vocabulary

_MODEL_S = 30.0


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was examined; of what is wrong, `said` also tells how to mend it."""

    name: str
    well: bool
    said: str


def examine(settings: Settings) -> Iterator[Check]:
    """Home, embedding model, database, index, model server, verifier. Nothing is changed, and no library is made."""
    try:
        home = open_home(settings)
        yield Check("home", True, str(home))
    except SettingsError as error:
        yield Check("home", False, str(error))
        home = None
    embedder: Embedder | None = None
    try:
        embedder = Embedder(settings.embedding_model, settings.threads)
        yield Check("embedding model", True, settings.embedding_model)
    except RetrievalError as error:
        yield Check("embedding model", False, str(error))
    if home is not None:
        yield from _library(settings, home, embedder)
    yield from _models(settings, home)


def _library(settings: Settings, home: Path, embedder: Embedder | None) -> Iterator[Check]:
    lock = None
    if not settings.shared and (home / "catalog.sqlite3").exists():
        try:
            lock = hold_home(home)
        except SettingsError:
            yield Check("database", True, "in use by a running service, whose /readyz tells more")
            return
    try:
        if not _begun(settings, home):
            yield Check("database", True, "none yet; the first start makes it")
            if settings.chroma_url is not None:
                yield _vector_server(settings.chroma_url)
            return
        database = open_database(settings, home)
        try:
            yield Check("database", True, f"{len(Catalog(database).sources())} sources")
            if embedder is not None:
                yield _index(settings, home, database, embedder)
        finally:
            database.close()
    except (CorpusError, RetrievalError) as error:
        yield Check("database", False, str(error))
    finally:
        if lock is not None:
            lock.release()


def _begun(settings: Settings, home: Path) -> bool:
    if settings.database_url is None:
        return (home / "catalog.sqlite3").exists()
    return holds_catalog(settings.database_url.get_secret_value())


def _vector_server(url: str) -> Check:
    try:
        answers(url)
    except RetrievalError as error:
        return Check("index", False, str(error))
    return Check("index", True, f"{url} answers; the first start makes it")


def _index(settings: Settings, home: Path, database: Database, embedder: Embedder) -> Check:
    remade = "the next start makes it anew from the database, which is kept"
    vectors: VectorIndex | None = None
    try:
        if settings.chroma_url is not None:
            vectors = served_vectors(database, settings.chroma_url, embedder, create=False)
        elif (home / "chroma").is_dir():
            vectors = VectorIndex(home / "chroma")
        else:
            return Check("index", False, f"missing; {remade}")
        well = Index(Catalog(database), embedder, vectors, Vocabulary.load()).healthy()
    except (VectorsUnreachableError, OtherModelError) as error:
        return Check("index", False, str(error))
    except RetrievalError:
        well = False
    finally:
        if vectors is not None:
            vectors.close()
    return Check("index", well, "stored vectors find themselves" if well else f"damaged; {remade}")


def _models(settings: Settings, home: Path | None) -> Iterator[Check]:
    try:
        model = open_model(settings)
        yield _model(model, settings.model_timeout)
    except CoachError as error:
        model = None
        yield Check("language model", False, str(error))
    if settings.verifier is not None and home is not None:
        yield _verifier(settings, home, model)


def _model(model: Model | None, timeout: float) -> Check:
    if model is None:
        return Check("language model", True, "none is set; the coach answers with quotes and needs none")
    problem = Calls(model).try_out(min(_MODEL_S, timeout))
    kind = "JSON by a schema" if model.structured else "lines"
    return Check(
        "language model", problem is None, problem or f"{model.name} answers; {model.window} tokens, asked for {kind}"
    )


def _verifier(settings: Settings, home: Path, model: Model | None) -> Check:
    name = str(settings.verifier)
    try:
        judge = judge_of(settings)
        found = open_entailment(name, home / CALIBRATION, judge)
    except CoachError as error:
        return Check("verifier", False, str(error))
    problem = judge.try_out(min(_MODEL_S, settings.model_timeout)) if judge else None
    if problem is not None:
        return Check("verifier", False, problem)
    said = f"{name} answers; a claim counts as entailed from {found.threshold:.3f} on"
    caution = own_judge(judge.calls.model, model) if judge and model else None
    return Check("verifier", True, f"{said}. Caution: {caution}" if caution else said)
