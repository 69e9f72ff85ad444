"""Backups: one archive of every table that is no index and of every upload on its way, for either database engine."""

from __future__ import annotations

import base64
import hashlib
import json
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy import ColumnElement, Connection, Integer, Table, and_, func, inspect, select, text

from coach.errors import BackupError
from corpus.database import SCHEMA_VERSION, Database, facts, metadata
from retrieval.index import lexical_index

_FORMAT = 1
_MANIFEST = "manifest.json"
_TABLES = "tables/"
_FILES = "files/"
_AT_ONCE = 500
_BLOCK = 1024 * 1024
_NOT_OURS = ("index", "to_forget")
"""Facts about what is not in an archive: the indexes."""
_INDEX_TABLES = "lexical"
_FOLDERS = ("uploads",)
"""What of the data folder an archive holds beside the tables."""


class _Member(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    sha256: str
    rows: int | None = None


class Manifest(BaseModel):
    """What an archive says of itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: int
    schema_version: str
    release: str
    made_at: str
    members: dict[str, _Member]

    def rows(self, table: str) -> int:
        return self.members[f"{_TABLES}{table}.jsonl"].rows or 0


def back_up(database: Database, home: Path, file: Path) -> Manifest:
    """Write an archive of one moment, while the service goes on; raises `BackupError` when `file` exists.

    `file` appears only once it is whole.
    """
    if file.exists():
        raise BackupError(f"{str(file)!r} exists already. Name a new file, or move this one away.")
    part = file.with_name(f"{file.name}.part")
    members: dict[str, _Member] = {}
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
            with _moment(database) as connection:
                _refuse_unknown(connection)
                for table in _kept():
                    members[_name(table)] = _write_table(archive, connection, table)
            for held in _uploads(home):
                name = _FILES + held.relative_to(home).as_posix()
                try:
                    members[name] = _write_file(archive, name, held)
                except FileNotFoundError:
                    continue  # Its job is done; what it brought came after the moment, or is in the tables.
            manifest = Manifest(
                format=_FORMAT,
                schema_version=SCHEMA_VERSION,
                release=version("mentor-coach"),
                made_at=datetime.now(UTC).isoformat(timespec="seconds"),
                members=members,
            )
            archive.writestr(_MANIFEST, manifest.model_dump_json(indent=1))
        read_back_up(part)
        part.rename(file)
    except OSError as error:
        raise BackupError(
            f"The backup {str(file)!r} cannot be written ({error.strerror}). Choose another folder or free space."
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return manifest


def read_back_up(file: Path) -> Manifest:
    """The manifest of an archive, of which every byte was checked; raises `BackupError`."""
    try:
        with zipfile.ZipFile(file) as archive:
            manifest = Manifest.model_validate_json(archive.read(_MANIFEST))
            if manifest.format != _FORMAT:
                raise BackupError(f"{str(file)!r} has format {manifest.format}; this release reads {_FORMAT}.")
            if manifest.schema_version != SCHEMA_VERSION:
                raise BackupError(
                    f"{str(file)!r} has schema {manifest.schema_version!r}; this release reads {SCHEMA_VERSION!r}. "
                    f"Restore it with release {manifest.release}, which wrote it."
                )
            if sorted(archive.namelist()) != sorted([*manifest.members, _MANIFEST]):
                raise BackupError(f"{str(file)!r} does not hold what its manifest names. Use another backup.")
            for name, member in manifest.members.items():
                with archive.open(name) as stream:
                    if hashlib.file_digest(stream, "sha256").hexdigest() != member.sha256:
                        raise BackupError(f"In {str(file)!r} {name!r} is not what was written. Use another backup.")
    except BackupError:
        raise
    except OSError as error:
        raise BackupError(f"{str(file)!r} cannot be read ({error.strerror}). Check its name.") from error
    except (zipfile.BadZipFile, zlib.error, KeyError, ValidationError, ValueError, EOFError) as error:
        raise BackupError(f"{str(file)!r} is no whole backup of Mentor Coach. Use another one.") from error
    return manifest


def restore(database: Database, home: Path, file: Path, *, force: bool = False) -> Manifest:
    """Put an archive in place of what the database holds, wholly or not at all.

    The indexes are emptied; the next start makes them anew, so nobody may be serving meanwhile. Raises `BackupError`
    for an archive that is damaged or of another schema, and, without `force`, when there are conversations or own
    sources that would be lost.
    """
    manifest = read_back_up(file)
    tables = _kept()
    unknown = {name for name in manifest.members if name.startswith(_TABLES)} - {
        f"{_TABLES}{t.name}.jsonl" for t in tables
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
            if name.startswith(_FILES):
                _read_file(archive, name, home)
    return manifest


def _kept() -> list[Table]:
    """The tables of an archive, those first that others point to."""
    return [table for table in metadata.sorted_tables if not table.info.get("derived")]


def _refuse_unknown(connection: Connection) -> None:
    """Raise `BackupError` for a table that would be left out without a word."""
    known = {*metadata.tables, "sqlite_sequence"}
    unknown = [n for n in inspect(connection).get_table_names() if n not in known and not n.startswith(_INDEX_TABLES)]
    if unknown:
        raise BackupError(
            f"The database holds tables of somebody else: {', '.join(unknown)}. Give Mentor Coach its own."
        )


@contextmanager
def _moment(database: Database) -> Iterator[Connection]:
    """A connection that sees one moment, whatever is written meanwhile."""
    with database.read() as connection:
        if database.served:
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        else:
            connection.exec_driver_sql("BEGIN")
        yield connection


def _write_table(archive: zipfile.ZipFile, connection: Connection, table: Table) -> _Member:
    digest, count = hashlib.sha256(), 0
    query = select(table).order_by(*table.primary_key.columns)
    if table is facts:
        query = query.where(_saved_fact())
    with archive.open(_name(table), "w", force_zip64=True) as stream:
        for row in connection.execution_options(yield_per=_AT_ONCE).execute(query):
            line = json.dumps([_plain(value) for value in row], ensure_ascii=False).encode() + b"\n"
            digest.update(line)
            stream.write(line)
            count += 1
    return _Member(sha256=digest.hexdigest(), rows=count)


def _put_back(connection: Connection, table: Table, archive: zipfile.ZipFile, manifest: Manifest) -> None:
    if (member := manifest.members.get(_name(table))) is None:
        return
    with archive.open(_name(table)) as stream:
        _read_table(connection, table, stream)
    counted = select(func.count()).select_from(table)
    if table is facts:
        counted = counted.where(_saved_fact())
    held = connection.execute(counted).scalar_one()
    if held != member.rows:
        raise BackupError(f"Of {table.name!r} {held} rows came back and {member.rows} were saved; nothing was changed.")


def _saved_fact() -> ColumnElement[bool]:
    """Whether a fact is about what an archive holds, and not about the indexes."""
    return and_(*(~facts.c.key.startswith(name, autoescape=True) for name in _NOT_OURS))


def _name(table: Table) -> str:
    return f"{_TABLES}{table.name}.jsonl"


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


def _plain(value: Any) -> Any:
    """A value as JSON holds it."""
    if isinstance(value, datetime):
        return {"time": (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()}
    if isinstance(value, bytes):
        return {"bytes": base64.b64encode(value).decode()}
    return {"json": value} if isinstance(value, dict | list) else value


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


def _uploads(home: Path) -> Iterable[Path]:
    return sorted(file for folder in _FOLDERS for file in (home / folder).rglob("*") if file.is_file())


def _write_file(archive: zipfile.ZipFile, name: str, file: Path) -> _Member:
    digest = hashlib.sha256()
    with file.open("rb") as held, archive.open(name, "w", force_zip64=True) as stream:
        while block := held.read(_BLOCK):
            digest.update(block)
            stream.write(block)
    return _Member(sha256=digest.hexdigest())


def _read_file(archive: zipfile.ZipFile, name: str, home: Path) -> None:
    target = (home / name.removeprefix(_FILES)).resolve()
    if not target.is_relative_to(home.resolve()):
        raise BackupError(f"The backup names {name!r}, which lies outside the data folder. Use another one.")
    target.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(name) as held, target.open("wb") as stream:
        while block := held.read(_BLOCK):
            stream.write(block)
