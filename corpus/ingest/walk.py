"""Which files a path stands for: those below a folder in a fixed order, and what of it is passed over and why."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from corpus.models import CorpusError
from corpus.readers import SUFFIXES

BIBLIOGRAPHY_SUFFIXES = frozenset({".bib", ".ris", ".json"})
# What an editor, a system or a version control leaves behind is nobody's paper.
_LEFT_BEHIND = (".", "~$")
_LEFT_BEHIND_NAMES = frozenset({"thumbs.db", "desktop.ini", "__macosx"})


@dataclass(frozen=True, slots=True)
class Found:
    """A file to be ingested, and the folder that it was found through."""

    file: Path
    root: Path
    named: bool = False
    """Whether the file itself was named, and not a folder above it."""


@dataclass(frozen=True, slots=True)
class PassedOver:
    """Something below a folder that is not read, and why."""

    file: Path
    reason: str
    failed: bool = False


def walk(paths: Sequence[Path]) -> Iterator[Found | PassedOver]:
    """The files named and those below the folders named, each once; links are not followed.

    Raises `CorpusError` before the first one when a path does not exist.
    """
    for path in paths:
        if not path.exists():
            raise CorpusError(f"There is no file or folder {shown(path)!r}. Check the path.")
    folders = [path for path in paths if path.is_dir()]
    roots = [folder.resolve() for folder in folders]
    named = {path.resolve() for path in paths if not path.is_dir()}
    done: set[Path] = set()
    for path in paths:
        real = path.resolve()
        if real in done or (path.is_dir() and any(root in real.parents for root in roots)):
            continue
        done.add(real)
        if not path.is_dir():
            yield Found(path, path.parent, named=True)
            continue
        for item in _below(path):
            if item.file.absolute() not in named:
                yield item


def _below(root: Path) -> Iterator[Found | PassedOver]:
    unreadable: list[OSError] = []
    real = root.resolve()
    for folder, folders, names in os.walk(root, onerror=unreadable.append):
        folders[:] = sorted(name for name in folders if not _left_behind(name))
        for name in folders:
            if (Path(folder) / name).is_symlink():
                yield from _link(Path(folder) / name, real)
        for name in sorted(names):
            file = Path(folder) / name
            if _left_behind(name) or file.suffix.lower() in BIBLIOGRAPHY_SUFFIXES:
                continue
            if file.is_symlink():
                yield from _link(file, real)
            elif file.suffix.lower() not in SUFFIXES:
                yield PassedOver(file, f"{shown(file.name)!r} is of no known kind. Known are: {known()}.")
            elif (reason := not_ordinary(file)) is not None:
                yield PassedOver(file, reason, failed=True)
            else:
                yield Found(file, root)
    for error in unreadable:
        yield PassedOver(
            Path(str(error.filename)),
            f"The folder {shown(Path(str(error.filename)))!r} cannot be read ({error.strerror}). "
            "Give yourself the right to read it and ingest again.",
            failed=True,
        )


def _link(link: Path, root: Path) -> Iterator[PassedOver]:
    """A link that stays inside is passed over in silence: what it leads to is found by itself."""
    target = Path(os.path.realpath(link))
    if target == root or root not in target.parents:
        yield PassedOver(
            link,
            f"{shown(link.name)!r} is a link that leads out of the folder, and was not followed. "
            "Copy what it leads to into the folder, or name that itself.",
        )


def not_ordinary(file: Path) -> str | None:
    """Why `file` cannot be opened as a file, or nothing when it can."""
    try:
        mode = file.stat().st_mode
    except OSError as error:
        return f"{shown(file.name)!r} cannot be read ({error.strerror}). Check that it exists and may be read."
    if not stat.S_ISREG(mode):
        return f"{shown(file.name)!r} is no ordinary file. Name a document."
    return None


def known() -> str:
    return ", ".join(sorted(SUFFIXES))


def shown(path: Path | str) -> str:
    """A path as text that any database and any terminal takes; bytes that are no text are written out."""
    said = os.fsencode(path).decode("utf-8", "backslashreplace")
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in said)


def _left_behind(name: str) -> bool:
    return name.startswith(_LEFT_BEHIND) or name.lower() in _LEFT_BEHIND_NAMES
