"""One engine, one schema and its version; every table of the product is registered on `metadata`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, Engine, MetaData, String, Table, create_engine, event, inspect, select
from sqlalchemy.exc import DBAPIError, OperationalError

from corpus.models import CorpusError

SCHEMA_VERSION = "3"
_CHECKPOINT_S = 10.0
_BUSY_MS = 10_000

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


class DatabaseBusyError(DatabaseError):
    """Another process holds the database, or a reader will not let go of it."""


class DatabaseFullError(DatabaseError):
    """There is no room left for what was to be stored."""


class Database:
    """An engine whose schema exists and has the version that this code reads."""

    def __init__(self, url: str) -> None:
        self.engine: Engine = create_engine(url, pool_pre_ping=not url.startswith("sqlite"))
        if self.engine.dialect.name == "sqlite":
            event.listen(self.engine, "connect", _sqlite_pragmas)
        try:
            # Looked at before anything is made: a catalog of another release is left exactly as it is.
            version = self._version()
            if version is None:
                metadata.create_all(self.engine)
                with self.engine.begin() as connection:
                    set_fact(connection, "schema_version", SCHEMA_VERSION)
        except DBAPIError as error:
            raise DatabaseError(
                f"The catalog at {self.engine.url!r} cannot be opened: {error.orig}. "
                "Check that the file or server is reachable and writable, free space if the disk is full, then start "
                "again."
            ) from error
        if version not in (None, SCHEMA_VERSION):
            raise DatabaseError(
                f"The catalog at {self.engine.url!r} has schema {version!r}; this release reads {SCHEMA_VERSION!r}. "
                "Start the release that wrote it, or point MENTOR_COACH_HOME at an empty folder and ingest again."
            )
        metadata.create_all(self.engine)

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
        """A transaction: committed at the end of the block, rolled back on any error.

        Raises `DatabaseBusyError` and `DatabaseFullError`; nothing of the block is stored then.
        """
        try:
            with self.engine.begin() as connection:
                if self._sqlite:
                    # Waits for its turn here; a transaction that begins by reading cannot wait later on.
                    connection.exec_driver_sql("BEGIN IMMEDIATE")
                yield connection
        except OperationalError as error:
            raise _explained(error, self.engine) from error

    def forget(self) -> None:
        """Leave no bytes of what was deleted: fold SQLite's write-ahead log into the database and empty it.

        `secure_delete` has overwritten the rows in the database itself. Raises `DatabaseBusyError` while a reader
        keeps the log.
        """
        if not self._sqlite:
            return
        deadline = time.monotonic() + _CHECKPOINT_S
        while True:
            with self.engine.connect() as connection:
                busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar()
            if not busy:
                return
            if time.monotonic() > deadline:
                raise DatabaseBusyError(
                    f"The log of the catalog at {self.engine.url!r} could not be emptied, since another program "
                    "reads it. Close that program and delete again."
                )
            time.sleep(0.05)

    @property
    def _sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    def _version(self) -> str | None:
        if not inspect(self.engine).has_table(facts.name):
            return None
        with self.engine.connect() as connection:
            return get_fact(connection, "schema_version")

    def close(self) -> None:
        self.engine.dispose()


def _explained(error: OperationalError, engine: Engine) -> DatabaseError:
    said = str(error.orig)
    where = f"the catalog at {engine.url!r}"
    if "locked" in said or "busy" in said:
        return DatabaseBusyError(
            f"Another program holds {where}. The last step was undone and the library is whole; close that program "
            "(a database browser, a backup) and try again."
        )
    if "full" in said:
        return DatabaseFullError(
            f"There is no room left for {where}. The last step was undone and the library is whole; "
            "free space and try again."
        )
    return DatabaseError(f"Writing to {where} failed: {said}. The last step was undone; check the disk and try again.")


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
        f"busy_timeout={_BUSY_MS}",
        "secure_delete=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
