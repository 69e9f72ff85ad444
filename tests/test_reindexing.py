"""`mentor-coach reindex` and the index on a Chroma server: beside the old one, for another model too, then at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import SecretStr

from coach import reindexing
from coach.reindexing import reindex
from coach.settings import Settings
from corpus.catalog import Catalog
from corpus.database import Database
from corpus.models import Source
from retrieval.index import Index, made_for
from retrieval.retriever import Retriever
from retrieval.served import OtherModelError, ServedVectors, VectorsUnreachableError, new_name
from retrieval.state import read_state, stored
from retrieval.vocabulary import Vocabulary
from tests.engines import Chroma, Postgres
from tests.fakes import BagOfWords, entry

pytestmark = pytest.mark.postgres

NEXT = BagOfWords(dimension=128, fingerprint="next")


@dataclass
class Host:
    """A process's view of a library on servers."""

    database: Database
    index: Index

    def found(self, query: str = "stress of nurses") -> list[str]:
        return [hit.passage.id for hit in Retriever(index=self.index).retrieve(query).hits]

    def close(self) -> None:
        self.index.vectors.close()
        self.database.close()


def collection(database: Database) -> str:
    with database.read() as connection:
        written = stored(connection)
    assert written is not None
    return read_state(written).collection or ""


@pytest.fixture
def settings(tmp_path: Path, postgres: Postgres, chroma: Chroma) -> Settings:
    return Settings(home=tmp_path, database_url=SecretStr(postgres.emptied()), chroma_url=chroma.url)


def host(settings: Settings, name: str | None = None) -> Host:
    assert settings.database_url is not None
    assert settings.chroma_url is not None
    database = Database(settings.database_url.get_secret_value())
    embedder = BagOfWords()
    vectors = ServedVectors(settings.chroma_url, name or collection(database), made_for(embedder))
    return Host(database, Index(Catalog(database), embedder, vectors, Vocabulary.load()))


@pytest.fixture
def hosts(settings: Settings) -> Iterator[tuple[Host, Host]]:
    first = host(settings, new_name())
    first.index.catalog.put(entry(Source("nurses", "Peers"), "Peer mentoring lowered the stress of nurses."))
    first.index.catalog.put(entry(Source("rockets", "Moon"), "A rocket flew to the moon."))
    first.index.sync()
    second = host(settings)
    second.index.sync()
    yield first, second
    first.close()
    second.close()


def test_a_change_by_one_is_seen_by_the_other(hosts: tuple[Host, Host]) -> None:
    first, second = hosts
    assert first.found() == second.found()
    assert first.found()[0] == "nurses-1"
    first.index.catalog.put(entry(Source("more", "More"), "Stress of nurses in winter."))
    first.index.sync()
    assert "more-1" in second.found()
    assert (second.index.size, second.index.held) == (first.index.size, first.index.held) == (3, 3)
    assert second.index.center == pytest.approx(first.index.center)


def test_vectors_made_anew_are_followed(hosts: tuple[Host, Host]) -> None:
    first, second = hosts
    old = collection(first.database)
    expected = second.found()
    first.index.restore_vectors()
    assert collection(first.database) != old
    assert second.found() == expected
    assert second.index.problem is None
    assert second.index.healthy()


def test_lost_vectors_are_noticed_and_answers_go_on(hosts: tuple[Host, Host]) -> None:
    first, second = hosts
    expected = second.found()
    assert isinstance(first.index.vectors, ServedVectors)
    first.index.vectors.drop()
    retrieval = Retriever(index=second.index).retrieve("stress of nurses")
    assert [hit.passage.id for hit in retrieval.hits] == expected
    assert retrieval.by_words
    assert second.index.problem is not None
    assert not second.index.healthy()
    first.index.restore_vectors()
    assert not Retriever(index=second.index).retrieve("stress of nurses").by_words
    assert second.index.problem is None


def test_another_model_is_refused_with_what_mends_it(hosts: tuple[Host, Host], settings: Settings) -> None:
    first, _ = hosts
    other = Index(first.index.catalog, NEXT, first.index.vectors, Vocabulary.load())
    with pytest.raises(OtherModelError, match=r"'bag-of-words.*'next.*mentor-coach reindex"):
        other.sync()
    with pytest.raises(OtherModelError, match="mentor-coach reindex"):
        ServedVectors(settings.chroma_url or "", collection(first.database), made_for(NEXT))
    assert first.found()[0] == "nurses-1"


def test_a_server_that_is_not_there_is_one_line() -> None:
    with pytest.raises(VectorsUnreachableError, match="MENTOR_COACH_CHROMA_URL") as refused:
        ServedVectors("http://127.0.0.1:9", new_name(), "x")
    assert "\n" not in str(refused.value)


def test_reindex_makes_everything_anew_while_the_old_answers(
    hosts: tuple[Host, Host], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = hosts
    old, expected = collection(first.database), second.found()
    seen: list[list[str]] = []
    embedder = BagOfWords()
    monkeypatch.setattr(reindexing, "Embedder", lambda *_: embedder)
    first.index.catalog.put(entry(Source("more", "More"), "Something else altogether."))
    assert reindex(settings, lambda _: seen.append(second.found())) == 3
    assert embedder.embedded
    assert all(found == expected for found in seen)
    assert len(seen) > 1
    assert collection(first.database) != old
    for one in hosts:
        assert one.found()[0] == "nurses-1"
        assert "more-1" in one.found("something else altogether")
        assert one.index.healthy()
    assert first.index.sync() == 0
    assert list(settings.home.iterdir()) == []
    names = {held.name for held in first.index.vectors._client.list_collections()}
    assert old not in names
    first.index.catalog.put(entry(Source("later", "Later"), "Rows are numbered on."))
    assert first.index.sync() == 1


def test_reindex_for_another_model_tells_those_with_the_old_one(
    hosts: tuple[Host, Host], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = hosts
    monkeypatch.setattr(reindexing, "Embedder", lambda *_: NEXT)
    reindex(settings, lambda _: None)
    for one in hosts:
        with pytest.raises(OtherModelError, match="MENTOR_COACH_EMBEDDING_MODEL"):
            one.found()
    vectors = ServedVectors(settings.chroma_url or "", collection(first.database), made_for(NEXT))
    renewed = Host(first.database, Index(first.index.catalog, NEXT, vectors, Vocabulary.load()))
    assert renewed.index.sync() == 0
    assert renewed.found()[0] == "nurses-1"
    vectors.close()


def test_a_reindex_that_fails_leaves_the_old_index(
    hosts: tuple[Host, Host], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = hosts
    old = collection(first.database)

    class Failing(BagOfWords):
        def vectors(self, texts: list[str]) -> object:  # type: ignore[override]
            raise RuntimeError("out of memory")

    monkeypatch.setattr(reindexing, "Embedder", lambda *_: Failing())
    before = len(first.index.vectors._client.list_collections())
    with pytest.raises(RuntimeError):
        reindex(settings, lambda _: None)
    assert collection(first.database) == old
    assert len(first.index.vectors._client.list_collections()) == before
    assert second.found()[0] == "nurses-1"
    assert list(settings.home.iterdir()) == []


def test_a_library_in_a_folder_is_made_anew_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reindexing, "Embedder", lambda *_: NEXT)
    database = Database.at(tmp_path)
    Catalog(database).put(entry(Source("nurses", "Peers"), "Peer mentoring lowered the stress of nurses."))
    database.close()
    for _ in range(2):
        assert reindex(Settings(home=tmp_path), lambda _: None) == 1
    assert sorted(file.name for file in tmp_path.iterdir() if file.is_dir()) == ["chroma"]
    database = Database.at(tmp_path)
    vectors, renewed = reindexing.open_or_renew(tmp_path / "chroma")
    index = Index(Catalog(database), NEXT, vectors, Vocabulary.load())
    assert (renewed, index.healthy(), index.sync()) == (False, True, 0)
    assert [hit.passage.id for hit in Retriever(index=index).retrieve("stress of nurses").hits] == ["nurses-1"]
    vectors.close()
    database.close()
