"""The engines of the tests, real processes, and everything that one holds as bytes."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import inspect

from corpus.database import Database
from evals.engines import Chroma, Postgres

__all__ = ["Chroma", "Postgres", "all_bytes"]


def all_bytes(database: Database) -> bytes:
    """Everything that a database holds: the bytes of SQLite's files, on PostgreSQL every row of every table."""
    if not database.served:
        database.close()
        file = Path(str(database.engine.url.database))
        return b"".join(part.read_bytes() for part in file.parent.glob(f"{file.name}*"))
    with database.read() as connection:
        rows = [
            str(row)
            for table in inspect(connection).get_table_names()
            for row in connection.exec_driver_sql(f'SELECT t::text FROM "{table}" t')
        ]
    return "\n".join(rows).encode()
