"""`create_app()`: FastAPI with the Gradio page mounted, both over one coach that loads behind them."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING

# Read by Gradio when it is imported: nothing may be reported to anybody.
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

import gradio as gr
from fastapi import FastAPI
from fastapi.responses import PlainTextResponse
from fastapi_offline import FastAPIOffline
from starlette.middleware.trustedhost import TrustedHostMiddleware

from coach.settings import Settings
from ui import chat
from ui.api import ask, conversations, health, library, problems, uploads
from ui.api.identity import BrowserCookie, owner_of
from ui.loading import Loading

if TYPE_CHECKING:
    from coach.library import Library

_MAX_BODY = 64 * 1024


def create_app(settings: Settings, failed: Callable[[Exception], None] = lambda _: None) -> FastAPI:
    """The whole service. The coach begins to load when the server has started; `failed` is told if it cannot."""

    def build(report: Callable[[str], None]) -> Library:
        # Imported here, in the loading thread: torch and its kin take longer than all the rest together.
        from coach.build import build_library

        library = build_library(settings, report)
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
        max_body_size=_MAX_BODY,
        strict_content_type=False,
    )
    problems.install(app)
    for routes in (ask, library, uploads, conversations, health):
        app.include_router(routes.router(loading))
    problems.install_unknown_routes(app)
    app.add_middleware(BrowserCookie)
    # A page elsewhere cannot reach a loopback service under a name of its own (DNS rebinding).
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost", "[::1]"])
    if settings.workers > 1:
        app.get("/", include_in_schema=False)(_no_page)
        return app
    page = chat.build_page(loading.coach, lambda request: owner_of(request.cookies))
    mounted: FastAPI = gr.mount_gradio_app(app, page, path="/", **chat.mount_options())
    return mounted


def _no_page() -> PlainTextResponse:
    """A page's events come back to the process that began them; workers that share an address cannot promise that."""
    return PlainTextResponse(
        "Several workers answer the API here (/docs). The page needs a process of its own: run one more coach on "
        "another port with MENTOR_COACH_WORKERS=1 and the same MENTOR_COACH_DATABASE_URL and MENTOR_COACH_CHROMA_URL.\n"
    )
