"""PDF: pages through PDFium, their lines in reading order, and paragraphs put together across columns and pages."""

from __future__ import annotations

from pathlib import Path

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from corpus.readers.document import Draft, Refused
from corpus.readers.pdf.margins import without_margins
from corpus.readers.pdf.order import in_order
from corpus.readers.pdf.pages import Page, read_page
from corpus.readers.pdf.paragraphs import Builder, body_size
from corpus.readers.pdf.properties import properties
from corpus.readers.pdf.titles import titled

PAGES = 2000
_UNREADABLE = 0.3


def draft(file: Path) -> Draft:
    """Raises `Refused` for what is damaged, locked, too long, or holds no text."""
    document = _open(file)
    if not len(document):
        raise Refused("has no pages. Give the whole document.")
    if len(document) > PAGES:
        raise Refused(f"has {len(document)} pages; at most {PAGES} are read. Split it.")
    metadata = properties(document, file)
    pages = [read_page(document, number) for number in range(1, len(document) + 1)]
    document.close()
    _check(pages)
    return _draft(pages, metadata)


def _open(file: Path) -> pdfium.PdfDocument:
    try:
        return pdfium.PdfDocument(file)
    except pdfium.PdfiumError as error:
        code = error.err_code
        if code == raw.FPDF_ERR_PASSWORD:
            raise Refused("is locked with a password. Save a copy without one and try again.") from error
        if code == raw.FPDF_ERR_SECURITY:
            raise Refused("is protected in a way that cannot be read. Save a copy without protection.") from error
        raise Refused("is damaged or is no PDF. Download it again, or open it and print it to a new PDF.") from error


def _check(pages: list[Page]) -> None:
    letters = sum(page.letters for page in pages)
    unknown = sum(page.unknown for page in pages)
    if unknown > _UNREADABLE * (letters + unknown):
        raise Refused(
            "does not say which letters its characters are. Run text recognition on it (OCR, for example with "
            "`ocrmypdf --force-ocr`) and ingest the result."
        )
    if all(page.scanned for page in pages if page.inked) and any(page.inked for page in pages):
        raise Refused(
            "is a scan without text. Run text recognition on it (OCR, for example with `ocrmypdf`) "
            "and ingest the result."
        )
    if not letters:
        raise Refused("holds no text that can be seen. Give a version with text.")


def _draft(pages: list[Page], metadata: dict[str, str]) -> Draft:
    removed = list(dict.fromkeys(note for page in pages for note in page.removed))
    if bare := [str(page.number) for page in pages if page.scanned]:
        removed.append(f"pages without text, perhaps scanned: {', '.join(bare[:20])}")
    printed = "\n".join(line.text for line in in_order(pages[0]))
    if without_margins(pages):
        removed.append("headers, footers and page numbers")
    size = body_size(pages)
    first = titled(in_order(pages[0]), size, pages[0].height, metadata.get("title"))
    builder = Builder(size, removed)
    builder.add(first.lines, 1)
    for page in pages[1:]:
        builder.add(in_order(page), page.number)
    if first.removed:
        removed.append("names and addresses of the authors")
    hidden = [page.hidden for page in pages if page.hidden]
    return Draft(first.title, builder.blocks(), metadata, printed, removed, hidden)
