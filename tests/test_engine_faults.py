"""Killed in the midst of it: a worker, Chroma and PostgreSQL while documents come in, and a worker while it answers.

What the service does about it must end in the library that an undisturbed run makes; no acknowledged turn is lost.
"""

from __future__ import annotations

import io
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
import numpy as np
import psutil
import pytest
from sqlalchemy import func, select

from coach import opening
from coach.build import build_library
from coach.coach import Coach
from coach.jobs import Jobs, JobState
from coach.opening import served_vectors
from coach.settings import Settings
from coach.uploads import Upload
from corpus.catalog import Catalog
from corpus.database import Database, DatabaseError
from corpus.tables import sources
from retrieval import served
from retrieval.embedder import Embedder
from retrieval.index import Index
from retrieval.models import RetrievalError
from retrieval.served import ServedVectors, VectorsUnreachableError, new_name
from retrieval.store import indexed_sources
from retrieval.vocabulary import Vocabulary
from tests import bad_server
from tests.bad_server import SECRET, BadServer, chooses, hangs_in_mid_stream
from tests.conftest import Service, serve
from tests.engines import Chroma, Postgres
from tests.library_runs import Held, contents
from ui.client import ClientError, MentorCoach

pytestmark = [pytest.mark.postgres, pytest.mark.model, pytest.mark.slow]

KILLED = ("otters", "hedgehogs", "ravens")
FILES = 24
BACK_S = 10
"""From the engine's return until the coach does again what it did."""
DONE_S = 90
"""For taking in what a busy machine takes in."""
RABBITS = "# Rabbits in mentoring\n\nMentors of rabbit keepers met their mentees weekly. Rabbits calmed all of them.\n"
QUESTION = "Did rabbits calm mentors of rabbit keepers?"


def papers(animals: str) -> dict[str, bytes]:
    """Documents whose embedding takes long enough to be killed in it."""
    return {
        f"{animals}-{number:03}.md": (
            f"# Keeping {animals}, part {number}\n\n"
            + " ".join(f"In study {number}.{n} mentors who kept {animals} were heard by mentees." for n in range(15))
            + f"\n\n## Results\n\nThe effect of keeping {animals} was {number}.\n"
        ).encode()
        for number in range(FILES)
    }


def within(seconds: float, done: Callable[[], bool]) -> float:
    """Seconds until `done`; fails after `seconds`."""
    began = time.monotonic()
    while not done():
        assert time.monotonic() - began < seconds
        time.sleep(0.1)
    return time.monotonic() - began


@pytest.fixture(scope="module")
def embedder(coach: Coach) -> Embedder:
    return coach.retriever.index.embedder


@pytest.fixture(scope="module")
def clean(embedder: Embedder, tmp_path_factory: pytest.TempPathFactory) -> Held:
    """What a library holds into which all of it was uploaded without any fault."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(opening, "Embedder", lambda *_: embedder)
        library = build_library(Settings(home=tmp_path_factory.mktemp("clean"), founding=False))
    library.start()
    try:
        for animals in KILLED:
            files = [Upload(name, io.BytesIO(content)) for name, content in papers(animals).items()]
            job = library.submit(files)
            within(DONE_S, lambda job=job: library.job(job.id).state is JobState.DONE)  # type: ignore[misc]
        return contents(library.coach.retriever.index)
    finally:
        library.close()
        library.coach.close()


@dataclass
class Deployment:
    """A service with two workers on servers, and what is in them."""

    service: Service
    database: Database
    chroma_url: str
    embedder: Embedder

    @property
    def workers(self) -> list[psutil.Process]:
        return psutil.Process(self.service.process.pid).children()

    @property
    def settled(self) -> bool:
        """Whether two workers are there and none is still loading: each that began is ready, or has said why not."""
        log = self.service.log.read_text()
        begun, ready = log.count("Starting the page"), log.count("The library is ready")
        # An engine that ends just when a worker is ready makes it say both.
        return len(self.workers) == 2 and 2 <= begun <= ready + log.count("mentor-coach: ")

    @contextmanager
    def one_of_two(self) -> Iterator[psutil.Process]:
        """The worker to whom everything falls, since the other one is held up until the end of the block."""
        within(DONE_S, lambda: self.settled)
        (other, one) = self.workers
        other.send_signal(signal.SIGSTOP)
        try:
            yield one
        finally:
            other.send_signal(signal.SIGCONT)

    def upload(self, files: dict[str, bytes]) -> str:
        sent = [("files", (name, content)) for name, content in files.items()]
        response = httpx.post(f"{self.service.url}/v1/sources", files=sent, timeout=60)
        assert response.status_code == 202, response.text
        job_id: str = response.json()["id"]
        return job_id

    def state(self, job_id: str) -> JobState:
        return Jobs(self.database).get(job_id).state

    def over(self, job_id: str) -> bool:
        return self.state(job_id) in (JobState.DONE, JobState.FAILED)

    def begun(self, animals: str) -> bool:
        """Whether all of these papers are in the catalog; their embedding comes after that, and last of all Chroma."""
        with self.database.read() as connection:
            query = select(func.count()).select_from(sources).where(sources.c.id.startswith(animals))
            return connection.execute(query).scalar_one() == FILES

    def indexed(self, animals: str) -> int:
        with self.database.read() as connection:
            chosen = indexed_sources.c.source_id.startswith(animals)
            return connection.execute(select(func.count()).select_from(indexed_sources).where(chosen)).scalar_one()

    def held(self, animals: str) -> Held | None:
        """As another process sees it, which mends nothing; `None` while the servers cannot be asked or are at work."""
        try:
            vectors = served_vectors(self.database, self.chroma_url, self.embedder, create=False)
            try:
                index = Index(Catalog(self.database), self.embedder, vectors, Vocabulary.load())
                return contents(index).about(animals)
            finally:
                vectors.close()
        except (AssertionError, DatabaseError, RetrievalError):
            return None


@pytest.fixture(scope="module")
def server() -> Iterator[BadServer]:
    with bad_server.bad_server() as running:
        running.behave = chooses
        yield running


@pytest.fixture(scope="module")
def deployment(
    postgres: Postgres, chroma: Chroma, server: BadServer, embedder: Embedder, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployment]:
    folder, url = tmp_path_factory.mktemp("workers"), postgres.database()
    service = serve(
        folder / "home",
        folder / "log",
        MENTOR_COACH_DATABASE_URL=url,
        MENTOR_COACH_CHROMA_URL=chroma.url,
        MENTOR_COACH_WORKERS="2",
        MENTOR_COACH_FOUNDING="off",
        MENTOR_COACH_MODEL="openai:some-model",
        MENTOR_COACH_MODEL_BASE_URL=server.url,
        MENTOR_COACH_MODEL_API_KEY=SECRET,
        MENTOR_COACH_ENRICH="off",
    ).wait()
    database = Database(url)
    deployed = Deployment(service, database, chroma.url, embedder)
    job = deployed.upload({"rabbits.md": RABBITS.encode()})
    within(DONE_S, lambda: deployed.over(job))
    yield deployed
    database.close()
    if service.process.poll() is None:
        assert service.stop() == 0


def assert_as_clean(deployment: Deployment, clean: Held, animals: str, job: str) -> None:
    """The job ends, and its papers are there once, all of them, as an undisturbed run leaves them."""
    within(DONE_S, lambda: deployment.over(job))
    assert deployment.state(job) is JobState.DONE, Jobs(deployment.database).get(job).reason
    wanted = clean.about(animals)
    assert len(wanted.indexed) == FILES
    within(BACK_S, lambda: deployment.held(animals) == wanted)
    assert {file.status for file in Jobs(deployment.database).get(job).files} <= {"added", "unchanged", "read"}


def test_a_worker_killed_while_it_takes_documents_in(deployment: Deployment, clean: Held) -> None:
    animals = KILLED[0]
    with deployment.one_of_two() as worker:
        job = deployment.upload(papers(animals))
        within(DONE_S, lambda: deployment.begun(animals))
        worker.kill()
    assert deployment.state(job) is JobState.RUNNING
    assert deployment.indexed(animals) == 0
    assert_as_clean(deployment, clean, animals, job)
    within(DONE_S, lambda: len(deployment.workers) == 2)


def test_chroma_killed_while_documents_come_in(deployment: Deployment, clean: Held, chroma: Chroma) -> None:
    animals = KILLED[1]
    job = deployment.upload(papers(animals))
    within(DONE_S, lambda: deployment.begun(animals))
    chroma.kill()
    try:
        assert deployment.indexed(animals) == 0
        # Long enough for the vectors to be ready, and to have nowhere to go.
        time.sleep(4)
        assert not deployment.over(job)
    finally:
        chroma.start()
    assert_as_clean(deployment, clean, animals, job)


def test_postgresql_killed_while_documents_come_in(deployment: Deployment, clean: Held, postgres: Postgres) -> None:
    animals = KILLED[2]
    job = deployment.upload(papers(animals))
    within(DONE_S, lambda: deployment.begun(animals))
    assert deployment.indexed(animals) == 0
    postgres.kill()
    try:
        time.sleep(1)
    finally:
        postgres.start()
    assert_as_clean(deployment, clean, animals, job)


def test_whoever_writes_is_more_patient_than_whoever_asks(chroma: Chroma, monkeypatch: pytest.MonkeyPatch) -> None:
    """A large collection is written out now and then, and answers nobody meanwhile."""
    monkeypatch.setattr(served, "_PATIENCE_S", 1.0)
    vectors = ServedVectors(chroma.url, new_name(), "of-two-dimensions")
    vectors.add(["first"], np.array([[1.0, 0.0]], np.float32))
    chroma.pause()
    going_on = threading.Timer(4.0, chroma.go_on)
    going_on.start()
    try:
        with pytest.raises(VectorsUnreachableError):
            vectors.search(np.array([0.0, 1.0], np.float32), 1)
        vectors.add(["second"], np.array([[0.0, 1.0]], np.float32))
        assert not going_on.is_alive()
        assert vectors.count() == 2
        vectors.drop()
        vectors.close()
    finally:
        going_on.join()


def test_a_deletion_that_chroma_broke_off_is_finished(deployment: Deployment, chroma: Chroma) -> None:
    """The catalog has let go of the source, the index could not."""
    with deployment.database.read() as connection:
        gone = connection.execute(select(sources.c.id).where(sources.c.id.startswith(KILLED[0]))).scalars().first()
    assert gone is not None
    chroma.kill()
    try:
        told = httpx.delete(f"{deployment.service.url}/v1/sources/{gone}", timeout=60)
        assert told.status_code == 503
        assert "nothing cites it from here on" in told.json()["detail"]
        assert deployment.indexed(gone) == 1
    finally:
        chroma.start()
    within(2 * BACK_S, lambda: deployment.held(gone) == Held(((),) * 4, (), (), (), (), ()))


def test_a_worker_killed_while_its_answer_is_on_the_way(deployment: Deployment, server: BadServer) -> None:
    # Clients of their own: a connection that is kept may be to the worker that stands still, or to the killed one.
    with MentorCoach(deployment.service.url, timeout=30) as coach:
        first = coach.ask(QUESTION)
        assert first.model != "none"
    server.behave = hangs_in_mid_stream
    seen: list[str] = []
    with deployment.one_of_two() as worker, MentorCoach(deployment.service.url, timeout=30) as coach:
        events = coach.stream(QUESTION, first.conversation_id)
        for event in events:
            seen.append(event.event)
            if event.event == "claim":
                break
        assert seen[-1] == "claim"
        began = time.monotonic()
        worker.kill()
        with pytest.raises(ClientError):
            seen += [event.event for event in events]
    assert time.monotonic() - began < BACK_S
    assert "done" not in seen
    server.behave = chooses
    with MentorCoach(deployment.service.url, timeout=30) as coach:
        again = coach.ask(QUESTION, first.conversation_id)
        assert again.citations == first.citations
        stored = coach.conversation(first.conversation_id).turns
        assert [turn.id for turn in stored] == [first.turn_id, again.turn_id]
    within(DONE_S, lambda: len(deployment.workers) == 2)
