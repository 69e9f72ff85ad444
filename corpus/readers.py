"""A file → its title and paragraphs: Markdown, HTML and plain text."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from pathlib import Path

from bs4 import BeautifulSoup, Tag, XMLParsedAsHTMLWarning
from bs4.element import PreformattedString
from markdown_it import MarkdownIt

from corpus.models import CorpusError

SUFFIXES = {".md": "markdown", ".markdown": "markdown", ".html": "html", ".htm": "html", ".txt": "text"}
_LARGEST = 20 * 1024 * 1024
_BLOCKS = [
    *("p", "li", "blockquote", "dd", "dt", "figcaption", "pre", "td", "th", "h1", "h2", "h3", "h4", "h5", "h6"),
    *("div", "section", "article", "main", "aside", "ul", "ol", "dl", "table", "tr", "body", "address", "summary"),
]
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_NO_CONTENT = ["script", "style", "noscript", "template", "nav", "header", "footer", "form", "iframe", "svg", "object"]


class ReadError(CorpusError):
    """A file cannot become a document; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: str
    section: str | None = None
    """The heading that it stands under."""


@dataclass(frozen=True, slots=True)
class Document:
    """A file being ingested. Its text is data: markup is taken off and nothing in it is followed."""

    title: str
    paragraphs: tuple[Paragraph, ...]


def read(file: Path) -> Document:
    """The document in `file`, by its suffix; raises `ReadError`."""
    kind = SUFFIXES.get(file.suffix.lower())
    if kind is None:
        raise ReadError(f"{file.name!r} is of no known kind. Known are: {', '.join(sorted(SUFFIXES))}.")
    try:
        if file.stat().st_size > _LARGEST:
            raise ReadError(f"{file.name!r} is larger than {_LARGEST // 1024 // 1024} MiB. Split it.")
        text = file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ReadError(
            f"{file.name!r} cannot be read ({error.strerror}). Check that it exists and may be read."
        ) from error
    except UnicodeDecodeError as error:
        raise ReadError(f"{file.name!r} is not UTF-8 text. Save it as UTF-8 and try again.") from error
    # NUL and other control characters have no meaning in text and none in a database.
    text = "\n".join(text.splitlines())
    text = "".join(character for character in text if character in "\n\t" or ord(character) >= 32)
    title, paragraphs = {"markdown": _markdown, "html": _html, "text": _text}[kind](text)
    if not paragraphs:
        raise ReadError(f"{file.name!r} holds no text. A file needs at least one paragraph.")
    return Document(title or file.stem, tuple(paragraphs))


def _markdown(text: str) -> tuple[str | None, list[Paragraph]]:
    """Paragraphs under their headings; the title is the literal text of the first heading."""
    title: str | None = None
    section: str | None = None
    paragraphs: list[Paragraph] = []
    heading = False
    for token in MarkdownIt("commonmark", {"html": False}).parse(text):
        if token.type in ("heading_open", "heading_close"):
            heading = token.type == "heading_open"
        elif token.type == "inline":
            if heading:
                if title is None:
                    title = " ".join(token.content.split())
                else:
                    section = _inline(token.children or [])
            elif said := _inline(token.children or []):
                paragraphs.append(Paragraph(said, section))
        elif token.type in ("fence", "code_block") and token.content.strip():
            paragraphs.append(Paragraph(" ".join(token.content.split()), section))
    return title, paragraphs


def _inline(tokens: list) -> str:  # type: ignore[type-arg]
    said = "".join(
        token.content
        if token.type in ("text", "code_inline")
        else " "
        if token.type in ("softbreak", "hardbreak")
        else ""
        for token in tokens
    )
    return " ".join(said.split())


def _html(text: str) -> tuple[str | None, list[Paragraph]]:
    """Paragraphs under their headings, as a page shows them: inline markup parts no words, blocks always do."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", XMLParsedAsHTMLWarning)
        soup = BeautifulSoup(text, "html.parser")
    for part in soup(_NO_CONTENT):
        part.decompose()
    heads = [" ".join(head.get_text().split()) for head in (soup.find("title"), soup.find("h1")) if head]
    title = next((head for head in heads if head), None)
    if soup.title:
        soup.title.decompose()
    for line_break in soup("br"):
        line_break.replace_with(" ")
    section: str | None = None
    paragraphs: list[Paragraph] = []
    held: list[str] = []
    heading = False

    def close() -> None:
        nonlocal section
        said = " ".join("".join(held).split())
        held.clear()
        if said and heading:
            section = said if said != title else section
        elif said:
            paragraphs.append(Paragraph(said, section))

    previous: Tag | None = None
    for string in (soup.body or soup).find_all(string=True):
        if isinstance(string, PreformattedString):
            continue
        block = string.find_parent(_BLOCKS)
        if block is not previous:
            close()
        previous = block
        heading = block is not None and block.name in _HEADINGS
        held.append(str(string))
    close()
    return title, paragraphs


def _text(text: str) -> tuple[str | None, list[Paragraph]]:
    """Blank lines part paragraphs; a short first paragraph without a full stop is the title."""
    blocks = [" ".join(block.split()) for block in re.split(r"\n\s*\n", text) if block.strip()]
    if len(blocks) > 1 and len(blocks[0]) < 200 and not blocks[0].endswith((".", "!", "?", ":", ";")):
        return blocks[0], [Paragraph(block) for block in blocks[1:]]
    return None, [Paragraph(block) for block in blocks]
