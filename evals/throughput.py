"""How fast is a folder of abstracts taken in, beside embedding the same texts and doing nothing else?"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

import psutil

from coach.build import build_library
from coach.settings import Settings
from corpus.models import CorpusError

LEAST = 0.85
_GROWTH_MB = 200


def main() -> None:
    """Print both rates, their ratio and the memory; exit with 1 below `LEAST` or when memory grew with the files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scifact", type=Path, metavar="FOLDER", help="folder with SciFact's corpus.jsonl")
    parser.add_argument("--documents", type=int, default=5183)
    options = parser.parse_args()
    lines = (options.scifact / "corpus.jsonl").read_text("utf-8").splitlines()[: options.documents]
    texts = {item["id"]: (item["title"], " ".join(item["sentences"])) for item in map(json.loads, lines)}
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder) / "files"
        files.mkdir()
        for name, (title, text) in texts.items():
            (files / f"{name}.md").write_text(f"# {title}\n\n{text}\n", "utf-8")
        library = build_library(Settings(home=Path(folder) / "home", founding=False, threads=2), lambda _: None)
        embedder = library.coach.retriever.index.embedder
        plain = [f"{title}. {text}" for title, text in texts.values()]
        embedder.vectors(plain[:64])
        half = len(plain) // 2
        started = time.perf_counter()
        embedder.vectors(plain[:half])
        embedding = time.perf_counter() - started
        process = psutil.Process()
        memory: list[float] = []
        started = time.perf_counter()
        try:
            for outcome in library.ingest([files]):
                if outcome.status != "added":
                    sys.exit(f"{outcome.file}: {outcome.status} {outcome.reason}")
                memory.append(process.memory_info().rss / 1e6)
        except CorpusError as error:
            sys.exit(str(error))
        taking_in = time.perf_counter() - started
        # Half before and half after, so that a machine that grew slower or faster meanwhile favours neither side.
        started = time.perf_counter()
        embedder.vectors(plain[half:])
        embedding += time.perf_counter() - started
        library.close()
        library.coach.close()
    ratio = embedding / taking_in
    growth = max(memory[len(memory) // 2 :]) - max(memory[: len(memory) // 2])
    print(f"{len(plain)} abstracts")
    print(f"  embedding alone     {len(plain) / embedding:8.1f} a second")
    print(f"  taken in            {len(plain) / taking_in:8.1f} a second")
    print(f"  ratio               {ratio:8.2f} (at least {LEAST})")
    print(f"  memory, MB          {max(memory):8.0f}, {growth:+.0f} in the second half of the files")
    sys.exit(ratio < LEAST or growth > _GROWTH_MB)


if __name__ == "__main__":
    main()
