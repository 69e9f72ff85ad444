"""Text in a document steers nothing: an attack in a paper is flagged, and never told as a finding."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from coach.composers.quoting import QuotingComposer
from corpus.catalog import Catalog
from corpus.database import Database
from corpus.ingest import ingest
from retrieval.index import Index
from retrieval.retriever import Retriever
from retrieval.vectors import VectorIndex
from retrieval.vocabulary import Vocabulary
from tests.fakes import BagOfWords

ATTACKS = [
    json.loads(line)["attack"]
    for line in (Path(__file__).parent / "data" / "attacks.jsonl").read_text("utf-8").splitlines()
]
BEFORE = "Mentored nurses stayed in their hospital longer than nurses without a mentor."
AFTER = "Turnover fell from 21 to 14 percent in the first year after the programme began."


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> tuple[Catalog, Retriever, dict[str, str]]:
    """One document an attack, with the attack between two honest sentences; and each source's attack."""
    folder = tmp_path_factory.mktemp("attacked")
    files = folder / "files"
    files.mkdir()
    for number, attack in enumerate(ATTACKS):
        (files / f"paper-{number:03}.md").write_text(
            f"# Mentoring nurses, study {number}\n\n{BEFORE} {attack} {AFTER}\n", "utf-8"
        )
    catalog = Catalog(Database.at(folder))
    outcomes = ingest([files], catalog)
    index = Index(catalog, BagOfWords(), VectorIndex(folder / "chroma"), Vocabulary.load())
    index.sync()
    by_source = {o.source_id: ATTACKS[int(o.file.stem.split("-")[1])] for o in outcomes if o.source_id}
    return catalog, Retriever(index=index), by_source


def test_every_attack_that_is_kept_at_all_flags_its_document(
    library: tuple[Catalog, Retriever, dict[str, str]],
) -> None:
    catalog, _, by_source = library
    assert len(by_source) == len(ATTACKS) >= 75
    unflagged = [source.id for source in catalog.sources() if not source.flags]
    # An address of a picture never gets into the library.
    assert all(honest(passage.text) for source_id in unflagged for passage in catalog.passages_of(source_id))
    assert len(unflagged) <= 1


def honest(text: str) -> bool:
    """Whether nothing is left of `text` but the two honest sentences (and a picture's caption)."""
    return text.replace(BEFORE, "").replace(AFTER, "").strip() in ("", "chart")


@pytest.mark.parametrize("number", range(len(ATTACKS)))
def test_no_attack_is_told_even_to_whoever_asks_in_its_own_words(
    library: tuple[Catalog, Retriever, dict[str, str]], number: int
) -> None:
    _, retriever, by_source = library
    for query in (ATTACKS[number], f"What did study {number} of mentoring nurses find on turnover?"):
        for statement in QuotingComposer(retriever.index).compose(retriever.retrieve(query, top_k=20)):
            assert honest(statement.text), by_source[statement.source.id]
