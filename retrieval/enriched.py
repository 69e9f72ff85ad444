"""Indexes what chat models contributed to passages: vectors that lead to a passage, beside those of its own words.

Only vectors: the words of a model are no words of the passage, and coverage is judged from the latter.
"""

from __future__ import annotations

from sqlalchemy import select

from corpus.database import Database
from corpus.enrichments import Enrichments
from corpus.models import Enrichment
from retrieval.embedder import Embedder
from retrieval.store import MADE_FINDING, MADE_QUESTION, as_bytes, indexed_passages, representations
from retrieval.vectors import VectorIndex

_AT_ONCE = 128


def follow(
    made_of: Enrichments, database: Database, embedder: Embedder, vectors: VectorIndex, passage_id: str | None = None
) -> int:
    """Index what is not yet indexed, of one passage or of all; says of how many passages.

    Killed at any moment and run again it ends in the same state: a passage counts as followed in the transaction that
    stores its vectors, after Chroma has them. `database` keeps the index, which need not be where the texts are.
    """
    names = made_of.names() if passage_id is None else [passage_id]
    done = 0
    for start in range(0, len(names), _AT_ONCE):
        waiting = select(indexed_passages.c.passage_id).where(
            indexed_passages.c.passage_id.in_(names[start : start + _AT_ONCE]), indexed_passages.c.enriched.is_(False)
        )
        with database.read() as connection:
            found = list(connection.execute(waiting).scalars())
        # Deleted meanwhile, it is found no more.
        if found and (made := made_of.of(found)):
            _add(database, embedder, vectors, made)
            done += len(made)
    return done


def _add(database: Database, embedder: Embedder, vectors: VectorIndex, made: dict[str, Enrichment]) -> None:
    rows = [
        {"id": f"{name}#{kind}#{number}", "passage_id": name, "kind": kind, "key": text}
        for name, enrichment in made.items()
        for kind, texts in (
            (MADE_FINDING, [finding.text for finding in enrichment.findings]),
            (MADE_QUESTION, enrichment.questions),
        )
        for number, text in enumerate(texts)
    ]
    embedded = embedder.vectors([row["key"] for row in rows])
    ids = [row["id"] for row in rows]
    vectors.delete(ids)
    vectors.add(ids, embedded)
    with database.write() as connection:
        query = select(indexed_passages.c.passage_id, indexed_passages.c.source_id)
        query = query.where(indexed_passages.c.passage_id.in_(made))
        source_of = {row.passage_id: row.source_id for row in connection.execute(query)}
        connection.execute(representations.delete().where(representations.c.id.in_(ids)))
        connection.execute(
            representations.insert(),
            [
                row | {"source_id": source_of[row["passage_id"]], "vector": as_bytes(vector)}
                for row, vector in zip(rows, embedded, strict=True)
            ],
        )
        followed = indexed_passages.update().where(indexed_passages.c.passage_id.in_(made))
        connection.execute(followed.values(enriched=True))
