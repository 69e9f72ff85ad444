"""CSL-JSON: read item by item, so that one with an error costs no other; written for any reader."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError, field_validator

from corpus.bibliography.names import ET_AL, Name, inverted, is_et_al, parts_of, shown
from corpus.bibliography.record import Record, Records, remarks_in, remarks_of, study_kind_of, unknown_kind
from corpus.bibliography.values import keywords_in, link_in, normal_doi, pages_in, tidy, year_in

_MARKS = ("type", "title", "DOI", "author", "container-title", "issued")
_FILES = ("file", "files", "path", "attachments")


class NotCslError(ValueError):
    """JSON that holds no CSL items."""


class _Person(BaseModel):
    family: str = ""
    given: str = ""
    suffix: str = ""
    literal: str = Field(default="", validation_alias=AliasChoices("literal", "name"))
    dropping: str = Field(default="", alias="dropping-particle")
    non_dropping: str = Field(default="", alias="non-dropping-particle")


class _Date(BaseModel):
    # Years of real files are numbers or text.
    parts: list[list[int | str]] = Field(default=[], alias="date-parts")
    raw: str = ""
    literal: str = ""


class _Item(BaseModel):
    """One CSL item as far as it matters here; what else it holds is left alone."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    id: str | None = None
    type: str | None = None
    title: str | None = None
    author: list[_Person] = []
    editor: list[_Person] = []
    issued: _Date | str | int | None = None
    container: str | None = Field(default=None, alias="container-title")
    publisher: str | None = None
    volume: str | None = None
    issue: str | None = None
    page: str | None = None
    doi: str | None = Field(default=None, alias="DOI")
    url: str | None = Field(default=None, alias="URL")
    note: str | None = None
    keyword: str | None = None
    custom: dict[str, Any] = {}

    @field_validator("title", "container", mode="before")
    @classmethod
    def _one(cls, value: Any) -> Any:
        """Crossref gives lists of titles."""
        return (value[0] if value else None) if isinstance(value, list) else value

    @field_validator("keyword", mode="before")
    @classmethod
    def _joined(cls, value: Any) -> Any:
        return "; ".join(map(str, value)) if isinstance(value, list) else value


def read(text: str) -> Records:
    """Raises `NotCslError`."""
    try:
        held = json.loads(text)
    except json.JSONDecodeError as error:
        raise NotCslError(f"line {error.lineno}, column {error.colno}: this is no JSON ({error.msg})") from error
    except (RecursionError, ValueError) as error:
        raise NotCslError("this JSON is nested too deeply or holds numbers that are too long") from error
    if isinstance(held, dict):
        held = held["items"] if isinstance(held.get("items"), list) else [held]
    if not isinstance(held, list) or not (held == [] or any(map(_is_item, held))):
        raise NotCslError("this JSON holds no CSL items, which have a `type` and a `title`")
    problems: list[str] = []
    records: list[Record] = []
    for number, item in enumerate(held, 1):
        name = item.get("id") if isinstance(item, dict) else None
        where = f"item {number}" + (f", id {str(name)[:60]!r}" if name else "")
        if not _is_item(item):
            problems.append(f"{where}: this is no CSL item and is left out.")
            continue
        try:
            records.append(_record(_Item.model_validate(item), where, problems))
        except ValidationError as error:
            wrong = error.errors(include_url=False)[0]
            place = ".".join(map(str, wrong["loc"]))
            problems.append(f"{where}: {place} cannot be read ({wrong['msg']}); the item is left out. Correct it.")
    return Records(tuple(records), tuple(problems))


def _is_item(item: object) -> bool:
    return isinstance(item, dict) and sum(mark in item for mark in _MARKS) >= 2


def _record(item: _Item, where: str, problems: list[str]) -> Record:
    custom = {re.sub(r"[\s-]", "_", key.lower()): value for key, value in item.custom.items()}
    words = {key: value for key, value in custom.items() if isinstance(value, str)}
    remarks = remarks_in([item.note or "", *words.values()], keywords_in([item.keyword or ""]))
    kind = tidy(words.get("study_kind", "")) or remarks.study_kind
    study_kind = study_kind_of(kind) if kind else None
    if kind and study_kind is None:
        problems.append(f"{where}: {unknown_kind(kind)}")
    url = item.url or ""
    return Record(
        title=tidy(re.sub(r"</?(?:i|b|sup|sub|span|sc)\b[^<>]*>", "", item.title or "")) or None,
        authors=tuple(name for person in item.author or item.editor if (name := _shown(person))),
        year=_year(item.issued),
        venue=tidy(item.container or "") or tidy(item.publisher or "") or None,
        volume=tidy(item.volume or "") or None,
        issue=tidy(item.issue or "") or None,
        pages=pages_in(item.page or ""),
        doi=normal_doi(item.doi or "")
        or (normal_doi(url) if "doi" in url.lower() else None)
        or _doi_in(item.note or ""),
        url=link_in(url),
        study_kind=None if study_kind == "unknown" else study_kind,
        population=tidy(words.get("population", "")) or remarks.population,
        keywords=remarks.keywords,
        kind=item.type,
        key=item.id,
        files=tuple(file for key in _FILES for file in _texts(custom.get(key))),
    )


def _doi_in(note: str) -> str | None:
    return normal_doi(note) if re.search(r"\bdoi\b", note, re.IGNORECASE) else None


def _texts(value: object) -> list[str]:
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str) and one.strip()]


def _shown(person: _Person) -> str:
    if person.literal:
        return ET_AL if is_et_al(person.literal) else inverted(f"{person.literal},")
    family = " ".join(part for part in (person.dropping, person.non_dropping, person.family) if part)
    return shown(Name(family, person.given, person.suffix))


def _year(issued: _Date | str | int | None) -> int | None:
    if isinstance(issued, _Date):
        parts = issued.parts[0] if issued.parts else []
        return year_in(f"{parts[0] if parts else ''} {issued.raw} {issued.literal}")
    return year_in(str(issued or ""))


def write(records: Iterable[tuple[str, Record]]) -> str:
    """Items under the given keys, in the given order."""
    items = [_written(key, record) for key, record in records]
    return json.dumps(items, ensure_ascii=False, indent=2) + "\n"


def _written(key: str, record: Record) -> dict[str, Any]:
    said = {
        "id": key,
        "type": {"article": "article-journal", "book": "book"}.get(record.kind or "", "document"),
        "title": record.title,
        "author": [_name(author) for author in record.authors],
        "issued": {"date-parts": [[record.year]]} if record.year else None,
        "publisher" if record.kind == "book" else "container-title": record.venue,
        "volume": record.volume,
        "issue": record.issue,
        "page": record.pages,
        "DOI": record.doi,
        "URL": record.url,
        "keyword": "; ".join(record.keywords) + (";" if len(record.keywords) == 1 else ""),
        # Zotero and Juris-M show this as "Extra" and give it back line by line.
        "note": "\n".join(remarks_of(record)),
    }
    return {name: value for name, value in said.items() if value}


def _name(author: str) -> dict[str, str]:
    name = parts_of(author)
    if author == ET_AL or name.whole:
        return {"literal": author if author == ET_AL else name.family}
    return {"family": name.family, "given": name.given} | ({"suffix": name.suffix} if name.suffix else {})
