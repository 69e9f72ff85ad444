"""The supervisor of workers, with small programs in the service's place."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from coach.errors import SettingsError
from coach.settings import read_settings

SUPERVISE = """
import socket, sys
from ui.workers import supervise

listening = socket.socket()
listening.bind(("127.0.0.1", 0))
listening.listen()
print(listening.getsockname()[1], flush=True)
sys.exit(supervise(2, listening, [sys.executable, "-c", sys.argv[1]]))
"""
ANSWER = """
import os, socket, sys

shared = socket.socket(fileno=int(sys.argv[1]))
while True:
    connection, _ = shared.accept()
    connection.sendall(str(os.getpid()).encode())
    connection.close()
"""


FOLLOW = f"from ui.workers import follow\nfollow()\n{ANSWER}"


def started(program: str) -> tuple[subprocess.Popen[str], int]:
    process = subprocess.Popen(
        [sys.executable, "-c", SUPERVISE, program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    return process, int(process.stdout.readline())


def who(port: int) -> int:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        return int(connection.recv(32) or 0)


def refused(port: int) -> bool:
    try:
        who(port)
    except ConnectionRefusedError:
        return True
    except OSError:
        pass
    return False


def until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_two_workers_answer_one_is_killed_and_replaced_and_all_stop(stop: signal.Signals) -> None:
    process, port = started(ANSWER)
    try:
        seen: set[int] = set()
        until(lambda: bool(seen.add(who(port)) or len(seen) == 2))
        killed = seen.pop()
        os.kill(killed, signal.SIGKILL)
        now: set[int] = set()
        until(lambda: bool(now.add(who(port)) or len(now - {0}) == 2))
        assert killed not in now
        process.send_signal(stop)
        assert process.wait(timeout=30) == 0
        with pytest.raises(OSError, match="refused"):
            who(port)
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def test_a_replacement_that_cannot_work_just_now_is_tried_again(tmp_path: Path) -> None:
    """As when a server is away at that moment; the other worker goes on all the while."""
    away = tmp_path / "away"
    program = f"import pathlib, sys\nif pathlib.Path({str(away)!r}).exists(): sys.exit(1)\n{ANSWER}"
    process, port = started(program)
    try:
        seen: set[int] = set()
        until(lambda: bool(seen.add(who(port)) or len(seen) == 2))
        away.touch()
        killed, other = seen
        os.kill(killed, signal.SIGKILL)
        time.sleep(3)
        assert process.poll() is None
        assert {who(port) for _ in range(5)} == {other}
        away.unlink()
        now: set[int] = set()
        until(lambda: bool(now.add(who(port)) or len(now) == 2))
        assert other in now
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
        assert process.stdout is not None
        process.stdout.close()


def test_workers_end_with_the_process_that_watches_over_them() -> None:
    process, port = started(FOLLOW)
    try:
        seen: set[int] = set()
        until(lambda: bool(seen.add(who(port)) or len(seen) == 2))
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
    until(lambda: refused(port))


def test_a_worker_that_has_said_why_it_cannot_work_stops_all() -> None:
    process, _ = started("raise SystemExit(1)")
    assert process.wait(timeout=30) == 1
    assert process.stdout is not None
    process.stdout.close()


@pytest.mark.parametrize(
    "others",
    [
        {},
        {"MENTOR_COACH_DATABASE_URL": "postgresql+psycopg://x/y"},
        {"MENTOR_COACH_CHROMA_URL": "http://127.0.0.1:8001"},
    ],
    ids=["neither", "no chroma", "no database"],
)
def test_workers_without_both_servers_are_refused_with_the_reason(
    others: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (others | {"MENTOR_COACH_WORKERS": "2"}).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=r"WORKERS.*one process owns.*DATABASE_URL and MENTOR_COACH_CHROMA_URL"):
        read_settings()


def test_workers_with_both_servers_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MENTOR_COACH_WORKERS", "2")
    monkeypatch.setenv("MENTOR_COACH_DATABASE_URL", "postgresql+psycopg://mentor:hush-hush@x/y")
    monkeypatch.setenv("MENTOR_COACH_CHROMA_URL", "http://127.0.0.1:8001")
    settings = read_settings()
    assert settings.shared
    assert "hush-hush" not in repr(settings)


def test_an_address_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MENTOR_COACH_CHROMA_URL", "chroma:8000")
    with pytest.raises(SettingsError, match=r"MENTOR_COACH_CHROMA_URL: .*not an address such as"):
        read_settings()
