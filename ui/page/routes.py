"""`/page/…`: what the page's own script asks for, as HTML to show; programs use `/v1`."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources
from typing import Literal

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from coach.profile import Profile
from ui.api.identity import owner_of
from ui.api.uploads import same_site
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


def router(loading: Loading) -> APIRouter:
    routes = APIRouter(prefix="/page", include_in_schema=False, dependencies=[Depends(same_site)])

    @routes.post("/ask")
    def ask(body: Question, request: Request) -> StreamingResponse:
        shown = turns.asked(loading, body.question, body.conversation or None, owner_of(request.cookies), body.profile)
        return StreamingResponse(
            _lines(shown), media_type="application/x-ndjson", headers={"Cache-Control": "no-store"}
        )

    @routes.post("/conversation")
    def conversation(body: Reopen, request: Request) -> turns.Reopened:
        return turns.reopened(loading.coach(), body.conversation, owner_of(request.cookies), body.profile)

    @routes.get("/fonts/{name}")
    def font(name: Literal["literata-400.woff2", "literata-600.woff2"]) -> Response:
        content = resources.files("ui.page").joinpath("fonts", name).read_bytes()
        return Response(content, media_type="font/woff2", headers={"Cache-Control": "public, max-age=31536000"})

    return routes


def _lines(shown: Iterator[turns.Shown]) -> Iterator[bytes]:
    for one in shown:
        yield one.model_dump_json().encode() + b"\n"
