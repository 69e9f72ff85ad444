"""A small HTTP server that claims to be a model server, and misbehaves as it is told to."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SECRET = "sk-quince-4711"


class BadServer:
    """What it does with a request is `behave`; `asked` holds the bodies that it was sent."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.asked: list[dict[str, Any]] = []
        self.behave: Callable[[Request], None] = answers("USE zzzz\n")
        self.stopping = threading.Event()


class Request:
    """One request, with what a misbehaviour needs to answer it."""

    def __init__(self, handler: BaseHTTPRequestHandler, server: BadServer, body: dict[str, Any]) -> None:
        self.handler, self.server, self.body = handler, server, body

    @property
    def keys(self) -> list[str]:
        lines = self.body["messages"][-1]["content"].split("\n")
        data = [json.loads(line) for line in lines if line.startswith("{")]
        return [item["key"] for item in data if "key" in item]

    @property
    def waiting(self) -> bool:
        return not self.server.stopping.is_set()

    def begin(self, kind: str = "text/event-stream", status: int = 200, **headers: str) -> None:
        self.handler.send_response(status)
        self.handler.send_header("Content-Type", kind)
        for name, value in headers.items():
            self.handler.send_header(name.replace("_", "-"), value)
        self.handler.end_headers()

    def write(self, text: str) -> None:
        self.handler.wfile.write(text.encode())
        self.handler.wfile.flush()

    def piece(self, text: str, finish: str | None = None) -> None:
        choice = {"index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": finish}
        chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
        self.write(f"data: {json.dumps(chunk)}\n\n")

    def end(self) -> None:
        self.piece("", "stop")
        self.write("data: [DONE]\n\n")


Behaviour = Callable[[Request], None]


def answers(text: str) -> Behaviour:
    def behave(request: Request) -> None:
        request.begin()
        for at in range(0, len(text), 5):
            request.piece(text[at : at + 5])
        request.end()

    return behave


def chooses(request: Request) -> None:
    """As a good model does: every key, in reverse."""
    answers("".join(f"USE {key}\n" for key in request.keys[::-1]))(request)


def fails(status: int, **headers: str) -> Behaviour:
    def behave(request: Request) -> None:
        request.begin("application/json", status, **headers)
        request.write(json.dumps({"error": {"message": f"no {SECRET}", "type": "x", "code": None}}))

    return behave


def drips(request: Request) -> None:
    request.begin()
    while request.waiting:
        request.piece("x")
        time.sleep(0.05)


def never_ends(request: Request) -> None:
    request.begin()
    while request.waiting:
        request.piece("and so on and so on ")


def hangs(request: Request) -> None:
    request.server.stopping.wait(30)


def hangs_in_mid_stream(request: Request) -> None:
    request.begin()
    request.piece(f"USE {request.keys[-1]}\nUSE")
    request.server.stopping.wait(30)


def signs_of_life(request: Request) -> None:
    request.begin()
    while request.waiting:
        request.write(": ping\n\n")
        time.sleep(0.05)


def closes_in_mid_stream(request: Request) -> None:
    request.begin(Content_Length="100000")
    request.piece(f"USE {request.keys[-1]}\nUSE")
    request.handler.close_connection = True


def closes_at_once(request: Request) -> None:
    request.handler.close_connection = True


def garbage(request: Request) -> None:
    request.begin()
    request.write("data: {not json\n\ndata: \x00\x01\n\n")


def web_page(request: Request) -> None:
    request.begin("text/html")
    request.write("<html><body>Welcome to nginx!</body></html>")


def empty_stream(request: Request) -> None:
    request.begin()
    request.write("data: [DONE]\n\n")


def wrong_shape(request: Request) -> None:
    request.begin("application/json")
    request.write(json.dumps({"choices": "none"}))


@contextmanager
def bad_server() -> Iterator[BadServer]:
    """A server on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.0"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            server.asked.append(body)
            with suppress(BrokenPipeError, ConnectionResetError):
                server.behave(Request(self, server, body))

        def log_message(self, *_: Any) -> None:
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listening.daemon_threads = True
    server = BadServer(f"http://127.0.0.1:{listening.server_address[1]}/v1")
    thread = threading.Thread(target=listening.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stopping.set()
        listening.shutdown()
        listening.server_close()
        thread.join()
