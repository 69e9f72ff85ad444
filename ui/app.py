"""`create_app()`: FastAPI with the Gradio page mounted, both over one coach that loads behind them."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

# Read by Gradio when it is imported: nothing may be reported to anybody.
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

import gradio as gr
from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from starlette.middleware.cors import CORSMiddleware

from coach.answers import Answer, Explanation
from coach.keys import Keys
from coach.settings import Settings
from ui import chat
from ui.api import (
    ask,
    conversations,
    document,
    gaps,
    health,
    library,
    login,
    metrics,
    openai,
    problems,
    session_pack,
    uploads,
)
from ui.api.bodies import Bodies
from ui.api.guard import Guard
from ui.api.headers import SecurityHeaders
from ui.api.identity import BrowserCookie, owner_of
from ui.api.metrics import Metrics
from ui.api.seen import Seen
from ui.api.turns import Turns
from ui.endpoint import add_answer
from ui.loading import Loading
from ui.logs import AnswerLog
from ui.page import routes as page_routes
from ui.page.early import Early

if TYPE_CHECKING:
    from coach.library import Library

_KIB = 1024
_MAX_BODY = 64 * _KIB
_MORE = {
    ("POST", "/v1/sources"): uploads.MAX_BODY,
    # Clients send the whole conversation with every question.
    ("POST", "/v1/chat/completions"): 1024 * _KIB,
}
_TOLD = ["X-Request-Id", "Retry-After", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"]


def create_app(
    settings: Settings, keys: Keys | None = None, failed: Callable[[Exception], None] = lambda _: None
) -> FastAPI:
    """The whole service. The coach begins to load when the server has started; `failed` is told if it cannot.

    With `keys` nobody is let in without one.
    """
    turns = Turns(settings.at_once, settings.waiting)
    counted = Metrics(turns)
    log = AnswerLog(questions=settings.log_questions)

    def observe(answer: Answer, explanation: Explanation) -> None:
        counted.answered(answer, explanation)
        log.answered(answer, explanation)

    def build(report: Callable[[str], None]) -> Library:
        # Imported here, in the loading thread: torch and its kin take longer than all the rest together.
        from coach.build import build_library

        library = build_library(settings, report, observe)
        library.start()
        return library

    loading = Loading(build, failed)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        loading.start()
        yield
        loading.stop()

    app = FastAPIOffline(
        redoc_url=None,
        title="Mentor Coach",
        version=version("mentor-coach"),
        description="Answers from mentoring research, with the exact passage behind every sentence.",
        lifespan=lifespan,
        strict_content_type=False,
    )
    https = (settings.public_url or "").startswith("https:")
    problems.install(app)
    app.include_router(ask.router(loading, turns))
    app.include_router(openai.router(loading, turns, settings.public_url))
    app.include_router(page_routes.router(loading, turns))
    for routes in (library, uploads, conversations, session_pack, gaps, health):
        app.include_router(routes.router(loading))
    app.include_router(metrics.router(counted))
    if keys is not None:
        app.include_router(login.router(keys, secure=https))
    document.install(app, guarded=keys is not None)
    problems.install_unknown_routes(app)
    page = chat.build_page(settings.reader, settings.retention_days, enriched=settings.enrich, guarded=keys is not None)
    if settings.workers == 1:
        # Gradio's queue keeps in one process what is asked through it; the page does without.
        add_answer(page, loading.coach, turns, _page_owner)
    mounted: FastAPI = gr.mount_gradio_app(app, page, path="/", **chat.mount_options())
    mounted.add_middleware(Early)
    # From the innermost to the outermost.
    if keys is None:
        mounted.add_middleware(BrowserCookie)
    mounted.add_middleware(Guard, hosts=_hosts(settings), keys=keys, rate=settings.rate)
    mounted.add_middleware(Bodies, most=_MAX_BODY, more=_MORE)
    if settings.cors_origins:
        mounted.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins.split(),
            allow_methods=["GET", "POST", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "X-Request-Id"],
            expose_headers=_TOLD,
        )
    mounted.add_middleware(SecurityHeaders, https=https)
    mounted.add_middleware(Seen, metrics=counted)
    return mounted


def _page_owner(request: gr.Request) -> str:
    """Whose a question on the page is."""
    assert request.request is not None
    return owner_of(request.request)


def _hosts(settings: Settings) -> frozenset[str] | None:
    """The names under which the service is reached; `None` for any, where it is served to a network without a name.

    A page elsewhere cannot reach a loopback service under a name of its own (DNS rebinding).
    """
    named = urlsplit(settings.public_url or "").hostname
    if settings.public and named is None:
        return None
    local = {"127.0.0.1", "localhost", "[::1]", settings.host}
    return frozenset(local | ({named} if named else set()))
