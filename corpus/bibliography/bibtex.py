"""BibTeX and biblatex: read entry by entry, so that one with an error costs no other; written for any reader."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping

from bibtexparser.entrypoint import parse_string, write_string
from bibtexparser.library import Library
from bibtexparser.middlewares import RemoveEnclosingMiddleware
from bibtexparser.middlewares.names import parse_single_name_into_parts, split_multiple_persons_names
from bibtexparser.model import (
    DuplicateBlockKeyBlock,
    DuplicateFieldKeyBlock,
    Entry,
    Field,
    ImplicitComment,
    ParsingFailedBlock,
)

from corpus.bibliography.latex import decode, encode, encode_title
from corpus.bibliography.names import ET_AL, Name, is_et_al, parts_of, shown
from corpus.bibliography.record import Record, Records, remarks_in, remarks_of, study_kind_of, unknown_kind
from corpus.bibliography.values import keywords_in, link_in, normal_doi, pages_in, tidy, year_in

# Each failure is reported to whoever ingests; without a handler the parser would print it too.
logging.getLogger("bibtexparser").addHandler(logging.NullHandler())

_PIECE = re.compile(r"\{(?:[^{}]|\{[^{}]*\})*\}|\"[^\"]*\"|[^\s#{}\"]+")
_VENUES = ("journal", "journaltitle", "booktitle", "publisher", "institution", "school", "organization", "howpublished")
_NOTES = ("note", "annote", "annotation", "extra", "addendum")
_VERBATIM = ("doi", "url", "file", "localfile", "pdf")
_ESCAPED = re.compile(r"\\([_%&#$~^{}\\])")
_IN_FILE = re.compile(r"(?<!\\)[;]")
_PERSONS = ("author", "editor")


def read(text: str) -> Records:
    library = parse_string(text, parse_stack=[])
    strings = {key.lower(): _literal(str(string.value), {}) or "" for key, string in library.strings_dict.items()}
    problems: list[str] = []
    entries: list[Entry] = []
    for block in library.blocks:
        if isinstance(block, Entry):
            entries.append(block)
        elif isinstance(block, DuplicateBlockKeyBlock | DuplicateFieldKeyBlock) and isinstance(
            block.ignore_error_block, Entry
        ):
            entries.append(block.ignore_error_block)
            problems.append(_twice(block, block.ignore_error_block))
        elif isinstance(block, ParsingFailedBlock):
            problems.append(_failed(block))
        elif isinstance(block, ImplicitComment) and re.match(r"@\w+\s*[{(]", block.comment):
            problems.append(f"line {_line(block.start_line)}: this cannot be read as an entry. Correct or delete it.")
    fields: dict[str, dict[str, str]] = {}
    held = [(entry, _fields(entry, strings, problems)) for entry in entries]
    for entry, said in held:
        fields.setdefault(entry.key, said)
    return Records(tuple(_record(entry, _inherited(said, fields), problems) for entry, said in held), tuple(problems))


def _line(start: int | None) -> int:
    return (start or 0) + 1


def _where(entry: Entry) -> str:
    return f"line {_line(entry.start_line)}, entry {entry.key!r}"


def _failed(block: ParsingFailedBlock) -> str:
    key = re.match(r"@\w+\s*[{(]\s*([^\s,{}]*)", (block.raw or "").lstrip())
    named = f", entry {key.group(1)!r}" if key and key.group(1) else ""
    return (
        f"line {_line(block.start_line)}{named}: this entry cannot be read and is left out. "
        "Look for a missing brace, quotation mark or comma in it."
    )


def _twice(block: DuplicateBlockKeyBlock | DuplicateFieldKeyBlock, entry: Entry) -> str:
    if isinstance(block, DuplicateFieldKeyBlock):
        names = ", ".join(sorted(block.duplicate_keys))
        return f"{_where(entry)}: it gives {names} more than once; the first is used. Delete the others."
    return f"{_where(entry)}: another entry has this key. Both are read; give each a key of its own."


def _fields(entry: Entry, strings: Mapping[str, str], problems: list[str]) -> dict[str, str]:
    said: dict[str, str] = {}
    for field in entry.fields:
        name = field.key.lower()
        value = _literal(str(field.value), strings)
        if value is None:
            if name != "month":
                problems.append(
                    f"{_where(entry)}: {field.key} = {str(field.value)[:60]} names a @string that the file does not "
                    "hold, and is left out. Put the text in braces."
                )
        elif value.strip():
            said.setdefault(name, value)
    return said


def _literal(value: str, strings: Mapping[str, str]) -> str | None:
    """The text of a value: in braces or quotation marks, a number, a @string, or several joined by `#`."""
    entry = Entry("misc", "x", [Field("value", value)])
    field = RemoveEnclosingMiddleware().transform_entry(entry, Library()).fields[0]
    text = str(field.value)
    if field.enclosing != "no-enclosing":
        return text
    if "#" not in text:
        return strings.get(text.lower())
    pieces = [_literal(piece, strings) for piece in _PIECE.findall(text)]
    return None if None in pieces else "".join(piece for piece in pieces if piece)


def _inherited(said: dict[str, str], entries: Mapping[str, dict[str, str]]) -> dict[str, str]:
    parent = entries.get(said.get("crossref", "").strip())
    if parent is None or parent is said:
        return said
    taken = {name: value for name, value in parent.items() if name in ("year", "date", "publisher", "booktitle")}
    return {"booktitle": parent.get("title", "")} | taken | said


def _record(entry: Entry, said: dict[str, str], problems: list[str]) -> Record:
    names = [name for name in said if name not in (*_VERBATIM, *_PERSONS)]
    text = dict(zip(names, decode([said[name] for name in names]), strict=True))
    text |= {name: _ESCAPED.sub(r"\1", said[name]) for name in _VERBATIM if name in said}

    def first(*keys: str) -> str | None:
        return next((found for key in keys if (found := tidy(text.get(key, "")))), None)

    notes = [text[name] for name in _NOTES if name in text]
    remarks = remarks_in(notes, keywords_in(text[name] for name in ("keywords", "keyword") if name in text))
    kind = first("study_kind", "studykind", "study-kind") or remarks.study_kind
    study_kind = study_kind_of(kind) if kind else None
    if kind and study_kind is None:
        problems.append(f"{_where(entry)}: {unknown_kind(kind)}")
    title, subtitle = first("title"), first("subtitle")
    return Record(
        title=f"{title}: {subtitle}" if title and subtitle else title,
        authors=authors_in(said.get("author") or said.get("editor") or ""),
        year=year_in(first("year") or "") or year_in(first("date") or ""),
        venue=first(*_VENUES),
        volume=first("volume"),
        issue=first("number", "issue"),
        pages=pages_in(first("pages") or ""),
        doi=_doi(text, notes),
        url=link_in(text.get("url", "")) or link_in(text.get("howpublished", "")),
        study_kind=None if study_kind == "unknown" else study_kind,
        population=first("population") or remarks.population,
        keywords=remarks.keywords,
        kind=entry.entry_type.lower(),
        key=entry.key or None,
        files=tuple(file for name in ("file", "localfile", "pdf") if name in text for file in _files(said[name])),
    )


def _doi(text: Mapping[str, str], notes: Iterable[str]) -> str | None:
    said = [text.get("doi", ""), text.get("url", "") if "doi" in text.get("url", "").lower() else ""]
    said += [note for note in notes if re.search(r"\bdoi\b", note, re.IGNORECASE)]
    return next((doi for one in said if (doi := normal_doi(one))), None)


def _files(value: str) -> Iterable[str]:
    r"""File names out of a plain path, or "Description:path:type" as Zotero and JabRef write it."""
    for one in _IN_FILE.split(value):
        parts = [
            _ESCAPED.sub(r"\1", part) for part in re.split(r"(?<!\\):(?![\\/]{1,2}(?!\w*:))", one.replace(r"\:", "\0"))
        ]
        parts = [part.replace("\0", ":").strip() for part in parts]
        name = parts[1] if len(parts) >= 3 else parts[0] if len(parts) == 1 else max(parts, key=len)
        if name:
            yield name


def authors_in(value: str) -> tuple[str, ...]:
    """Names as a source shows them; one in braces is an organisation."""
    if not value.strip():
        return ()
    names: list[str] = []
    for one in split_multiple_persons_names(value):
        if is_et_al(one):
            names.append(ET_AL)
            continue
        parts = parse_single_name_into_parts(one, strict=False)
        words = [" ".join(held) for held in (parts.first, [*parts.von, *parts.last], parts.jr)]
        given, family, suffix = decode(words)
        if name := shown(Name(family, given, suffix)):
            names.append(name)
    return tuple(names)


def write(records: Iterable[tuple[str, Record]]) -> str:
    """Entries under the given keys, in the given order."""
    entries = [Entry(_type(record), key, _written(record)) for key, record in records]
    return write_string(Library([*entries])) if entries else ""


def _type(record: Record) -> str:
    return {"article": "article", "book": "book"}.get(record.kind or "", "misc")


def _written(record: Record) -> list[Field]:
    venue = {"article": "journal", "book": "publisher"}.get(record.kind or "", "howpublished")
    keywords = "; ".join(record.keywords) + (";" if len(record.keywords) == 1 and "," in record.keywords[0] else "")
    said = {
        "author": " and ".join(_name(author) for author in record.authors),
        "title": encode_title(record.title or ""),
        venue: encode(record.venue or ""),
        "year": str(record.year or ""),
        "volume": encode(record.volume or ""),
        "number": encode(record.issue or ""),
        "pages": re.sub(r"(?<=\w)-(?=\w)", "--", encode(record.pages or "")),
        "doi": record.doi or "",
        "url": record.url or "",
        "keywords": encode(keywords if any("," in word for word in record.keywords) else ", ".join(record.keywords)),
        "note": encode("; ".join(remarks_of(record))),
    }
    return [Field(name, value) for name, value in said.items() if value]


def _name(author: str) -> str:
    if author == ET_AL:
        return "others"
    name = parts_of(author)
    whole = "{" + encode(name.family) + "}"
    if name.whole:
        return whole
    words = [" ".join(map(_word, part.split(" "))) for part in (name.family, name.suffix, name.given) if part]
    written = ", ".join(words)
    return written if authors_in(written) == (author,) else whole


def _word(word: str) -> str:
    written = encode(word)
    # The parser of names loses a bare escape that stands before "and".
    return "{" + written + "}" if word.lower() in ("and", "others") or "\\" in written else written
