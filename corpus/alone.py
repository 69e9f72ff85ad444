"""A lock over the threads of a process and, where a server holds the database, over all processes that use it."""

from __future__ import annotations

import threading
import zlib
from types import TracebackType

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from corpus.database import Database
from corpus.engines import explained


class Alone:
    """`with Alone(database, "index"):` waits its turn; a process that dies, or loses the server, lets go of it."""

    def __init__(self, database: Database, name: str) -> None:
        self._database = database
        self._key = zlib.crc32(f"mentor-coach {name}".encode())
        self._lock = threading.Lock()
        self._connection: Connection | None = None

    def __enter__(self) -> Alone:
        self._lock.acquire()
        try:
            self._take("SELECT pg_advisory_lock(:key)")
        except BaseException:
            self._lock.release()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def tried(self) -> bool:
        """Take it if nobody has it, without waiting; `release` gives it back."""
        if not self._lock.acquire(blocking=False):
            return False
        try:
            taken = self._take("SELECT pg_try_advisory_lock(:key)")
        except BaseException:
            self._lock.release()
            raise
        if not taken:
            self.release()
        return taken

    def release(self) -> None:
        connection, self._connection = self._connection, None
        try:
            if connection is not None:
                self._give_back(connection)
        finally:
            self._lock.release()

    def _take(self, statement: str) -> bool:
        if not self._database.served:
            return True
        try:
            # A connection of its own: the lock lives as long as it does, and no transaction is kept open.
            connection = self._database.engine.execution_options(isolation_level="AUTOCOMMIT").connect()
        except DBAPIError as error:
            raise explained(error, self._database.engine.url) from error
        try:
            # Another's turn may last as long as indexing a library does.
            connection.execute(text("SET lock_timeout = 0"))
            taken = connection.execute(text(statement), {"key": self._key}).scalar() is not False
        except DBAPIError as error:
            connection.close()
            raise explained(error, self._database.engine.url) from error
        if taken:
            self._connection = connection
        else:
            connection.execute(text("RESET lock_timeout"))
            connection.close()
        return taken

    def _give_back(self, connection: Connection) -> None:
        try:
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": self._key})
            connection.execute(text("RESET lock_timeout"))
        except DBAPIError:
            # The server is gone, and the lock with it.
            connection.invalidate()
        finally:
            connection.close()
