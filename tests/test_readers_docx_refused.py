"""Which DOCX files are refused, and that nothing of them is unpacked without measure."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest
from docx.document import Document as Word

from corpus.readers import Document, ReadError, read
from tests.documents import lying_about_sizes, rewritten, word

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


# Refusals


@pytest.mark.parametrize("content", [b"PK", b"PK\x03\x04" + b"\x00" * 200, b"no archive at all", bytes(range(256))])
def test_what_is_no_docx_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.docx").write_bytes(content)
    assert "damaged" in refused(tmp_path / "a.docx")


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.99])
def test_a_docx_that_is_cut_short_is_refused(tmp_path: Path, share: float) -> None:
    file = word(tmp_path / "a.docx", plain)
    file.write_bytes(file.read_bytes()[: int(share * file.stat().st_size)])
    assert "damaged" in refused(file)


def test_a_docx_with_broken_xml_is_refused(tmp_path: Path) -> None:
    file = rewritten(
        word(tmp_path / "a.docx", plain),
        lambda name, content: content[:-30] if name == "word/document.xml" else content,
    )
    assert "damaged" in refused(file)


def test_another_archive_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.docx", "w") as archive:
        archive.writestr("notes.txt", "Mentors help.")
    assert "no DOCX" in refused(tmp_path / "a.docx")


def test_a_locked_docx_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + b"\x00" * 600)
    assert "password" in refused(tmp_path / "a.docx")


@pytest.mark.parametrize("name", ["word/document.xml", "word/media/image1.png", "more/zeros.bin"])
def test_a_bomb_is_left_packed(tmp_path: Path, name: str) -> None:
    """Also when the part that unpacks to so much is none that would be read."""
    file = rewritten(word(tmp_path / "a.docx", plain), lambda _, content: content, {name: b"\x00" * (200 * MIB)})
    assert file.stat().st_size < MIB
    assert "unpacks to far more" in refused(file)


def test_a_bomb_of_many_entries_is_left_packed(tmp_path: Path) -> None:
    more = {f"more/{number}.txt": b"" for number in range(10_001)}
    assert "unpacks to far more" in refused(
        rewritten(word(tmp_path / "a.docx", plain), lambda _, content: content, more)
    )


def test_a_bomb_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    file = word(tmp_path / "a.docx", plain)
    with zipfile.ZipFile(file) as archive:
        text = archive.read("word/document.xml")
    long = text.replace(b"Mentors help", b"Mentors help " * (16 * MIB))
    assert re.search("damaged|unpacks|MiB of text", refused(lying_about_sizes(file, "word/document.xml", long)))


def test_more_text_than_is_read_is_refused(tmp_path: Path) -> None:
    words = b"".join(b"%d mentors met " % number for number in range(3 * MIB))
    file = rewritten(
        word(tmp_path / "a.docx", plain),
        lambda name, content: content.replace(b"Mentors help", words) if name == "word/document.xml" else content,
    )
    assert "MiB of text" in refused(file)


def test_entities_are_refused(tmp_path: Path) -> None:
    declared = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY s SYSTEM "file:///etc/hostname">]>'

    def change(name: str, content: bytes) -> bytes:
        if name != "word/document.xml":
            return content
        return re.sub(rb"(<\?xml.*?\?>)", lambda match: match.group() + declared, content, count=1).replace(
            b"staff", b"&s;"
        )

    assert "entities" in refused(rewritten(word(tmp_path / "a.docx", plain), change))


def test_a_docx_that_nests_without_end_is_refused(tmp_path: Path) -> None:
    def change(name: str, content: bytes) -> bytes:
        if name != "word/document.xml":
            return content
        return content.replace(b"<w:body>", b"<w:body>" + b"<w:ins>" * 20_000).replace(
            b"</w:body>", b"</w:ins>" * 20_000 + b"</w:body>"
        )

    assert re.search("nested|damaged", refused(rewritten(word(tmp_path / "a.docx", plain), change)))


def test_a_documents_own_style_map_changes_nothing(tmp_path: Path) -> None:
    """mammoth would follow one that a document brings with it."""
    more = {"mammoth/style-map": b"p => !", "word/mammoth.xml": b"<x/>"}
    file = rewritten(word(tmp_path / "a.docx", plain), lambda _, content: content, more)
    assert sections(read(file)) == [(None, "Mentors help new staff.")]
