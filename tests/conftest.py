"""Shared fixtures: a real coach over the founding library, and the real service in a process of its own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from filelock import FileLock
from playwright.sync_api import Browser, Page

from coach.build import build_coach
from coach.coach import Coach
from coach.keys import Keys, Scope
from coach.settings import Settings
from corpus.database import Database
from tests.engines import Chroma, Postgres
from tests.pages import afresh, launched, visit

READY_S = 240


@dataclass
class Service:
    """A `mentor-coach serve` process and where it listens."""

    url: str
    home: Path
    process: subprocess.Popen[str]
    log: Path

    def wait(self) -> Service:
        """Return when `/readyz` says 200."""
        deadline = time.monotonic() + READY_S
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.log.read_text()
            try:
                if httpx.get(f"{self.url}/readyz", timeout=5).status_code == 200:
                    return self
            except httpx.TransportError:
                pass
            time.sleep(0.1)
        raise AssertionError(f"not ready within {READY_S} s: {self.log.read_text()}")

    def stop(self) -> int:
        """Stop it as Ctrl-C does; returns the exit code."""
        self.process.send_signal(2)
        return self.process.wait(timeout=20)

    def kill(self) -> None:
        """End it at once."""
        self.process.kill()
        self.process.wait()


def serve(home: Path, log: Path, **environment: str) -> Service:
    """Start the service on a free port, without waiting for it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(Path(sys.executable).with_name("mentor-coach")), "serve"]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MENTOR_COACH_")}
    variables = clean | {"MENTOR_COACH_HOME": str(home), "MENTOR_COACH_PORT": str(port)} | environment
    with log.open("w") as out:
        process = subprocess.Popen(command, env=variables, stdout=out, stderr=subprocess.STDOUT, text=True)
    return Service(f"http://127.0.0.1:{port}", home, process, log)


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that holds the founding library, to be copied: indexed once for all tests, also for those of the other
    core.
    """
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    home = folder / "founded"
    with FileLock(folder / "founded.lock"):
        if not home.exists():
            build_coach(Settings(home=folder / "founding")).close()
            (folder / "founding").rename(home)
    return home


@pytest.fixture(scope="session")
def service(founded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The real service over the founding library, ready."""
    folder = tmp_path_factory.mktemp("service")
    shutil.copytree(founded, folder / "home")
    running = serve(folder / "home", folder / "log")
    try:
        yield running.wait()
    finally:
        running.kill()


@pytest.fixture(scope="session")
def guarded_service(founded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Service, str]]:
    """A service that needs a key, ready, and a key for everything."""
    folder = tmp_path_factory.mktemp("guarded")
    home = shutil.copytree(founded, folder / "home")
    database = Database.at(home)
    key = Keys(database).create("tests", list(Scope))[1]
    database.close()
    settings = {"MENTOR_COACH_KEYS": "on", "MENTOR_COACH_RATE": "1000000/minute", "MENTOR_COACH_LOG_FORMAT": "json"}
    running = serve(home, folder / "log", **settings)
    try:
        yield running.wait(), key
    finally:
        running.kill()


@pytest.fixture(scope="session")
def served_url(service: Service) -> str:
    return service.url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real browser; one a module, since Playwright's own event loop is in the way of tests that run another."""
    with launched() as browser:
        yield browser


@pytest.fixture(scope="module")
def loaded(browser: Browser, served_url: str) -> Iterator[Page]:
    """The page, loaded once a module."""
    page = visit(browser, served_url)
    yield page
    page.context.close()


@pytest.fixture
def page(loaded: Page) -> Page:
    """The page as on a first visit, with its own browser's cookie."""
    afresh(loaded)
    return loaded


@pytest.fixture
def client(served_url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=served_url, timeout=60) as client:
        yield client


@pytest.fixture(scope="session")
def coach(founded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Coach]:
    """A real coach over the founding library, in this process."""
    built = build_coach(Settings(home=shutil.copytree(founded, tmp_path_factory.mktemp("coach") / "home")))
    yield built
    built.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server."""
    server = Postgres()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def chroma(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chroma]:
    """A Chroma server."""
    server = Chroma(tmp_path_factory.mktemp("chroma"))
    yield server
    server.kill()


ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


def new_database(request: pytest.FixtureRequest, folder: Path) -> str:
    """The address of a new database on the engine that `request` names, in `folder` where it is a file."""
    if request.param == "sqlite":
        return f"sqlite:///{folder / 'catalog.sqlite3'}"
    server: Postgres = request.getfixturevalue("postgres")
    return server.database()


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database, on either engine; one a test."""
    if request.param == "sqlite":
        return new_database(request, tmp_path)
    server: Postgres = request.getfixturevalue("postgres")
    return server.emptied()


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An empty database of this release, on either engine."""
    opened = Database(database_url)
    yield opened
    opened.close()
