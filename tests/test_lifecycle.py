"""Starting, stopping and refusing to start: the real `mentor-coach` in processes of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser

from tests.conftest import Service, serve
from tests.pages import visit

pytestmark = [pytest.mark.model, pytest.mark.slow]

QUESTION = "How do the National Academies define mentorship?"
FIRST = "nasem-effective-mentorship-stemm"
STOP_S = 5
PAGE_S = 60
COMMAND = str(Path(sys.executable).with_name("mentor-coach"))


@dataclass(frozen=True)
class Library:
    """A home with the founding library, what `mentor-coach sources --json` printed of it, and where it was run."""

    home: Path
    cwd: Path
    printed: subprocess.CompletedProcess[str]


def environment(**more: str) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("MENTOR_COACH_")} | more


def run(*arguments: str, cwd: Path, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COMMAND, *arguments],
        env=environment(**more),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )


def refused(done: subprocess.CompletedProcess[str], *named: str) -> None:
    """Exit code 1 and one line on standard error, which holds every word of `named`; nothing else is printed."""
    assert done.returncode == 1, done.stderr
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("mentor-coach: ")
    for word in named:
        assert word in lines[0]


def listening(service: Service) -> Service:
    """Return as soon as the page can be had."""
    deadline = time.monotonic() + PAGE_S
    while time.monotonic() < deadline:
        assert service.process.poll() is None, service.log.read_text()
        try:
            if httpx.get(f"{service.url}/healthz", timeout=5).status_code == 200:
                return service
        except httpx.TransportError:
            time.sleep(0.02)
    raise AssertionError(f"no page within {PAGE_S} s: {service.log.read_text()}")


@contextmanager
def opened(url: str, question: str | None = None) -> Iterator[list[socket.socket]]:
    """The connections that an open page holds, each answered: its page, its heartbeat, the answer to its question."""
    host = f"{httpx.URL(url).host}:{httpx.URL(url).port}"
    address = (httpx.URL(url).host, httpx.URL(url).port or 80)
    always = f"Host: {host}\r\nConnection: keep-alive\r\n"
    requests = [f"GET {path} HTTP/1.1\r\n{always}\r\n" for path in ("/", "/gradio_api/heartbeat/page")]
    if question is not None:
        body = json.dumps({"question": question})
        kind = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        requests.append(f"POST /page/ask HTTP/1.1\r\n{always}{kind}\r\n{body}")
    with ExitStack() as stack:
        connections = []
        for request in requests:
            connection = stack.enter_context(socket.create_connection(address, timeout=30))
            connection.sendall(request.encode())
            assert connection.recv(15) == b"HTTP/1.1 200 OK"
            connections.append(connection)
        yield connections


def stop(service: Service, with_signal: signal.Signals) -> float:
    """Stop it, assert that it went in order, and return the seconds that it took."""
    began = time.monotonic()
    service.process.send_signal(with_signal)
    code = service.process.wait(timeout=60)
    took = time.monotonic() - began
    assert code == 0, service.log.read_text()
    return took


@pytest.fixture(scope="module")
def library(founded: Path, tmp_path_factory: pytest.TempPathFactory) -> Library:
    folder = tmp_path_factory.mktemp("library")
    cwd = folder / "elsewhere"
    cwd.mkdir()
    home = shutil.copytree(founded, folder / "home")
    return Library(home, cwd, run("sources", "--json", cwd=cwd, MENTOR_COACH_HOME=str(home)))


@pytest.fixture
def starting(library: Library, tmp_path: Path) -> Iterator[Service]:
    """A service over the indexed library, just started."""
    running = serve(library.home, tmp_path / "log")
    try:
        yield running
    finally:
        running.kill()


# The commands, from an unrelated folder


def test_sources_lists_the_library(library: Library) -> None:
    assert library.printed.returncode == 0, library.printed.stderr
    cards = json.loads(library.printed.stdout)
    assert len(cards) == 19
    assert FIRST in {card["id"] for card in cards}
    assert "nothing changed" in library.printed.stderr
    assert list(library.cwd.iterdir()) == []


def test_ask_prints_the_answer_and_its_quotes(library: Library) -> None:
    done = run("ask", QUESTION, cwd=library.cwd, MENTOR_COACH_HOME=str(library.home))
    assert done.returncode == 0, done.stderr
    answer, _, sources = done.stdout.partition("\n[1] “")
    assert "[1]" in answer
    assert "10.17226/25568" in sources
    assert "nothing changed" in done.stderr


def test_ask_prints_json(library: Library) -> None:
    done = run("ask", QUESTION, "--json", cwd=library.cwd, MENTOR_COACH_HOME=str(library.home))
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["kind"] == "answer"
    assert answer["question"] == QUESTION
    assert answer["citations"][0]["source"]["id"] == FIRST


def test_search_prints_the_best_passages_first(library: Library) -> None:
    done = run("search", QUESTION, "--top-k", "3", "--json", cwd=library.cwd, MENTOR_COACH_HOME=str(library.home))
    assert done.returncode == 0, done.stderr
    hits = json.loads(done.stdout)
    assert len(hits) == 3
    assert hits[0]["passage_id"].startswith(FIRST)
    assert [hit["score"] for hit in hits] == sorted((hit["score"] for hit in hits), reverse=True)


# Stopping


@pytest.mark.parametrize("with_signal", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_while_a_page_is_open(starting: Service, with_signal: signal.Signals) -> None:
    starting.wait()
    with opened(starting.url) as connections:
        assert stop(starting, with_signal) < STOP_S
        for connection in connections:
            connection.settimeout(5)
            while connection.recv(65536):
                pass  # What was under way ends; nothing hangs.
    assert "Traceback" not in starting.log.read_text()


@pytest.mark.browser
def test_it_stops_while_a_browser_shows_the_page(starting: Service, browser: Browser) -> None:
    starting.wait()
    page = visit(browser, starting.url)
    try:
        assert stop(starting, signal.SIGINT) < STOP_S
    finally:
        page.context.close()
    assert "Traceback" not in starting.log.read_text()


@pytest.mark.parametrize("with_signal", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_while_the_model_is_loading_and_a_question_waits(
    starting: Service, with_signal: signal.Signals
) -> None:
    listening(starting)
    ended: list[str] = []

    def wait_for_the_answer() -> None:
        try:
            ended.append(str(httpx.post(f"{starting.url}/v1/ask", json={"question": QUESTION}, timeout=60).status_code))
        except httpx.TransportError as error:
            ended.append(type(error).__name__)

    waiting = threading.Thread(target=wait_for_the_answer)
    waiting.start()
    with opened(starting.url, QUESTION):
        assert httpx.get(f"{starting.url}/readyz", timeout=5).status_code == 503
        took = stop(starting, with_signal)
    waiting.join(timeout=10)
    assert took < STOP_S
    assert len(ended) == 1
    assert "Traceback" not in starting.log.read_text()


def test_ctrl_c_before_the_page_is_up_is_quiet_too(starting: Service) -> None:
    deadline = time.monotonic() + PAGE_S
    while "Starting" not in starting.log.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    began = time.monotonic()
    starting.process.send_signal(signal.SIGINT)
    assert starting.process.wait(timeout=60) in (0, 130)
    assert time.monotonic() - began < STOP_S
    assert "Traceback" not in starting.log.read_text()


# Refusing to start


def test_a_port_in_use_is_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = run("serve", cwd=tmp_path, MENTOR_COACH_HOME=str(tmp_path / "home"), MENTOR_COACH_PORT=port)
    refused(done, "MENTOR_COACH_PORT", port)


@pytest.mark.parametrize("arguments", [("serve",), ("ask", QUESTION)], ids=["serve", "ask"])
def test_an_unwritable_home_is_one_line(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    (tmp_path / "file").write_text("no folder")
    home = str(tmp_path / "file" / "home")
    refused(run(*arguments, cwd=tmp_path, MENTOR_COACH_HOME=home), "MENTOR_COACH_HOME", home)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MENTOR_COACH_FOO", "1"),
        ("MENTOR_COACH_PORT", "abc"),
        ("MENTOR_COACH_PORT", "70000"),
        ("MENTOR_COACH_HOST", "example.org"),
        ("MENTOR_COACH_THREADS", "0"),
    ],
)
def test_an_unknown_or_wrong_setting_is_one_line(tmp_path: Path, name: str, value: str) -> None:
    home = tmp_path / "home"
    refused(run("serve", cwd=tmp_path, **{"MENTOR_COACH_HOME": str(home), name: value}), name)
    assert not home.exists()


def test_a_second_process_on_the_same_home_is_told_so(service: Service, tmp_path: Path) -> None:
    home = str(service.home)
    began = time.monotonic()
    refused(run("ask", QUESTION, cwd=tmp_path, MENTOR_COACH_HOME=home), "Another process", home)
    second = serve(service.home, tmp_path / "log")
    try:
        assert second.process.wait(timeout=90) == 1
    finally:
        second.kill()
    # Two processes and their imports; what hangs on Chroma's lock takes minutes.
    assert time.monotonic() - began < 60
    last = second.log.read_text().splitlines()[-1]
    assert last.startswith("mentor-coach: Another process")
    assert home in last
    answer = httpx.post(f"{service.url}/v1/ask", json={"question": QUESTION}, timeout=60).json()
    assert answer["citations"][0]["source"]["id"] == FIRST
