"""Retrieval beside embedding the query at 1,000 to 100,000 passages of synthetic text and vectors, with a plot."""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import psutil

from corpus.catalog import Catalog
from corpus.database import Database
from corpus.models import Entry, Passage, Source
from corpus.passages import sentences
from evals.engines import engines
from retrieval.embedder import Embedder, Vectors
from retrieval.index import Index, made_for
from retrieval.retriever import Retriever
from retrieval.served import ServedVectors, new_name
from retrieval.vectors import VectorIndex
from retrieval.vocabulary import Vocabulary

_DIMENSION = 384
_WORDS = 30_000
_PER_SOURCE = 100
_QUERIES = 300
ON_SERVERS_MS = 80.0


class _Random(Embedder):
    """Vectors that depend on the text and on nothing else: embedding 100,000 passages would prove nothing here."""

    fingerprint = "synthetic"
    dimension = _DIMENSION

    def __init__(self) -> None:
        """Load no model."""

    def vectors(self, texts: list[str]) -> Vectors:
        return np.stack([self.vector(text) for text in texts]) if texts else np.zeros((0, _DIMENSION), np.float32)

    def vector(self, query: str) -> Vectors:
        seed = int.from_bytes(hashlib.blake2b(query.encode(), digest_size=8).digest(), "little")
        drawn = np.random.default_rng(seed).standard_normal(_DIMENSION, np.float32)
        return np.asarray(drawn / np.linalg.norm(drawn), np.float32)


def main() -> None:
    """Print p50 and p95 at each size; exit with 1 when the largest is over 3 times the smallest, or over 1.5 GB.

    On servers p95 at the largest size must be under `ON_SERVERS_MS`.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--rounds", type=int, default=1, help="of 300 queries; the least disturbed one counts")
    parser.add_argument("--servers", action="store_true", help="on a PostgreSQL and a Chroma server, started for it")
    parser.add_argument("--out", type=Path, default=Path("out"), help="folder for scale.png (default: out)")
    options = parser.parse_args()
    if options.servers:
        with engines() as (postgres, chroma):
            measured = [
                (size, *_measure(size, options.rounds, postgres.database(), chroma.url)) for size in options.sizes
            ]
            print(f"\nChroma's server holds {chroma.process.memory_info().rss / 1e9:.2f} GB")
    else:
        measured = [(size, *_measure(size, options.rounds)) for size in options.sizes]
    print(f"\n{'passages':>10}{'p50 ms':>10}{'p95 ms':>10}{'memory GB':>12}")
    for size, p50, p95, memory in measured:
        print(f"{size:>10,}{p50:>10.1f}{p95:>10.1f}{memory:>12.2f}")
    if options.servers:
        print(f"p95 at {measured[-1][0]:,} passages on servers: {measured[-1][2]:.1f} ms (under {ON_SERVERS_MS})")
        _plot(measured, options.out)
        sys.exit(measured[-1][2] >= ON_SERVERS_MS)
    ratio = measured[-1][2] / measured[0][2]
    print(f"p95 at {measured[-1][0]:,} / p95 at {measured[0][0]:,}: {ratio:.2f} (at most 3)")
    _plot(measured, options.out)
    sys.exit(ratio > 3 or measured[-1][3] > 1.5)


def _measure(
    size: int, rounds: int, database_url: str | None = None, chroma_url: str | None = None
) -> tuple[float, float, float]:
    """p50 and p95 of retrieval in milliseconds, the query's vector not counted, and resident memory in GB.

    Of several rounds the one that other programs disturbed least.
    """
    with tempfile.TemporaryDirectory() as folder:
        catalog = Catalog(Database(database_url) if database_url else Database.at(Path(folder)))
        random = np.random.default_rng(size)
        for number in range(size // _PER_SOURCE):
            catalog.put(_source(number, random))
        embedder = _Random()
        vectors = (
            ServedVectors(chroma_url, new_name(), made_for(embedder))
            if chroma_url
            else VectorIndex(Path(folder) / "chroma")
        )
        index = Index(catalog, embedder, vectors, Vocabulary.load())
        index.sync(lambda done, total: print(f"\r{done} of {total} sources", end="", flush=True))
        retriever = Retriever(index=index)
        found = [_queries(index, retriever, random) for _ in range(rounds)]
        for p50, p95 in found:
            print(f"\n{size:,} passages: p50 {p50:.1f}, p95 {p95:.1f} ms", end="", flush=True)
        if isinstance(vectors, ServedVectors):
            vectors.drop()
        vectors.close()
        catalog.database.close()
    return *min(found, key=lambda round: round[1]), psutil.Process().memory_info().rss / 1e9


def _queries(index: Index, retriever: Retriever, random: np.random.Generator) -> tuple[float, float]:
    """p50 and p95 of one round."""
    times: list[float] = []
    for _ in range(_QUERIES):
        query = _text(random, 8)
        index.embedder.vector(query)
        embedded = time.perf_counter()
        index.embedder.vector(query)
        started = time.perf_counter()
        retriever.retrieve(query)
        times.append((time.perf_counter() - started - (started - embedded)) * 1000)
    p50, p95 = np.percentile(times[20:], [50, 95])
    return float(p50), float(p95)


def _source(number: int, random: np.random.Generator) -> Entry:
    name = f"synthetic-{number}"
    texts = [" ".join(f"{_text(random, 14).capitalize()}." for _ in range(3)) for _ in range(_PER_SOURCE)]
    held = tuple(
        Passage(f"{name}-{place}", name, place, text, sentences(text)) for place, text in enumerate(texts, start=1)
    )
    return Entry(Source(id=name, title=_text(random, 6)), held)


def _text(random: np.random.Generator, words: int) -> str:
    """Words by Zipf's law, so that some stand in most passages and most in few."""
    return " ".join(f"w{min(int(rank), _WORDS):x}q" for rank in random.zipf(1.2, words))


def _plot(measured: Sequence[tuple[int, float, float, float]], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    figure, axes = plt.subplots(figsize=(6, 3.5))
    sizes = [row[0] for row in measured]
    axes.plot(sizes, [row[2] for row in measured], marker="o", label="p95")
    axes.plot(sizes, [row[1] for row in measured], marker="s", linestyle="--", label="p50")
    axes.set(xscale="log", xlabel="passages", ylabel="retrieval, ms (beside the query's vector)", ylim=(0, None))
    axes.legend()
    figure.tight_layout()
    figure.savefig(folder / "scale.png", dpi=120)
    print(f"The plot is in {folder / 'scale.png'}")


if __name__ == "__main__":
    main()
