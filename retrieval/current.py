"""Passages with their sources and findings, as the catalog holds them now, where the index holds just the same."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from corpus.catalog import Catalog
from corpus.models import Finding, Passage, Source
from corpus.tables import passages, sources
from retrieval.held import Held
from retrieval.store import indexed_sources

_MOST_HELD = 500
_Key = tuple[str, str]
"""A passage's id and its source's digest, which says all that the catalog holds of it."""


@dataclass(frozen=True, slots=True)
class CurrentPassage:
    """One passage with what belongs to it."""

    passage: Passage
    source: Source
    findings: tuple[Finding, ...]


class Current:
    """Reads passages that may answer. Each time the catalog is asked whether what is held of them is still true."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._held: Held[_Key, CurrentPassage] = Held(_MOST_HELD)

    def of(self, passage_ids: Collection[str]) -> dict[str, CurrentPassage]:
        """By passage id. A source answers only when it is wholly indexed as the catalog holds it; others are absent."""
        held = self._held.of(self._digests(passage_ids).items(), self._read)
        return {name: current for (name, _), current in held.items()}

    def forget(self) -> None:
        """Hold nothing of what has left the library."""
        self._held.forget()

    def _digests(self, passage_ids: Collection[str]) -> dict[str, str]:
        query = select(passages.c.id, sources.c.digest).join(sources, sources.c.id == passages.c.source_id)
        query = query.join(indexed_sources, indexed_sources.c.source_id == sources.c.id)
        query = query.add_columns(indexed_sources.c.digest.label("indexed")).where(passages.c.id.in_(passage_ids))
        with self._catalog.database.read() as connection:
            # Compared here: expecting hardly a source to fulfil this, PostgreSQL would begin with all of them.
            return {row.id: row.digest for row in connection.execute(query) if row.indexed == row.digest}

    def _read(self, keys: Sequence[_Key]) -> dict[_Key, CurrentPassage]:
        names = [name for name, _ in keys]
        found = self._catalog.passages_by_id(names)
        of = self._catalog.sources_by_id({passage.source_id for passage in found.values()})
        findings: dict[str, list[Finding]] = {}
        for finding in self._catalog.findings_of(names):
            findings.setdefault(finding.passage_id, []).append(finding)
        # What was replaced or deleted while it was read has another digest by now.
        now = self._digests(names).items()
        return {
            key: CurrentPassage(passage, of[passage.source_id], tuple(findings.get(passage.id, ())))
            for key in keys
            if key in now and (passage := found.get(key[0])) is not None and passage.source_id in of
        }
