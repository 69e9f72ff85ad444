"""Sees every request: gives it an id, counts it, logs it without its words, and answers for what nobody foresaw."""

from __future__ import annotations

import logging
import re
import secrets
import time

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.api.metrics import Metrics
from ui.api.problems import unforeseen

logger = logging.getLogger("mentor_coach.requests")

_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})


class Seen:
    """The outermost of the layers. A client's own `X-Request-Id` is kept where it is fit to be."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = HTTPConnection(scope).headers.get("x-request-id", "")
        request_id = given if _ID.fullmatch(given) else secrets.token_hex(8)
        began = time.perf_counter()
        # What is left where a client went away before anything was sent.
        status = 499

        async def with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-Id"] = request_id
            await send(message)

        try:
            await self._app(scope, receive, with_id)
        except Exception as error:
            if status != 499:
                raise
            await unforeseen(scope["path"], error)(scope, receive, with_id)
        finally:
            self._tell(scope, status, time.perf_counter() - began, request_id)

    def _tell(self, scope: Scope, status: int, seconds: float, request_id: str) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "other"
        route = _route(scope)
        self._metrics.requested(method, route, status, seconds)
        if route.startswith("/v1/") or (status >= 400 and route != "/readyz"):
            fields = {"method": method, "route": route, "status": status, "ms": round(seconds * 1000, 1)}
            told = " ".join(str(value) for value in fields.values())
            logger.info("%s ms %s", told, request_id, extra=fields | {"request_id": request_id})


def _route(scope: Scope) -> str:
    """The route's pattern, never what a client wrote in its place."""
    path: str | None = getattr(scope.get("route"), "path", None)
    if path is None:
        return "page" if not scope["path"].startswith("/v1/") else "unknown"
    return path
