"""What is left out of a PDF's text, and what in it nobody sees."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from corpus.readers import Document, ReadError, read
from tests.documents import (
    BOLD,
    COLUMN,
    FIRST,
    HEIGHT,
    LAST,
    LEFT,
    RIGHT,
    SECOND,
    WIDTH,
    Paper,
    scanned_pdf,
    wrap,
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


# What is left out


def test_headers_footers_and_page_numbers_are_left_out(tmp_path: Path) -> None:
    paper = Paper(tmp_path / "a.pdf")
    for page in range(1, 7):
        paper.line(LEFT, HEIGHT - 40, "Mentoring Today" if page % 2 else f"A. Lee, Chapter {page} of twelve", 9)
        paper.lines(LEFT, HEIGHT - 80, [f"What page {page} says of mentors is found on it."])
        paper.lines(LEFT, 120, ["The last line of a page."])
        paper.line(WIDTH / 2, 30, f"– {page + 40} –", 9)
        paper.new_page()
    document = read(paper.save())
    assert [(p.page, p.text) for p in document.paragraphs] == [
        item
        for page in range(1, 7)
        for item in ((page, f"What page {page} says of mentors is found on it."), (page, "The last line of a page."))
    ]
    assert "headers, footers and page numbers" in document.removed


def test_footnotes_do_not_interrupt_columns(tmp_path: Path) -> None:
    paper = Paper(tmp_path / "a.pdf")
    y = paper.justified(LEFT, 700, wrap(FIRST, COLUMN), COLUMN)
    paper.lines(LEFT, y - 10, wrap("2 See the handbook for the details of how this was done.", COLUMN, 8), 8)
    paper.justified(SECOND, 700, wrap(LAST, COLUMN), COLUMN)
    assert sections(read(paper.save())) == [
        (None, f"{FIRST} {LAST}"),
        ("Notes", "2 See the handbook for the details of how this was done."),
    ]


def test_tables_are_left_out(tmp_path: Path) -> None:
    paper = Paper(tmp_path / "a.pdf")
    y = paper.lines(LEFT, 700, wrap(f"{FIRST} arranged it.", RIGHT - LEFT))
    paper.line(LEFT, y - 10, "Table 1. Meetings and trust.")
    for place, row in enumerate((("Group", "n", "Trust"), ("Weekly", "12", "4.1"), ("Monthly", "14", "3.9"))):
        for x, cell in zip((LEFT, 250, 400), row, strict=True):
            paper.line(x, y - 30 - 12 * place, cell)
    paper.lines(LEFT, y - 100, wrap(LAST.replace("arranged", "They arranged"), RIGHT - LEFT))
    document = read(paper.save())
    assert texts(document) == [
        f"{FIRST} arranged it.",
        "Table 1. Meetings and trust.",
        LAST.replace("arranged", "They arranged"),
    ]
    assert "tables" in document.removed


def test_references_and_boilerplate_are_left_out(tmp_path: Path) -> None:
    paper = Paper(tmp_path / "a.pdf")
    paper.lines(LEFT, 760, ["Downloaded from journals.example.org by guest on 3 May 2021"], 8)
    paper.line(LEFT, 700, "Discussion", 12, BOLD)
    paper.lines(LEFT, 680, ["Mentors help."])
    paper.lines(LEFT, 660, ["© 2019 The Authors. All rights reserved."])
    paper.line(LEFT, 630, "Acknowledgments", 12, BOLD)
    paper.lines(LEFT, 610, ["We thank everybody who took part."])
    paper.line(LEFT, 580, "References", 12, BOLD)
    y = paper.lines(LEFT, 560, [f"Smith, J. ({1990 + n}). Mentors at work. Journal, {n}, 1-9." for n in range(20)], 9)
    paper.new_page()
    paper.lines(LEFT, 700, ["Zorn, K. (2001). The last of them. Journal, 3, 4-5."], 9)
    paper.line(LEFT, y, "Appendix A", 12, BOLD)
    paper.lines(LEFT, y - 20, ["The questions that were asked."])
    document = read(paper.save())
    assert sections(document) == [("Discussion", "Mentors help."), ("Appendix A", "The questions that were asked.")]
    assert {"references", "acknowledgements", "copyright and licence", "download notices"} <= set(document.removed)


# Hidden text


def with_hidden(file: Path, hide: Callable[[Paper], None]) -> Document:
    paper = Paper(file)
    paper.lines(LEFT, 700, ["Mentors help new staff, as we found."])
    hide(paper)
    return read(paper.save())


def white(paper: Paper) -> None:
    paper.canvas.setFillColorRGB(1, 1, 1)
    paper.line(LEFT, 650, "Secret words.")


def nearly_white(paper: Paper) -> None:
    paper.canvas.setFillColorRGB(0.97, 0.97, 0.97)
    paper.line(LEFT, 650, "Secret words.")


def transparent(paper: Paper) -> None:
    paper.canvas.setFillAlpha(0)
    paper.line(LEFT, 650, "Secret words.")


def tiny(paper: Paper) -> None:
    paper.line(LEFT, 650, "Secret words.", 1)


def off_the_page(paper: Paper) -> None:
    paper.line(LEFT, HEIGHT + 200, "Secret words.")


def not_drawn(paper: Paper) -> None:
    text = paper.canvas.beginText(LEFT, 650)
    text.setTextRenderMode(3)
    text.setFont("Times-Roman", 10)
    text.textOut("Secret words.")
    paper.canvas.drawText(text)


def not_drawn_over_other_text(paper: Paper) -> None:
    text = paper.canvas.beginText(LEFT, 700)
    text.setTextRenderMode(3)
    text.setFont("Times-Roman", 10)
    text.textOut("Secret words.")
    paper.canvas.drawText(text)


def covered(paper: Paper) -> None:
    paper.line(LEFT, 650, "Secret words.")
    paper.canvas.setFillColorRGB(1, 1, 1)
    paper.canvas.rect(LEFT - 5, 640, 200, 30, stroke=0, fill=1)


def black_on_black(paper: Paper) -> None:
    paper.canvas.rect(LEFT - 5, 640, 200, 30, stroke=0, fill=1)
    paper.line(LEFT, 650, "Secret words.")


@pytest.mark.parametrize(
    "hide",
    [
        white,
        nearly_white,
        transparent,
        tiny,
        off_the_page,
        not_drawn,
        not_drawn_over_other_text,
        covered,
        black_on_black,
    ],
    ids=lambda hide: hide.__name__,
)
def test_what_nobody_sees_is_no_text_and_is_kept_aside(tmp_path: Path, hide: Callable[[Paper], None]) -> None:
    document = with_hidden(tmp_path / "a.pdf", hide)
    assert texts(document) == ["Mentors help new staff, as we found."]
    assert document.hidden == "Secret words."
    assert "hidden text" in document.removed
    assert "Secret" not in document.first_page


def white_on_black(paper: Paper) -> None:
    paper.canvas.rect(LEFT - 5, 640, 200, 30, stroke=0, fill=1)
    paper.canvas.setFillColorRGB(1, 1, 1)
    paper.line(LEFT, 650, "Plain words.")


def grey(paper: Paper) -> None:
    paper.canvas.setFillColorRGB(0.6, 0.6, 0.6)
    paper.line(LEFT, 650, "Plain words.")


def small(paper: Paper) -> None:
    paper.line(LEFT, 650, "Plain words.", 6)


@pytest.mark.parametrize("show", [white_on_black, grey, small], ids=lambda show: show.__name__)
def test_what_can_be_seen_is_text(tmp_path: Path, show: Callable[[Paper], None]) -> None:
    document = with_hidden(tmp_path / "a.pdf", show)
    assert texts(document) == ["Mentors help new staff, as we found.", "Plain words."]
    assert document.hidden == ""


def test_text_recognised_in_a_scan_is_read(tmp_path: Path) -> None:
    document = read(scanned_pdf(tmp_path / "a.pdf", "Mentoring helps new staff."))
    assert texts(document) == ["Mentoring helps new staff."]
    assert document.hidden == ""


def test_a_recognised_text_that_the_scan_does_not_show_is_hidden(tmp_path: Path) -> None:
    paper = scanned_pdf(tmp_path / "a.pdf", "Secret words on an empty place.", drawn="")
    with pytest.raises(ReadError):
        read(paper)
