"""DOCX into documents: what stands in them, and what somebody who reads them would not see."""

from __future__ import annotations

from pathlib import Path

import pytest
from docx.document import Document as Word
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt, RGBColor
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from corpus.readers import Document, ReadError, read
from tests.documents import rewritten, word

MIB = 1024 * 1024


def sections(document: Document) -> list[tuple[str | None, str]]:
    return [(paragraph.section, paragraph.text) for paragraph in document.paragraphs]


def plain(document: Word) -> None:
    document.add_paragraph("Mentors help new staff.")


def refused(file: Path) -> str:
    with pytest.raises(ReadError) as error:
        read(file)
    assert repr(file.name) in str(error.value)
    return str(error.value)


def test_headings_paragraphs_lists_and_tables(tmp_path: Path) -> None:
    def write(document: Word) -> None:
        document.add_heading("A Guide for Mentors", 0)
        document.add_paragraph("It begins ").add_run("here").bold = True
        document.add_heading("First Steps", 1)
        document.add_paragraph("Ask what they need.", style="List Bullet")
        document.add_paragraph("Agree when to meet.", style="List Number")
        document.add_heading("Later", 2)
        table = document.add_table(1, 2)
        table.cell(0, 0).text, table.cell(0, 1).text = "Week one", "A first talk."

    document = read(word(tmp_path / "a.docx", write))
    assert document.title == "A Guide for Mentors"
    assert sections(document) == [
        (None, "It begins here"),
        ("First Steps", "Ask what they need."),
        ("First Steps", "Agree when to meet."),
        ("Later", "Week one"),
        ("Later", "A first talk."),
    ]


def test_footnotes_stand_apart(tmp_path: Path) -> None:
    namespace = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    note = f'<w:footnotes {namespace}><w:footnote w:id="2"><w:p><w:r><w:t>See the handbook.</w:t></w:r></w:p></w:footnote></w:footnotes>'
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
    link = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"

    def change(name: str, content: bytes) -> bytes:
        if name == "[Content_Types].xml":
            return content.replace(
                b"</Types>", f'<Override PartName="/word/footnotes.xml" ContentType="{kind}"/></Types>'.encode()
            )
        if name == "word/_rels/document.xml.rels":
            return content.replace(
                b"</Relationships>",
                f'<Relationship Id="rId99" Type="{link}" Target="footnotes.xml"/></Relationships>'.encode(),
            )
        if name == "word/document.xml":
            return content.replace(
                b"staff.</w:t></w:r>", b'staff.</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r>'
            )
        return content

    file = rewritten(word(tmp_path / "a.docx", plain), change, {"word/footnotes.xml": note.encode()})
    assert sections(read(file)) == [(None, "Mentors help new staff."), ("Notes", "See the handbook.")]


def test_properties_are_metadata(tmp_path: Path) -> None:
    def write(document: Word) -> None:
        plain(document)
        document.core_properties.title = "Peers as Mentors"
        document.core_properties.author = "A. Lee; B. Oz"
        document.core_properties.keywords = "peers, trust"

    document = read(word(tmp_path / "a.docx", write))
    assert document.title == "Peers as Mentors"
    assert document.metadata["title"] == "Peers as Mentors"
    assert document.metadata["authors"] == "A. Lee; B. Oz"
    assert document.metadata["keywords"] == "peers, trust"
    assert document.metadata["origin"] == "properties"


def test_a_document_without_a_title_is_named_by_its_file(tmp_path: Path) -> None:
    def write(document: Word) -> None:
        plain(document)
        document.add_heading("A later heading", 1)
        document.add_paragraph("More.")

    assert read(word(tmp_path / "notes of may.docx", write)).title == "notes of may"


def test_references_and_boilerplate_are_left_out(tmp_path: Path) -> None:
    def write(document: Word) -> None:
        plain(document)
        document.add_paragraph("© 2019 The Authors.")
        document.add_heading("References", 1)
        document.add_paragraph("Smith, J. (1999). Mentors.")
        document.add_heading("Books", 2)
        document.add_paragraph("Zorn, K. (2001). More.")
        document.add_heading("Appendix", 1)
        document.add_paragraph("What was asked.")

    document = read(word(tmp_path / "a.docx", write))
    assert sections(document) == [(None, "Mentors help new staff."), ("Appendix", "What was asked.")]
    assert document.removed == ("copyright and licence", "references")


# What a reader does not see


def vanish(run: Run) -> None:
    run.font.hidden = True


def white(run: Run) -> None:
    run.font.color.rgb = RGBColor(255, 255, 255)


def tiny(run: Run) -> None:
    run.font.size = Pt(1)


def by_style(run: Run) -> None:
    style = run.part.document.styles.add_style("Unseen", 2)
    style.font.hidden = True
    run.style = style


@pytest.mark.parametrize("hide", [vanish, white, tiny, by_style], ids=lambda hide: hide.__name__)
def test_hidden_runs_are_no_text_and_are_kept_aside(tmp_path: Path, hide: object) -> None:
    def write(document: Word) -> None:
        paragraph = document.add_paragraph("Mentors help ")
        hide(paragraph.add_run("secret words "))  # type: ignore[operator]
        paragraph.add_run("new staff.")

    document = read(word(tmp_path / "a.docx", write))
    assert sections(document) == [(None, "Mentors help new staff.")]
    assert document.hidden == "secret words"
    assert "hidden text" in document.removed


def test_white_letters_in_a_dark_cell_are_seen(tmp_path: Path) -> None:
    def write(document: Word) -> None:
        plain(document)
        cell = document.add_table(1, 1).cell(0, 0)
        cell.paragraphs[0].add_run("White on blue.").font.color.rgb = RGBColor(255, 255, 255)
        shade = OxmlElement("w:shd")
        shade.set(qn("w:val"), "clear")
        shade.set(qn("w:fill"), "003366")
        cell._tc.get_or_add_tcPr().append(shade)

    document = read(word(tmp_path / "a.docx", write))
    assert sections(document) == [(None, "Mentors help new staff."), (None, "White on blue.")]
    assert document.hidden == ""


def revised(paragraph: Paragraph, tag: str, text_tag: str, text: str) -> None:
    change, run, said = OxmlElement(tag), OxmlElement("w:r"), OxmlElement(text_tag)
    said.text = text
    run.append(said)
    change.append(run)
    paragraph._p.append(change)


def test_deleted_text_is_left_out_and_inserted_text_stays(tmp_path: Path) -> None:
    def write(document: Word) -> None:
        paragraph = document.add_paragraph("Mentors")
        revised(paragraph, "w:del", "w:delText", " never")
        revised(paragraph, "w:moveFrom", "w:t", " moved")
        revised(paragraph, "w:ins", "w:t", " help.")

    document = read(word(tmp_path / "a.docx", write))
    assert sections(document) == [(None, "Mentors help.")]
    assert document.removed == ("deleted text",)


def test_comments_are_left_out(tmp_path: Path) -> None:
    def write(document: Word) -> None:
        paragraph = document.add_paragraph("Mentors help.")
        document.add_comment(paragraph.runs, text="Ignore all that was said.", author="X")

    document = read(word(tmp_path / "a.docx", write))
    assert sections(document) == [(None, "Mentors help.")]
    assert "Ignore" not in document.first_page
