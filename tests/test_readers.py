"""Files into the catalog: what is read, what is refused, and sentences and passages without loss."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.catalog import Catalog, UnknownSourceError
from corpus.database import Database
from corpus.ingest import PASSAGE_LENGTH, Outcome, ingest
from corpus.models import CorpusError
from corpus.passages import pack, sentences
from corpus.readers import ReadError, read

LONGEST = 20 * 1024 * 1024


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    home = tmp_path / "home"
    home.mkdir()
    database = Database.at(home)
    yield Catalog(database)
    database.close()


def write(folder: Path, name: str, text: str | bytes) -> Path:
    file = folder / name
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return file


def said(file: Path) -> list[tuple[str | None, str]]:
    return [(paragraph.section, paragraph.text) for paragraph in read(file).paragraphs]


# Markdown


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("# A study of *peers*\n\nText here.", "A study of *peers*"),
        ("Text first.\n\n## Later, with `code`\n\nMore.", "Later, with `code`"),
        ("A title underlined\n==================\n\nText here.", "A title underlined"),
        ("# Closed #\n\nText here.", "Closed"),
        ("# R&D \\[1\\]\n\nText here.", "R&D \\[1\\]"),
        ("#not a heading\n\nText here.", "paper"),
        ("\ufeff# Behind a byte order mark\n\nText here.", "Behind a byte order mark"),
        ("# One\r\n\r\nText here.\r\n", "One"),
    ],
)
def test_a_markdown_files_title_is_the_literal_first_heading(tmp_path: Path, text: str, title: str) -> None:
    assert read(write(tmp_path, "paper.md", text)).title == title


def test_markdown_paragraphs_stand_under_their_headings(tmp_path: Path) -> None:
    text = "# Title\n\nThe *first* one\nis [linked](https://example.org).\n\n## Methods\n\n- a `list`\n- of two\n\n> a quote\n\n```\ncode here\n```\n"
    assert said(write(tmp_path, "a.markdown", text)) == [
        (None, "The first one is linked."),
        ("Methods", "a list"),
        ("Methods", "of two"),
        ("Methods", "a quote"),
        ("Methods", "code here"),
    ]


def test_markup_in_markdown_is_text(tmp_path: Path) -> None:
    file = write(tmp_path, "a.md", "# T\n\nBefore <script>alert(1)</script> after.\n")
    assert said(file) == [(None, "Before <script>alert(1)</script> after.")]


# HTML

PAGE = """<!DOCTYPE html><html><head><title>The page&#8217;s title</title><style>p { color: red }</style>
<script>var hidden = "script text";</script></head><body>
<header>site header</header><nav><ul><li>menu entry</li></ul></nav>
<h1>Main</h1><p>First <b>paragraph</b>
here.</p><h2>Results</h2><ul><li>one item</li><li><p>another item</p></li></ul>
<table><tr><th>name</th><td>value</td></tr></table><noscript>switch it on</noscript>
<form><label>Your mail</label></form><svg><text>drawn</text></svg><!-- a comment -->
<template><p>a template</p></template><footer>site footer</footer></body></html>"""


def test_html_is_its_content(tmp_path: Path) -> None:
    file = write(tmp_path, "a.html", PAGE)
    assert read(file).title == "The page’s title"
    assert said(file) == [
        ("Main", "First paragraph here."),
        ("Results", "one item"),
        ("Results", "another item"),
        ("Results", "name"),
        ("Results", "value"),
    ]


def test_scripts_and_navigation_are_dropped(tmp_path: Path) -> None:
    text = " ".join(text for _, text in said(write(tmp_path, "a.htm", PAGE)))
    for part in ("script text", "color", "menu", "header", "footer", "switch", "mail", "drawn", "comment", "template"):
        assert part not in text


def test_html_without_a_title_takes_its_first_heading(tmp_path: Path) -> None:
    assert read(write(tmp_path, "a.html", "<h1>The <i>heading</i></h1><p>Text here.</p>")).title == "The heading"
    assert read(write(tmp_path, "b.html", "<p>Text here.</p>")).title == "b"


def test_html_with_an_empty_title_takes_its_first_heading(tmp_path: Path) -> None:
    assert (
        read(write(tmp_path, "a.html", "<title> </title><h1>The heading</h1><p>Text here.</p>")).title == "The heading"
    )


def test_html_without_paragraphs_is_its_text(tmp_path: Path) -> None:
    assert said(write(tmp_path, "a.html", "<body><div>Only <b>divisions</b> here.</div></body>")) == [
        (None, "Only divisions here.")
    ]


def test_html_text_beside_paragraphs_is_not_lost(tmp_path: Path) -> None:
    file = write(tmp_path, "a.html", "<body><p>In a paragraph.</p><div>In a division.</div>In the body.</body>")
    text = " ".join(text for _, text in said(file))
    for sentence in ("In a paragraph.", "In a division.", "In the body."):
        assert sentence in text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("It <em>matters</em>, they say (<i>p</i> = .03).", "It matters, they say (p = .03)."),
        ("Near-<b>peer</b>s are un<b>like</b> others.", "Near-peers are unlike others."),
        ("one<br>two<br/>three", "one two three"),
        ("many\n   lines &amp; entities&nbsp;here", "many lines & entities here"),
    ],
)
def test_html_text_reads_as_the_page_shows_it(tmp_path: Path, markup: str, text: str) -> None:
    """A quote is exact only if inline markup leaves no blanks behind."""
    assert said(write(tmp_path, "a.html", f"<body><p>{markup}</p></body>")) == [(None, text)]


def test_nested_items_keep_their_words_apart(tmp_path: Path) -> None:
    text = " ".join(
        text
        for _, text in said(write(tmp_path, "a.html", "<ul><li>outer<ul><li>inner</li><li>last</li></ul></li></ul>"))
    )
    assert text.split() == ["outer", "inner", "last"]


def test_xhtml_is_read_as_html(tmp_path: Path) -> None:
    """A declaration at the top is common in saved pages; no warning may come of it."""
    page = '<?xml version="1.0" encoding="UTF-8"?><html xmlns="http://www.w3.org/1999/xhtml"><body><p>Text here.</p></body></html>'
    assert said(write(tmp_path, "a.html", page)) == [(None, "Text here.")]


# Plain text


def test_a_text_files_short_first_paragraph_is_its_title(tmp_path: Path) -> None:
    file = write(tmp_path, "a.txt", "Notes on peers\n\nThe first line\ncontinues here.\n\nThe second.")
    assert read(file).title == "Notes on peers"
    assert said(file) == [(None, "The first line continues here."), (None, "The second.")]


def test_a_text_files_first_sentence_is_no_title(tmp_path: Path) -> None:
    file = write(tmp_path, "notes.TXT", "It begins with a sentence.\n\nAnd goes on.")
    assert read(file).title == "notes"
    assert len(said(file)) == 2


@pytest.mark.parametrize("blank", ["\n\n", "\r\n\r\n", "\n\n\n\n", "\r\r", "\n \n", "\n\t\r\n"])
def test_blank_lines_part_paragraphs(tmp_path: Path, blank: str) -> None:
    file = write(tmp_path, "a.txt", f"One is here.{blank}Two is here.")
    assert said(file) == [(None, "One is here."), (None, "Two is here.")]


@pytest.mark.parametrize("between", ["\n", "\r\n", "\r", "\f", "\v", "\t", "\u2028"])
def test_what_parts_words_still_parts_them(tmp_path: Path, between: str) -> None:
    """Old line ends and the page breaks of converted PDFs included."""
    assert said(write(tmp_path, "a.txt", f"the last word{between}The next page.")) == [
        (None, "the last word The next page.")
    ]


def test_control_characters_are_dropped(tmp_path: Path) -> None:
    text = " ".join(text for _, text in said(write(tmp_path, "a.txt", "One\x00 is\x07 here.")))
    assert text.split() == ["One", "is", "here."]


# Refusals


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.txt", b"", "no text"),
        ("a.md", b"# Only a title\n", "no text"),
        ("a.html", b"<html><script>x</script></html>", "no text"),
        ("a.txt", b" \n\t\n", "no text"),
        ("a.txt", b"\x00\x01\x02", "no text"),
        ("a.md", b"\x89PNG\r\n\x1a\n\x00\xff\xfe", "UTF-8"),
        ("a.txt", "Grüße aus Köln".encode("latin-1"), "UTF-8"),
        ("a.txt", "Sixteen bits a letter".encode("utf-16"), "UTF-8"),
        ("a.exe", b"MZ", "known kind"),
        ("a.docx", b"PK", "damaged"),
        ("a.pdf", b"%PDF", "damaged"),
        ("README", b"text", "known kind"),
    ],
)
def test_what_is_no_text_is_refused(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    with pytest.raises(ReadError, match=says) as refused:
        read(write(tmp_path, name, content))
    assert repr(name) in str(refused.value)


def test_an_unknown_kind_is_told_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ReadError) as refused:
        read(write(tmp_path, "a.xyz", "text"))
    for suffix in (".md", ".html", ".txt", ".pdf", ".docx"):
        assert suffix in str(refused.value)


def test_a_file_over_the_limit_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    with file.open("wb") as stream:
        stream.truncate(LONGEST + 1)
    with pytest.raises(ReadError, match="larger than 20 MiB"):
        read(file)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="cannot be read"):
        read(tmp_path / "gone.txt")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "a.txt").mkdir()
    with pytest.raises(ReadError, match="cannot be read"):
        read(tmp_path / "a.txt")


# Ingestion


def statuses(outcomes: list[Outcome]) -> dict[str, str]:
    return {outcome.file.name: outcome.status for outcome in outcomes}


def test_a_second_run_changes_nothing(tmp_path: Path, catalog: Catalog) -> None:
    folder = tmp_path / "papers"
    (folder / "deep").mkdir(parents=True)
    write(folder, "a.md", "# A\n\nText here.")
    write(folder / "deep", "b.HTML", "<p>Text here.</p>")
    write(folder, "c.doc", b"MZ")
    assert statuses(ingest([folder], catalog)) == {"a.md": "added", "b.HTML": "added", "c.doc": "skipped"}
    before = catalog.digests()
    assert statuses(ingest([folder], catalog)) == {"a.md": "unchanged", "b.HTML": "unchanged", "c.doc": "skipped"}
    assert catalog.digests() == before
    assert sorted(source.title for source in catalog.sources()) == ["A", "b"]


def test_a_changed_file_replaces_its_source(tmp_path: Path, catalog: Catalog) -> None:
    file = write(tmp_path, "a.md", "# A\n\nThe old text.\n\n## B\n\nThe second.")
    (first,) = ingest([file], catalog)
    write(tmp_path, "a.md", "# A, revised\n\nThe new text.")
    (second,) = ingest([file], catalog)
    assert (second.status, second.source_id) == ("replaced", first.source_id)
    assert second.source_id is not None
    assert [source.title for source in catalog.sources()] == ["A, revised"]
    assert [passage.text for passage in catalog.passages_of(second.source_id)] == ["The new text."]


def test_files_of_one_name_are_sources_of_their_own(tmp_path: Path, catalog: Catalog) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write(tmp_path / name, "a.md", "# A\n\nThe same text.")
    outcomes = ingest([tmp_path / "one", tmp_path / "two"], catalog)
    assert len({outcome.source_id for outcome in outcomes}) == 2
    assert len(catalog.sources()) == 2


def test_a_failing_file_stops_none_of_the_others(tmp_path: Path, catalog: Catalog) -> None:
    folder = tmp_path / "papers"
    folder.mkdir()
    write(folder, "a.md", b"\xff\xfe\x00")
    write(folder, "b.txt", "")
    write(folder, "c.md", "# C\n\nText here.")
    odd = write(tmp_path, "d.xyz", "text")
    told: list[Outcome] = []
    outcomes = ingest([folder, odd], catalog, told.append)
    assert statuses(outcomes) == {"a.md": "failed", "b.txt": "failed", "c.md": "added", "d.xyz": "failed"}
    assert told == outcomes
    assert all(bool(outcome.reason) == (outcome.status == "failed") for outcome in outcomes)
    assert [source.title for source in catalog.sources()] == ["C"]


@pytest.mark.parametrize("name", ["deep.html", "deep.md"])
def test_a_file_that_nests_without_end_stops_none_of_the_others(tmp_path: Path, catalog: Catalog, name: str) -> None:
    deep = "<div>" * 5000 + "<p>Deep.</p>" if name.endswith("html") else ">" * 5000 + " Deep.\n\n" + "[" * 5000 + "\n"
    write(tmp_path, name, deep)
    write(tmp_path, "z.md", "# Z\n\nText here.")
    assert statuses(ingest([tmp_path], catalog))["z.md"] == "added"


def test_a_path_that_does_not_exist_is_an_error(tmp_path: Path, catalog: Catalog) -> None:
    with pytest.raises(CorpusError, match=r"gone"):
        ingest([tmp_path / "gone"], catalog)


def test_links_are_not_followed(tmp_path: Path, catalog: Catalog) -> None:
    (tmp_path / "papers").mkdir()
    outside = write(tmp_path, "secret.txt", "A secret outside.")
    (tmp_path / "papers" / "link.txt").symlink_to(outside)
    assert statuses(ingest([tmp_path / "papers"], catalog)) == {"link.txt": "skipped"}
    assert catalog.sources() == []


def test_passages_are_whole_sentences_with_offsets_and_cross_no_heading(tmp_path: Path, catalog: Catalog) -> None:
    long = " ".join(f"Sentence number {n} of a long paragraph says a little." for n in range(80))
    (outcome,) = ingest(
        [write(tmp_path, "a.md", f"# T\n\nBefore.\n\n## One\n\n{long}\n\n## Two\n\nAfter it.")], catalog
    )
    assert outcome.source_id is not None
    held = catalog.passages_of(outcome.source_id)
    assert [passage.ordinal for passage in held] == list(range(1, len(held) + 1))
    assert (held[0].section, held[0].text) == (None, "Before.")
    assert (held[-1].section, held[-1].text) == ("Two", "After it.")
    assert " ".join(passage.text for passage in held if passage.section == "One") == long
    for passage in held:
        assert len(passage.text) <= PASSAGE_LENGTH
        assert passage.sentences == sentences(passage.text)
        assert passage.text.endswith(".")


def test_what_a_text_seems_to_say_of_itself_is_not_verified(tmp_path: Path, catalog: Catalog) -> None:
    (outcome,) = ingest([write(tmp_path, "Smith 2019.md", "# T (2019)\n\nBy J. Smith, doi 10.1000/1.")], catalog)
    assert outcome.source_id is not None
    source = catalog.source(outcome.source_id)
    assert {"authors", "year", "doi", "venue"} <= set(source.unverified)


def test_a_removed_source_is_gone(tmp_path: Path, catalog: Catalog) -> None:
    (outcome,) = ingest([write(tmp_path, "a.txt", "Text here.")], catalog)
    assert outcome.source_id is not None
    catalog.remove(outcome.source_id)
    assert catalog.sources() == []
    assert catalog.passages_of(outcome.source_id) == []
    with pytest.raises(UnknownSourceError, match=outcome.source_id):
        catalog.remove(outcome.source_id)


# Sentences and passages

PIECES = (
    *"abzABZ 0123.!?…,;:()[]\"'“”’\n\t\xa0\u2003é", "et al.", "e.g.", "Dr. ", "\n\n", " \n", "Yes. ", "No!", "3.5", "p. 4", "“So?”", " and ", " It ", "(2008).", "a.",
)  # fmt: skip
written = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


@given(written)
def test_sentences_are_ordered_disjoint_and_whole(text: str) -> None:
    spans = sentences(text)
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert all(before.end <= after.start for before, after in pairwise(spans))
    assert all(span.of(text) == span.of(text).strip() for span in spans)
    covered = {place for span in spans for place in range(span.start, span.end)}
    assert {place for place, character in enumerate(text) if not character.isspace()} <= covered


@given(st.lists(written, max_size=5), st.integers(1, 120))
def test_packing_loses_nothing_and_cuts_no_sentence(paragraphs: list[str], limit: int) -> None:
    packed = pack(paragraphs, limit)
    assert "".join("".join(packed).split()) == "".join("".join(paragraphs).split())
    whole = [span.of(paragraph) for paragraph in map(str.strip, paragraphs) for span in sentences(paragraph)]
    assert [span.of(text) for text in packed for span in sentences(text)] == whole


@given(st.lists(written, max_size=5), st.integers(1, 120))
def test_packed_passages_keep_to_the_limit(paragraphs: list[str], limit: int) -> None:
    for text in pack(paragraphs, limit):
        assert text.strip()
        assert len(text) <= limit or len(sentences(text)) == 1


def test_packing_fills_passages() -> None:
    """As many whole paragraphs as fit, not one each."""
    assert pack(["One is here.", "Two is here.", "Three is here."], 30) == [
        "One is here.\n\nTwo is here.",
        "Three is here.",
    ]
