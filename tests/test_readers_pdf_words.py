"""Words of a PDF: whole, in ordinary letters, and in the order in which their script is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpus.readers import Document, read
from tests.documents import (
    HEIGHT,
    LEFT,
    RIGHT,
    UNICODE,
    WIDTH,
    Paper,
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


# Words


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (["This is what mentor-", "ing does."], "This is what mentoring does."),
        (["In cross-", "gender pairs it is so."], "In cross-gender pairs it is so."),
        (["A meta-", "analysis says it."], "A meta-analysis says it."),
        (["Support is psycho-", "social too."], "Support is psychosocial too."),
        (["We saw high-trust pairs and high-", "trust groups."], "We saw high-trust pairs and high-trust groups."),
        (["Co-mentoring is one, and co-", "mentoring is all."], "Co-mentoring is one, and co-mentoring is all."),
        (["The years 1999-", "2004 were good."], "The years 1999-2004 were good."),
        (["As Smith-", "Jones has said."], "As Smith-Jones has said."),
        (["It was so - as", "they said - for all."], "It was so - as they said - for all."),
        (["The men\u00ad", "tors met."], "The mentors met."),
    ],
)
def test_words_divided_at_a_lines_end_are_whole(tmp_path: Path, lines: list[str], text: str) -> None:
    paper = Paper(tmp_path / "a.pdf")
    # Wide lines, so that none looks like the last one of a paragraph.
    for place, line in enumerate(lines):
        paper.line(LEFT, 700 - 12 * place, line, 10, UNICODE)
    assert texts(read(paper.save())) == [text]


def test_ligatures_are_letters(tmp_path: Path) -> None:
    paper = Paper(tmp_path / "a.pdf")
    paper.line(LEFT, 700, "E\ufb03cient \ufb01rst-years \ufb02ourish in o\ufb00ices.", 10, UNICODE)
    assert texts(read(paper.save())) == ["Efficient first-years flourish in offices."]


def test_accents_stand_on_their_letters(tmp_path: Path) -> None:
    paper = Paper(tmp_path / "a.pdf")
    paper.line(LEFT, 700, "A prote\u0301ge\u0301 is one who is mentored.", 10, UNICODE)
    assert texts(read(paper.save())) == ["A protégé is one who is mentored."]


def test_raised_note_marks_are_left_out_and_powers_stay(tmp_path: Path) -> None:
    paper = Paper(tmp_path / "a.pdf")
    text = paper.canvas.beginText(LEFT, 700)
    for said, raised in (
        ("Mentors met weekly.", False),
        ("12", True),
        (" The fit was R", False),
        ("2", True),
        (" = .31 in all.", False),
    ):
        text.setFont("Times-Roman", 6 if raised else 10)
        text.setRise(3.5 if raised else 0)
        text.textOut(said)
    paper.canvas.drawText(text)
    assert texts(read(paper.save())) == ["Mentors met weekly. The fit was R2 = .31 in all."]


# From right to left

HEBREW = "חונכות עוזרת למורים חדשים"
ARABIC = "التوجيه يساعد المعلمين الجدد"


def mirrored(text: str, latin: str = "") -> str:
    """As a page shows it from left to right: a line that is read leftward."""
    return text[::-1].replace(latin[::-1], latin) if latin else text[::-1]


@pytest.mark.parametrize("text", [HEBREW, ARABIC])
def test_leftward_text_is_read_leftward(tmp_path: Path, text: str) -> None:
    paper = Paper(tmp_path / "a.pdf")
    paper.canvas.setFont(UNICODE, 12)
    paper.canvas.drawRightString(RIGHT, 700, mirrored(text))
    paper.canvas.drawRightString(RIGHT, 684, mirrored("של"))
    assert texts(read(paper.save())) == [f"{text} של"]


def test_numbers_and_latin_words_in_leftward_text_run_rightward(tmp_path: Path) -> None:
    paper = Paper(tmp_path / "a.pdf")
    paper.canvas.setFont(UNICODE, 12)
    paper.canvas.drawRightString(RIGHT, 740, mirrored(HEBREW))
    paper.canvas.drawRightString(
        RIGHT, 700, f"{mirrored('בשנה')} Peer Mentoring {mirrored('על')} 2019 {mirrored('מאמר')}"
    )
    assert texts(read(paper.save())) == [HEBREW, "מאמר 2019 על Peer Mentoring בשנה"]


def test_leftward_words_in_a_rightward_line_keep_their_place(tmp_path: Path) -> None:
    paper = Paper(tmp_path / "a.pdf")
    paper.line(LEFT, 700, f"The Hebrew word is {mirrored('חונכות')} and it is old.", 10, UNICODE)
    assert texts(read(paper.save())) == ["The Hebrew word is חונכות and it is old."]


def test_arabic_forms_are_letters(tmp_path: Path) -> None:
    paper = Paper(tmp_path / "a.pdf")
    # Lam-alef is one sign, and two letters.
    paper.line(LEFT, 700, "\ufe8e\ufee7\ufefc\ufee3\ufeaf is a word, printed in one piece.", 12, UNICODE)
    assert "زملانا" in texts(read(paper.save()))[0]


# Turned pages


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_a_turned_page_is_read_as_it_is_shown(tmp_path: Path, rotation: int) -> None:
    paper = Paper(tmp_path / "a.pdf")
    paper.canvas.setPageRotation(rotation)
    paper.canvas.translate(WIDTH / 2, HEIGHT / 2)
    paper.canvas.rotate(rotation)
    paper.lines(-200, 100, ["Mentors who met their mentees", "every week reported trust."])
    assert texts(read(paper.save())) == ["Mentors who met their mentees every week reported trust."]


def test_text_that_runs_upward_is_left_out(tmp_path: Path) -> None:
    paper = Paper(tmp_path / "a.pdf")
    paper.lines(LEFT, 700, ["Mentors help new staff, as we found."])
    paper.canvas.rotate(90)
    paper.line(200, -30, "arXiv:1234.5678 [cs] 3 May 2021", 20)
    document = read(paper.save())
    assert texts(document) == ["Mentors help new staff, as we found."]
    assert document.removed == ("text that does not run across the page",)
