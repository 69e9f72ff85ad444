"""Tells without reading a document whether the bibliography that bears on it has changed."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from corpus.ingest.walk import BIBLIOGRAPHY_SUFFIXES, Found
from corpus.readers import SUFFIXES


class Signatures:
    """SHA-256 over a file's own sidecars and the collection files of its folder and of those above, up to the root."""

    def __init__(self) -> None:
        self._folder = cache(_folder)

    def of(self, found: Found) -> str:
        own, shared = self._folder(found.file.parent)
        parts = [shared, *own.get(found.file.stem, ()), *own.get(found.file.name, ())]
        above = found.file.parent
        while above != found.root and above != above.parent:
            above = above.parent
            parts.append(self._folder(above)[1])
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _folder(folder: Path) -> tuple[dict[str, list[str]], str]:
    """Digests of a folder's sidecars by the stem or name that they belong to, and one of its collection files."""
    names = sorted(path for path in folder.iterdir() if path.is_file())
    documents = [path for path in names if path.suffix.lower() in SUFFIXES]
    belongs = {path.stem for path in documents} | {path.name for path in documents}
    own: dict[str, list[str]] = {}
    shared = hashlib.sha256()
    for path in names:
        if path.suffix.lower() not in BIBLIOGRAPHY_SUFFIXES:
            continue
        digest = _digest(path)
        if path.stem in belongs:
            own.setdefault(path.stem, []).append(f"{path.name}:{digest}")
        else:
            shared.update(f"{path.name}:{digest}\n".encode("utf-8", "backslashreplace"))
    return own, shared.hexdigest()


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        return f"unreadable: {error.strerror}"
