"""The founding corpus: reads its data files into entries, refusing anything that does not hold exactly."""

from __future__ import annotations

import hashlib
from importlib import resources
from importlib.resources.abc import Traversable

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from corpus.catalog import Catalog
from corpus.database import get_fact, set_fact
from corpus.models import CorpusError, Entry, Finding, Passage, Position, Source, Span, Stance, Strength
from corpus.passages import sentences


class FoundingError(CorpusError):
    """A data file of the founding corpus contradicts itself; the release is damaged."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Repair(_Model):
    from_: str = Field(alias="from")
    to: str
    why: str


class _Position(_Model):
    point: str
    stance: Stance


class _Finding(_Model):
    id: str
    text: str
    spans: list[str]
    strength: Strength
    hedge: str | None
    topics: list[str]
    positions: list[_Position] = []
    reported_by: str | None = None
    told_with: str | None = None


class _Passage(_Model):
    original: str
    repairs: list[_Repair] = []
    section: str | None = None
    findings: list[_Finding]
    questions: list[str]


class _Source(_Model):
    id: str
    seed_title: str
    title: str
    authors: list[str]
    year: int | None
    venue: str | None
    volume: str | None
    issue: str | None
    pages: str | None
    doi: str | None
    url: str | None
    study_kind: Strength
    population: str | None
    caveats: list[str]
    keywords: list[str]
    lead: str
    unverified: list[str]
    evidence: dict[str, str]
    passages: list[_Passage]


def entries() -> list[Entry]:
    """Every founding source, in the order of the founding page; raises `FoundingError`."""
    points = yaml.safe_load(_folder().joinpath("points.yaml").read_text("utf-8"))
    return [_entry(file, points) for file in _files()]


def load(catalog: Catalog) -> bool:
    """Bring the founding sources in `catalog` up to this release; false when they already are.

    Sources that a release no longer carries are removed; own documents are never touched.
    """
    fingerprint = _fingerprint()
    with catalog.database.read() as connection:
        if get_fact(connection, "founding") == fingerprint:
            return False
    current = entries()
    for entry in current:
        catalog.put(entry)
    kept = {entry.source.id for entry in current}
    for source in catalog.sources():
        if source.founding and source.id not in kept:
            catalog.remove(source.id)
    with catalog.database.write() as connection:
        set_fact(connection, "founding", fingerprint)
    return True


def remove(catalog: Catalog) -> None:
    """Take the founding sources out of `catalog`."""
    for source in catalog.sources():
        if source.founding:
            catalog.remove(source.id)
    with catalog.database.write() as connection:
        set_fact(connection, "founding", "off")


def _folder() -> Traversable:
    return resources.files(__name__)


def _files() -> list[Traversable]:
    return sorted(_folder().joinpath("sources").iterdir(), key=lambda file: file.name)


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for file in [_folder().joinpath("points.yaml"), _folder().joinpath("__init__.py"), *_files()]:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _entry(file: Traversable, points: dict[str, str]) -> Entry:
    try:
        data = _Source.model_validate(yaml.load(file.read_text("utf-8"), Loader=_LOADER))
        scalars = data.model_dump(exclude=_NOT_SCALAR)
        source = Source(
            **scalars,
            authors=tuple(data.authors),
            caveats=tuple(data.caveats),
            keywords=tuple(data.keywords),
            unverified=tuple(data.unverified),
            founding=True,
        )
        passages: list[Passage] = []
        findings: list[Finding] = []
        questions: list[tuple[str, str]] = []
        for ordinal, item in enumerate(data.passages, start=1):
            passage = _passage(data.id, ordinal, item)
            passages.append(passage)
            findings += [_finding(data.id, passage, finding, points) for finding in item.findings]
            questions += [(passage.id, question) for question in item.questions]
        return Entry(source, tuple(passages), tuple(findings), tuple(questions))
    except (ValidationError, KeyError, ValueError) as error:
        raise FoundingError(
            f"The founding data file {file.name!r} is damaged: {error}. Install the release again."
        ) from error


def _passage(source_id: str, ordinal: int, item: _Passage) -> Passage:
    text = item.original
    for repair in item.repairs:
        damaged = _locate(text, repair.from_)
        text = text[: damaged.start] + repair.to + text[damaged.end :]
    text = text.strip()
    return Passage(
        id=f"{source_id}-{ordinal}",
        source_id=source_id,
        ordinal=ordinal,
        text=text,
        sentences=sentences(text),
        original_text=item.original if text != item.original else None,
        section=item.section,
    )


def _finding(source_id: str, passage: Passage, item: _Finding, points: dict[str, str]) -> Finding:
    if item.hedge is not None and not any(item.hedge in quote for quote in item.spans):
        raise ValueError(f"the hedge {item.hedge!r} of finding {item.id!r} stands in none of its spans")
    return Finding(
        id=f"{source_id}.{item.id}",
        passage_id=passage.id,
        text=item.text,
        spans=tuple(_locate(passage.text, quote) for quote in item.spans),
        strength=item.strength,
        hedge=item.hedge,
        topics=tuple(item.topics),
        positions=tuple(Position(points[position.point], position.stance) for position in item.positions),
        reported_by=item.reported_by,
        told_with=f"{source_id}.{item.told_with}" if item.told_with else None,
    )


def _locate(text: str, part: str) -> Span:
    """Where `part` stands in `text`; raises `ValueError` unless it occurs exactly once."""
    if text.count(part) != 1:
        raise ValueError(f"{part!r} occurs {text.count(part)} times instead of once")
    start = text.index(part)
    return Span(start, start + len(part))


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NOT_SCALAR = {"seed_title", "evidence", "passages", "authors", "caveats", "keywords", "unverified"}
