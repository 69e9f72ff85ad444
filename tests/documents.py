"""Makers of the PDF and DOCX files that the readers are tested with."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import docx
import matplotlib
from docx.document import Document as Word
from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

WIDTH, HEIGHT = A4
LEFT, RIGHT = 60.0, WIDTH - 60.0
SECOND = 306.0
COLUMN = 230.0
BODY, BOLD, UNICODE = "Times-Roman", "Times-Bold", "DejaVuSans"

pdfmetrics.registerFont(TTFont(UNICODE, str(Path(matplotlib.get_data_path()) / "fonts/ttf/DejaVuSans.ttf")))


FIRST = (
    "Mentors who met their mentees every week reported more trust than those who met them once a month. The difference "
    "was small, and it was found in the larger schools only. Nobody was asked why. In the second year the mentors were "
    "told of these results, and most of them changed the way in which they"
)
LAST = (
    "arranged their meetings. Those who did so were glad of it at the end of the year. What remains unknown is whether "
    "their mentees were glad as well, since they were not asked. Later studies have asked them, and they were."
)


class Paper:
    """A PDF drawn line by line: what is asserted about its text is known from how it is drawn."""

    def __init__(self, file: Path, title: str = "", **options: object) -> None:
        self.file = file
        self.canvas = Canvas(str(file), pagesize=A4, invariant=1, **options)
        if title:
            self.canvas.setTitle(title)

    def line(self, x: float, y: float, text: str, size: float = 10, font: str = BODY) -> None:
        self.canvas.setFont(font, size)
        self.canvas.drawString(x, y, text)

    def lines(self, x: float, y: float, texts: Sequence[str], size: float = 10, font: str = BODY) -> float:
        """Lines below each other from `y` down; returns where the next one would stand."""
        for text in texts:
            self.line(x, y, text, size, font)
            y -= 1.2 * size
        return y

    def justified(self, x: float, y: float, texts: Sequence[str], width: float, size: float = 10) -> float:
        """As `lines`, every line but the last stretched to `width`."""
        self.canvas.setFont(BODY, size)
        for place, text in enumerate(texts):
            drawn = self.canvas.beginText(x, y)
            if place < len(texts) - 1 and " " in text:
                missing = width - self.canvas.stringWidth(text, BODY, size)
                drawn.setWordSpace(missing / text.count(" "))
            drawn.textLine(text)
            self.canvas.drawText(drawn)
            y -= 1.2 * size
        return y

    def new_page(self) -> None:
        self.canvas.showPage()

    def save(self) -> Path:
        self.canvas.save()
        return self.file


def wrap(text: str, width: float, size: float = 10, font: str = BODY) -> list[str]:
    """`text` in lines of at most `width` points; no word is divided."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if pdfmetrics.stringWidth(longer, font, size) > width and lines[-1]:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def two_columns(file: Path) -> Path:
    """The first page of a paper: title, authors, an abstract over both columns."""
    paper = Paper(file)
    paper.line(LEFT, 760, "What Weekly Meetings Do", 18, BOLD)
    paper.line(LEFT, 735, "Ann Lee and Bo O’Neil, PhD", 11)
    paper.line(LEFT, 722, "Department of Education, University of Somewhere", 9)
    paper.line(LEFT, 690, "Abstract", 10, BOLD)
    y = paper.lines(LEFT, 676, wrap("This is a study of meetings. " * 6, RIGHT - LEFT))
    paper.line(LEFT, y - 10, "Results", 12, BOLD)
    paper.justified(LEFT, y - 26, wrap(FIRST, COLUMN), COLUMN)
    paper.justified(SECOND, y - 26, wrap(LAST, COLUMN), COLUMN)
    return paper.save()


def plain_pdf(file: Path, text: str = "Mentoring helps new staff, we found.", **options: object) -> Path:
    """One page with one paragraph."""
    paper = Paper(file, **options)
    paper.lines(LEFT, 700, wrap(text, RIGHT - LEFT))
    return paper.save()


def locked_pdf(file: Path, password: str) -> Path:
    """Encrypted; the password of a reader may be empty, the owner's never is."""
    return plain_pdf(file, encrypt=StandardEncryption(password, ownerPassword="owner", strength=128))


def scanned_pdf(file: Path, recognised: str = "", drawn: str = "Mentoring helps new staff.") -> Path:
    """A page that is one picture, with the text that recognition found laid over it unseen."""
    from PIL import Image, ImageDraw, ImageFont
    from reportlab.lib.utils import ImageReader

    picture = Image.new("L", (int(WIDTH * 2), int(HEIGHT * 2)), 255)
    font = ImageFont.truetype(str(Path(matplotlib.get_data_path()) / "fonts/ttf/DejaVuSans.ttf"), 24)
    ImageDraw.Draw(picture).text((2 * LEFT, 2 * (HEIGHT - 712)), drawn, fill=0, font=font)
    paper = Paper(file)
    paper.canvas.drawImage(ImageReader(picture), 0, 0, WIDTH, HEIGHT)
    if recognised:
        text = paper.canvas.beginText(LEFT, 700)
        text.setFont(BODY, 12)
        text.setTextRenderMode(3)
        text.textLine(recognised)
        paper.canvas.drawText(text)
    return paper.save()


def long_pdf(file: Path, pages: int, sentence: Callable[[int, int], str]) -> Path:
    """A book: running header, forty lines and a page number on every page."""
    paper = Paper(file, pageCompression=1)
    for page in range(1, pages + 1):
        paper.line(LEFT, HEIGHT - 40, "A Handbook of Mentoring", 9)
        y = HEIGHT - 90
        for part in range(10):
            y = paper.lines(LEFT, y, wrap(sentence(page, part), RIGHT - LEFT)) - 8
        paper.line(WIDTH / 2, 30, str(page), 9)
        paper.new_page()
    return paper.save()


# DOCX


def word(file: Path, write: Callable[[Word], object]) -> Path:
    """A DOCX that `write` has written into."""
    document = docx.Document()
    document.core_properties.author = "A. Writer"
    write(document)
    document.save(str(file))
    return file


def rewritten(file: Path, change: Callable[[str, bytes], bytes | None], more: dict[str, bytes] | None = None) -> Path:
    """A DOCX with its parts changed (`None` leaves one out) and `more` added."""
    with zipfile.ZipFile(file) as archive:
        parts = {name: change(name, archive.read(name)) for name in archive.namelist()}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (parts | (more or {})).items():
            if content is not None:
                archive.writestr(name, content)
    return file


def lying_about_sizes(file: Path, part: str, content: bytes) -> Path:
    """A DOCX whose `part` unpacks to `content` and says in the archive's directory that it is one byte long."""
    held = io.BytesIO()
    with zipfile.ZipFile(file) as archive, zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as copy:
        for name in archive.namelist():
            copy.writestr(name, content if name == part else archive.read(name))
        real = copy.getinfo(part).file_size
    data = held.getvalue().replace(real.to_bytes(4, "little"), (1).to_bytes(4, "little"))
    file.write_bytes(data)
    return file
