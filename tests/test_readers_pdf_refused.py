"""What a PDF says of itself, and which PDFs are refused, in bounded time and without harm to others."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest

from corpus.readers import Document, ReadError, apart, read
from tests.documents import (
    LEFT,
    Paper,
    locked_pdf,
    plain_pdf,
    scanned_pdf,
    two_columns,
)


def texts(document: Document) -> list[str]:
    return [paragraph.text for paragraph in document.paragraphs]


def sections(document: Document) -> list[tuple[str | None, str]]:
    return [(paragraph.section, paragraph.text) for paragraph in document.paragraphs]


def drawn(file: Path, *lines: str, size: float = 10, title: str = "") -> Document:
    """A page with these lines below each other, read."""
    paper = Paper(file, title)
    paper.lines(LEFT, 700, lines, size)
    return read(paper.save())


# What the file says of itself


def test_properties_are_metadata(tmp_path: Path) -> None:
    paper = Paper(tmp_path / "a.pdf", "Peers as Mentors")
    paper.canvas.setAuthor("A. Lee; B. Oz")
    paper.canvas.setKeywords("peers, trust")
    paper.canvas.setSubject("Journal of Trust, 3(2), doi:10.1000/trust.3.2")
    paper.lines(LEFT, 700, ["Mentors help new staff, as we found."])
    document = read(paper.save())
    assert document.title == "Peers as Mentors"
    assert {key: document.metadata[key] for key in ("title", "authors", "keywords", "doi", "origin")} == {
        "title": "Peers as Mentors",
        "authors": "A. Lee; B. Oz",
        "keywords": "peers, trust",
        "doi": "10.1000/trust.3.2",
        "origin": "properties",
    }


@pytest.mark.parametrize("name", ["Microsoft Word - draft7.doc", "untitled", "paper_final.pdf", "12345"])
def test_a_files_name_is_no_title(tmp_path: Path, name: str) -> None:
    assert drawn(tmp_path / "a paper.pdf", "Mentors help new staff, as we found.", title=name).title == "a paper"


# Refusals


def refused(file: Path) -> str:
    with pytest.raises(ReadError) as error:
        read(file)
    assert repr(file.name) in str(error.value)
    return str(error.value)


def test_a_scan_without_text_is_refused_with_the_way_out(tmp_path: Path) -> None:
    said = refused(scanned_pdf(tmp_path / "a.pdf"))
    assert "scan" in said
    assert "ocrmypdf" in said


def test_pages_without_text_among_others_are_named(tmp_path: Path) -> None:
    paper = Paper(tmp_path / "a.pdf")
    paper.lines(LEFT, 700, ["Mentors help new staff, as we found."])
    paper.new_page()
    paper.canvas.rect(100, 100, 300, 300, fill=1)
    assert "pages without text, perhaps scanned: 2" in read(paper.save()).removed


def test_an_empty_document_is_refused(tmp_path: Path) -> None:
    paper = Paper(tmp_path / "a.pdf")
    paper.new_page()
    assert "no text" in refused(paper.save())


def test_a_locked_document_is_refused_and_one_that_anybody_may_read_is_read(tmp_path: Path) -> None:
    assert "password" in refused(locked_pdf(tmp_path / "a.pdf", "reader"))
    assert texts(read(locked_pdf(tmp_path / "b.pdf", ""))) == ["Mentoring helps new staff, we found."]


@pytest.mark.parametrize("content", [b"%PDF", b"%PDF-1.7\n%%EOF", b"no PDF at all", bytes(range(256)) * 40])
def test_what_is_no_pdf_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.pdf").write_bytes(content)
    assert "damaged" in refused(tmp_path / "a.pdf")


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"")
    assert "empty" in refused(tmp_path / "a.pdf")


def test_damage_ends_in_text_or_in_a_clear_refusal(tmp_path: Path) -> None:
    """Cut at any place or with bytes changed: never anything but a document or a `ReadError`."""
    whole = two_columns(tmp_path / "whole.pdf").read_bytes()
    chance = random.Random(4)
    outcomes = []
    for turn in range(16):
        data = bytearray(whole)
        if turn % 2:
            for _ in range(40):
                data[chance.randrange(len(data))] = chance.randrange(256)
        else:
            del data[chance.randrange(20, len(data)) :]
        file = tmp_path / f"{turn}.pdf"
        file.write_bytes(data)
        try:
            outcomes.append(texts(read(file)) != [])
        except ReadError:
            outcomes.append(False)
    assert False in outcomes


def test_too_many_pages_are_refused(tmp_path: Path) -> None:
    paper = Paper(tmp_path / "a.pdf")
    for _ in range(2001):
        paper.new_page()
    assert "2001 pages; at most 2000" in refused(paper.save())


def test_time_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "SECONDS", 0.01)
    assert "longer than 0.01 seconds" in refused(plain_pdf(tmp_path / "a.pdf"))


def test_a_crash_is_one_files_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\nkill -SEGV $$\n")
    broken.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(broken))
    assert "damaged" in refused(plain_pdf(tmp_path / "a.pdf"))
