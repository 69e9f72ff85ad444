"""The run over many files: what changed is read and stored in small transactions, what did not is left unread."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from corpus.bibliography import Collection, describe, doubts, normal_doi
from corpus.bibliography.values import normal_title
from corpus.catalog import Catalog
from corpus.database import DatabaseError
from corpus.documents import DocumentRecord, Documents
from corpus.ingest.batch import Batch, Item, Outcome
from corpus.ingest.document import flags_of, passages_of, source_id_of
from corpus.ingest.signatures import Signatures
from corpus.ingest.walk import Found, PassedOver, not_ordinary, shown, walk
from corpus.models import CorpusError, Entry, Source
from corpus.readers import ReadError, read

logger = logging.getLogger(__name__)

UPLOAD = "upload:"
"""The root of uploaded documents, which are told apart by their names alone."""
_READER = "1"


class Ingestion:
    """One run over `paths`. `total` files lie before it; `run` says of each what became of it, once that is stored."""

    def __init__(self, catalog: Catalog, paths: Sequence[Path], *, prune: bool = False, uploaded: bool = False) -> None:
        """Raises `CorpusError` when a path does not exist. `uploaded` files are known by their names alone."""
        self._catalog = catalog
        self._documents = Documents(catalog.database)
        self._paths = paths
        self._prune = prune
        self._uploaded = uploaded
        self._signatures = Signatures()
        self._collections: dict[Path, Collection] = {}
        self.total = sum(1 for _ in walk(paths))

    def run(self) -> Iterator[Outcome]:
        """Outcomes in order, each after its transaction; killed and run again it ends in the same library.

        Raises `DatabaseError` when nothing can be stored; what was stored before stays, whole.
        """
        if self._prune:
            yield from self._pruned()
        batch = Batch()
        for item in walk(self._paths):
            if isinstance(item, PassedOver):
                batch.settle(Outcome(item.file, "failed" if item.failed else "skipped", reason=item.reason))
            else:
                self._take(item, batch)
            if batch.full:
                yield from self._store(batch)
                batch = Batch()
        yield from self._store(batch)
        for root, collection in self._collections.items():
            yield from _troubles(root, collection.problems)

    # One file

    def _take(self, found: Found, batch: Batch) -> None:
        file = found.file
        try:
            if (reason := not_ordinary(file)) is not None:
                raise ReadError(reason)
            name = self._name(found)
            held = self._documents.named(name)
            digest = _digest(file)
            bibliography = self._signatures.of(found)
            if held and (held.digest, held.bibliography, held.reader) == (digest, bibliography, _READER):
                batch.settle(Outcome(file, "unchanged", held.source_id))
                return
            document = read(file)
            collection = self._collection(found)
            source_id = held.source_id if held else source_id_of(name, file.stem)
            source = describe(document, collection.record_for(file, document), source_id)
            if (other := self._same_work(source, batch)) is not None:
                batch.settle(_duplicate(file, source, other))
                return
            passages = passages_of(source, document)
            if not passages:
                raise ReadError(f"{shown(file.name)!r} holds no text that could be cited. Give a version with text.")
            source = replace(source, flags=flags_of(document, passages))
        except CorpusError as error:
            if isinstance(error, DatabaseError):
                raise
            batch.settle(Outcome(file, "failed", reason=str(error)))
        except Exception as error:
            logger.warning("%s could not be read", file, exc_info=True)
            batch.settle(Outcome(file, "failed", reason=_unforeseen(file, error)))
        else:
            record = DocumentRecord(
                source_id=source_id,
                name=name,
                path=shown(file.name if self._uploaded else file),
                root=UPLOAD if self._uploaded else shown(found.root),
                digest=digest,
                bibliography=bibliography,
                reader=_READER,
                flags=source.flags,
                removed=document.removed,
                ingested_at=datetime.now(UTC).isoformat(timespec="seconds"),
            )
            batch.add(file, Entry(source, passages), record, held is not None, " ".join(doubts(document)) or None)

    def _name(self, found: Found) -> str:
        return f"{UPLOAD}{shown(found.file.name)}" if self._uploaded else shown(found.file.resolve().as_posix())

    def _collection(self, found: Found) -> Collection:
        if found.root not in self._collections:
            self._collections[found.root] = Collection.of(found.root, deep=not found.named)
        return self._collections[found.root]

    def _same_work(self, source: Source, batch: Batch) -> Source | None:
        """Another source that holds this one's DOI; where one of the two is only a guess, its title must agree too."""
        if source.doi is None or (doi := normal_doi(source.doi)) is None:
            return None
        others: list[Source] = [*batch.sources.get(doi, ()), *self._catalog.sources_by_doi(doi)]
        for other in others:
            sure = "doi" not in source.unverified and "doi" not in other.unverified
            if other.id != source.id and (sure or normal_title(other.title) == normal_title(source.title)):
                return other
        return None

    # Storing

    def _store(self, batch: Batch) -> list[Outcome]:
        """Store a batch in one transaction; when the database refuses one entry, the others go in without it."""
        if not batch.items:
            return batch.outcomes()
        try:
            new = self._catalog.put_all([(item.entry, item.record) for item in batch.items])
        except DatabaseError:
            raise
        except Exception:  # noqa: BLE001 - whatever the database does not take, only its own file may suffer from it
            return self._store_singly(batch)
        for item, changed in zip(batch.items, new, strict=True):
            item.settle(changed)
        return batch.outcomes()

    def _store_singly(self, batch: Batch) -> list[Outcome]:
        for item in batch.items:
            item.settle(self._store_alone(item))
        return batch.outcomes()

    def _store_alone(self, item: Item) -> bool | str:
        try:
            return self._catalog.put_all([(item.entry, item.record)])[0]
        except DatabaseError:
            raise
        except Exception as error:
            logger.warning("%s could not be stored", item.file, exc_info=True)
            return _unforeseen(item.file, error)

    def _pruned(self) -> Iterator[Outcome]:
        """Remove the sources whose files are gone from the folders of this run."""
        for folder in (path for path in self._paths if path.is_dir()):
            for held in self._documents.below(shown(folder.resolve().as_posix())):
                if _gone(held.name):
                    self._catalog.remove(held.source_id)
                    yield Outcome(Path(held.path), "removed", held.source_id)


def _duplicate(file: Path, source: Source, other: Source) -> Outcome:
    instead = (
        "which comes with the release; set MENTOR_COACH_FOUNDING=off to have your own in its place"
        if other.founding
        else f"to have this file in its place, `mentor-coach remove {other.id}` first"
    )
    return Outcome(
        file,
        "duplicate",
        reason=f"{shown(file.name)!r} has the DOI {source.doi}, which the source {other.id!r} holds already; the same "
        f"work is one source, and nothing was changed. That is {shown(other.title)!r}: {instead}. "
        "If the DOI is wrong, put the right one into a bibliography file beside the document.",
    )


def _troubles(root: Path, problems: Iterable[str]) -> Iterator[Outcome]:
    """What is wrong with bibliography files, one outcome a file."""
    by_file: dict[Path, list[str]] = {}
    for problem in problems:
        quoted = re.match(r"'([^']+)'", problem)
        file = root / quoted[1] if quoted else root
        by_file.setdefault(file if file.exists() else root, []).append(problem)
    for file, said in by_file.items():
        yield Outcome(file, "failed", reason=" ".join(said))


def _digest(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise ReadError(
            f"{shown(file.name)!r} cannot be read ({error.strerror}). Check that it exists and may be read."
        ) from error


def _gone(name: str) -> bool:
    """Whether the file of this name is certainly not there; what cannot be looked at is not gone."""
    path = Path(name)
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        # A name that is no text is held with its bytes written out.
        return "\\" not in name or not path.parent.is_dir() or name not in map(shown, path.parent.iterdir())
    except OSError:
        return False
    return False


def _unforeseen(file: Path, error: Exception) -> str:
    return (
        f"{shown(file.name)!r} could not be read ({type(error).__name__}). "
        "Save it anew from the program that made it, or as PDF or text, and ingest it again."
    )
