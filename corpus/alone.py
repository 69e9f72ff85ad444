"""A lock over the threads of a process and, where a server holds the database, over all processes that use it."""

from __future__ import annotations

import contextlib
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
        if self._connection is not None:
            # The lock ends with its connection, whatever became of the server meanwhile.
            with contextlib.suppress(DBAPIError):
                self._connection.close()
            self._connection = None
        self._lock.release()

    def _take(self, statement: str) -> bool:
        if not self._database.served:
            return True
        try:
            connection = self._database.engine.connect()
            connection.detach()
            self._connection = connection.execution_options(isolation_level="AUTOCOMMIT")
            # Another's turn may last as long as indexing a library does.
            self._connection.execute(text("SET lock_timeout = 0"))
            return self._connection.execute(text(statement), {"key": self._key}).scalar() is not False
        except DBAPIError as error:
            if self._connection is not None:
                with contextlib.suppress(DBAPIError):
                    self._connection.close()
                self._connection = None
            raise explained(error, self._database.engine.url) from error
