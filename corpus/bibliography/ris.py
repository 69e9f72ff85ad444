"""RIS: read record by record, so that a broken one costs no other; written for any reader."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import rispy
from rispy.writer import RisWriter

from corpus.bibliography.names import ET_AL, inverted, is_et_al, parts_of
from corpus.bibliography.record import Record, Records, remarks_in, remarks_of, study_kind_of, unknown_kind
from corpus.bibliography.values import link_in, normal_doi, pages_in, tidy, year_in

_TAG = re.compile(r"([A-Z][A-Z0-9]) {0,3}- ?(.*)")
_TAGS = rispy.TAG_KEY_MAPPING
_RANGE = re.compile(r"([A-Za-z]?\d+)-([A-Za-z]?\d+)")
_AUTHORS = ("AU", "A1")
_VENUES = ("T2", "JO", "JF", "JA", "J2", "BT", "PB")
_NOTES = ("N1", "C1", "C2", "C3", "C4", "C5", "C6", "C7", "C8", "M1", "RN")
_FILES = ("L1", "L4", "L2")


@dataclass(slots=True)
class _Block:
    """The lines of one record and where it begins."""

    line: int
    lines: list[str] = field(default_factory=list)
    ended: bool = False


def read(text: str) -> Records:
    problems: list[str] = []
    records: list[Record] = []
    for block in _blocks(text, problems):
        held = _parsed(block)
        where = f"line {block.line}{_named(held)}"
        if not block.ended:
            problems.append(f"{where}: this record does not end. Put a line `ER  - ` after its last one.")
        if len(held) > 1:
            records.append(_record(held, where, problems))
        else:
            problems.append(f"{where}: this record is empty and is left out. Fill it or delete it.")
    return Records(tuple(records), tuple(problems))


def _blocks(text: str, problems: list[str]) -> Iterator[_Block]:
    block: _Block | None = None
    astray = False
    for number, line in enumerate(text.split("\n"), 1):
        match = _TAG.fullmatch(line.rstrip())
        tag = match.group(1) if match else ""
        if tag == "TY":
            if block:
                yield block
            block = _Block(number)
        if block is None:
            if line.strip() and not astray and not re.fullmatch(r"\d+\.", line.strip()):
                problems.append(f"line {number}: this stands outside of any record. A record begins with `TY  - `.")
                astray = True
            continue
        block.lines.append(f"{tag}  - {match.group(2)}" if match else line.strip())
        if tag == "ER":
            block.ended = True
            yield block
            block, astray = None, False
    if block:
        yield block


def _parsed(block: _Block) -> dict[str, list[str]]:
    """Values by tag, in order."""
    lines = [line for line in block.lines if line] + ([] if block.ended else ["ER  - "])
    (found,) = rispy.loads(
        "\n".join(lines),
        # Every tag for itself and as often as it stands: which of them is the venue is decided here.
        mapping={tag: tag for tag in _TAGS},
        list_tags=[tag for tag in _TAGS if tag not in ("TY", "ER", "UK")],
        delimiter_tags_mapping={},
    )
    unknown: Mapping[str, list[str]] = found.pop("UK", {})
    held = {tag: [values] if isinstance(values, str) else values for tag, values in found.items()}
    return held | {tag: list(values) for tag, values in unknown.items() if tag}


def _named(held: Mapping[str, Sequence[str]]) -> str:
    name = next((value for tag in ("ID", "LB", "TI", "T1") for value in held.get(tag, ()) if value), "")
    return f", record {tidy(name)[:60]!r}" if name else ""


def _record(held: Mapping[str, list[str]], where: str, problems: list[str]) -> Record:
    def every(*tags: str) -> list[str]:
        return [value for tag in tags for value in held.get(tag, ()) if value.strip()]

    def first(*tags: str) -> str | None:
        return next(iter(map(tidy, every(*tags))), None)

    def whole(*tags: str) -> str | None:
        """A value that goes on over several lines, which the parser gives as several values."""
        return next((tidy(" ".join(held[tag])) or None for tag in tags if held.get(tag)), None)

    remarks = remarks_in(every(*_NOTES), (word for line in every("KW") for word in line.split(";")))
    study_kind = study_kind_of(remarks.study_kind) if remarks.study_kind else None
    if remarks.study_kind and study_kind is None:
        problems.append(f"{where}: {unknown_kind(remarks.study_kind)}")
    dois = every("DO", "DI") or [one for one in every("UR", "L3") if "doi" in one.lower()]
    dois += [note for note in every("N1", "M3") if re.search(r"\bdoi\b", note, re.IGNORECASE)]
    return Record(
        title=whole("TI", "T1", "CT"),
        authors=tuple(ET_AL if is_et_al(name) else inverted(name) for name in every(*_AUTHORS) or every("A2", "ED")),
        year=next((year for one in every("PY", "Y1", "DA") if (year := year_in(one))), None),
        venue=whole(*_VENUES),
        volume=first("VL"),
        issue=first("IS", "CP"),
        pages=_pages(first("SP"), first("EP")),
        doi=next((doi for one in dois if (doi := normal_doi(one))), None),
        url=next((link for one in every("UR", "LK") if (link := link_in(one))), None),
        study_kind=None if study_kind == "unknown" else study_kind,
        population=remarks.population,
        keywords=remarks.keywords,
        kind=(first("TY") or "").lower() or None,
        key=first("ID", "LB"),
        files=tuple(tidy(value) for line in every(*_FILES) for value in line.split(";") if value.strip()),
    )


def _pages(start: str | None, end: str | None) -> str | None:
    said = pages_in(start or "")
    if said and end and end != said and "-" not in said:
        return pages_in(f"{said}-{end}")
    return said


class _Writer(RisWriter):  # type: ignore[misc]
    """Without the counting lines before each record, which are no part of the form."""

    DEFAULT_LIST_TAGS: ClassVar[list[str]] = ["AU", "KW"]
    DEFAULT_DELIMITER_MAPPING: ClassVar[dict[str, str]] = {}

    def set_header(self, count: int) -> str:
        return ""


def write(records: Iterable[tuple[str, Record]]) -> str:
    """Records under the given keys, in the given order."""
    return str(rispy.dumps([_written(key, record) for key, record in records], implementation=_Writer))


def _written(key: str, record: Record) -> dict[str, Any]:
    match = _RANGE.fullmatch(record.pages or "")
    start, end = match.groups() if match else (record.pages, None)
    said: dict[str, Any] = {
        "TY": {"article": "JOUR", "book": "BOOK"}.get(record.kind or "", "GEN"),
        "AU": [_name(author) for author in record.authors],
        "TI": record.title,
        "PB" if record.kind == "book" else "T2": record.venue,
        "PY": str(record.year) if record.year else None,
        "VL": record.volume,
        "IS": record.issue,
        "SP": start,
        "EP": end,
        "DO": record.doi,
        "UR": record.url,
        "KW": list(record.keywords),
        "N1": "; ".join(remarks_of(record)),
        "ID": key,
    }
    return {_TAGS[tag]: value for tag, value in said.items() if value}


def _name(author: str) -> str:
    if author == ET_AL:
        return author
    name = parts_of(author)
    if not name.whole:
        return ", ".join(part for part in (name.family, name.given, name.suffix) if part)
    # A comma at the end tells a name that must not be taken apart; most are told by their words.
    return name.family if inverted(name.family) == author else f"{name.family},"
