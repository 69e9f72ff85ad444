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
from corpus.database import DatabaseFullError
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


@pytest.fixture
def small_disk(postgres: Postgres) -> Iterator[SmallDisk]:
    """Skipped where no small file system can be mounted."""
    if os.name != "posix" or os.geteuid() != 0 or not shutil.which("mount"):
        pytest.skip("mounting a small file system needs root")
    place = Path(tempfile.mkdtemp(prefix="small-"))
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(place)], capture_output=True).returncode:
        place.rmdir()
        pytest.skip("no small file system can be mounted here")
    url = None
    try:
        place.chmod(0o755)
        inside = place / "tablespace"
        inside.mkdir()
        user = pwd.getpwnam("pgserver")
        os.chown(inside, user.pw_uid, user.pw_gid)
        postgres.run(f"CREATE TABLESPACE small LOCATION '{inside}'")
        url = postgres.database()
        postgres.run(f"ALTER DATABASE {make_url(url).database} SET TABLESPACE small")
        yield SmallDisk(url, place)
    finally:
        if url is not None:
            postgres.run(f"DROP DATABASE {make_url(url).database} WITH (FORCE)")
        postgres.run("DROP TABLESPACE IF EXISTS small")
        subprocess.run(["umount", "-l", str(place)], check=True)
        place.rmdir()


def upload(library: Library) -> Job:
    return library.submit([Upload(name, io.BytesIO(text.encode())) for name, text in PAPERS.items()])


def over(library: Library, job: Job, within_s: float) -> Job:
    """The job when it is over, or as it is when the time is up."""
    deadline = time.monotonic() + within_s
    while library.job(job.id).state not in (JobState.DONE, JobState.FAILED) and time.monotonic() < deadline:
        time.sleep(0.1)
    return library.job(job.id)


def ask_until_refused(coach: Coach, conversation: str, acknowledged: list[Answer]) -> None:
    """There may be room for some turns on pages that are there already."""
    for _ in range(200):
        acknowledged.append(coach.reply(QUESTION, conversation_id=conversation))


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
            ask_until_refused(ours, conversation, acknowledged)
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
