"""One engine, one schema and its version; every table of the product is registered on `metadata`."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from pathlib import Path

from sqlalchemy import Column, Connection, Engine, MetaData, String, Table, inspect, select
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from corpus.engines import (
    DatabaseBusyError,
    DatabaseDamagedError,
    DatabaseError,
    DatabaseFullError,
    DatabaseUnreachableError,
    damaged,
    explained,
    named,
    open_engine,
    take_turn,
)

__all__ = [
    "DERIVED",
    "SCHEMA_VERSION",
    "Database",
    "DatabaseBusyError",
    "DatabaseDamagedError",
    "DatabaseError",
    "DatabaseFullError",
    "DatabaseUnreachableError",
    "facts",
    "get_fact",
    "holds_catalog",
    "metadata",
    "set_fact",
]

SCHEMA_VERSION = "3"
_CHECKPOINT_S = 10.0

DERIVED = {"derived": True}
"""The `info` of a table that can be made again from the others: a backup leaves it out."""

metadata = MetaData()

facts = Table(
    "facts",
    metadata,
    Column("key", String, primary_key=True),
    Column("value", String, nullable=False),
)
"""Small facts about the database itself: its schema's version, what was loaded last."""


class Database:
    """An engine whose schema exists and has the version that this code reads."""

    def __init__(self, url: str) -> None:
        self.engine = open_engine(url)
        self.name = named(self.engine.url)
        """As messages name it: without its password."""
        # Of single statements a transaction shows no more, and asks a server twice more each time.
        self._reading = self.engine.execution_options(isolation_level="AUTOCOMMIT") if self.served else self.engine
        self.held = ExitStack()
        """What this process keeps as long as the database is open."""
        # SQLite lets writers of one process wait asleep, up to a tenth of a second and in no order.
        self._writing: AbstractContextManager[object] = nullcontext() if self.served else threading.Lock()
        try:
            # Looked at before anything is made: a catalog of another release is left exactly as it is.
            version = self._version()
            if version in (None, SCHEMA_VERSION):
                # In turn, since several processes may begin at once.
                with self.engine.begin() as connection:
                    take_turn(connection)
                    metadata.create_all(connection)
                    if version is None:
                        set_fact(connection, "schema_version", SCHEMA_VERSION)
        except DBAPIError as error:
            self.engine.dispose()
            raise self._not_opened(error) from error
        if version not in (None, SCHEMA_VERSION):
            self.engine.dispose()
            raise DatabaseError(
                f"The catalog at {self.name} has schema {version!r}; this release reads {SCHEMA_VERSION!r}. "
                f"Start the release that wrote it, or point {self._setting} and ingest again."
            )

    @classmethod
    def at(cls, folder: Path) -> Database:
        """Open `catalog.sqlite3` in `folder`, which must exist."""
        return cls(f"sqlite:///{folder / 'catalog.sqlite3'}")

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """What is committed at each statement. Raises `DatabaseUnreachableError` when the server does not answer."""
        with self._connection(self._reading) as connection:
            yield connection

    @contextmanager
    def moment(self) -> Iterator[Connection]:
        """As `read`, but all statements see one moment, whatever is written meanwhile."""
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True} if self.served else {}
        with self._connection(self.engine.execution_options(**options)) as connection:
            if not self.served:
                connection.exec_driver_sql("BEGIN")
            yield connection

    @contextmanager
    def _connection(self, engine: Engine) -> Iterator[Connection]:
        with self._explaining(), engine.connect() as connection:
            yield connection

    @contextmanager
    def _explaining(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            if isinstance(error, OperationalError | InterfaceError) or damaged(error):
                raise explained(error, self.engine.url) from error
            raise

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction: committed at the end of the block, rolled back on any error.

        Raises `DatabaseBusyError`, `DatabaseFullError` and `DatabaseDamagedError`; nothing of the block is stored then.
        """
        with self._explaining(), self._writing, self.engine.begin() as connection:
            take_turn(connection)
            yield connection

    def forget(self) -> None:
        """Leave no bytes of what was deleted: fold SQLite's write-ahead log into the database and empty it.

        `secure_delete` has overwritten the rows in the database itself. Raises `DatabaseBusyError` while a reader
        keeps the log. PostgreSQL keeps its files by rules of its own: `docs/growing.md` says what that means.
        """
        if self.served:
            return
        deadline = time.monotonic() + _CHECKPOINT_S
        while True:
            # SQLite before 3.51.3 can lose pages when somebody commits while a second checkpoint begins
            # (https://sqlite.org/wal.html#walresetbug): nobody does, since whoever commits has his turn alone.
            with self._writing, self.engine.connect() as connection:
                busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar()
            if not busy:
                return
            if time.monotonic() > deadline:
                raise DatabaseBusyError(
                    f"The log of the catalog at {self.name} could not be emptied, since another program "
                    "reads it. Close that program and delete again."
                )
            time.sleep(0.05)

    @property
    def served(self) -> bool:
        """Whether a server holds it, for several processes and machines; else it is a file of this process."""
        return self.engine.dialect.name != "sqlite"

    @property
    def _setting(self) -> str:
        return (
            "MENTOR_COACH_DATABASE_URL at an empty database" if self.served else "MENTOR_COACH_HOME at an empty folder"
        )

    def _not_opened(self, error: DBAPIError) -> DatabaseError:
        if self.served:
            return explained(error, self.engine.url)
        return DatabaseError(
            f"The catalog at {self.name} cannot be opened: {error.orig}. Check that the file is reachable and "
            "writable, free space if the disk is full, then start again."
        )

    def _version(self) -> str | None:
        if not inspect(self.engine).has_table(facts.name):
            return None
        with self.engine.connect() as connection:
            return get_fact(connection, "schema_version")

    def close(self) -> None:
        self.held.close()
        self.engine.dispose()


def holds_catalog(url: str) -> bool:
    """Whether a catalog is there already; nothing is made. Raises `DatabaseError`."""
    engine = open_engine(url)
    try:
        return inspect(engine).has_table(facts.name)
    except DBAPIError as error:
        raise explained(error, engine.url) from error
    finally:
        engine.dispose()


def get_fact(connection: Connection, key: str) -> str | None:
    return connection.execute(select(facts.c.value).where(facts.c.key == key)).scalar()


def set_fact(connection: Connection, key: str, value: str) -> None:
    connection.execute(facts.delete().where(facts.c.key == key))
    connection.execute(facts.insert().values(key=key, value=value))
