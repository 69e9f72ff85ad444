"""`/v1/conversations` and `/v1/feedback`: one's own conversations and what one says of them, and nobody else's."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response

from coach.feedback import Rating
from coach.keys import Scope
from ui.api.ask import require_json
from ui.api.guard import requires
from ui.api.identity import owner_of
from ui.api.kinds import READ, WRITE, RefusedError
from ui.api.paging import MOST, Cursor, Limit, decoded, encoded
from ui.api.problems import responses
from ui.api.schemas import ConversationDetail, ConversationItem, ConversationList, FeedbackBody, Title, TurnItem
from ui.loading import Loading

_Form = Annotated[Literal["md", "json", "bibtex", "ris"], Query(alias="format", description="What kind of file.")]
_TEXTS = ("text/markdown", "application/x-bibtex", "application/x-research-info-systems")
_FILES = {kind: {"schema": {"type": "string"}} for kind in _TEXTS} | {
    "application/json": {"schema": {"type": "object"}}
}


def router(loading: Loading) -> APIRouter:
    routes = APIRouter(tags=["conversations"], prefix="/v1", dependencies=[requires(Scope.ASK)])

    @routes.get("/conversations", responses=responses("unknown-cursor", "invalid-request", *READ))
    def conversations(request: Request, limit: Limit = MOST, cursor: Cursor = None) -> ConversationList:
        """Your conversations, the latest first."""
        before = None
        if cursor is not None:
            at, last = decoded(cursor, 2)
            try:
                before = datetime.fromisoformat(at), last
            except ValueError:
                raise RefusedError("unknown-cursor", "That cursor is none of this list's. Take `next` of it.") from None
        mine = loading.coach().conversations.of(owner_of(request), limit + 1, before)
        shown = mine[:limit]
        more = encoded(shown[-1].updated_at.isoformat(), shown[-1].id) if len(mine) > limit else None
        return ConversationList(conversations=[ConversationItem(**asdict(item)) for item in shown], next=more)

    @routes.get(
        "/conversations/{conversation_id}", responses=responses("unknown-conversation", "invalid-request", *READ)
    )
    def conversation(conversation_id: str, request: Request) -> ConversationDetail:
        """One conversation with its turns in order; of a crisis the words were not kept."""
        turns = loading.coach().conversations.turns(conversation_id, owner_of(request))
        items = [TurnItem(id=turn.id, created_at=turn.created_at, answer=turn.answer) for turn in turns]
        return ConversationDetail(id=conversation_id, turns=items)

    @routes.patch(
        "/conversations/{conversation_id}",
        dependencies=[Depends(require_json)],
        responses=responses(
            "malformed-json", "unknown-conversation", "unsupported-media-type", "invalid-request", "invalid-title",
            "too-large", *WRITE,
        ),
    )  # fmt: skip
    def rename(conversation_id: str, body: Title, request: Request) -> ConversationItem:
        """Call a conversation by another name."""
        title = "".join(character for character in body.title if character.isprintable() or character.isspace())
        renamed = loading.coach().rename(conversation_id, owner_of(request), title)
        return ConversationItem(**asdict(renamed))

    @routes.delete(
        "/conversations/{conversation_id}",
        status_code=204,
        responses=responses("unknown-conversation", "invalid-request", *WRITE),
    )
    def delete(conversation_id: str, request: Request) -> None:
        """Delete a conversation and everything about it."""
        loading.coach().conversations.delete(conversation_id, owner_of(request))

    @routes.get(
        "/conversations/{conversation_id}/export",
        response_class=Response,
        responses={
            200: {"content": _FILES, "description": "The file."},
            **responses("unknown-conversation", "invalid-request", *READ),
        },
    )
    def export(conversation_id: str, request: Request, form: _Form = "md") -> Response:
        """A conversation as a file: all that is held of it (`md`, `json`), or the sources cited (`bibtex`, `ris`)."""
        file = loading.coach().exports.of(conversation_id, owner_of(request), form)
        headers = {"Content-Disposition": f'attachment; filename="{file.file_name}"'}
        return Response(file.text, media_type=file.media_type, headers=headers)

    @routes.post(
        "/feedback",
        status_code=204,
        dependencies=[Depends(require_json)],
        responses=responses(
            "malformed-json", "unknown-turn", "unsupported-media-type", "invalid-request", "invalid-feedback",
            "too-large", *WRITE,
        ),
    )  # fmt: skip
    def feedback(body: FeedbackBody, request: Request) -> None:
        """Rate a turn of yours, or one of its claims, in place of any earlier rating; a null `rating` takes it back."""
        rating = Rating(body.rating) if body.rating is not None else None
        loading.coach().feedback.give(body.turn_id, rating, owner_of(request), body.claim)

    @routes.delete("/conversations", status_code=204, responses=responses(*WRITE))
    def delete_all(request: Request) -> None:
        """Delete all of your conversations and everything about them."""
        loading.coach().conversations.delete_all(owner_of(request))

    return routes
