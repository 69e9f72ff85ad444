"""Backups: one archive of every table that is no index and of every upload on its way, for either database engine."""

from __future__ import annotations

import base64
import hashlib
import json
import zipfile
import zlib
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy import ColumnElement, Connection, Table, and_, inspect, select

from coach.errors import BackupError
from corpus.database import SCHEMA_VERSION, Database, facts, metadata

_FORMAT = 1
_MANIFEST = "manifest.json"
TABLES = "tables/"
FILES = "files/"
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
        return self.members[f"{TABLES}{table}.jsonl"].rows or 0


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
            with database.moment() as connection:
                _refuse_unknown(connection)
                for table in kept_tables():
                    members[member_name(table)] = _write_table(archive, connection, table)
            for held in _uploads(home):
                name = FILES + held.relative_to(home).as_posix()
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
                    if _digest(stream) != member.sha256:
                        raise BackupError(f"In {str(file)!r} {name!r} is not what was written. Use another backup.")
    except BackupError:
        raise
    except OSError as error:
        raise BackupError(f"{str(file)!r} cannot be read ({error.strerror}). Check its name.") from error
    except (zipfile.BadZipFile, zlib.error, KeyError, ValidationError, ValueError, EOFError) as error:
        raise BackupError(f"{str(file)!r} is no whole backup of Mentor Coach. Use another one.") from error
    return manifest


def kept_tables() -> list[Table]:
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


def _write_table(archive: zipfile.ZipFile, connection: Connection, table: Table) -> _Member:
    digest, count = hashlib.sha256(), 0
    query = select(table).order_by(*table.primary_key.columns)
    if table is facts:
        query = query.where(saved_fact())
    with archive.open(member_name(table), "w", force_zip64=True) as stream:
        for row in connection.execution_options(yield_per=_AT_ONCE).execute(query):
            line = json.dumps([_plain(value) for value in row], ensure_ascii=False).encode() + b"\n"
            digest.update(line)
            stream.write(line)
            count += 1
    return _Member(sha256=digest.hexdigest(), rows=count)


def saved_fact() -> ColumnElement[bool]:
    """Whether a fact is about what an archive holds, and not about the indexes."""
    return and_(*(~facts.c.key.startswith(name, autoescape=True) for name in _NOT_OURS))


def member_name(table: Table) -> str:
    return f"{TABLES}{table.name}.jsonl"


def _plain(value: Any) -> Any:
    """A value as JSON holds it."""
    if isinstance(value, datetime):
        return {"time": (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()}
    if isinstance(value, bytes):
        return {"bytes": base64.b64encode(value).decode()}
    return {"json": value} if isinstance(value, dict | list) else value


def _uploads(home: Path) -> Iterable[Path]:
    return sorted(file for folder in _FOLDERS for file in (home / folder).rglob("*") if file.is_file())


def _write_file(archive: zipfile.ZipFile, name: str, file: Path) -> _Member:
    digest = hashlib.sha256()
    with file.open("rb") as held, archive.open(name, "w", force_zip64=True) as stream:
        while block := held.read(_BLOCK):
            digest.update(block)
            stream.write(block)
    return _Member(sha256=digest.hexdigest())


def _digest(stream: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while block := stream.read(_BLOCK):
        digest.update(block)
    return digest.hexdigest()
