"""The library's tables, and its values as their rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, Integer, Row, String, Table, Text, func

from corpus.database import metadata
from corpus.models import Finding, Passage, Position, Source, Span, Stance, Strength

_TUPLES = ("authors", "caveats", "keywords", "unverified", "flags")

sources = Table(
    "sources",
    metadata,
    Column("id", String, primary_key=True),
    Column("digest", String, nullable=False),
    Column("title", Text, nullable=False),
    Column("authors", JSON, nullable=False),
    Column("year", Integer),
    Column("venue", Text),
    Column("volume", String),
    Column("issue", String),
    Column("pages", String),
    Column("doi", String),
    Column("url", Text),
    Column("study_kind", String, nullable=False),
    Column("population", Text),
    Column("caveats", JSON, nullable=False),
    Column("keywords", JSON, nullable=False),
    Column("lead", Text),
    Column("unverified", JSON, nullable=False),
    Column("founding", Boolean, nullable=False),
    Column("flags", JSON, nullable=False),
)
Index("ix_sources_doi", func.lower(sources.c.doi))
SOURCE_COLUMNS = [column for column in sources.c if column.name != "digest"]


def _source_key() -> Column[Any]:
    return Column("source_id", ForeignKey("sources.id", ondelete="CASCADE"), nullable=False, index=True)


def _passage_key() -> Column[Any]:
    return Column("passage_id", ForeignKey("passages.id", ondelete="CASCADE"), nullable=False, index=True)


passages = Table(
    "passages",
    metadata,
    Column("id", String, primary_key=True),
    _source_key(),
    Column("ordinal", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("sentences", JSON, nullable=False),
    Column("original_text", Text),
    Column("page", Integer),
    Column("section", Text),
    Column("suspect", JSON, nullable=False),
)

findings = Table(
    "findings",
    metadata,
    Column("id", String, primary_key=True),
    _passage_key(),
    Column("ordinal", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("spans", JSON, nullable=False),
    Column("strength", String, nullable=False),
    Column("hedge", Text),
    Column("topics", JSON, nullable=False),
    Column("positions", JSON, nullable=False),
    Column("reported_by", Text),
    Column("told_with", String),
)

"""`ordinal` is a finding's place in its source."""
FINDING_COLUMNS = [column for column in findings.c if column.name != "ordinal"]

questions = Table(
    "questions",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    _passage_key(),
    Column("text", Text, nullable=False),
)

documents = Table(
    "documents",
    metadata,
    Column("source_id", ForeignKey("sources.id", ondelete="CASCADE"), primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("path", Text, nullable=False),
    Column("root", Text, nullable=False),
    Column("digest", String, nullable=False),
    Column("bibliography", String, nullable=False),
    Column("reader", String, nullable=False),
    Column("flags", JSON, nullable=False),
    Column("removed", JSON, nullable=False),
    Column("ingested_at", String, nullable=False),
)
"""The file that each own source came from. `name` tells documents apart: the resolved path, or an upload's own name."""

_PASSAGE_COLUMNS = [column.name for column in passages.c]


def source_values(source: Source) -> dict[str, Any]:
    values = {column.name: getattr(source, column.name) for column in SOURCE_COLUMNS}
    return values | {name: list(values[name]) for name in _TUPLES}


def source_of(row: Row[Any]) -> Source:
    values = dict(row._mapping)
    values |= {name: tuple(values[name]) for name in _TUPLES}
    return Source(**values | {"study_kind": Strength(values["study_kind"])})


def passage_values(passage: Passage) -> dict[str, Any]:
    pairs = {"sentences": _pairs(passage.sentences), "suspect": _pairs(passage.suspect)}
    return {name: getattr(passage, name) for name in _PASSAGE_COLUMNS} | pairs


def passage_of(row: Row[Any]) -> Passage:
    return Passage(**dict(row._mapping) | {"sentences": _spans(row.sentences), "suspect": _spans(row.suspect)})


def finding_values(finding: Finding) -> dict[str, Any]:
    positions = [[position.point, position.stance.value] for position in finding.positions]
    return asdict(finding) | {"spans": _pairs(finding.spans), "topics": list(finding.topics), "positions": positions}


def finding_of(row: Row[Any]) -> Finding:
    return Finding(
        **dict(row._mapping)
        | {
            "spans": _spans(row.spans),
            "strength": Strength(row.strength),
            "topics": tuple(row.topics),
            "positions": tuple(Position(point, Stance(stance)) for point, stance in row.positions),
        }
    )


def _pairs(spans: Iterable[Span]) -> list[list[int]]:
    return [[span.start, span.end] for span in spans]


def _spans(pairs: Iterable[Iterable[int]]) -> tuple[Span, ...]:
    return tuple(Span(*pair) for pair in pairs)
