"""The door: under which names the service is reached, who is let in, and how often.

On loopback no key is needed, any `Authorization` header is let pass, and nothing is limited.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Any
from urllib.parse import urlsplit

from anyio import to_thread
from fastapi import Depends, Request, Security
from fastapi.responses import RedirectResponse, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from coach.keys import Key, Keys
from coach.keys import Scope as KeyScope
from corpus.models import CorpusError
from ui.api.identity import LOGIN_COOKIE, Caller, anybody, caller_of, set_caller
from ui.api.kinds import RefusedError
from ui.api.limits import Allowance, Limits
from ui.api.problems import problem, refusal

_HEALTH = frozenset({"/healthz", "/readyz"})
OPEN = _HEALTH | {"/login"}
_COUNTED = ("/v1/", "/page/ask", "/gradio_api/queue/join", "/login")
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_BEARER = HTTPBearer(auto_error=False, description="A key, made with `mentor-coach keys create`. None on loopback.")
_NO_KEY = (
    "A key is needed here: send `Authorization: Bearer <key>`. Whoever runs the service makes one with "
    "`mentor-coach keys create`."
)


def requires(scope: KeyScope) -> Any:
    """A dependency that lets pass who may do what `scope` says."""

    async def check(
        request: Request, _: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)] = None
    ) -> None:
        if scope not in caller_of(request).scopes:
            raise RefusedError("missing-scope", f"This key lacks the scope {scope.value!r}. Use one that has it.")

    return Depends(check)


def same_site(scope: Scope) -> bool:
    """Whether no page of another site sends this: a form needs nobody's leave to be sent from a foreign page."""
    headers = HTTPConnection(scope).headers
    origin = headers.get("origin")
    foreign = origin is not None and urlsplit(origin).netloc != headers.get("host")
    return not foreign and headers.get("sec-fetch-site") not in ("cross-site", "same-site")


class Guard:
    """Lets in whoever holds a key or logged in with one; without `keys`, everybody."""

    def __init__(self, app: ASGIApp, hosts: Collection[str] | None, keys: Keys | None, rate: str) -> None:
        """`hosts` are the names under which the service is reached; `None` lets any name pass."""
        self._app = app
        self._hosts = hosts
        self._keys = keys
        self._limits = Limits(rate)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        path: str = scope["path"]
        # A proxy asks for the health of each process by an address that nobody else knows.
        if self._hosts is not None and path not in _HEALTH and _host(scope) not in self._hosts:
            detail = (
                "The service is not known here under that name. Use its own address, or set MENTOR_COACH_PUBLIC_URL."
            )
            await problem(path, "bad-request", detail)(scope, receive, send)
        elif self._keys is None:
            set_caller(scope, anybody(scope))
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await self._guarded(self._keys, scope, receive, send)

    async def _guarded(self, keys: Keys, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        try:
            key, by_cookie = await to_thread.run_sync(_key, keys, scope)
        except CorpusError as error:
            await refusal(path, error)(scope, receive, send)
            return
        visitor = f"key:{key.id}" if key else f"address:{(scope.get('client') or ('unknown', 0))[0]}"
        # A wrong key is counted wherever it is tried.
        counted = path.startswith(_COUNTED) or (key is None and path not in OPEN)
        allowance = self._limits.take(visitor) if counted else None
        refused: Response | None = None
        if allowance is not None and not allowance.granted:
            detail = f"The limit of {allowance.limit} requests is used up. Ask again in {allowance.reset_s} s."
            refused = problem(path, "too-many-requests", detail)
        elif path in OPEN:
            pass
        elif key is None:
            refused = _unknown(scope)
        elif by_cookie and scope["method"] not in _SAFE and not same_site(scope):
            refused = problem(path, "forbidden", "Pages of other sites may not do that. Open the coach's own page.")
        elif not path.startswith("/v1/") and path != "/metrics" and KeyScope.ASK not in key.scopes:
            refused = problem(path, "missing-scope", "This key is not for asking. Log in with one that is.")
        set_caller(scope, Caller(key.owner, key.scopes) if key else Caller("", frozenset()))
        await (refused or self._app)(scope, receive, _telling(send, allowance))


def _key(keys: Keys, scope: Scope) -> tuple[Key | None, bool]:
    """The key that a request shows, and whether it is shown by a login's cookie."""
    connection = HTTPConnection(scope)
    kind, _, text = connection.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return keys.check(text.strip()), False
    token = connection.cookies.get(LOGIN_COOKIE)
    return (keys.logged_in(token) if token else None), True


def _unknown(scope: Scope) -> Response:
    """For a browser that opens the page, the login; for anybody else, a refusal."""
    if (
        scope["method"] == "GET"
        and scope["path"] == "/"
        and "text/html" in HTTPConnection(scope).headers.get("accept", "")
    ):
        return RedirectResponse("/login", 303)
    return problem(scope["path"], "no-key", _NO_KEY, {"WWW-Authenticate": 'Bearer realm="Mentor Coach"'})


def _telling(send: Send, allowance: Allowance | None) -> Send:
    """`send` that says in headers what is left."""
    if allowance is None:
        return send

    async def telling(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(allowance.headers)
        await send(message)

    return telling


def _host(scope: Scope) -> str:
    host = HTTPConnection(scope).headers.get("host", "")
    return host.rsplit(":", 1)[0] if not host.endswith("]") else host
