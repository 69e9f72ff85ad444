"""Renaming, exports, ratings and the gap report, in the shape in which the HTTP and privacy branches bring them.

The page's branch stands on these alone until those are merged; then this file goes.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel

from coach.export import Form
from coach.feedback import Rating
from ui.api.identity import owner_of
from ui.api.schemas import ConversationItem
from ui.loading import Loading


class _Title(BaseModel):
    title: str


class _Feedback(BaseModel):
    turn_id: str
    claim: int | None = None
    rating: Rating | None = None


def router(loading: Loading) -> APIRouter:
    routes = APIRouter(prefix="/v1", include_in_schema=False)

    @routes.patch("/conversations/{conversation_id}")
    def rename(conversation_id: str, body: _Title, request: Request) -> ConversationItem:
        renamed = loading.coach().conversations.rename(conversation_id, owner_of(request.cookies), body.title)
        return ConversationItem(**asdict(renamed))

    @routes.get("/conversations/{conversation_id}/export")
    def export(conversation_id: str, request: Request, format: Form = "md") -> Response:
        file = loading.coach().exports.of(conversation_id, owner_of(request.cookies), format)
        headers = {"Content-Disposition": f'attachment; filename="{file.file_name}"'}
        return Response(file.text, media_type=file.media_type, headers=headers)

    @routes.post("/feedback", status_code=204)
    def feedback(body: _Feedback, request: Request) -> None:
        loading.coach().feedback.give(body.turn_id, body.rating, owner_of(request.cookies), body.claim)

    @routes.get("/gaps")
    def gaps() -> dict[str, Any]:
        coach = loading.coach()
        labels = {name: term.label for name, term in coach.retriever.index.vocabulary.terms.items()}
        counts = coach.gaps.topics().items()
        told = [{"topic": t, "label": labels.get(t, "something else"), "conversations": n} for t, n in counts]
        return {"least": 1, "gaps": told}

    return routes
