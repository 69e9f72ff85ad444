"""Which reader a file gets, what is refused before any of them sees it, and what all of them have in common."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from corpus.readers import html, markdown, text
from corpus.readers.apart import read_apart
from corpus.readers.boilerplate import body
from corpus.readers.characters import clean, one_line, unfolded, written_unseen
from corpus.readers.document import FIRST_PAGE, Block, Document, Draft, ReadError

SUFFIXES = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".txt": "text",
    ".pdf": "pdf",
    ".docx": "docx",
}
_ENTITY = re.compile(r"&#(?:x([0-9a-f]{1,8})|(\d{1,9}));", re.IGNORECASE)
_MIB = 1024 * 1024
_LARGEST = {"pdf": 100 * _MIB, "docx": 50 * _MIB}
_LARGEST_TEXT = 20 * _MIB
_TEXT: dict[str, Callable[[str], Draft]] = {"markdown": markdown.draft, "html": html.draft, "text": text.draft}


def read(file: Path) -> Document:
    """The document in `file`, by its suffix; raises `ReadError`."""
    kind = SUFFIXES.get(file.suffix.lower())
    if kind is None:
        raise ReadError(f"{file.name!r} is of no known kind. Known are: {', '.join(sorted(SUFFIXES))}.")
    _check(file, _LARGEST.get(kind, _LARGEST_TEXT))
    try:
        draft = _draft_of_text(file, kind) if kind in _TEXT else read_apart(file, kind)
    except OSError as error:
        raise _unreadable(file, error) from error
    except RecursionError as error:
        raise ReadError(
            f"{file.name!r} is nested too deeply to be read. Save it as plain text and try again."
        ) from error
    return _document(file, draft)


def _check(file: Path, largest: int) -> None:
    try:
        size = file.stat().st_size
        with file.open("rb"):
            pass
    except OSError as error:
        raise _unreadable(file, error) from error
    if size > largest:
        raise ReadError(f"{file.name!r} is larger than {largest // _MIB} MiB. Split it.")
    if not size:
        raise ReadError(f"{file.name!r} is empty and holds no text. Copy it again from where it came from.")


def _unreadable(file: Path, error: OSError) -> ReadError:
    return ReadError(f"{file.name!r} cannot be read ({error.strerror}). Check that it exists and may be read.")


def _draft_of_text(file: Path, kind: str) -> Draft:
    try:
        content = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ReadError(f"{file.name!r} is not UTF-8 text. Save it as UTF-8 and try again.") from error
    if kind != "text":
        content = _ENTITY.sub(_meaningless, content)
    draft = _TEXT[kind](clean(content))
    if said := written_unseen(content):
        draft.hidden.append(said)
    return draft


def _meaningless(match: re.Match[str]) -> str:
    """The character of an entity that stands for no text, so that it is dropped like one written out."""
    code = int(match.group(1), 16) if match.group(1) else int(match.group(2))
    character = chr(code) if code < 0x110000 else "\0"
    return match.group() if clean(character) else character


def _document(file: Path, draft: Draft) -> Document:
    blocks = [
        Block(said, block.level, block.page) for block in draft.blocks if (said := one_line(unfolded(block.text)))
    ]
    removed = list(dict.fromkeys(draft.removed))
    hidden = "\n".join(filter(None, map(one_line, draft.hidden)))
    paragraphs = body(blocks, removed)
    if not paragraphs:
        only = f" beside {', '.join(removed)}" if removed else ""
        raise ReadError(f"{file.name!r} holds no text{only}. A file needs at least one paragraph.")
    if hidden:
        removed.insert(0, "hidden text")
    title = one_line(draft.title or "") or file.stem
    first = draft.first_page if draft.first_page is not None else "\n".join([title, *(block.text for block in blocks)])
    metadata = {key: said for key, value in draft.metadata.items() if (said := one_line(value))}
    return Document(title, tuple(paragraphs), metadata, clean(first)[:FIRST_PAGE], tuple(removed), hidden)
