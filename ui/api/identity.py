"""Whose a request is, and from where: a browser's HttpOnly cookie, else a program on this machine."""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
from collections.abc import Mapping
from http.cookies import SimpleCookie

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from coach.conversation import LOCAL

COOKIE = "mentor_coach"
_YEAR_S = 365 * 24 * 3600


def owner_of(cookies: Mapping[str, str]) -> str:
    """The owner of what is asked with these cookies; the cookie itself is not stored, only its hash."""
    cookie = cookies.get(COOKIE)
    return f"browser:{hashlib.sha256(cookie.encode()).hexdigest()}" if cookie else LOCAL


def from_this_machine(request: Request) -> bool:
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
        if scope["type"] != "http" or scope["path"] != "/" or self._has_cookie(scope):
            await self._app(scope, receive, send)
            return

        async def with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                value = f"{COOKIE}={secrets.token_urlsafe(24)}; Path=/; Max-Age={_YEAR_S}; HttpOnly; SameSite=Lax"
                MutableHeaders(scope=message).append("Set-Cookie", value)
            await send(message)

        await self._app(scope, receive, with_cookie)

    @staticmethod
    def _has_cookie(scope: Scope) -> bool:
        return COOKIE in SimpleCookie(Headers(scope=scope).get("cookie", ""))
