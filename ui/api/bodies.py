"""How large a request may be and how long its body may take to arrive."""

from __future__ import annotations

from collections.abc import Mapping

from anyio import fail_after
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.api.problems import problem

MAX_HEADERS = 32 * 1024
SECONDS = 30.0
"""Longest pause in a body."""


class Bodies:
    """Refuses a body that is too large before it is read, or, where it does not say its size, while it is."""

    def __init__(self, app: ASGIApp, most: int, more: Mapping[tuple[str, str], int]) -> None:
        """`most` bytes anywhere, and `more` for some methods and paths."""
        self._app = app
        self._most = most
        self._more = more

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if sum(len(name) + len(value) for name, value in scope["headers"]) > MAX_HEADERS:
            detail = f"A request's headers hold at most {MAX_HEADERS // 1024} KiB here. Send less."
            await problem(scope["path"], "headers-too-large", detail)(scope, receive, send)
            return
        most = self._more.get((scope["method"], scope["path"]), self._most)
        length = HTTPConnection(scope).headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > most:
            await problem(scope["path"], "too-large", _told(most))(scope, receive, send)
            return
        read, complete = 0, False

        async def measured() -> Message:
            nonlocal read, complete
            if complete:
                return await receive()
            try:
                with fail_after(SECONDS):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(408, f"The body did not go on for {SECONDS:.0f} s") from None
            read += len(message.get("body", b""))
            complete = not message.get("more_body", False)
            if read > most:
                raise HTTPException(413, _told(most))
            return message

        await self._app(scope, measured, send)


def _told(most: int) -> str:
    size = f"{most // 1024} KiB" if most < 1024 * 1024 else f"{most // 1024 // 1024} MiB"
    return f"A body holds at most {size} here"
