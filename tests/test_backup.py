"""Backups: whole, of one moment, checked, for either engine, and never over what would be lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select, text

from coach.backup import Manifest, back_up, read_back_up
from coach.conversation import Conversations
from coach.errors import BackupError
from coach.feedback import Feedback, Rating
from coach.found import PersonalKind
from coach.gaps import Gaps
from coach.jobs import Jobs
from coach.keys import Keys, Scope
from coach.privacy import Placeholder
from coach.restoring import restore
from corpus.catalog import Catalog
from corpus.database import SCHEMA_VERSION, Database, facts, metadata
from corpus.models import Enrichment, Finding, MadeFinding, Position, Source, Span, Stance, Strength
from retrieval.index import Index
from retrieval.store import indexed_sources
from retrieval.vectors import VectorIndex
from retrieval.vocabulary import Vocabulary
from tests.conftest import ENGINES, new_database
from tests.fakes import BagOfWords, entry
from tests.turns import full, turn

pytestmark = pytest.mark.postgres

FINDING = Finding("s.f", "s-1", "Said.", (Span(0, 4),), Strength.THEORY, positions=(Position("p", Stance.MIXED),))
OWN = entry(
    Source("s", "Ünïted", ("A", "B"), 2001),
    "In Mentored students — “stayed”. 🙂",
    findings=(FINDING,),
    questions=(("s-1", "Why?"),),
)


def filled(database: Database, home: Path) -> None:
    """Something in every kind of table, and an upload on its way."""
    Catalog(database).put(OWN)
    conversations = Conversations(database)
    conversations.append(full(), "me")
    conversations.append(turn("c", "u"), "me", [Placeholder("digest", PersonalKind.PERSON, 1)])
    Feedback(database).give("t", Rating.HELPFUL, "me", claim=1)
    Gaps(database).note(["goals", "trust"], "c")
    Jobs(database).add("j", ["a.md"])
    keys = Keys(database)
    keys.log_in(keys.create("Mo", [Scope.ASK])[0])
    enrichments = Catalog(database).enrichments
    enrichments.put(Enrichment("s-1", "a:model", (MadeFinding("Made.", Span(0, 2)),), ("Who?",)))
    (home / "uploads" / "j").mkdir(parents=True)
    (home / "uploads" / "j" / "a.md").write_text("# On its way")


def rows(database: Database) -> dict[str, list[object]]:
    """Every row of every table that is no index; times are in UTC, of which SQLite says nothing."""
    with database.read() as connection:
        return {
            table.name: [
                tuple(value.replace(tzinfo=UTC) if isinstance(value, datetime) else value for value in row)
                for row in connection.execute(select(table).order_by(*table.primary_key.columns))
            ]
            for table in metadata.sorted_tables
            if not table.info.get("derived")
        }


@pytest.fixture
def home(tmp_path: Path) -> Path:
    made = tmp_path / "home"
    made.mkdir()
    return made


@pytest.fixture
def archive(database: Database, home: Path, tmp_path: Path) -> Path:
    filled(database, home)
    back_up(database, home, tmp_path / "backup.zip")
    return tmp_path / "backup.zip"


@pytest.fixture(params=ENGINES)
def other(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database of the same or of the other engine."""
    folder = tmp_path / "other"
    folder.mkdir()
    opened = Database(new_database(request, folder))
    yield opened
    opened.close()


def test_what_was_saved_comes_back_on_either_engine(
    archive: Path, database: Database, other: Database, tmp_path: Path
) -> None:
    manifest = restore(other, tmp_path / "other", archive)
    before, after = rows(database), rows(other)
    assert after == before
    assert manifest.rows("turns") == 2
    assert (tmp_path / "other" / "uploads" / "j" / "a.md").read_text() == "# On its way"
    # New rows are numbered after the restored ones.
    Gaps(other).note(["more"], "c")
    Catalog(other).put(entry(Source("t", "T"), "More text here."))
    assert len(Gaps(other).of("c")) == 3


def test_a_restored_library_is_indexed_anew(archive: Path, other: Database, tmp_path: Path) -> None:
    index = Index(Catalog(other), BagOfWords(), VectorIndex(tmp_path / "chroma"), Vocabulary.load())
    Catalog(other).put(entry(Source("old", "Old", founding=True), "Gone with the restore."))
    index.sync()
    restore(other, tmp_path / "other", archive)
    if not index.healthy():
        index.restore_vectors()
    assert index.sync() == 1
    assert index.healthy()
    assert index.size == 1
    with other.read() as connection:
        assert index.lexical.frequencies(connection, ["gone", "student"]) == {"gone": 0, "student": 1}
        assert list(connection.execute(select(indexed_sources.c.source_id)).scalars()) == ["s"]
    index.vectors.close()


def test_a_backup_is_of_one_moment(
    database: Database, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is stored while it is written is wholly in it or not at all."""
    from coach import backup

    filled(database, home)
    other = Database(database.engine.url.render_as_string(hide_password=False))
    real = backup._write_table
    written: list[str] = []

    def slow(*args: object) -> object:
        Conversations(other).append(turn("d", f"late{len(written)}"), "me")
        written.append("a turn")
        return real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(backup, "_write_table", slow)
    manifest = back_up(database, home, tmp_path / "b.zip")
    other.close()
    assert len(written) > 5
    # The first of them may come before the moment, which is that of the first table read.
    assert manifest.rows("turns") - 2 == manifest.rows("conversations") - 1 <= 1


def test_nothing_that_would_be_lost_is_overwritten(archive: Path, database: Database, home: Path) -> None:
    before = rows(database)
    with pytest.raises(BackupError, match=r"1 conversations and 1 own sources.*--force"):
        restore(database, home, archive)
    assert rows(database) == before
    Conversations(database).append(turn("d", "v"), "me")
    restore(database, home, archive, force=True)
    assert rows(database) == before


def test_an_existing_file_is_left_alone(archive: Path, database: Database, home: Path) -> None:
    before = archive.read_bytes()
    with pytest.raises(BackupError, match="exists already"):
        back_up(database, home, archive)
    assert archive.read_bytes() == before


@pytest.mark.parametrize("damage", ["cut", "byte", "member", "text", "missing"])
def test_a_damaged_backup_is_refused_and_changes_nothing(
    archive: Path, other: Database, tmp_path: Path, damage: str
) -> None:
    whole = archive.read_bytes()
    match damage:
        case "cut":
            archive.write_bytes(whole[: len(whole) // 2])
        case "byte":
            place = whole.index(b"tables/turns.jsonl") + 80
            archive.write_bytes(whole[:place] + bytes([whole[place] ^ 255]) + whole[place + 1 :])
        case "member":
            with zipfile.ZipFile(archive, "a") as opened:
                opened.writestr("files/more", "more")
        case "text":
            archive.write_text("no archive")
        case "missing":
            archive.unlink()
    before = rows(other)
    with pytest.raises(BackupError, match=r"Use another|Check its name"):
        restore(other, tmp_path / "other", archive)
    assert rows(other) == before


def rewritten(archive: Path, target: Path, change: dict[str, object]) -> Path:
    """The archive with another manifest."""
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            held = old.read(name)
            if name == "manifest.json":
                held = json.dumps(json.loads(held) | change).encode()
            new.writestr(name, held)
    return target


def test_a_backup_of_another_schema_names_the_release_that_reads_it(
    archive: Path, other: Database, tmp_path: Path
) -> None:
    old = rewritten(archive, tmp_path / "old.zip", {"schema_version": "0", "release": "0.0.9"})
    with pytest.raises(BackupError, match=rf"schema '0'; this release reads '{SCHEMA_VERSION}'.*release 0\.0\.9"):
        restore(other, tmp_path / "other", old)


def test_a_manifest_that_counts_wrongly_changes_nothing(archive: Path, other: Database, tmp_path: Path) -> None:
    members = json.loads(read_back_up(archive).model_dump_json())["members"]
    members["tables/turns.jsonl"]["rows"] = 3
    before = rows(other)
    with pytest.raises(BackupError, match="2 rows came back and 3 were saved"):
        restore(other, tmp_path / "other", rewritten(archive, tmp_path / "wrong.zip", {"members": members}))
    assert rows(other) == before


def test_no_table_is_left_out_without_a_word(database: Database, home: Path, tmp_path: Path) -> None:
    with database.write() as connection:
        connection.execute(text("CREATE TABLE IF NOT EXISTS strangers (id INTEGER PRIMARY KEY)"))
    try:
        with pytest.raises(BackupError, match="strangers"):
            back_up(database, home, tmp_path / "b.zip")
        assert not (tmp_path / "b.zip").exists()
        assert not (tmp_path / "b.zip.part").exists()
    finally:
        with database.write() as connection:
            connection.execute(text("DROP TABLE strangers"))


def test_facts_about_the_indexes_stay_where_the_indexes_are(archive: Path) -> None:
    with zipfile.ZipFile(archive) as opened:
        keys = [json.loads(line)[0] for line in opened.read(f"tables/{facts.name}.jsonl").splitlines()]
    assert "schema_version" in keys
    assert [key for key in keys if key.startswith("index")] == []
    assert isinstance(read_back_up(archive), Manifest)


@pytest.mark.slow
def test_the_commands_do_it_from_outside(home: Path, tmp_path: Path) -> None:
    database = Database.at(home)
    filled(database, home)
    expected = rows(database)

    def run(*arguments: str, at: Path) -> str:
        done = subprocess.run(
            [str(Path(sys.executable).with_name("mentor-coach")), *arguments],
            env={**os.environ, "MENTOR_COACH_HOME": str(at)},
            capture_output=True,
            text=True,
            timeout=250,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    # The database is open here, as it is in a service.
    assert "1 sources, 1 conversations, checked" in run("backup", str(tmp_path / "b.zip"), at=home)
    database.close()
    other = tmp_path / "other"
    assert "1 sources and 1 conversations" in run("restore", str(tmp_path / "b.zip"), at=other)
    restored = Database.at(other)
    assert rows(restored) == expected
    restored.close()
