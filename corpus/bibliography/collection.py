"""Which record describes which document: sidecars beside the files, and collection files in their folder or above."""

from __future__ import annotations

import os
import posixpath
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from corpus.bibliography.files import READERS, read_records
from corpus.bibliography.names import parts_of
from corpus.bibliography.record import BibliographyError, Record
from corpus.bibliography.values import normal_doi, normal_title
from corpus.readers import SUFFIXES, Document

_SAFE_TITLE_WORDS = 4
"""A title with fewer words is shared by different works: then an author must be on the page too."""


@dataclass(slots=True)
class _Shelf:
    """The records of one folder's collection files, by what they are found by."""

    by_path: dict[str, Record] = field(default_factory=dict)
    by_name: dict[str, list[tuple[str, Record]]] = field(default_factory=dict)
    """With each record the path that it claims, which on this machine may not be there."""
    by_doi: dict[str, Record] = field(default_factory=dict)
    by_title: dict[str, list[Record]] = field(default_factory=dict)


class Collection:
    """The bibliography files of a folder tree."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._shelves: dict[Path, _Shelf] = {}
        self._sidecars: dict[Path, dict[str, list[Path]]] = {}
        self._dois: dict[str, tuple[Record, str]] = {}
        self._problems: dict[str, None] = {}

    @classmethod
    def of(cls, root: Path, deep: bool = True) -> Collection:
        """Read the collection files at `root` and, when `deep`, below it; sidecars are read when asked for."""
        collection = cls(root)
        for folder, names in _folders(root, deep):
            collection._take(folder, names)
        return collection

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with the files read so far, in plain words."""
        return tuple(self._problems)

    def record_for(self, file: Path, document: Document) -> Record | None:
        """The record of `file`: its sidecar's, else one that names it, else one of its DOI or its title."""
        if (beside := self._beside(file, document)) is not None:
            return beside
        shelves = list(self._above(file))
        for folder, shelf in shelves:
            if (record := shelf.by_path.get(_path(folder, os.path.relpath(file, folder)))) is not None:
                return record
            moved = [record for place, record in shelf.by_name.get(_name(file.name), ()) if not Path(place).is_file()]
            if (record := _only(moved)) is not None:
                return record
        return _same_work(shelves, document)

    # Sidecars

    def _beside(self, file: Path, document: Document) -> Record | None:
        held = self._sidecars.get(file.parent, {})
        found: list[tuple[Path, Record]] = []
        # `paper.pdf.bib` can mean no other file; `paper.bib` could.
        for path in dict.fromkeys([*held.get(file.name, []), *held.get(file.stem, [])]):
            records = self._read(path)
            record = records[0] if len(records) == 1 else _best(records, file, document)
            if record is not None:
                found.append((path, record))
            elif records:
                self._problem(
                    f"{path.name!r} holds {len(records)} records and none of them names {file.name!r}, has its DOI or "
                    "its title. Leave the one that describes it."
                )
        if not found:
            return None
        first, kept = found[0]
        for path, record in found[1:]:
            if record.content != kept.content:
                self._problem(
                    f"{first.name!r} and {path.name!r} describe {file.name!r} differently; {first.name!r} is used. "
                    "Delete one of them."
                )
        return kept

    # Collection files

    def _take(self, folder: Path, names: Sequence[str]) -> None:
        documents = [Path(name) for name in names if Path(name).suffix.lower() in SUFFIXES]
        belongs = {path.stem for path in documents} | {path.name for path in documents}
        for name in names:
            path = folder / name
            if path.suffix.lower() not in READERS or not _inside(path, self._root):
                continue
            if path.stem in belongs:
                self._sidecars.setdefault(folder, {}).setdefault(path.stem, []).append(path)
                continue
            shelf = self._shelves.setdefault(folder, _Shelf())
            for record in self._read(path):
                self._add(shelf, folder, path, record)

    def _add(self, shelf: _Shelf, folder: Path, path: Path, record: Record) -> None:
        shown = path.relative_to(self._root).as_posix()
        for claimed in record.files:
            place = _path(folder, claimed)
            if shelf.by_path.setdefault(place, record).content != record.content:
                self._problem(
                    f"{shown!r}: two records that differ claim the file {claimed[:200]!r}; the first is used. "
                    "Correct one of them."
                )
                continue
            shelf.by_name.setdefault(_name(claimed), []).append((place, record))
        if record.doi:
            first, where = self._dois.setdefault(record.doi, (record, shown))
            if first.content != record.content:
                both = f"{shown!r}" if where == shown else f"{where!r} and {shown!r}"
                self._problem(
                    f"{both}: two records that differ have the DOI {record.doi}; for a document the nearer file's is "
                    "used, in one file the first. Make them agree or delete one."
                )
            shelf.by_doi.setdefault(record.doi, record)
        if record.title:
            shelf.by_title.setdefault(normal_title(record.title), []).append(record)

    def _above(self, file: Path) -> Iterator[tuple[Path, _Shelf]]:
        """The shelves that bear on `file`, the nearest first."""
        folder = file.parent
        while True:
            if folder in self._shelves:
                yield folder, self._shelves[folder]
            if folder in (self._root, folder.parent):
                return
            folder = folder.parent

    def _read(self, path: Path) -> tuple[Record, ...]:
        try:
            found = read_records(path)
        except BibliographyError as error:
            self._problem(str(error))
            return ()
        for problem in found.problems:
            self._problem(problem)
        return found.records

    def _problem(self, said: str) -> None:
        self._problems[said] = None


def _folders(root: Path, deep: bool) -> Iterator[tuple[Path, list[str]]]:
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name != "__MACOSX") if deep else []
        yield Path(folder), sorted(name for name in names if not name.startswith((".", "~$")))


def _inside(path: Path, root: Path) -> bool:
    """Links that lead out of the folder are not followed, nor is anything read that is no ordinary file."""
    return path.is_file() and (not path.is_symlink() or path.resolve().is_relative_to(root.resolve()))


def _path(folder: Path, claimed: str) -> str:
    """A claimed file as a path that is the same however it was written."""
    written = unicodedata.normalize("NFC", claimed).replace("\\", "/")
    written = re.sub(r"^file:/*(?=/|[A-Za-z]:)", "", unquote(written) if "://" in written else written)
    if written.startswith("/") or re.match(r"[A-Za-z][\w-]*:", written):
        return written
    return posixpath.normpath(f"{unicodedata.normalize('NFC', folder.as_posix())}/{written}")


def _name(claimed: str) -> str:
    """The last part of a claimed file: all that stays the same when a library is copied to another place."""
    return _path(Path("/"), claimed).rsplit("/", 1)[-1].casefold()


def _only(records: Sequence[Record]) -> Record | None:
    """The record, when all of them say the same."""
    return records[0] if records and all(record.content == records[0].content for record in records) else None


def _best(records: Sequence[Record], file: Path, document: Document) -> Record | None:
    named = [record for record in records if _name(file.name) in map(_name, record.files)]
    if named:
        return _only(named)
    shelf = _Shelf()
    for record in records:
        if record.doi:
            shelf.by_doi.setdefault(record.doi, record)
        if record.title:
            shelf.by_title.setdefault(normal_title(record.title), []).append(record)
    return _same_work([(file.parent, shelf)], document)


def _same_work(shelves: Sequence[tuple[Path, _Shelf]], document: Document) -> Record | None:
    if not any(shelf.by_doi or shelf.by_title for _, shelf in shelves):
        return None
    own = normal_doi(document.metadata.get("doi", ""))
    page = normal_title(document.first_page)
    printed = normal_doi(document.first_page)
    titles = [normal_title(title) for title in (document.metadata.get("title", ""), document.title) if title]
    for _, shelf in shelves:
        if own and own in shelf.by_doi:
            return shelf.by_doi[own]
        if printed and (record := shelf.by_doi.get(printed)) is not None:
            # The first DOI of a page can be that of another work, which is cited there.
            wanted = normal_title(record.title or "")
            if wanted and (wanted in titles or wanted in page):
                return record
        for title in titles:
            record = _only(shelf.by_title.get(title, []))
            if record and not (own and record.doi and own != record.doi) and _telling(title, record, page):
                return record
    return None


def _telling(title: str, record: Record, page: str) -> bool:
    if len(title.split()) >= _SAFE_TITLE_WORDS:
        return True
    return any(normal_title(parts_of(author).family) in page.split() for author in record.authors)
