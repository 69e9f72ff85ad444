"""PostgreSQL with a full disk: what cannot be stored is told, what was acknowledged stays, and it goes on with room."""

from __future__ import annotations

import contextlib
import io
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from pydantic import SecretStr
from sqlalchemy import create_engine, make_url
from sqlalchemy.exc import OperationalError

from coach import opening
from coach.answers import Answer
from coach.build import build_library
from coach.coach import Coach
from coach.jobs import Job, JobState
from coach.library import Library
from coach.settings import Settings
from coach.uploads import Upload
from corpus.database import DatabaseFullError, DatabaseUnreachableError
from tests.engines import Postgres

pytestmark = [pytest.mark.postgres, pytest.mark.model]

QUESTION = "How do the National Academies define mentorship?"
PAPERS = {
    f"paper-{number:02}.md": f"# Paper {number}\n\n" + "Mentors who listened were heard by their mentees. " * 40
    for number in range(12)
}


@dataclass
class SmallDisk:
    """A PostgreSQL database on a file system of its own."""

    url: str
    place: Path

    def fill(self) -> None:
        """Leave no room on it."""
        engine = create_engine(self.url)
        with engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE filler (words text)")
        for rows in (1000, 10, 1):
            while True:
                try:
                    with engine.begin() as connection:
                        connection.exec_driver_sql(
                            f"INSERT INTO filler SELECT repeat(md5(n::text), 100) FROM generate_series(1, {rows}) n"
                        )
                except OperationalError:
                    break
        engine.dispose()

    def enlarge(self) -> None:
        subprocess.run(["mount", "-o", "remount,size=200m", str(self.place)], check=True)


@contextlib.contextmanager
def mounted(size: str) -> Iterator[Path]:
    """A small file system; skipped where none can be mounted."""
    if os.name != "posix" or os.geteuid() != 0 or not shutil.which("mount"):
        pytest.skip("mounting a small file system needs root")
    place = Path(tempfile.mkdtemp(prefix="small-"))
    mounting = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)]
    if subprocess.run(mounting, capture_output=True).returncode:
        place.rmdir()
        pytest.skip("no small file system can be mounted here")
    try:
        place.chmod(0o755)
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)
        place.rmdir()


@pytest.fixture
def small_disk(postgres: Postgres) -> Iterator[SmallDisk]:
    url = None
    with mounted("24m") as place:
        inside = place / "tablespace"
        inside.mkdir()
        user = pwd.getpwnam("pgserver")
        os.chown(inside, user.pw_uid, user.pw_gid)
        try:
            postgres.run(f"CREATE TABLESPACE small LOCATION '{inside}'")
            url = postgres.database()
            postgres.run(f"ALTER DATABASE {make_url(url).database} SET TABLESPACE small")
            yield SmallDisk(url, place)
        finally:
            if url is not None:
                postgres.run(f"DROP DATABASE {make_url(url).database} WITH (FORCE)")
            postgres.run("DROP TABLESPACE IF EXISTS small")


@pytest.fixture
def cramped() -> Iterator[tuple[Postgres, Path]]:
    """A PostgreSQL server with all that it keeps on a small file system, and where that is."""
    with mounted("160m") as place:
        server = Postgres(place)
        try:
            yield server, place
        finally:
            server.stop()


def upload(library: Library) -> Job:
    return library.submit([Upload(name, io.BytesIO(text.encode())) for name, text in PAPERS.items()])


def over(library: Library, job: Job, within_s: float) -> Job:
    """The job when it is over, or as it is when the time is up."""
    deadline = time.monotonic() + within_s
    while library.job(job.id).state not in (JobState.DONE, JobState.FAILED) and time.monotonic() < deadline:
        time.sleep(0.1)
    return library.job(job.id)


def ask_until_refused(coach: Coach, acknowledged: list[Answer], question: str = QUESTION) -> None:
    """There may be room for some turns on pages that are there already."""
    for _ in range(200):
        acknowledged.append(coach.reply(question, conversation_id=acknowledged[0].conversation_id))


def fill_log(server: Postgres, place: Path) -> Path:
    """Leave no room at `place` for the server's log, which ends the server; returns the file that takes the room."""
    filler, process = place / "filler", server.processes[0]
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as out:
        while True:
            out.write(bytes(65536))
    with contextlib.suppress(OperationalError):
        while True:
            # It stands in the log alone.
            server.run("SELECT pg_logical_emit_message(false, 'filler', repeat('x', 1000000))")
    # It tries to recover, finds no room for that either, and gives up.
    deadline = time.monotonic() + 30
    while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return filler


def test_a_full_disk_is_told_and_the_coach_goes_on_once_there_is_room(
    small_disk: SmallDisk, coach: Coach, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "Embedder", lambda *_: coach.retriever.index.embedder)
    library = build_library(Settings(home=tmp_path / "home", database_url=SecretStr(small_disk.url)))
    library.start()
    ours, index = library.coach, library.coach.retriever.index
    try:
        acknowledged = [ours.reply(QUESTION)]
        conversation = acknowledged[0].conversation_id
        small_disk.fill()
        with pytest.raises(DatabaseFullError, match="free space and try again"):
            ask_until_refused(ours, acknowledged)
        # Where even the job itself finds no room, that is told at once.
        with contextlib.suppress(DatabaseFullError):
            job = over(library, upload(library), 3)
            assert job.state is not JobState.DONE
            assert job.reason is None or "free space" in job.reason
        assert ours.catalog.source(acknowledged[0].citations[0].source.id)
        small_disk.enlarge()
        acknowledged.append(ours.reply(QUESTION, conversation_id=conversation))
        stored = [turn.id for turn in ours.conversations.turns(conversation, "local")]
        assert stored == [answer.turn_id for answer in acknowledged]
        assert over(library, upload(library), 60).state is JobState.DONE
        assert sum(source.title.startswith("Paper ") for source in ours.catalog.sources()) == len(PAPERS)
        assert index.healthy()
        assert index.size == sum(len(ours.catalog.passages_of(source.id)) for source in ours.catalog.sources())
    finally:
        library.close()
        ours.close()


def test_no_room_for_the_write_ahead_log_stops_the_server_and_loses_no_turn(
    cramped: tuple[Postgres, Path], coach: Coach, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, place = cramped
    monkeypatch.setattr(opening, "Embedder", lambda *_: coach.retriever.index.embedder)
    settings = Settings(home=tmp_path / "home", database_url=SecretStr(server.database()), founding=False)
    ours = build_library(settings).coach
    try:
        acknowledged = [ours.reply("hello")]
        conversation = acknowledged[0].conversation_id
        filler = fill_log(server, place)
        with pytest.raises(DatabaseUnreachableError, match="does not answer"):
            ask_until_refused(ours, acknowledged, "hello")
        filler.unlink()
        server.start()
        acknowledged.append(ours.reply("hello", conversation_id=conversation))
        stored = [turn.id for turn in ours.conversations.turns(conversation, "local")]
        assert stored == [answer.turn_id for answer in acknowledged]
    finally:
        ours.close()
