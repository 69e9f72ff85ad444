"""What differs between SQLite and PostgreSQL: how to connect, how writers take turns, what an error means."""

from __future__ import annotations

import sqlite3
from typing import Any

from sqlalchemy import URL, Connection, Engine, String, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateColumn

from corpus.models import CorpusError

_BUSY_MS = 10_000
_CONNECT_S = 5
_CONNECTIONS = 15
"""The most that one process opens; a PostgreSQL server admits 100 unless told otherwise."""
# A peer that is gone without a word holds its locks no longer than this.
_SESSION: dict[str, int | str] = {
    "TimeZone": "UTC",
    "lock_timeout": _BUSY_MS,
    "idle_in_transaction_session_timeout": 60_000,
    "tcp_keepalives_idle": 10,
    "tcp_keepalives_interval": 5,
    "tcp_keepalives_count": 3,
}
_WRITER = 0x6D656E74
"""The advisory lock that every writing transaction takes: writers take turns, as they do in SQLite."""


class DatabaseError(CorpusError):
    """The database cannot be used as it is."""


class DatabaseBusyError(DatabaseError):
    """Another process holds the database, or a reader will not let go of it."""


class DatabaseFullError(DatabaseError):
    """There is no room left for what was to be stored."""


class DatabaseDamagedError(DatabaseError):
    """The file is no whole database any more."""


class DatabaseUnreachableError(DatabaseError):
    """The database's server does not answer, or refuses who asks."""


def open_engine(url: str) -> Engine:
    """An engine of one of the two kinds; raises `DatabaseError` when `url` is of no such kind."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise DatabaseError(
            "The database's address cannot be read. Set MENTOR_COACH_DATABASE_URL to "
            "postgresql+psycopg://user:password@host:5432/database, or leave it out for SQLite."
        ) from error
    if parsed.drivername == "sqlite":
        engine = create_engine(parsed, hide_parameters=True)
        event.listen(engine, "connect", _sqlite_pragmas)
        return engine
    if parsed.drivername != "postgresql+psycopg":
        raise DatabaseError(
            f"{parsed.drivername!r} is no database that this release knows. Set MENTOR_COACH_DATABASE_URL to "
            "postgresql+psycopg://user:password@host:5432/database, or leave it out for SQLite."
        )
    options = " ".join(f"-c {name}={value}" for name, value in _SESSION.items())
    # A connection is tried before it is lent out, so that the service goes on by itself when the server comes back.
    engine = create_engine(
        parsed,
        pool_pre_ping=True,
        hide_parameters=True,
        pool_size=5,
        max_overflow=_CONNECTIONS - 5,
        connect_args={"connect_timeout": _CONNECT_S, "options": options},
    )
    event.listen(engine, "before_cursor_execute", _without_nul, retval=True)
    return engine


def named(url: URL) -> str:
    """The database as messages name it: without its password."""
    return repr(url.render_as_string(hide_password=True))


def take_turn(connection: Connection) -> None:
    """Wait here until no other transaction writes; what is read from now on stays true until the commit."""
    if connection.dialect.name == "sqlite":
        # A transaction that begins by reading cannot wait later on.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _WRITER})


def explained(error: DBAPIError, url: URL) -> DatabaseError:
    """What went wrong in words that name the next step; nothing of the failed block is stored."""
    said = " ".join(str(error.orig).split())
    where = f"the catalog at {named(url)}"
    state = getattr(error.orig, "sqlstate", None) or ""
    if damaged(error):
        return DatabaseDamagedError(
            f"The file of {where} is damaged ({said}). Stop the coach, keep the file, and put the last backup into an "
            "empty folder: `mentor-coach restore FILE`, with MENTOR_COACH_HOME at that folder."
        )
    if "locked" in said or "busy" in said or state == "55P03":
        return DatabaseBusyError(
            f"Another program holds {where}. The last step was undone and the library is whole; close that program "
            "(a database browser, a backup) and try again."
        )
    if (state.startswith("53") and state != "53300") or "is full" in said:
        return DatabaseFullError(
            f"There is no room left for {where}. The last step was undone and the library is whole; "
            "free space and try again."
        )
    if url.get_backend_name() == "postgresql" and (error.connection_invalidated or _no_connection(state)):
        return DatabaseUnreachableError(
            f"The database server of {where} does not answer ({said}). Check that it runs, and the user, the password "
            "and the name in MENTOR_COACH_DATABASE_URL; then try again."
        )
    return DatabaseError(f"Work on {where} failed: {said}. The last step was undone; check the disk and try again.")


def damaged(error: DBAPIError) -> bool:
    """Whether SQLite finds pages that cannot be (`SQLITE_CORRUPT`, `SQLITE_NOTADB`)."""
    return (getattr(error.orig, "sqlite_errorcode", 0) & 0xFF) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _no_connection(state: str) -> bool:
    """Whether PostgreSQL's error code is one of a connection: none made, refused, or ended by the server."""
    return state == "" or state.startswith(("08", "28", "3D", "57P", "53300"))


def _without_nul(
    _connection: Connection, _cursor: Any, statement: str, values: Any, _context: Any, _many: bool
) -> tuple[str, Any]:
    """PostgreSQL takes no NUL in a text: stored it becomes the mark of an unreadable character, looked for it is not
    found, as in SQLite.
    """
    many = values if isinstance(values, list) else [values]
    if any("\0" in value for row in many for value in row.values() if isinstance(value, str)):
        many = [{n: v.replace("\0", "\ufffd") if isinstance(v, str) else v for n, v in row.items()} for row in many]
        values = many if isinstance(values, list) else many[0]
    return statement, values


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


@compiles(CreateColumn, "postgresql")
def _by_code_point(element: CreateColumn, compiler: Any, **options: Any) -> str:
    """Text is compared and sorted by code points, as SQLite does, whatever language the server was set up for."""
    column = str(compiler.visit_create_column(element, **options))
    return f'{column} COLLATE "C"' if column and isinstance(element.element.type, String) else column
