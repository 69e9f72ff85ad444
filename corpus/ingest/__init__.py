"""Files → catalog: each file one source, replaced when it changed, left alone when it did not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from corpus.catalog import Catalog
from corpus.ingest.batch import Outcome
from corpus.ingest.document import PASSAGE_LENGTH
from corpus.ingest.run import UPLOAD, Ingestion
from corpus.ingest.walk import BIBLIOGRAPHY_SUFFIXES, shown

__all__ = ["BIBLIOGRAPHY_SUFFIXES", "PASSAGE_LENGTH", "UPLOAD", "Ingestion", "Outcome", "ingest", "shown"]


def ingest(paths: Sequence[Path], catalog: Catalog, done: Callable[[Outcome], None] = lambda _: None) -> list[Outcome]:
    """Store every document at or below `paths`; one that cannot be read stops none of the others.

    Raises `CorpusError` when a path does not exist.
    """
    outcomes: list[Outcome] = []
    for outcome in Ingestion(catalog, paths).run():
        outcomes.append(outcome)
        done(outcome)
    return outcomes
