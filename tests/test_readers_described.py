"""What a Markdown or HTML file says of itself, and what in any file is no research."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpus.readers import Document, ReadError, read


def document(folder: Path, name: str, text: str) -> Document:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return read(file)


def texts(found: Document) -> list[str]:
    return [paragraph.text for paragraph in found.paragraphs]


def sections(found: Document) -> list[tuple[str | None, str]]:
    return [(paragraph.section, paragraph.text) for paragraph in found.paragraphs]


# Front matter

FRONT = """---
title: Peers as mentors
author:
  - Ann Lee
  - name: Bo Oz
  - {given: Cy, family: Poe}
date: 2019-05-01
journal: Journal of Trust
doi: 10.1000/xyz
study-kind: experiment
tags: [peers, trust]
---
# The *first* heading

Text here.
"""


def test_front_matter_is_metadata_and_no_title(tmp_path: Path) -> None:
    found = document(tmp_path, "a.md", FRONT)
    assert found.title == "The *first* heading"
    assert texts(found) == ["Text here."]
    assert dict(found.metadata) == {
        "title": "Peers as mentors",
        "authors": "Ann Lee; Bo Oz; Cy Poe",
        "year": "2019",
        "venue": "Journal of Trust",
        "doi": "10.1000/xyz",
        "study_kind": "experiment",
        "keywords": "peers; trust",
        "origin": "front matter",
    }


def test_front_matter_that_is_no_yaml_is_left_out_and_named(tmp_path: Path) -> None:
    found = document(tmp_path, "a.md", "---\ntitle: [never closed\n---\n\n# T\n\nText here.\n")
    assert (found.title, texts(found), dict(found.metadata)) == ("T", ["Text here."], {})
    assert found.removed == ("front matter that is no valid YAML",)


@pytest.mark.parametrize("text", ["---\n\n# T\n\nText here.\n", "---\nOnly words here\n---\n\n# T\n\nText here.\n"])
def test_a_rule_is_no_front_matter(tmp_path: Path, text: str) -> None:
    found = document(tmp_path, "a.md", text)
    assert "Text here." in texts(found)
    assert dict(found.metadata) == {}


@pytest.mark.parametrize(
    "yaml",
    [
        "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]",
        "x: !!python/object/apply:os.getcwd []",
        "x: " + "[" * 3000,
        "year: 2019-99-99",
    ],
    ids=["aliases", "objects", "nesting", "date"],
)
def test_front_matter_is_never_more_than_data(tmp_path: Path, yaml: str) -> None:
    found = document(tmp_path, "a.md", f"---\n{yaml}\n---\n\n# T\n\nText here.\n")
    assert (found.title, texts(found)) == ("T", ["Text here."])
    assert "origin" not in found.metadata


# What an HTML page says of itself


def test_meta_elements_for_citing_are_metadata(tmp_path: Path) -> None:
    page = """<html><head><title>A page</title>
    <meta name="citation_title" content="Peers"><meta name="citation_author" content="Lee, Ann">
    <meta name="citation_author" content="Oz, Bo"><meta name="citation_publication_date" content="2019/05/01">
    <meta name="citation_doi" content="10.1000/xyz"><meta name="citation_journal_title" content="Journal of Trust">
    <meta name="citation_firstpage" content="3"><meta name="citation_lastpage" content="9">
    <meta name="DC.title" content="Another"><meta property="og:title" content="A third"></head>
    <body><p>Text here.</p></body></html>"""
    found = document(tmp_path, "a.html", page)
    assert found.title == "A page"
    assert dict(found.metadata) == {
        "title": "Peers",
        "authors": "Lee, Ann; Oz, Bo",
        "year": "2019",
        "doi": "10.1000/xyz",
        "venue": "Journal of Trust",
        "pages": "3-9",
        "origin": "citation",
    }


def test_other_meta_elements_are_properties(tmp_path: Path) -> None:
    page = '<meta name="DC.creator" content="Ann Lee"><meta property="og:title" content="Peers"><p>Text here.</p>'
    found = document(tmp_path, "a.html", page)
    assert dict(found.metadata) == {"authors": "Ann Lee", "title": "Peers", "origin": "properties"}


# Links and tables


def test_links_keep_their_words_and_lose_their_address(tmp_path: Path) -> None:
    text = "# T\n\nSee [the guide](https://x.org/a 'title'), [this][r], <https://y.org> and ![a picture](z.png).\n\n[r]: https://x.org\n"
    assert texts(document(tmp_path, "a.md", text)) == ["See the guide, this, https://y.org and ."]


def test_a_markdown_tables_cells_are_paragraphs(tmp_path: Path) -> None:
    found = document(tmp_path, "a.md", "# T\n\n| Group | Trust |\n|---|---|\n| weekly | high |\n\nText here.\n")
    assert texts(found) == ["Group", "Trust", "weekly", "high", "Text here."]


# Boilerplate


@pytest.mark.parametrize(
    "heading", ["References", "REFERENCES", "6. References", "Works Cited", "Bibliography", "Literature cited:"]
)
def test_references_are_left_out_up_to_the_next_heading(tmp_path: Path, heading: str) -> None:
    markdown = f"# T\n\nText here.\n\n## {heading}\n\nSmith, J. (1999). Peers.\n\n### Books\n\nMore of them.\n\n## Appendix\n\nWhat was asked.\n"
    found = document(tmp_path, "a.md", markdown)
    assert sections(found) == [(None, "Text here."), ("Appendix", "What was asked.")]
    assert found.removed == ("references",)
    page = f"<h1>T</h1><p>Text here.</p><h2>{heading}</h2><ul><li>Smith, J. (1999).</li></ul><h2>Appendix</h2><p>What was asked.</p>"
    assert sections(document(tmp_path, "a.html", page)) == [(None, "Text here."), ("Appendix", "What was asked.")]
    plain = f"A title\n\nText here.\n\n{heading}\n\nSmith, J. (1999). Peers.\n\nAppendix\n\nWhat was asked."
    assert sections(document(tmp_path, "a.txt", plain)) == [(None, "Text here."), ("Appendix", "What was asked.")]


@pytest.mark.parametrize(
    "boilerplate",
    [
        "© 2019 The Authors. All rights reserved.",
        "Copyright 2019 by the American Society.",
        "This is an open access article distributed under the terms of the Creative Commons licence.",
        "Downloaded from journals.example.org on 3 May 2021.",
        "Correspondence concerning this article should be addressed to Ann Lee.",
        "Conflict of interest: none.",
        "The authors declare that they have no competing interests.",
        "This research was supported by a grant of the Foundation.",
        "doi: 10.1000/xyz",
        "ISSN 1234-5678",
    ],
)
def test_boilerplate_is_left_out(tmp_path: Path, boilerplate: str) -> None:
    found = document(tmp_path, "a.md", f"# T\n\nText here.\n\n{boilerplate}\n")
    assert texts(found) == ["Text here."]
    assert len(found.removed) == 1


@pytest.mark.parametrize(
    "text",
    [
        "Funding for mentoring programmes is scarce.",
        "References to a mentor were frequent.",
        "Copyright was one of the topics that they talked about.",
        "The university offers mentors a room.",
        "Acknowledgement of effort matters to mentees.",
        "Correspondence by letter was the custom of the time.",
        "Disclosure of one's own failures builds trust.",
    ],
)
def test_research_that_begins_like_boilerplate_stays(tmp_path: Path, text: str) -> None:
    assert texts(document(tmp_path, "a.md", f"# T\n\n{text}\n")) == [text]


def test_a_chapter_on_funding_stays(tmp_path: Path) -> None:
    chapter = "How to find money for mentors is told here, at length. " * 40
    found = document(tmp_path, "a.md", f"# T\n\nText here.\n\n## Funding\n\n{chapter}\n")
    assert found.paragraphs[1].section == "Funding"


def test_a_file_with_nothing_but_references_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="no text beside references"):
        document(tmp_path, "a.md", "# T\n\n## References\n\nSmith, J. (1999). Peers.\n")


def test_the_beginning_is_kept_for_the_bibliography(tmp_path: Path) -> None:
    found = document(tmp_path, "a.md", "# A Title\n\nBy Ann Lee, 2019\n\n© 2019 Lee\n\n" + "Text here. " * 1000)
    assert found.first_page.startswith("A Title\nBy Ann Lee, 2019\n© 2019 Lee\nText here.")
    assert len(found.first_page) == 3000


@pytest.mark.parametrize(
    "page", ["<div>" * 50_000 + "Deep.", "<p>Text here.</p>" + "<b hidden>" * 20_000], ids=["open", "hidden"]
)
def test_a_page_that_nests_without_end_is_read_or_refused(tmp_path: Path, page: str) -> None:
    try:
        assert texts(document(tmp_path, "a.html", page)) != []
    except ReadError as error:
        assert "nested" in str(error)  # noqa: PT017
