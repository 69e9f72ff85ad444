"""What a PDF says of itself: its document information, and of its XMP the fields made for publications."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pypdfium2 as pdfium

_PACKET = re.compile(rb"<x:xmpmeta\b.{0,262144}?</x:xmpmeta>", re.DOTALL)
_FIELDS = {
    "doi": r"prism:doi|pdfx:doi|crossmark:DOI|dc:identifier",
    "venue": r"prism:publicationName",
    "volume": r"prism:volume",
    "issue": r"prism:number",
    "year": r"prism:coverDate|prism:publicationDate",
    "url": r"prism:url",
}
_DOI = re.compile(r"\b10\.\d{4,9}/[^\s\"'<>]+[^\s\"'<>.,;)\]]")
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d")


def properties(document: pdfium.PdfDocument, file: Path) -> dict[str, str]:
    """Title, authors, keywords and, where they are written down, DOI, venue and year."""
    said = {key.lower(): value.strip() for key, value in document.get_metadata_dict(skip_empty=True).items()}
    held = {"title": said.get("title", ""), "authors": said.get("author", ""), "keywords": said.get("keywords", "")}
    held |= _xmp(file)
    if "doi" not in held and (doi := _DOI.search(f"{said.get('subject', '')} {said.get('doi', '')}")):
        held["doi"] = doi.group()
    if created := _YEAR.search(said.get("creationdate", "")):
        held["created"] = created.group()
    held = {key: value for key, value in held.items() if value}
    return held | {"origin": "properties"} if held else {}


def _xmp(file: Path) -> dict[str, str]:
    """XMP is kept unpacked in most files, so that it can be found without reading the PDF."""
    if (packet := _PACKET.search(file.read_bytes())) is None:
        return {}
    text = packet.group().decode("utf-8", "replace")
    held: dict[str, str] = {}
    for name, tags in _FIELDS.items():
        match = re.search(rf"<({tags})\b[^>]*>\s*(?:<rdf:\w+>\s*<rdf:li[^>]*>)?([^<]{{1,500}})<", text)
        if match is None:
            continue
        value = unescape(match.group(2)).strip()
        if name in ("doi", "year"):
            found = (_DOI if name == "doi" else _YEAR).search(value)
            value = found.group() if found else ""
        held[name] = value
    return {name: value for name, value in held.items() if value}
