"""Retrieval over a small library of our own: real SQLite, real Chroma, an embedder of words."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from langchain_core.documents import Document
from pydantic import ValidationError

from corpus.catalog import Catalog
from corpus.database import Database
from corpus.models import Finding, Source, Span, Strength
from retrieval.index import Index
from retrieval.models import Filters, Retrieval, RetrievalError
from retrieval.retriever import Retriever
from retrieval.served import OtherModelError
from retrieval.vectors import VectorIndex
from retrieval.vocabulary import Vocabulary
from tests.conftest import ENGINES, new_database
from tests.fakes import BagOfWords, entry

NURSES = Source(
    "nurses",
    "Peer mentoring in nursing",
    year=2020,
    study_kind=Strength.EXPERIMENT,
    population="Nursing students in Ohio",
)
ENGINEERS = Source(
    "engineers",
    "Female mentors in engineering",
    year=2017,
    study_kind=Strength.EXPERIMENT,
    population="First-year engineers",
)
FACULTY = Source(
    "faculty", "Junior faculty programmes", year=2005, study_kind=Strength.EVALUATION, population="Junior faculty"
)
ESSAY = Source("essay", "On friendship at work", study_kind=Strength.COMMENTARY)
STRESS = "Peer mentoring lowered the stress of nursing students. Anxiety fell as well."
TWICE = "Mentors and mentees should agree on goals at the first meeting."
ENTRIES = [
    entry(
        NURSES,
        STRESS,
        TWICE,
        "Nurses met their peers every week.",
        findings=(
            Finding(
                "nurses.stress",
                "nurses-1",
                "Students with a peer mentor felt calmer.",
                (Span(0, 54),),
                Strength.EXPERIMENT,
                topics=("stress",),
            ),
        ),
        questions=(
            ("nurses-1", "Does a peer mentor help with exam nerves?"),
            ("nurses-3", "How often should peers meet?"),
        ),
    ),
    entry(
        ENGINEERS,
        "Women with female mentors stayed in engineering.",
        f"  {TWICE.upper()}  ",
        "Belonging and confidence remained high in engineering.",
    ),
    entry(
        FACULTY,
        "Junior faculty valued their mentoring programme.",
        *(f"Faculty retention in year {n} was counted anew." for n in range(2, 30)),
    ),
    entry(ESSAY, "Friendship between colleagues grows slowly.", "Zzyzx is a place."),
]


class Library:
    """A catalog and its index in a folder; opened again it goes on where it was."""

    def __init__(self, folder: Path, url: str, embedder: BagOfWords | None = None) -> None:
        self.embedder = embedder or BagOfWords()
        self.database = Database(url)
        self.catalog = Catalog(self.database)
        self.index = Index(self.catalog, self.embedder, VectorIndex(folder / "chroma"), Vocabulary.load())
        self.retriever = Retriever(index=self.index)

    def find(self, query: str, **options: object) -> Retrieval:
        return self.retriever.retrieve(query, **options)  # type: ignore[arg-type]

    def close(self) -> None:
        self.index.vectors.close()
        self.database.close()


@pytest.fixture
def empty(tmp_path: Path, database_url: str) -> Iterator[Library]:
    made = Library(tmp_path, database_url)
    yield made
    made.close()


@pytest.fixture(scope="module", params=ENGINES)
def library(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """For tests that only read."""
    folder = tmp_path_factory.mktemp("library")
    made = Library(folder, new_database(request, folder))
    for item in ENTRIES:
        made.catalog.put(item)
    made.index.sync()
    yield made
    made.close()


def ids(found: Retrieval) -> list[str]:
    return [hit.passage.id for hit in found.hits]


def sources(found: Retrieval) -> set[str]:
    return {hit.source.id for hit in found.hits}


# Ranking


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("stress of nursing students", "nurses-1"),
        ("Does a peer mentor help with exam nerves?", "nurses-1"),
        ("felt calmer", "nurses-1"),
        ("Do women stay in engineering?", "engineers-1"),
        ("friendship between colleagues", "essay-1"),
        ("zzyzx", "essay-2"),
        ("Zzyzx’s", "essay-2"),
    ],
)
def test_the_passage_that_speaks_of_it_comes_first(library: Library, query: str, first: str) -> None:
    assert ids(library.find(query))[0] == first


def test_a_passage_is_one_hit_though_findings_and_questions_lead_to_it(library: Library) -> None:
    for query in ("peer mentor stress exam nerves calmer nursing students", "mentoring", "faculty retention"):
        found = ids(library.find(query, top_k=100))
        assert len(found) == len(set(found)) > 1


def test_the_same_text_is_one_hit(library: Library) -> None:
    """Case and white space aside, from whichever source it comes."""
    found = library.find("agree on goals at the first meeting", top_k=100)
    assert ids(found)[0] in {"nurses-2", "engineers-2"}
    assert len({"nurses-2", "engineers-2"}.intersection(ids(found))) == 1


def test_hits_are_sorted_and_scores_are_shares(library: Library) -> None:
    for query in ("mentoring of women in engineering", "stress", "faculty retention counted in year 7", "the", "🙂"):
        scores = [hit.score for hit in library.find(query, top_k=100).hits]
        assert scores == sorted(scores, reverse=True)
        assert all(0 <= score <= 1 for score in scores)


def test_the_same_question_gets_the_same_hits(library: Library) -> None:
    first = library.find("faculty retention was counted")
    assert all(library.find("faculty retention was counted") == first for _ in range(3))


def test_hits_carry_their_passage_and_source_as_stored(library: Library) -> None:
    for hit in library.find("peer mentoring").hits:
        assert hit.passage == library.catalog.passage(hit.passage.id)
        assert hit.source == library.catalog.source(hit.passage.source_id)


def test_a_follow_up_counts_by_what_is_new(library: Library) -> None:
    query = "Does peer mentoring lower the stress of nursing students? And friendship between colleagues?"
    without = library.find(query)
    leaning = library.find(query, asked="And friendship between colleagues?")
    assert ids(leaning).index("essay-1") <= ids(without).index("essay-1")
    assert leaning.vector != without.vector
    assert library.find(query, asked="And that?").vector == pytest.approx(without.vector, abs=1e-6)


def test_stored_questions_come_nearest_first(library: Library) -> None:
    found = library.index.store.questions(library.find("How often do peers meet?").questions)
    assert found[0] == ("nurses-3", "How often should peers meet?")


# Filters


@pytest.mark.parametrize(
    ("filters", "admitted"),
    [
        (Filters(sources=["nurses"]), {"nurses"}),
        (Filters(sources=["nurses", "essay", "unknown"]), {"nurses", "essay"}),
        (Filters(study_kinds=[Strength.EXPERIMENT]), {"nurses", "engineers"}),
        (Filters(study_kinds=[Strength.EVALUATION, Strength.COMMENTARY]), {"faculty", "essay"}),
        (Filters(year_from=2017), {"nurses", "engineers"}),
        (Filters(year_to=2017), {"engineers", "faculty"}),
        (Filters(year_from=2017, year_to=2017), {"engineers"}),
        (Filters(population="NURSING"), {"nurses"}),
        (Filters(population="first-year"), {"engineers"}),
        (Filters(population=""), {"nurses", "engineers", "faculty", "essay"}),
        (Filters(study_kinds=[Strength.EXPERIMENT], year_from=2018, population="ohio"), {"nurses"}),
    ],
    ids=lambda value: repr(sorted(value) if isinstance(value, set) else value),
)
def test_filters_admit(library: Library, filters: Filters, admitted: set[str]) -> None:
    """Whatever is asked, and however far down the admitted ones stand."""
    for query in ("peer mentoring", "faculty retention in year 9 was counted anew", "the"):
        assert sources(library.find(query, filters=filters, top_k=100)) == admitted


@pytest.mark.parametrize(
    "filters",
    [
        Filters(sources=["unknown"]),
        Filters(study_kinds=[Strength.THEORY]),
        Filters(year_from=2018, year_to=2001),
        Filters(year_to=1900),
        Filters(population="zebra"),
    ],
    ids=repr,
)
def test_filters_that_match_nothing_give_nothing(library: Library, filters: Filters) -> None:
    found = library.find("peer mentoring", filters=filters)
    assert found.hits == ()
    assert not found.curated


def test_filtered_hits_are_found_far_down(empty: Library) -> None:
    """The one admitted source is the least like the question, behind hundreds of better ones."""
    chance = random.Random(7)
    for n in range(8):
        texts = (" ".join(["Peer mentoring", *(f"word{chance.randrange(800)}" for _ in range(8))]) for _ in range(80))
        empty.catalog.put(entry(Source(f"s{n}", "Peers"), *texts))
    empty.catalog.put(entry(Source("odd", "Odd"), "A giraffe is tall."))
    empty.index.sync()
    assert ids(empty.find("peer mentoring peer support", filters=Filters(sources=["odd"]))) == ["odd-1"]


# Bounds


@pytest.mark.parametrize("top_k", [1, 2, 8, 20, 100])
def test_top_k_is_the_most(library: Library, top_k: int) -> None:
    everything = len(library.find("faculty retention mentoring", top_k=100).hits)
    assert len(library.find("faculty retention mentoring", top_k=top_k).hits) == min(top_k, everything)
    assert everything > 20


def test_fewer_hits_are_the_first_of_more(library: Library) -> None:
    many = ids(library.find("peer mentoring of women", top_k=20))
    assert ids(library.find("peer mentoring of women", top_k=5)) == many[:5]


@pytest.mark.parametrize("top_k", [0, -1, 101])
def test_a_top_k_out_of_bounds_is_refused(library: Library, top_k: int) -> None:
    with pytest.raises(ValidationError):
        Retriever(index=library.index, top_k=top_k)


@pytest.mark.parametrize("top_k", [0, -1, 101])
def test_a_single_question_keeps_to_the_same_bounds(library: Library, top_k: int) -> None:
    with pytest.raises((RetrievalError, ValueError)):
        library.find("peer mentoring", top_k=top_k)


@pytest.mark.parametrize(
    "query",
    [
        "the of and to", "and?", "🙂", "👩🏽‍🔬🎓", "…", "'", '"', "NEAR(a b)", 'title: "x" OR *', "a AND NOT b", "-", "^x*", "%", "\x00", "\u202e", "x" * 5000,
        " ".join(f"word{n}" for n in range(5000)), "mentoring " * 5000, "Wie hilft Mentoring Studierenden?", "メンタリングとは何ですか", "ما هو التوجيه؟", "Что такое наставничество?",
        "É à l’école Ñandú", "{title body} : x", "xximposterphenomenon",
    ],
    ids=lambda query: repr(query[:16]),
)  # fmt: skip
def test_no_text_is_an_error(library: Library, query: str) -> None:
    found = library.find(query)
    assert found.query == query
    assert len(found.hits) == 8


def test_every_word_of_a_long_question_counts(library: Library) -> None:
    words = " ".join(f"word{n}" for n in range(5000))
    assert ids(library.find(f"{words} zzyzx"))[0] == "essay-2"


def test_an_empty_library_gives_nothing(empty: Library) -> None:
    empty.index.sync()
    assert empty.find("peer mentoring").hits == ()
    assert empty.find("peer mentoring", filters=Filters(sources=["x"])).hits == ()
    assert empty.index.healthy()


# The index keeps up


def test_sync_adds_replaces_and_removes(empty: Library) -> None:
    nurses, engineers, *_ = ENTRIES
    empty.catalog.put(nurses)
    assert empty.index.sync() == 1
    assert sources(empty.find("engineering")) == {"nurses"}

    empty.catalog.put(engineers)
    assert empty.index.sync() == 1
    assert ids(empty.find("women engineering"))[0] == "engineers-1"
    assert empty.index.size == 6

    empty.catalog.put(entry(replace(ENGINEERS, title="Rockets"), "A rocket flew to the moon."))
    assert empty.index.sync() == 1
    assert ids(empty.find("rocket"))[0] == "engineers-1"
    assert [
        hit.passage.text
        for hit in empty.find("women stayed in engineering", filters=Filters(sources=["engineers"])).hits
    ] == ["A rocket flew to the moon."]
    assert empty.index.size == 4

    empty.catalog.remove("nurses")
    assert empty.index.sync() == 1
    assert ids(empty.find("stress of nursing students", top_k=100)) == ["engineers-1"]
    assert empty.index.size == 1
    assert empty.index.healthy()


def test_sync_without_changes_embeds_nothing(empty: Library) -> None:
    for item in ENTRIES:
        empty.catalog.put(item)
    assert empty.index.sync() == len(ENTRIES)
    empty.embedder.embedded.clear()
    assert empty.index.sync() == 0
    assert not empty.catalog.put(ENTRIES[0])
    assert empty.index.sync() == 0
    assert empty.embedder.embedded == []


def test_sync_embeds_only_what_changed(empty: Library) -> None:
    for item in ENTRIES:
        empty.catalog.put(item)
    empty.index.sync()
    empty.embedder.embedded.clear()
    empty.catalog.put(entry(ESSAY, "Friendship between colleagues grows quickly."))
    empty.index.sync()
    assert empty.embedder.embedded
    assert all("Friendship" in text for text in empty.embedder.embedded)


def test_sync_tells_its_progress(empty: Library) -> None:
    for n in range(70):
        empty.catalog.put(entry(Source(f"s{n}", "T"), f"Passage number {n}."))
    told: list[tuple[int, int]] = []
    empty.index.sync(lambda done, total: told.append((done, total)))
    assert told == sorted(told)
    assert told[-1] == (70, 70)


def test_opened_again_the_index_goes_on(tmp_path: Path, database_url: str) -> None:
    before = Library(tmp_path, database_url)
    for item in ENTRIES:
        before.catalog.put(item)
    before.index.sync()
    expected = before.find("stress of nursing students")
    before.close()
    after = Library(tmp_path, database_url)
    assert after.index.sync() == 0
    assert after.embedder.embedded == []
    assert after.find("stress of nursing students") == expected
    after.close()


def test_another_model_makes_the_index_anew(tmp_path: Path, database_url: str) -> None:
    before = Library(tmp_path, database_url)
    before.catalog.put(ENTRIES[0])
    before.index.sync()
    before.close()
    after = Library(tmp_path, database_url, BagOfWords(dimension=128, fingerprint="another"))
    try:
        if after.catalog.database.served:
            # Other processes may be answering from it.
            with pytest.raises(OtherModelError, match="mentor-coach reindex"):
                after.index.sync()
            return
        assert after.index.sync() == 1
        assert after.index.healthy()
        assert ids(after.find("stress of nursing students"))[0] == "nurses-1"
    finally:
        after.close()


def test_lost_vectors_are_noticed_and_restored_without_embedding(empty: Library) -> None:
    for item in ENTRIES:
        empty.catalog.put(item)
    empty.index.sync()
    assert empty.index.healthy()
    expected = ids(empty.find("stress of nursing students"))
    empty.index.vectors.clear()
    assert not empty.index.healthy()
    empty.embedder.embedded.clear()
    empty.index.restore_vectors()
    assert empty.index.healthy()
    assert empty.embedder.embedded == []
    assert ids(empty.find("stress of nursing students")) == expected


def test_sentence_vectors_stand_in_the_order_of_sentences(library: Library) -> None:
    held = library.catalog.passage("nurses-1")
    vectors = library.index.store.sentence_vectors([library.index.catalog.passage("nurses-1")])["nurses-1"]
    said = library.embedder.vectors([span.of(held.text) for span in held.sentences])
    assert len(vectors) == 2
    assert (vectors @ said.T).argmax(axis=1).tolist() == [0, 1]


# The LangChain face


def test_invoke_gives_documents(library: Library) -> None:
    documents = library.retriever.invoke("stress of nursing students")
    hits = library.find("stress of nursing students").hits
    assert all(isinstance(document, Document) for document in documents)
    assert [document.id for document in documents] == [hit.passage.id for hit in hits]
    first = documents[0]
    assert first.page_content == STRESS
    assert first.metadata == {
        "passage_id": "nurses-1",
        "source_id": "nurses",
        "source_title": "Peer mentoring in nursing",
        "score": hits[0].score,
    }


def test_invoke_keeps_to_the_retrievers_top_k(library: Library) -> None:
    assert len(Retriever(index=library.index, top_k=3).invoke("faculty retention")) == 3


def test_a_batch_is_its_questions_one_by_one(library: Library) -> None:
    questions = ["stress", "friendship", "engineering"]
    assert library.retriever.batch(questions) == [library.retriever.invoke(question) for question in questions]
