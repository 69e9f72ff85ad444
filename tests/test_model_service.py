"""The real service with a model server that misbehaves: `/readyz` says so, `explain` tells why, `doctor` how to mend it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests import bad_server
from tests.bad_server import SECRET, BadServer, fails
from tests.conftest import Service, serve

pytestmark = [pytest.mark.model, pytest.mark.slow]

QUESTION = "What happens to academic careers without mentorship in medicine?"


@pytest.fixture(scope="module")
def server() -> Iterator[BadServer]:
    with bad_server.bad_server() as running:
        running.behave = fails(401)
        yield running


@pytest.fixture(scope="module")
def service(server: BadServer, founded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("service")
    shutil.copytree(founded, folder / "home")
    running = serve(
        folder / "home",
        folder / "log",
        MENTOR_COACH_MODEL="openai:some-model",
        MENTOR_COACH_MODEL_BASE_URL=server.url,
        MENTOR_COACH_MODEL_API_KEY=SECRET,
        MENTOR_COACH_MODEL_TIMEOUT="5",
    )
    try:
        yield running.wait()
    finally:
        running.kill()


@pytest.fixture
def client(service: Service) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=service.url, timeout=60) as client:
        yield client


def degraded(client: httpx.Client) -> list[str]:
    ready = client.get("/readyz")
    assert ready.status_code == 200
    found: list[str] = ready.json()["degraded"]
    return found


def test_a_wrong_key_is_said_and_the_coach_still_answers(client: httpx.Client, service: Service) -> None:
    deadline = time.monotonic() + 10
    while not degraded(client) and time.monotonic() < deadline:
        time.sleep(0.1)
    (problem,) = degraded(client)
    assert "MENTOR_COACH_MODEL_API_KEY" in problem
    plain = client.post("/v1/ask", json={"question": QUESTION}).json()
    assert plain["kind"] == "answer"
    assert plain["model"] == "none"
    assert "The language model could not be used for this answer" in plain["text"]
    assert "explain" not in plain
    explained = client.post("/v1/ask", json={"question": QUESTION, "explain": True}).json()
    assert 0 < explained["explain"].pop("coverage") <= 1
    assert explained["explain"] == {"refused": {"model: failed": 1}, "model": "none", "fallback": True}
    assert explained["claims"] == plain["claims"]
    (turn,) = client.get(f"/v1/conversations/{explained['conversation_id']}").json()["turns"]
    assert "explain" not in turn["answer"]
    assert SECRET not in service.log.read_text()


def test_explain_is_not_for_those_behind_a_proxy(client: httpx.Client) -> None:
    response = client.post(
        "/v1/ask", json={"question": QUESTION, "explain": True}, headers={"X-Forwarded-For": "203.0.113.9"}
    )
    assert response.status_code == 403
    assert response.headers["content-type"] == "application/problem+json"


def test_once_the_server_works_it_is_no_longer_degraded(client: httpx.Client, server: BadServer) -> None:
    server.behave = bad_server.chooses
    answer = client.post("/v1/ask", json={"question": QUESTION, "explain": True}).json()
    if answer["model"] == "none":
        # The earlier failures opened the breaker.
        assert "model: paused after failures" in answer["explain"]["refused"]
    else:
        assert answer["model"] == "openai:some-model"
        assert degraded(client) == []


def doctor(home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MENTOR_COACH_")}
    variables = {f"MENTOR_COACH_{name}": value for name, value in environment.items()}
    return subprocess.run(
        [str(Path(sys.executable).with_name("mentor-coach")), "doctor"],
        env=clean | {"MENTOR_COACH_HOME": str(home)} | variables,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_the_doctor_finds_nothing_wrong(tmp_path: Path) -> None:
    done = doctor(tmp_path / "home")
    assert done.returncode == 0, done.stderr
    assert "WRONG" not in done.stdout
    assert list((tmp_path / "home").iterdir()) == []


def test_the_doctor_leaves_a_running_service_alone(service: Service) -> None:
    done = doctor(service.home)
    assert done.returncode == 0
    assert "in use by a running service" in done.stdout


def test_the_doctor_finds_what_is_wrong(server: BadServer, tmp_path: Path) -> None:
    server.behave = fails(401)
    done = doctor(tmp_path, MODEL="openai:m", MODEL_BASE_URL=server.url, MODEL_API_KEY=SECRET)
    assert done.returncode == 1
    assert "WRONG  language model: " in done.stdout
    assert "MENTOR_COACH_MODEL_API_KEY" in done.stdout
    assert SECRET not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_the_doctor_finds_a_damaged_database(tmp_path: Path) -> None:
    (tmp_path / "catalog.sqlite3").write_bytes(b"garbage " * 1000)
    done = doctor(tmp_path, EMBEDDING_MODEL="/nowhere/model")
    assert done.returncode == 1
    assert "WRONG  database: " in done.stdout
    assert "WRONG  embedding model: " in done.stdout
    assert "ok     language model: " in done.stdout
