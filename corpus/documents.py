"""What the catalog remembers of the files it was made from: enough to leave an unchanged one unread."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Row, select

from corpus.database import Database
from corpus.tables import documents

_PAGE = 500


@dataclass(frozen=True, slots=True)
class DocumentRecord:
    """One file as it was when its source was stored."""

    source_id: str
    name: str
    """Tells documents apart: the resolved path, or `upload:` and the name that it was uploaded under."""
    path: str
    """As its owner gave it."""
    root: str
    """The folder that was ingested, `upload:` for uploads."""
    digest: str
    """SHA-256 of the file."""
    bibliography: str
    """SHA-256 of the bibliography files that bear on it."""
    reader: str
    """Version of the reading that made the source; another one reads the file again."""
    flags: tuple[str, ...]
    removed: tuple[str, ...]
    """What reading left out, in plain words."""
    ingested_at: str
    """ISO 8601, UTC."""


class Documents:
    """Look up and walk the remembered documents; `Catalog.put_all` writes them with their sources."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def named(self, name: str) -> DocumentRecord | None:
        with self._database.read() as connection:
            row = connection.execute(select(documents).where(documents.c.name == name)).first()
        return None if row is None else _record(row)

    def below(self, folder: str) -> Iterator[DocumentRecord]:
        """Documents whose name is a path inside `folder`, by name, a few hundred in memory at a time."""
        start = f"{folder.rstrip('/')}/"
        last = start
        while True:
            query = select(documents).where(documents.c.name > last, documents.c.name < f"{start}\U0010ffff")
            with self._database.read() as connection:
                rows = connection.execute(query.order_by(documents.c.name).limit(_PAGE)).all()
            yield from map(_record, rows)
            if len(rows) < _PAGE:
                return
            last = rows[-1].name


def values(record: DocumentRecord) -> dict[str, Any]:
    return asdict(record) | {"flags": list(record.flags), "removed": list(record.removed)}


def _record(row: Row[Any]) -> DocumentRecord:
    return DocumentRecord(**dict(row._mapping) | {"flags": tuple(row.flags), "removed": tuple(row.removed)})
