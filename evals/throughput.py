"""How fast is a folder of abstracts taken in, beside embedding the same passages and doing nothing else?

The same texts are what is embedded, by `SentenceTransformer.encode` with as many threads: passages with their titles.
Beside that ratio stands the one against `encode` of the abstracts, which reads no more than a text's first 256 word
pieces, while the passages hold all of it.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

import psutil
import torch
from sentence_transformers import SentenceTransformer

from coach.build import build_library
from coach.settings import Settings
from corpus.catalog import Catalog
from corpus.database import Database
from corpus.ingest import ingest
from corpus.models import CorpusError
from retrieval.embedder import built_in_folder

LEAST = 0.85
_GROWTH_MB = 200
_THREADS = os.cpu_count() or 1


def main() -> None:
    """Print the rates, their ratios and the memory; exit with 1 below `LEAST` or when memory grew with the files."""
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
        library = build_library(Settings(home=Path(folder) / "home", founding=False, threads=_THREADS), lambda _: None)
        model = SentenceTransformer(str(built_in_folder()), device="cpu", local_files_only=True)
        abstracts = _Encoding(model, [f"{title}. {text}" for title, text in texts.values()])
        passages = _Encoding(model, _passages(files, Path(folder)))
        abstracts.first_half()
        passages.first_half()
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
        passages.second_half()
        abstracts.second_half()
        library.close()
        library.coach.close()
    ratio = passages.seconds / taking_in
    growth = max(memory[len(memory) // 2 :]) - max(memory[: len(memory) // 2])
    print(f"{len(texts)} abstracts, {len(passages.texts)} passages")
    print(f"  passages embedded alone   {len(passages.texts) / passages.seconds:8.1f} a second")
    print(f"  taken in                  {len(passages.texts) / taking_in:8.1f} passages a second")
    print(f"  ratio                     {ratio:8.2f} (at least {LEAST})")
    print(f"  against abstracts cut     {abstracts.seconds / taking_in:8.2f}")
    print(f"  memory, MB                {max(memory):8.0f}, {growth:+.0f} in the second half of the files")
    sys.exit(ratio < LEAST or growth > _GROWTH_MB)


def _passages(files: Path, folder: Path) -> list[str]:
    """The texts that taking the files in embeds."""
    database = Database.at(folder)
    catalog = Catalog(database)
    ingest([files], catalog)
    entries = catalog.entries(list(catalog.digests()))
    texts = [f"{entry.source.title}. {passage.text}" for entry in entries for passage in entry.passages]
    database.close()
    return texts


class _Encoding:
    """`encode` of texts: half before and half after, so that a machine that grew slower meanwhile favours no side."""

    def __init__(self, model: SentenceTransformer, texts: list[str]) -> None:
        self.texts = texts
        self.seconds = 0.0
        self._model = model
        self._encode(texts[:64])
        self.seconds = 0.0

    def first_half(self) -> None:
        self._encode(self.texts[: len(self.texts) // 2])

    def second_half(self) -> None:
        self._encode(self.texts[len(self.texts) // 2 :])

    def _encode(self, texts: list[str]) -> None:
        started = time.perf_counter()
        torch.set_num_threads(_THREADS)
        self._model.encode(texts, show_progress_bar=False)
        torch.set_num_threads(1)
        self.seconds += time.perf_counter() - started


if __name__ == "__main__":
    main()
