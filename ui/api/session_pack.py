"""`/v1/conversations/{id}/session-pack`: a plan for the next meeting, made from one's own conversation."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from coach import session_pack
from coach.keys import Scope
from coach.session_pack import Plan, SessionPack
from ui.api.ask import require_json
from ui.api.guard import requires
from ui.api.identity import owner_of
from ui.api.kinds import READ
from ui.api.problems import responses
from ui.loading import Loading

_MARKDOWN = "text/markdown"


class Edited(BaseModel):
    """A pack as its mentor has edited it: the plan is theirs, evidence is only chosen from the conversation's."""

    model_config = ConfigDict(extra="forbid")

    plan: Plan
    evidence: list[str] = Field(max_length=1000, description="Keys of the evidence to keep.")


def router(loading: Loading) -> APIRouter:
    routes = APIRouter(
        tags=["conversations"],
        prefix="/v1/conversations/{conversation_id}/session-pack",
        dependencies=[requires(Scope.ASK)],
    )

    def pack(conversation_id: str, request: Request) -> SessionPack:
        conversations, owner = loading.coach().conversations, owner_of(request)
        title = conversations.get(conversation_id, owner).title
        return session_pack.make(title, [turn.answer for turn in conversations.turns(conversation_id, owner)])

    @routes.get("", responses=responses("unknown-conversation", "invalid-request", *READ))
    def draft(conversation_id: str, request: Request) -> SessionPack:
        """A draft to edit: goal, opening, questions, the conversation's claims as evidence, actions and follow-up."""
        return pack(conversation_id, request)

    @routes.post(
        "",
        response_class=Response,
        dependencies=[Depends(require_json)],
        responses={
            200: {"content": {_MARKDOWN: {"schema": {"type": "string"}}}, "description": "The file."},
            **responses(
                "malformed-json",
                "unknown-conversation",
                "unsupported-media-type",
                "invalid-request",
                "too-large",
                *READ,
            ),
        },
    )
    def finished(conversation_id: str, body: Edited, request: Request) -> Response:
        """The edited pack as a Markdown file; evidence that is not the conversation's does not get into it."""
        made = session_pack.edited(pack(conversation_id, request), body.plan, body.evidence)
        headers = {"Content-Disposition": 'attachment; filename="session-pack.md"'}
        return Response(session_pack.markdown(made), media_type=_MARKDOWN, headers=headers)

    return routes
