"""`/page/…`: what the page's own script asks for, as HTML to show; programs use `/v1`."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import closing
from importlib import resources
from typing import Literal

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from coach.profile import Profile
from ui.api.identity import owner_of
from ui.api.turns import TurnResponse, Turns
from ui.api.uploads import from_own_page
from ui.loading import Loading
from ui.page import turns

_ID = Field(default=None, max_length=64, pattern=r"^[A-Za-z0-9_-]*$")


class Question(BaseModel):
    model_config = ConfigDict(extra="forbid")

    question: str
    conversation: str | None = _ID
    profile: Profile | None = None


class Reopen(BaseModel):
    model_config = ConfigDict(extra="forbid")

    conversation: str = Field(max_length=64)
    profile: Profile | None = None


def router(loading: Loading, places: Turns) -> APIRouter:
    routes = APIRouter(prefix="/page", include_in_schema=False, dependencies=[Depends(from_own_page)])

    @routes.post("/ask")
    async def ask(body: Question, request: Request) -> Response:
        owner = owner_of(request)

        def pieces(stop: threading.Event) -> Generator[bytes, None, None]:
            shown = turns.asked(loading, body.question, body.conversation or None, owner, body.profile, stop)
            with closing(shown):
                for one in shown:
                    yield one.model_dump_json().encode() + b"\n"

        return TurnResponse(places, pieces, "application/x-ndjson", streamed=True)

    @routes.post("/conversation")
    def conversation(body: Reopen, request: Request) -> turns.Reopened:
        return turns.reopened(loading.coach(), body.conversation, owner_of(request), body.profile)

    @routes.get("/fonts/{name}")
    def font(name: Literal["literata-400.woff2", "literata-600.woff2"]) -> Response:
        content = resources.files("ui.page").joinpath("fonts", name).read_bytes()
        return Response(content, media_type="font/woff2", headers={"Cache-Control": "public, max-age=31536000"})

    return routes
