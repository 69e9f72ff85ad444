"""What leaves the library as BibTeX, RIS or CSL-JSON comes back the same, through our readers and through others'."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest
import rispy
from hypothesis import given, settings
from hypothesis import strategies as st
from pybtex.database import Person, parse_string  # type: ignore[import-untyped]
from pybtex.richtext import Text  # type: ignore[import-untyped]

from corpus import founding
from corpus.bibliography import Form, Record, describe, export, read_records, record_of, reference
from corpus.models import Source, Strength
from corpus.readers import Document

FORMS: tuple[Form, ...] = get_args(Form)
SUFFIX = {"bibtex": ".bib", "ris": ".ris", "csl": ".json"}
FOUNDING = [entry.source for entry in founding.entries()]
NASTY = "&%$#_{}~^\\\"'`-–—?!<>/|*@=+[]():;"

words = st.text(
    st.one_of(st.sampled_from("abcdeABCDE0123456789"), st.sampled_from(NASTY + "éßøÅñ中ع\u00a0"), st.characters()),
    min_size=1,
    max_size=8,
)
texts = st.lists(words, min_size=1, max_size=6).map(" ".join)
name_words = st.text(
    st.one_of(st.sampled_from("abcdeABCDE"), st.sampled_from("éßøÅñ'’-.{}&\\~%")), min_size=1, max_size=8
)
people = st.lists(
    st.one_of(name_words, st.sampled_from(["van", "de", "la", "and", "Jr.", "III", "others"])), min_size=2, max_size=4
)
authors = st.one_of(
    people.map(" ".join),
    st.lists(name_words, min_size=5, max_size=7).map(" ".join),
    st.sampled_from(
        [
            "National Academies of Sciences, Engineering, and Medicine", "World Health Organization", "Plato", "Gates\u00a0Ventures",
            "Gabriel García\u00a0Márquez", "Ludwig van Beethoven", "John Smith Jr.", "María\u00a0José\u00a0de\u00a0la\u00a0Luz Pérez", "R&D Institute",
        ]
    ),
)  # fmt: skip
dois = st.text(st.sampled_from("abcABC019._-/()"), min_size=1, max_size=12).map(lambda end: f"10.1000/x{end}x")
links = st.text(st.sampled_from("abc0189/._-%&?=#~[]()"), max_size=20).map(lambda end: f"https://example.org/{end}")
sources = st.builds(
    Source,
    id=st.just("s"),
    title=texts.filter(lambda text: record_of(Source("s", text)).title is not None),
    authors=st.lists(authors, max_size=4).map(tuple),
    year=st.none() | st.integers(1000, 2099),
    venue=st.none() | texts,
    volume=st.none() | texts,
    issue=st.none() | texts,
    pages=st.none() | st.sampled_from(["1-2", "S12-S15", "e1234", "article 98", "1–3, 7-9", "xii-xv", "99"]),
    doi=st.none() | dois,
    url=st.none() | links | st.just("http://example.org") | st.just("javascript:alert(1)"),
    study_kind=st.sampled_from(Strength),
    population=st.none() | texts | st.sampled_from(["a; b, study_kind: theory", "<p>12 pairs</p>", "population: 12"]),
    keywords=st.lists(texts.filter(lambda text: ";" not in text and "study" not in text), max_size=3).map(tuple),
)


def read_back(text: str, form: Form, folder: Path) -> tuple[Record, ...]:
    file = folder / f"library{SUFFIX[form]}"
    file.write_text(text, encoding="utf-8")
    found = read_records(file)
    assert found.problems == ()
    return found.records


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bibliography")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("source", FOUNDING, ids=lambda source: source.id)
def test_a_founding_source_comes_back(source: Source, form: Form, folder: Path) -> None:
    (record,) = read_back(export([source], form), form, folder)
    assert record.content == record_of(source)
    # Described by its own export, the source is the one that left, but for what the library itself adds.
    described = describe(Document(source.title, ()), record, source.id)
    kept = replace(source, caveats=(), lead=None, founding=False, unverified=(), doi=source.doi and source.doi.lower())
    assert replace(described, unverified=()) == kept
    assert reference(described).lower() == reference(source).lower()


@pytest.mark.parametrize("form", FORMS)
@settings(deadline=None)
@given(source=sources)
def test_any_source_comes_back(source: Source, form: Form, folder: Path) -> None:
    (record,) = read_back(export([source], form), form, folder)
    assert record.content == record_of(source)
    assert record.key is not None


@pytest.mark.parametrize("form", FORMS)
@settings(deadline=None)
@given(chosen=st.lists(sources, max_size=4))
def test_any_selection_comes_back_whole(chosen: list[Source], form: Form, folder: Path) -> None:
    records = read_back(export(chosen, form), form, folder)
    assert sorted(map(repr, (record.content for record in records))) == sorted(map(repr, map(record_of, chosen)))
    assert len({record.key for record in records}) == len(chosen)


@pytest.mark.parametrize("form", FORMS)
def test_the_order_of_a_selection_does_not_matter(form: Form) -> None:
    assert export(FOUNDING, form) == export(FOUNDING[::-1], form)


@pytest.mark.parametrize("form", FORMS)
def test_only_what_is_verified_leaves(form: Form) -> None:
    source = Source(
        "s", "A guessed title", ("Ann Guess",), 1999, "Guessed Journal", "77", "66", "55-59", "10.1000/guess",
        "https://guess.example", unverified=("title", "authors", "year", "venue", "volume", "issue", "pages", "doi", "url"),
    )  # fmt: skip
    text = export([source], form)
    assert "A guessed title" in text
    for guess in ("Ann", "1999", "Guessed Journal", "77", "66", "55", "10.1000", "guess.example"):
        assert guess not in text
    assert "Ann" in export([replace(source, unverified=())], form)


def test_keys_are_made_of_author_year_and_word() -> None:
    twins = [Source(str(number), "The mentoring of mentors", ("Zoë Ångström",), 2001) for number in range(3)]
    keys = re.findall(r"@\w+\{(.+),", export(twins, "bibtex"))
    assert keys == ["angstrom-2001-mentoring", "angstrom-2001-mentoring-2", "angstrom-2001-mentoring-3"]


# Other programs' readers


def as_text(latex: str) -> str:
    """What pybtex, which shares no code with our reader, makes of LaTeX."""
    return str(Text.from_latex(latex)).replace("\u00a0", " ")


def person(found: Person) -> str:
    parts = [*found.first_names, *found.middle_names, *found.prelast_names, *found.last_names, *found.lineage_names]
    return as_text(" ".join(parts))


@pytest.mark.parametrize("source", FOUNDING, ids=lambda source: source.id)
def test_pybtex_reads_our_bibtex(source: Source) -> None:
    wanted = record_of(source)
    (entry,) = parse_string(export([source], "bibtex"), "bibtex").entries.values()
    fields: dict[str, str] = {name: as_text(value) for name, value in entry.fields.items()}
    assert fields.get("title") == wanted.title
    assert tuple(map(person, entry.persons.get("author", []))) == wanted.authors
    assert fields.get("year") == (str(wanted.year) if wanted.year else None)
    assert fields.get("journal", fields.get("publisher")) == wanted.venue
    assert fields.get("pages", "").replace("–", "-").replace("--", "-") == (wanted.pages or "")
    assert (entry.fields.get("doi"), entry.fields.get("url")) == (wanted.doi, wanted.url)
    if wanted.population:
        assert fields["note"].endswith(f"population: {wanted.population}")


def test_pybtex_sees_organisations_and_families_whole() -> None:
    source = Source("s", "T", ("World Health Organization", "Gabriel García\u00a0Márquez", "Ludwig van Beethoven"))
    entry = next(iter(parse_string(export([source], "bibtex"), "bibtex").entries.values()))
    who, marquez, beethoven = entry.persons["author"]
    assert (who.first_names, [as_text(name) for name in who.last_names]) == ([], ["World Health Organization"])
    assert (marquez.first_names, marquez.last_names) == (["Gabriel"], ["García", "Márquez"])
    assert (beethoven.prelast_names, beethoven.last_names) == (["van"], ["Beethoven"])


@settings(deadline=None)
@given(title=texts)
def test_pybtex_balances_any_title(title: str) -> None:
    source = Source("s", f"x {title}", ("Ann Bee",), 2001)
    (entry,) = parse_string(export([source], "bibtex"), "bibtex").entries.values()
    assert entry.fields["year"] == "2001"


@pytest.mark.parametrize("source", FOUNDING, ids=lambda source: source.id)
def test_rispy_reads_our_ris(source: Source) -> None:
    wanted = record_of(source)
    (found,) = rispy.loads(export([source], "ris"))
    assert found["title"] == wanted.title
    assert len(found.get("authors", [])) == len(wanted.authors)
    assert found.get("secondary_title", found.get("publisher")) == wanted.venue
    pages = "-".join(found[tag] for tag in ("start_page", "end_page") if tag in found)
    assert pages == (wanted.pages or "")
    assert (found.get("year"), found.get("doi")) == (str(wanted.year) if wanted.year else None, wanted.doi)
    assert found.get("urls", [None])[0] == wanted.url
    for author, name in zip(found.get("authors", []), wanted.authors, strict=True):
        assert set(re.findall(r"\w+", author)) == set(re.findall(r"\w+", name))


CSL_NAMES = {
    "id", "type", "title", "author", "issued", "publisher", "container-title", "volume", "issue", "page", "DOI", "URL", "keyword", "note",
}  # fmt: skip


@pytest.mark.parametrize("source", FOUNDING, ids=lambda source: source.id)
def test_our_csl_keeps_to_the_names_of_its_schema(source: Source) -> None:
    (item,) = json.loads(export([source], "csl"))
    wanted: dict[str, Any] = {
        "title": source.title,
        "volume": source.volume,
        "issue": source.issue,
        "page": source.pages,
    }
    assert set(item) <= CSL_NAMES
    assert {"id", "type"} <= set(item)
    assert item["type"] in ("article-journal", "book", "document")
    assert {name: item.get(name) for name in wanted} == wanted
    assert all(set(name) in ({"family", "given"}, {"literal"}) for name in item.get("author", []))
    assert item.get("issued") == ({"date-parts": [[source.year]]} if source.year else None)
