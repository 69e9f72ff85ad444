"""One engine, one schema and its version; every table of the product is registered on `metadata`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, Engine, MetaData, String, Table, create_engine, event, select
from sqlalchemy.exc import DBAPIError

from corpus.models import CorpusError

SCHEMA_VERSION = "1"

metadata = MetaData()

facts = Table(
    "facts",
    metadata,
    Column("key", String, primary_key=True),
    Column("value", String, nullable=False),
)
"""Small facts about the database itself: its schema's version, what was loaded last."""


class DatabaseError(CorpusError):
    """The database cannot be used as it is."""


class Database:
    """An engine whose schema exists and has the version that this code reads."""

    def __init__(self, url: str) -> None:
        self.engine: Engine = create_engine(url, pool_pre_ping=not url.startswith("sqlite"))
        if self.engine.dialect.name == "sqlite":
            event.listen(self.engine, "connect", _sqlite_pragmas)
        try:
            metadata.create_all(self.engine)
            with self.write() as connection:
                version = get_fact(connection, "schema_version")
                if version is None:
                    set_fact(connection, "schema_version", SCHEMA_VERSION)
        except DBAPIError as error:
            raise DatabaseError(
                f"The catalog at {self.engine.url!r} cannot be opened: {error.orig}. "
                "Check that the file or server is reachable and writable, then start again."
            ) from error
        if version not in (None, SCHEMA_VERSION):
            raise DatabaseError(
                f"The catalog at {self.engine.url!r} has schema {version!r}; this release reads {SCHEMA_VERSION!r}. "
                "Start the release that wrote it, or point MENTOR_COACH_HOME at an empty folder."
            )

    @classmethod
    def at(cls, folder: Path) -> Database:
        """Open `catalog.sqlite3` in `folder`, which must exist."""
        return cls(f"sqlite:///{folder / 'catalog.sqlite3'}")

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction: committed at the end of the block, rolled back on any error."""
        with self.engine.begin() as connection:
            yield connection

    def close(self) -> None:
        self.engine.dispose()


def get_fact(connection: Connection, key: str) -> str | None:
    return connection.execute(select(facts.c.value).where(facts.c.key == key)).scalar()


def set_fact(connection: Connection, key: str, value: str) -> None:
    connection.execute(facts.delete().where(facts.c.key == key))
    connection.execute(facts.insert().values(key=key, value=value))


def _sqlite_pragmas(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    # WAL lets readers go on while one writes; NORMAL survives a killed process, and costs no fsync a turn.
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
        "busy_timeout=10000",
        "secure_delete=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
