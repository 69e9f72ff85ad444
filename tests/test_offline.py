"""No request leaves the machine: a first start, the page, the documentation and answers, with the network cut off.

Twice: in a network namespace that has nothing but loopback, where whatever needs a network fails, in whatever
language it is written; and under a guard inside Python, which notes and refuses every attempt.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.model, pytest.mark.slow]

QUESTION = "How do the National Academies define mentorship?"
COMMAND = str(Path(sys.executable).with_name("mentor-coach"))

GUARD = '''
"""Notes every process that it guards, and every attempt to reach or look up anything but this machine; refuses it."""
import ipaddress, json, os, sys

def _note(kind, what):
    line = json.dumps([kind, what, sys.argv if hasattr(sys, "argv") else sys.orig_argv]) + "\\n"
    out = os.open(os.environ["GUARD_LOG"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(out, line.encode())
    os.close(out)

def _here(host):
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if host in (None, "localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

def _audit(event, args):
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg", "socket.bind"):
        address = args[1]
        if isinstance(address, tuple) and not _here(address[0]):
            _note(event, repr(address))
            raise OSError(101, "the guard refuses " + event + " " + repr(address))
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        if not _here(args[0]):
            _note(event, repr(args[0]))
            raise OSError(101, "the guard refuses " + event + " " + repr(args[0]))

_note("guarded", sys.orig_argv)
sys.addaudithook(_audit)
'''

VISIT = '''
"""Run the service and use it as a visitor does, from inside the same network; prints what was seen as JSON."""
import fcntl, json, os, re, socket, struct, subprocess, sys, time
import httpx

command, home, log, question, isolated = *sys.argv[1:5], sys.argv[5] == "isolated"
seen = {"assets": 0, "elsewhere": []}
if isolated:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, 0x8914, struct.pack("16sh14x", b"lo", 0x1 | 0x40))  # SIOCSIFFLAGS: up and running
    seen["interfaces"] = [name for _, name in socket.if_nameindex()]
    try:
        socket.create_connection(("192.0.2.1", 80), timeout=3).close()
        seen["outside"] = "reached"
    except OSError as error:
        seen["outside"] = type(error).__name__
with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]
out = open(log, "w")
server = subprocess.Popen(
    [command, "serve"], stdout=out, stderr=out,
    env=os.environ | {"MENTOR_COACH_HOME": home, "MENTOR_COACH_PORT": str(port)},
)
try:
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False) as client:
        deadline = time.monotonic() + 120
        while True:
            if server.poll() is not None or time.monotonic() > deadline:
                sys.exit("the service did not get ready")
            try:
                if client.get("/readyz").status_code == 200:
                    break
            except httpx.TransportError:
                pass
            time.sleep(0.1)
        seen["answer"] = client.post("/v1/ask", json={"question": question}).json()
        seen["hits"] = client.get("/v1/search", params={"q": question}).json()["hits"]
        for path in ("/", "/docs"):
            page = client.get(path)
            seen[path] = page.status_code
            for link in re.findall(r'<(?:script|link|img|iframe|source)[^>]*?(?:src|href)="([^"]+)"', page.text):
                url = httpx.URL(str(page.url)).join(link)
                if url.host != "127.0.0.1":
                    seen["elsewhere"].append(str(url))
                elif url.path != "/":
                    client.get(url).raise_for_status()
                    seen["assets"] += 1
        with client.stream("POST", "/page/ask", json={"question": question}) as lines:
            seen["turn"] = [json.loads(line) for line in lines.iter_lines()][-1]
    server.send_signal(2)
    seen["code"] = server.wait(timeout=30)
finally:
    server.kill()
print(json.dumps(seen))
'''


def visit(folder: Path, *before: str, isolated: bool = False, **more: str) -> tuple[dict[str, Any], str]:
    """What a visitor saw of a service over an empty home in `folder`, and the service's log."""
    script, log = folder / "visit.py", folder / "log"
    script.write_text(VISIT)
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("MENTOR_COACH_", "HF_")) and not name.lower().endswith("_proxy")
    }
    # A hub cache that holds nothing: what is not in the installation would have to be fetched.
    clean |= {"HF_HOME": str(folder / "hub"), "XDG_CACHE_HOME": str(folder / "cache")}
    arguments = [COMMAND, str(folder / "home"), str(log), QUESTION, "isolated" if isolated else "guarded"]
    done = subprocess.run(
        [*before, sys.executable, str(script), *arguments],
        env=clean | more,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=200,
    )
    written = log.read_text() if log.exists() else ""
    assert done.returncode == 0, done.stderr + written
    return json.loads(done.stdout), written


def assert_served(seen: dict[str, Any], log: str) -> None:
    """Everything was there, and nothing was asked of another machine."""
    assert seen["answer"]["kind"] == "answer"
    assert seen["answer"]["citations"][0]["source"]["id"] == "nasem-effective-mentorship-stemm"
    assert seen["hits"][0]["source_id"] == "nasem-effective-mentorship-stemm"
    assert seen["/"] == seen["/docs"] == 200
    assert seen["assets"] >= 5
    assert seen["elsewhere"] == []
    assert seen["turn"]["state"] == "done"
    assert "10.17226/25568" in seen["turn"]["cards"]
    assert seen["code"] == 0
    assert "Indexed 19 of 19 sources" in log
    assert "Traceback" not in log


def attempts(log: Path) -> tuple[list[str], list[list[Any]]]:
    """The command lines that were guarded, and what they tried."""
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    guarded = [" ".join(what) for kind, what, _ in lines if kind == "guarded"]
    return guarded, [line for line in lines if line[0] != "guarded"]


def namespace() -> list[str] | None:
    """The command that runs another one without a network, where this machine permits it."""
    tool = shutil.which("unshare")
    for flags in ("-n", "-rn"):
        if tool and subprocess.run([tool, flags, "true"], capture_output=True).returncode == 0:
            return [tool, flags]
    return None


@pytest.fixture(scope="module")
def guard(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment in which Python guards itself."""
    folder = tmp_path_factory.mktemp("guard")
    (folder / "sitecustomize.py").write_text(GUARD)
    return {"PYTHONPATH": os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH")]))}


@pytest.mark.parametrize(
    "attempt",
    [
        "import socket; socket.create_connection(('192.0.2.1', 80), timeout=2)",
        "import socket; socket.getaddrinfo('example.org', 443)",
        "import socket; socket.gethostbyname('example.org')",
        "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))",
        "import asyncio; asyncio.run(asyncio.open_connection('192.0.2.1', 80))",
    ],
)
def test_the_guard_notes_and_refuses(guard: dict[str, str], tmp_path: Path, attempt: str) -> None:
    log = tmp_path / "guard.log"
    environment = os.environ | guard | {"GUARD_LOG": str(log)}
    done = subprocess.run([sys.executable, "-c", attempt], env=environment, capture_output=True, text=True, timeout=30)
    assert done.returncode == 1
    assert "the guard refuses" in done.stderr
    guarded, tried = attempts(log)
    assert len(guarded) == len(tried) == 1


def test_nothing_but_this_machine_is_even_tried(guard: dict[str, str], tmp_path: Path) -> None:
    log = tmp_path / "guard.log"
    seen, written = visit(tmp_path, GUARD_LOG=str(log), **guard)
    guarded, tried = attempts(log)
    assert [line for line in guarded if line.endswith("mentor-coach serve")]
    assert tried == []
    assert_served(seen, written)


def test_everything_works_without_a_network(tmp_path: Path) -> None:
    without = namespace()
    if without is None:
        pytest.skip("This machine permits no network namespace (`unshare -n`); the guard above stands alone.")
    seen, written = visit(tmp_path, *without, isolated=True)
    assert seen["interfaces"] == ["lo"]
    assert seen["outside"] == "OSError"
    assert_served(seen, written)
