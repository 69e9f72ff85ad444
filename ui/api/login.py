"""`/login` and `/logout`: a key, once, for a browser's HttpOnly cookie; only where the service is guarded."""

from __future__ import annotations

from importlib import resources

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from coach.keys import LOGIN_DAYS, Keys, Scope
from ui.api.guard import same_site
from ui.api.identity import LOGIN_COOKIE


def router(keys: Keys, *, secure: bool) -> APIRouter:
    """`secure`: whether browsers reach the service over HTTPS alone."""
    routes = APIRouter(include_in_schema=False)
    page = resources.files("ui").joinpath("login.html").read_text("utf-8")

    def shown(note: str = "", status: int = 200) -> HTMLResponse:
        return HTMLResponse(page.replace("{note}", note), status, {"Cache-Control": "no-store"})

    @routes.get("/login")
    async def form() -> HTMLResponse:
        return shown()

    @routes.post("/login")
    async def log_in(request: Request) -> Response:
        _own_page(request)
        async with request.form(max_files=0, max_fields=2) as sent:
            text = str(sent.get("key", "")).strip()
        key = await run_in_threadpool(keys.check, text)
        if key is None:
            return shown("That is no key of this service. Copy it whole, from mc_ to its end.", 401)
        if Scope.ASK not in key.scopes:
            return shown("That key is not for asking. Ask whoever runs the service for another.", 403)
        token = await run_in_threadpool(keys.log_in, key)
        response = RedirectResponse("/", 303)
        response.set_cookie(
            LOGIN_COOKIE, token, max_age=LOGIN_DAYS * 86400, httponly=True, samesite="lax", secure=secure, path="/"
        )
        return response

    @routes.post("/logout")
    async def log_out(request: Request) -> Response:
        _own_page(request)
        await run_in_threadpool(keys.log_out, request.cookies.get(LOGIN_COOKIE, ""))
        response = RedirectResponse("/login", 303)
        response.delete_cookie(LOGIN_COOKIE, path="/")
        return response

    return routes


def _own_page(request: Request) -> None:
    if not same_site(request.scope):
        raise HTTPException(403, "Pages of other sites may not log in here")
