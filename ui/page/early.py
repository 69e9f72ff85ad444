"""Puts a script into the page before Gradio's own: what Gradio is given as `head` runs only after itself."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.page.parts import text

_HEAD = b"<head>"


class Early:
    """Stops the clock that Gradio's loader leaves running (`frames.js`)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._script = f"<script>{text('frames.js')}</script>".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or scope["path"] != "/":
            await self._app(scope, receive, send)
            return
        held: list[Message] = []

        async def with_script(message: Message) -> None:
            held.append(message)
            if message["type"] != "http.response.body" or message.get("more_body"):
                return
            start, *parts = held
            body = b"".join(part.get("body", b"") for part in parts)
            if Headers(raw=start["headers"]).get("content-type", "").startswith("text/html"):
                body = body.replace(_HEAD, _HEAD + self._script, 1)
                MutableHeaders(scope=start)["Content-Length"] = str(len(body))
            await send(start)
            await send({"type": "http.response.body", "body": body})

        # Compressed, it could not be added to.
        plain = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        await self._app({**scope, "headers": plain}, receive, with_script)
