"""Restoring a backup into a database of either engine, wholly or not at all."""

from __future__ import annotations

import base64
import json
import zipfile
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, Integer, Table, func, select, text

from coach.backup import FILES, TABLES, Manifest, kept_tables, member_name, read_back_up, saved_fact
from coach.errors import BackupError
from corpus.database import Database, facts, metadata
from retrieval.index import lexical_index

_AT_ONCE = 500
_BLOCK = 1024 * 1024


def restore(database: Database, home: Path, file: Path, *, force: bool = False) -> Manifest:
    """Put an archive in place of what the database holds, wholly or not at all.

    The indexes are emptied; the next start makes them anew, so nobody may be serving meanwhile. Raises `BackupError`
    for an archive that is damaged or of another schema, and, without `force`, when there are conversations or own
    sources that would be lost.
    """
    manifest = read_back_up(file)
    tables = kept_tables()
    unknown = {name for name in manifest.members if name.startswith(TABLES)} - {
        f"{TABLES}{t.name}.jsonl" for t in tables
    }
    if unknown:
        raise BackupError(f"{str(file)!r} holds tables that this release does not know: {', '.join(sorted(unknown))}.")
    lexical = lexical_index(database)
    with zipfile.ZipFile(file) as archive:
        with database.write() as connection:
            if not force and (lost := _would_be_lost(connection)):
                raise BackupError(
                    f"The catalog at {database.name} holds {lost}, which restoring would delete. Restore into an empty "
                    "one, or repeat with --force."
                )
            lexical.clear(connection)
            for table in reversed(metadata.sorted_tables):
                # Where the index's vectors are is remembered, so that they go when the index is made anew.
                gone = facts.delete().where(facts.c.key != "index_state") if table is facts else table.delete()
                connection.execute(gone)
            for table in tables:
                _put_back(connection, table, archive, manifest)
        for name in manifest.members:
            if name.startswith(FILES):
                _read_file(archive, name, home)
    return manifest


def _put_back(connection: Connection, table: Table, archive: zipfile.ZipFile, manifest: Manifest) -> None:
    if (member := manifest.members.get(member_name(table))) is None:
        return
    with archive.open(member_name(table)) as stream:
        _read_table(connection, table, stream)
    counted = select(func.count()).select_from(table)
    if table is facts:
        counted = counted.where(saved_fact())
    held = connection.execute(counted).scalar_one()
    if held != member.rows:
        raise BackupError(f"Of {table.name!r} {held} rows came back and {member.rows} were saved; nothing was changed.")


def _read_table(connection: Connection, table: Table, stream: IO[bytes]) -> None:
    names = [column.name for column in table.columns]
    rows: list[dict[str, Any]] = []
    for line in stream:
        rows.append(dict(zip(names, map(_value, json.loads(line)), strict=True)))
        if len(rows) == _AT_ONCE:
            connection.execute(table.insert(), rows)
            rows = []
    if rows:
        connection.execute(table.insert(), rows)
    _count_on(connection, table)


def _count_on(connection: Connection, table: Table) -> None:
    """Let PostgreSQL number new rows after the restored ones; SQLite does so by itself."""
    key = table.autoincrement_column
    if connection.dialect.name == "postgresql" and key is not None and isinstance(key.type, Integer):
        highest = connection.execute(select(func.max(key))).scalar()
        if highest is not None:
            query = text("SELECT setval(pg_get_serial_sequence(:table, :column), :highest)")
            connection.execute(query, {"table": table.name, "column": key.name, "highest": highest})


def _value(held: Any) -> Any:
    match held:
        case {"time": str(written)}:
            return datetime.fromisoformat(written)
        case {"bytes": str(written)}:
            return base64.b64decode(written)
        case {"json": value}:
            return value
    return held


def _would_be_lost(connection: Connection) -> str:
    """What is there beside what every new library holds, in words; empty when there is nothing."""
    known = {table.name: table for table in metadata.sorted_tables}
    conversations = connection.execute(select(func.count()).select_from(known["conversations"])).scalar_one()
    own = known["sources"].c.founding.is_(False)
    sources = connection.execute(select(func.count()).select_from(known["sources"]).where(own)).scalar_one()
    found = [f"{conversations} conversations"] * bool(conversations) + [f"{sources} own sources"] * bool(sources)
    return " and ".join(found)


def _read_file(archive: zipfile.ZipFile, name: str, home: Path) -> None:
    target = (home / name.removeprefix(FILES)).resolve()
    if not target.is_relative_to(home.resolve()):
        raise BackupError(f"The backup names {name!r}, which lies outside the data folder. Use another one.")
    target.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(name) as held, target.open("wb") as stream:
        while block := held.read(_BLOCK):
            stream.write(block)
