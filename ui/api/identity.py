"""Whose a request is, and from where: a key, a browser's HttpOnly cookie, else a program on this machine."""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from coach.conversation import LOCAL
from coach.keys import Scope as KeyScope

COOKIE = "mentor_coach"
LOGIN_COOKIE = "mentor_coach_login"
_CALLER = "mentor_coach.caller"
_YEAR_S = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and what they may do."""

    owner: str
    """Whose the conversations are that they hold."""
    scopes: frozenset[KeyScope]


def anybody(scope: Scope) -> Caller:
    """Who asks where no key is needed; the cookie itself is not stored, only its hash."""
    cookie = cookies(scope).get(COOKIE)
    owner = f"browser:{hashlib.sha256(cookie.encode()).hexdigest()}" if cookie else LOCAL
    return Caller(owner, frozenset(KeyScope))


def set_caller(scope: Scope, caller: Caller) -> None:
    scope[_CALLER] = caller


def caller_of(request: HTTPConnection) -> Caller:
    """Who asks, as the guard has found."""
    caller: Caller = request.scope[_CALLER]
    return caller


def owner_of(request: HTTPConnection) -> str:
    """The owner of what is asked with this request."""
    return caller_of(request).owner


def cookies(scope: Scope) -> Mapping[str, str]:
    return HTTPConnection(scope).cookies


def from_this_machine(request: HTTPConnection) -> bool:
    """Whether a program on this machine asks, and none through a proxy on its behalf."""
    try:
        local = request.client is not None and ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        local = False
    return local and not {"forwarded", "x-forwarded-for"}.intersection(request.headers)


class BrowserCookie:
    """Gives every browser that opens the page a cookie of its own, so that nobody sees another's conversations."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != "/" or COOKIE in cookies(scope):
            await self._app(scope, receive, send)
            return

        async def with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                value = f"{COOKIE}={secrets.token_urlsafe(24)}; Path=/; Max-Age={_YEAR_S}; HttpOnly; SameSite=Lax"
                MutableHeaders(scope=message).append("Set-Cookie", value)
            await send(message)

        await self._app(scope, receive, with_cookie)
