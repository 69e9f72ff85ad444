"""What becomes of a document's source: where each field is from, and that no unverified one is printed."""

from __future__ import annotations

import pytest

from corpus.bibliography import Record, describe, doubts, link, reference, short_name, verified
from corpus.models import Source, Strength
from corpus.readers import Document


def document(title: str = "A title of no other work", first_page: str = "", **metadata: str) -> Document:
    return Document(title, (), metadata, first_page)


PAGE = "Journal of Guessing\nMentoring as it is guessed\nAnn Bee1, Cy Dee2* and Eve Eff\nUniversity of X\nPublished 3 May 2011. doi: 10.1000/Guess."


def test_the_record_goes_before_all_else() -> None:
    record = Record(
        "R",
        ("Ann Rec",),
        2001,
        "RJ",
        "1",
        "2",
        "3-4",
        "10.1000/r",
        "https://r.org",
        Strength.THEORY,
        "R people",
        ("k",),
    )
    said = {
        "title": "F",
        "authors": "Front Man",
        "year": "1999",
        "doi": "10.1000/f",
        "study_kind": "experiment",
        "population": "F",
        "origin": "front matter",
    }
    source = describe(Document("D", (), said, PAGE), record, "s")
    assert source == Source(
        "s", "R", ("Ann Rec",), 2001, "RJ", "1", "2", "3-4", "10.1000/r", "https://r.org", Strength.THEORY, "R people", keywords=("k",)
    )  # fmt: skip
    assert reference(source) == "Ann Rec (2001). R. RJ, 1(2), 3-4. https://doi.org/10.1000/r"


@pytest.mark.parametrize("origin", ["front matter", "citation"])
def test_what_the_document_vouches_for_is_verified(origin: str) -> None:
    source = describe(
        document(
            "D",
            PAGE,
            authors="Bee, Ann; Cy Dee",
            year="2005",
            venue="J",
            study_kind="Meta analysis",
            population="P",
            origin=origin,
        ),
        None,
        "s",
    )
    assert (source.authors, source.year, source.venue) == (("Ann Bee", "Cy Dee"), 2005, "J")
    assert (source.study_kind, source.population) == (Strength.META_ANALYSIS, "P")
    assert set(source.unverified) == {"title", "doi"}
    assert reference(source) == "Ann Bee & Cy Dee (2005). D. J."


@pytest.mark.parametrize("origin", ["properties", None])
def test_what_software_wrote_into_the_file_is_kept_and_never_printed(origin: str | None) -> None:
    said = {
        "authors": "Prop Erty",
        "year": "2003",
        "venue": "PJ",
        "volume": "9",
        "doi": "10.1000/p",
        "url": "https://p.org",
        "study_kind": "experiment",
        "population": "P",
    }
    source = describe(document("Printed title", "", **said | ({"origin": origin} if origin else {})), None, "s")
    assert (source.authors, source.year, source.venue, source.volume, source.doi) == (
        ("Prop Erty",),
        2003,
        "PJ",
        "9",
        "10.1000/p",
    )
    assert set(source.unverified) == {"title", "authors", "year", "venue", "volume", "doi", "url"}
    assert (source.study_kind, source.population) == (Strength.UNKNOWN, None)
    assert reference(source) == "Authors not verified (year not verified). Printed title."
    assert short_name(source) == "“Printed title”"
    assert link(source) is None
    emptied = verified(source)
    assert (emptied.authors, emptied.year, emptied.venue, emptied.volume, emptied.doi, emptied.url) == (
        (),
        None,
        None,
        None,
        None,
        None,
    )
    assert emptied.title == "Printed title"


def test_the_first_page_is_guessed_from_last_of_all() -> None:
    source = describe(document("Mentoring as it is guessed", PAGE, venue="PJ"), None, "s")
    assert (source.authors, source.year, source.doi, source.venue) == (
        ("Ann Bee", "Cy Dee", "Eve Eff"),
        2011,
        "10.1000/guess",
        "PJ",
    )
    assert {"title", "authors", "year", "doi", "venue"} == set(source.unverified)
    assert reference(source) == "Authors not verified (year not verified). Mentoring as it is guessed."


def test_each_field_has_its_own_source() -> None:
    source = describe(
        document("D", PAGE, year="2003", origin="properties"), Record(authors=("Ann Bee",), venue="J"), "s"
    )
    assert (source.authors, source.venue, source.year) == (("Ann Bee",), "J", 2003)
    assert set(source.unverified) == {"title", "year", "doi"}
    assert reference(source) == "Ann Bee (year not verified). D. J."


@pytest.mark.parametrize(
    ("title", "page"),
    [
        ("T", ""), ("T", "T\n\nMentoring helps students. We asked 40 of them."), ("Field Notes", "Field Notes\nDepartment of Psychology\nUniversity of Ohio"),
        ("T", "T\nAbstract\nIn 1999 Smith and Jones found nothing."),
    ],
)  # fmt: skip
def test_prose_is_not_taken_for_names(title: str, page: str) -> None:
    source = describe(document(title, page), None, "s")
    assert (source.authors, source.year, source.doi) == ((), None, None)
    assert {"authors", "year", "venue", "doi"} <= set(source.unverified)


@pytest.mark.parametrize("author", ["user", "Microsoft Office User", "admin", "a@b.org", "-"])
def test_an_account_is_no_author(author: str) -> None:
    assert describe(document("T", authors=author, origin="properties"), None, "s").authors == ()


def test_an_unknown_study_kind_in_front_matter_is_told() -> None:
    held = document(study_kind="miracle", origin="front matter")
    assert describe(held, None, "s").study_kind is Strength.UNKNOWN
    assert "'miracle'" in doubts(held)[0]
    assert doubts(document(study_kind="experiment", origin="front matter")) == ()
    assert doubts(document(study_kind="unknown", origin="front matter")) == ()


def test_authors_that_go_on_are_told_as_such() -> None:
    source = describe(document(), Record("T", ("Ann Bee", "et al."), 2001), "s")
    assert reference(source) == "Ann Bee, et al. (2001). T."
    assert short_name(source) == "Bee and colleagues (2001)"


def test_a_doi_link_holds_no_markup() -> None:
    assert link(Source("s", "T", doi='10.1000/<a>"b c')) == "https://doi.org/10.1000/%3Ca%3E%22b%20c"
