"""`mentor-coach doctor` on servers: what is wrong, in one line each, and nothing is made by asking."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import create_engine, inspect

from coach import doctor
from coach.doctor import examine
from coach.settings import Settings
from corpus.catalog import Catalog
from corpus.database import Database
from corpus.models import Source
from retrieval.index import Index, made_for
from retrieval.served import ServedVectors, new_name
from retrieval.vocabulary import Vocabulary
from tests.engines import Chroma, Postgres
from tests.fakes import BagOfWords, entry

pytestmark = pytest.mark.postgres


@pytest.fixture(autouse=True)
def embedder(monkeypatch: pytest.MonkeyPatch) -> BagOfWords:
    words = BagOfWords()
    monkeypatch.setattr(doctor, "Embedder", lambda *_: words)
    return words


def told(home: Path, database_url: str, chroma_url: str) -> dict[str, tuple[bool, str]]:
    settings = Settings(home=home, database_url=SecretStr(database_url), chroma_url=chroma_url)
    return {check.name: (check.well, check.said) for check in examine(settings)}


def test_servers_that_are_not_there_are_named_with_their_settings(
    tmp_path: Path, postgres: Postgres, chroma: Chroma
) -> None:
    well, said = told(tmp_path, f"postgresql+psycopg://me:hush-hush@/x?host={tmp_path}", chroma.url)["database"]
    assert not well
    assert "MENTOR_COACH_DATABASE_URL" in said
    assert "hush-hush" not in said
    found = told(tmp_path, postgres.database(), "http://127.0.0.1:9")
    assert found["database"] == (True, "none yet; the first start makes it")
    assert not found["index"][0]
    assert "MENTOR_COACH_CHROMA_URL" in found["index"][1]


def test_asking_makes_nothing(tmp_path: Path, postgres: Postgres, chroma: Chroma) -> None:
    url = postgres.database()
    assert all(well for well, _ in told(tmp_path, url, chroma.url).values())
    engine = create_engine(url)
    assert inspect(engine).get_table_names() == []
    engine.dispose()


def test_a_library_its_lost_vectors_and_another_model(
    tmp_path: Path, postgres: Postgres, chroma: Chroma, embedder: BagOfWords
) -> None:
    url = postgres.database()
    database = Database(url)
    Catalog(database).put(entry(Source("s", "T"), "Peers help."))
    vectors = ServedVectors(chroma.url, new_name(), made_for(embedder))
    Index(Catalog(database), embedder, vectors, Vocabulary.load()).sync()
    found = told(tmp_path, url, chroma.url)
    assert (found["database"], found["index"]) == ((True, "1 sources"), (True, "stored vectors find themselves"))
    embedder.fingerprint = "another"
    well, said = told(tmp_path, url, chroma.url)["index"]
    assert not well
    assert "mentor-coach reindex" in said
    embedder.fingerprint = "bag-of-words"
    vectors.drop()
    well, said = told(tmp_path, url, chroma.url)["index"]
    assert not well
    assert "the next start makes it anew" in said
    vectors.close()
    database.close()
