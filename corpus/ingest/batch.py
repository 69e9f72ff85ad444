"""Files that go into the catalog together, and what became of every file met meanwhile, in order."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from corpus.bibliography import normal_doi
from corpus.documents import DocumentRecord
from corpus.models import Entry, Source

_ENTRIES_AT_ONCE = 32
_OUTCOMES_AT_ONCE = 256
_CHARACTERS_AT_ONCE = 1_000_000
_SECONDS_AT_ONCE = 2.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file.

    `added`, `replaced`, `unchanged`, `removed` (its file is gone), or with the reason: `duplicate` (another source is
    the same work), `skipped` (not a document), `failed`. What was added may have a reason to look at it again.
    """

    file: Path
    status: str
    source_id: str | None = None
    reason: str | None = None


class Item:
    """An entry that waits for its transaction, and its place among the outcomes."""

    def __init__(self, file: Path, entry: Entry, record: DocumentRecord, replaces: bool, doubt: str | None) -> None:
        self.file = file
        self.entry = entry
        self.record = record
        self._replaces = replaces
        self._doubt = doubt
        self.outcome: Outcome | None = None

    def settle(self, changed: bool | str) -> None:
        if isinstance(changed, str):
            self.outcome = Outcome(self.file, "failed", reason=changed)
            return
        status = ("replaced" if self._replaces else "added") if changed else "unchanged"
        self.outcome = Outcome(self.file, status, self.entry.source.id, self._doubt)


class Batch:
    """Files that are stored together, and the outcomes of all files met meanwhile, in order."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.sources: dict[str, list[Source]] = {}
        """The sources of the batch by their DOIs in normal form."""
        self._all: list[Outcome | Item] = []
        self._characters = 0
        self._started = time.monotonic()

    def add(self, file: Path, entry: Entry, record: DocumentRecord, replaces: bool, doubt: str | None) -> None:
        item = Item(file, entry, record, replaces, doubt)
        self.items.append(item)
        self._all.append(item)
        self._characters += sum(len(passage.text) for passage in entry.passages)
        if entry.source.doi and (normal := normal_doi(entry.source.doi)):
            self.sources.setdefault(normal, []).append(entry.source)

    def settle(self, outcome: Outcome) -> None:
        self._all.append(outcome)

    @property
    def full(self) -> bool:
        return (
            len(self.items) >= _ENTRIES_AT_ONCE
            or len(self._all) >= _OUTCOMES_AT_ONCE
            or self._characters >= _CHARACTERS_AT_ONCE
            or time.monotonic() - self._started > _SECONDS_AT_ONCE
        )

    def outcomes(self) -> list[Outcome]:
        settled = (item.outcome if isinstance(item, Item) else item for item in self._all)
        return [outcome for outcome in settled if outcome is not None]
