"""Ingest runs in processes of their own, killed at random moments, and what a library holds in a form that compares."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select, text

from coach.build import build_library
from coach.settings import Settings
from corpus.tables import documents, findings, passages, questions, sources
from retrieval.index import Index
from retrieval.store import indexed_sources, representations

FILES = 60
_TOPICS = ("belonging", "trust", "stress", "promotion", "listening", "goals")


def write_papers(folder: Path, files: int = FILES) -> None:
    """Small papers, no two alike, each of two sections; one cannot be read and one is the same work as another."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(files):
        topic = _TOPICS[number % len(_TOPICS)]
        front = f"---\ntitle: Paper {number} on {topic}\ndoi: 10.1000/paper.{max(number, 1)}\n---\n\n"
        body = " ".join(f"In study {number}.{n} mentors who spoke of {topic} were heard by mentees." for n in range(12))
        text = f"{front}# Paper {number} on {topic}\n\n{body}\n\n## Results\n\nThe effect on {topic} was {number}.\n"
        (folder / f"paper-{number:03}.md").write_text(text, "utf-8")
    (folder / "broken.md").write_bytes(b"\xff\xfe")


def ingest_command(folder: Path, *options: str) -> list[str]:
    # As `mentor-coach ingest`, from wherever these tests are run.
    return [sys.executable, "-c", "from ui.cli import main; main()", "ingest", str(folder), *options]


def environment(home: Path, **more: str) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MENTOR_COACH_")}
    return clean | {"MENTOR_COACH_HOME": str(home), "MENTOR_COACH_FOUNDING": "off"} | more


def ingest(home: Path, folder: Path, *options: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run to the end."""
    return subprocess.run(
        ingest_command(folder, *options),
        env=environment(home, **more),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
    )


def ingest_killed(home: Path, folder: Path, after_s: float) -> float:
    """Start it, wait until it is at work, and end it with SIGKILL `after_s` seconds later; returns that moment."""
    with subprocess.Popen(
        ingest_command(folder), env=environment(home), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "The library is ready" in line:
                break
        began = time.monotonic()
        while time.monotonic() - began < after_s and process.poll() is None:
            time.sleep(0.005)
        process.kill()
        return time.monotonic() - began


@dataclass(frozen=True)
class Held:
    """Everything a library holds, without the times and numbers that differ from run to run."""

    catalog: tuple[Any, ...]
    documents: tuple[Any, ...]
    indexed: tuple[Any, ...]
    representations: tuple[Any, ...]
    words: tuple[Any, ...]
    in_chroma: tuple[str, ...]

    def about(self, word: str) -> Held:
        """The part of it in which `word` stands."""
        rest = (self.documents, self.indexed, self.representations, self.words, self.in_chroma)
        return Held(
            tuple(tuple(row for row in table if word in row) for table in self.catalog),
            *(tuple(row for row in part if word in repr(row)) for part in rest),
        )


def held(home: Path) -> Held:
    """What the library in `home` holds; the indexes must be healthy."""
    library = build_library(Settings(home=home, founding=False))
    try:
        return contents(library.coach.retriever.index)
    finally:
        library.close()
        library.coach.close()


def contents(index: Index) -> Held:
    """What the library of `index` holds; its indexes must be healthy."""
    with index.catalog.database.read() as connection:
        tables = [
            tuple(sorted(map(repr, connection.execute(select(table)).all())))
            for table in (sources, passages, findings, questions)
        ]
        remembered = [
            (row.source_id, row.name, row.path, row.digest, row.bibliography, tuple(row.flags))
            for row in connection.execute(select(documents))
        ]
        indexed = connection.execute(select(indexed_sources)).all()
        stored = connection.execute(
            select(representations.c.id, representations.c.passage_id, representations.c.kind)
        ).all()
        names = [row.passage_id for row in stored]
        rows = "lexical_rows" if index.catalog.database.served else "lexical"
        assert connection.execute(text(f"SELECT count(*) FROM {rows}")).scalar_one() == len(set(names))
    assert index.healthy()
    words = index.store.entries_of(names)
    return Held(
        catalog=tuple(tables),
        documents=tuple(sorted(remembered)),
        indexed=tuple(sorted(map(tuple, indexed))),
        representations=tuple(sorted(map(tuple, stored))),
        words=tuple(sorted((name, entry.title, entry.body, entry.concepts) for name, entry in words.items())),
        in_chroma=tuple(sorted(index.vectors._collection.get(include=[])["ids"])),
    )


def soak(folder: Path, kills: int, seed: int | None = None) -> None:
    """`kills` interrupted runs, each resumed, each library compared with the clean one; raises `AssertionError`."""
    chance = random.Random(seed)
    papers = folder / "papers"
    write_papers(papers)
    started = time.monotonic()
    ingest(folder / "clean", papers)
    longest = max(1.0, (time.monotonic() - started) / 2)
    clean = held(folder / "clean")
    for number in range(kills):
        home = folder / f"killed-{number}"
        moment = ingest_killed(home, papers, chance.uniform(0.0, longest))
        ingest(home, papers)
        assert held(home) == clean, f"killed after {moment:.3f} s (number {number}, seed {seed})"
        print(f"{number + 1} of {kills}: killed after {moment:.3f} s, the resumed library equals the clean one")


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as place:
        soak(Path(place), int(sys.argv[1]) if len(sys.argv) > 1 else 50)
