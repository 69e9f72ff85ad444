"""DOCX through mammoth, as HTML: what a reader does not see is taken out before, and nothing else is unpacked."""

from __future__ import annotations

import io
import re
from html import escape
from pathlib import Path
from xml.etree import ElementTree as ET

import mammoth

from corpus.readers import html
from corpus.readers.document import Draft, Refused
from corpus.readers.unpacking import SAVE_AGAIN, packed, unpacked
from corpus.readers.word import hiding_styles, shown

_SEEN_PARTS = re.compile(r"word/(?:document\d*|footnotes|endnotes)\.xml")
_STYLES = "p[style-name='Title'] => h1.title:fresh\np[style-name='Subtitle'] => p:fresh"
_TITLE = re.compile(r'<h1 class="title">(.*?)</h1>', re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_NOTE_MARK = re.compile(r'<sup><a href="#(?:foot|end)note-\d+"[^>]*>\[\d+\]</a></sup>')
_NOTE_RETURN = re.compile(r'\s*<a href="#(?:foot|end)note-ref-\d+">↑</a>')
_NOTES = re.compile(r'<ol>(?=<li id="(?:foot|end)note-\d+">)')
_JUNK_TITLE = re.compile(r"word document|untitled|microsoft word|document\d*|.*\.(?:docx?|dotx?)", re.IGNORECASE)
_CORE = {"title": "title", "creator": "authors", "keywords": "keywords", "created": "created", "identifier": "doi"}


def draft(file: Path) -> Draft:
    """Raises `Refused` for what is damaged, locked, or unpacks without measure."""
    parts = unpacked(file)
    hidden: list[str] = []
    removed: list[str] = []
    try:
        metadata = _core(parts.pop("docProps/core.xml", None))
        styles = hiding_styles(parts.get("word/styles.xml"))
        for name in filter(_SEEN_PARTS.fullmatch, list(parts)):
            parts[name] = shown(parts[name], styles, hidden, removed)
        page = mammoth.convert_to_html(
            packed(parts),
            style_map=_STYLES,
            include_embedded_style_map=False,
            convert_image=mammoth.images.img_element(lambda image: {}),
        ).value
    except (RecursionError, MemoryError):
        raise
    # mammoth has no errors of its own; whatever it meets, the file is wrong.
    except Exception as error:
        raise Refused(f"is damaged or is no DOCX. {SAVE_AGAIN}") from error
    return _draft(page, metadata, removed, hidden)


def _draft(page: str, metadata: dict[str, str], removed: list[str], hidden: list[str]) -> Draft:
    page = _NOTE_RETURN.sub("", _NOTE_MARK.sub("", page))
    page = _NOTES.sub("<h1>Notes</h1><ol>", page, count=1)
    core = metadata.get("title", "")
    title = _TITLE.search(page)
    if title:
        head = title.group(1)
    elif core and not _JUNK_TITLE.fullmatch(core):
        head = escape(core)
    else:
        head = ""
        metadata.pop("title", None)
    # Without any other word for it, a heading that opens the document is its title; a later one is not.
    opening = page.startswith("<h1")
    found = html.draft(f"<title>{_TAG.sub('', head)}</title>{page}", titled_by_heading=opening)
    return Draft(found.title, found.blocks, metadata, removed=removed, hidden=hidden)


def _core(part: bytes | None) -> dict[str, str]:
    """Dublin Core properties that Word keeps; a date is the file's, not the publication's."""
    if part is None:
        return {}
    held: dict[str, str] = {}
    for element in ET.parse(io.BytesIO(part)).getroot():
        name = _CORE.get(element.tag.rsplit("}", 1)[-1])
        if name and (said := (element.text or "").strip()):
            held[name] = said[:4] if name == "created" else said
    if "10." not in held.get("doi", "10."):
        del held["doi"]
    return held | {"origin": "properties"} if held else {}
