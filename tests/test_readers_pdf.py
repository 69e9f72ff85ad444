"""PDFs into documents: reading order, whole paragraphs and whole words."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from corpus.readers import Document, read
from tests.documents import (
    BOLD,
    COLUMN,
    FIRST,
    LAST,
    LEFT,
    RIGHT,
    SECOND,
    Paper,
    long_pdf,
    two_columns,
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


# Reading order


def test_columns_are_read_one_after_the_other(tmp_path: Path) -> None:
    document = read(two_columns(tmp_path / "a.pdf"))
    assert document.title == "What Weekly Meetings Do"
    assert sections(document) == [
        ("Abstract", ("This is a study of meetings. " * 6).strip()),
        ("Results", f"{FIRST} {LAST}"),
    ]
    assert "names and addresses of the authors" in document.removed
    assert "Ann Lee" in document.first_page
    assert document.first_page.startswith("What Weekly Meetings Do")


def test_three_columns_are_read_one_after_the_other(tmp_path: Path) -> None:
    paper = Paper(tmp_path / "a.pdf")
    said = [f"Column {name} tells of mentors and of what they do. " * 4 for name in ("one", "two", "three")]
    for place, text in enumerate(said):
        paper.justified(60 + 170 * place, 700, wrap(text, 150), 150)
    assert texts(read(paper.save())) == [text.strip() for text in said]


def test_a_heading_above_columns_parts_what_stands_above_it_from_what_stands_below(tmp_path: Path) -> None:
    paper = Paper(tmp_path / "a.pdf")
    for top, (left, right) in ((700, ("alpha", "beta")), (560, ("gamma", "delta"))):
        for x, name in ((LEFT, left), (SECOND, right)):
            paper.justified(x, top, wrap(f"The text {name} tells of mentors and of meetings. " * 5, COLUMN), COLUMN)
    paper.line(LEFT, 590, "A heading that runs over both of the columns of this page of the paper", 14, BOLD)
    read_texts = sections(read(paper.save()))
    assert [(section is None, text.split()[2]) for section, text in read_texts] == [
        (True, "alpha"),
        (True, "beta"),
        (False, "gamma"),
        (False, "delta"),
    ]


def test_a_paragraph_goes_on_over_the_page(tmp_path: Path) -> None:
    paper = Paper(tmp_path / "a.pdf")
    paper.lines(LEFT, 700, wrap("It begins here. " + FIRST, RIGHT - LEFT))
    paper.lines(LEFT, 500, wrap("1 This is a footnote of the first page.", RIGHT - LEFT, 8), 8)
    paper.new_page()
    paper.lines(LEFT, 700, wrap(LAST, RIGHT - LEFT))
    paper.lines(LEFT, 600, ["A second paragraph stands here."])
    document = read(paper.save())
    assert [(paragraph.page, paragraph.section, paragraph.text) for paragraph in document.paragraphs] == [
        (1, None, f"It begins here. {FIRST} {LAST}"),
        (2, None, "A second paragraph stands here."),
        (1, "Notes", "1 This is a footnote of the first page."),
    ]


def test_indents_and_gaps_begin_paragraphs(tmp_path: Path) -> None:
    paper = Paper(tmp_path / "a.pdf")
    width = RIGHT - LEFT
    y = paper.lines(LEFT, 700, wrap(f"{FIRST} arranged it. They met.", width))
    paper.line(LEFT + 15, y, "An indented paragraph begins with this line, which is about as long as others are in it,")
    y = paper.lines(LEFT, y - 12, ["and it ends here."])
    paper.lines(LEFT, y - 10, ["A paragraph after a gap."])
    assert texts(read(paper.save())) == [
        f"{FIRST} arranged it. They met.",
        "An indented paragraph begins with this line, which is about as long as others are in it, and it ends here.",
        "A paragraph after a gap.",
    ]


def test_headings_become_sections(tmp_path: Path) -> None:
    paper = Paper(tmp_path / "a.pdf")
    paper.line(LEFT, 740, "A Title in Large Letters", 20, BOLD)
    paper.line(LEFT, 700, "1. Method", 12, BOLD)
    paper.lines(LEFT, 680, ["We asked twelve mentors."])
    paper.line(LEFT, 650, "Participants", 10, BOLD)
    paper.lines(LEFT, 630, ["They were all volunteers."])
    paper.line(LEFT, 600, "2. Results and what they mean", 12, BOLD)
    paper.lines(LEFT, 580, ["They answered."])
    assert sections(read(paper.save())) == [
        ("1. Method", "We asked twelve mentors."),
        ("Participants", "They were all volunteers."),
        ("2. Results and what they mean", "They answered."),
    ]


# A book

SECONDS = 60
MEBIBYTES = 300


def test_five_hundred_pages_are_read_in_bounded_time_and_memory(tmp_path: Path) -> None:
    def sentence(page: int, part: int) -> str:
        return f"On page {page}, part {part} tells that {FIRST} arranged their meetings."

    file = long_pdf(tmp_path / "book.pdf", 500, sentence)
    # In a process whose only child is the one that reads.
    code = (
        "import json, resource, sys, time; from pathlib import Path; from corpus.readers import read;"
        "started = time.monotonic(); document = read(Path(sys.argv[1])); seconds = time.monotonic() - started;"
        "memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024;"
        "print(json.dumps([seconds, memory, [(p.page, p.text) for p in document.paragraphs]]))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(file)], capture_output=True, text=True, check=True)
    seconds, mebibytes, paragraphs = json.loads(done.stdout)
    assert paragraphs == [[page, sentence(page, part)] for page in range(1, 501) for part in range(10)]
    assert seconds < SECONDS
    assert mebibytes < MEBIBYTES


def test_the_process_that_reads_imports_no_engine(tmp_path: Path) -> None:
    """What starts once for every file has to be light."""
    code = "import sys, corpus.readers.pdf; print([name for name in ('torch', 'chromadb', 'sqlalchemy') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
