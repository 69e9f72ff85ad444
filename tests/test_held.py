"""What is held in memory of the index: within bounds, and nothing that has changed meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from corpus.catalog import Catalog
from corpus.database import Database
from corpus.models import Entry, Finding, Passage, Source, Span, Strength
from retrieval.current import Current
from retrieval.held import Held
from retrieval.store import indexed_sources


class Shelf:
    """Where values are read from, and which were."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def __call__(self, names: Sequence[str]) -> dict[str, str]:
        self.read += names
        return {name: name.upper() for name in names if name != "none"}


def test_a_value_is_read_once_and_given_in_the_order_asked_for() -> None:
    held, shelf = Held[str, str](10), Shelf()
    assert list(held.of(["b", "a", "none"], shelf).items()) == [("b", "B"), ("a", "A")]
    assert list(held.of(["a", "c", "b"], shelf)) == ["a", "c", "b"]
    assert shelf.read == ["b", "a", "none", "c"]


def test_it_never_holds_more_than_it_may() -> None:
    held, shelf = Held[str, str](3), Shelf()
    for name in "abcdefgh":
        assert held.of([name], shelf) == {name: name.upper()}
    held.of("abcdefgh", shelf)
    shelf.read.clear()
    held.of("abcdefgh", shelf)
    assert len(shelf.read) >= 5


def test_what_is_read_while_it_is_told_to_forget_is_not_held() -> None:
    held, shelf = Held[str, str](10), Shelf()

    def changing(names: Sequence[str]) -> dict[str, str]:
        held.forget()
        return shelf(names)

    held.of(["a"], changing)
    held.of(["a"], shelf)
    assert shelf.read == ["a", "a"]


TEXT = "Nurses who had a mentor stayed longer."
PASSAGE = Passage("nurses-1", "nurses", 0, TEXT, (Span(0, len(TEXT)),))
FINDING = Finding("f1", "nurses-1", TEXT, PASSAGE.sentences, Strength.OBSERVATIONAL)
ENTRY = Entry(Source("nurses", "Nurses"), (PASSAGE,), (FINDING,))


def index(catalog: Catalog) -> None:
    """Tell that everything is indexed as the catalog holds it now."""
    with catalog.database.write() as connection:
        connection.execute(indexed_sources.delete())
        for name, digest in catalog.digests().items():
            connection.execute(indexed_sources.insert().values(source_id=name, digest=digest))


def test_a_passage_that_was_replaced_answers_as_it_is_now_and_only_once_it_is_indexed(database: Database) -> None:
    catalog = Catalog(database)
    current = Current(catalog)
    catalog.put(ENTRY)
    assert current.of(["nurses-1"]) == {}
    index(catalog)
    assert current.of(["nurses-1"])["nurses-1"].findings == (FINDING,)
    catalog.put(replace(ENTRY, findings=(replace(FINDING, topics=("staying",)),)))
    assert current.of(["nurses-1"]) == {}
    index(catalog)
    assert current.of(["nurses-1"])["nurses-1"].findings[0].topics == ("staying",)
    catalog.remove("nurses")
    assert current.of(["nurses-1"]) == {}


def test_what_is_replaced_while_it_is_read_does_not_answer(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    catalog = Catalog(database)
    catalog.put(ENTRY)
    index(catalog)
    real = catalog.findings_of

    def replacing(names: Sequence[str]) -> list[Finding]:
        catalog.put(replace(ENTRY, findings=()))
        index(catalog)
        return real(names)

    current = Current(catalog)
    monkeypatch.setattr(catalog, "findings_of", replacing)
    assert current.of(["nurses-1"]) == {}
    monkeypatch.undo()
    assert current.of(["nurses-1"])["nurses-1"].findings == ()
