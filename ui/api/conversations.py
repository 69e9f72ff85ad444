"""`/v1/conversations`: one's own conversations, and nobody else's."""

from __future__ import annotations

from dataclasses import asdict

from fastapi import APIRouter, Request

from ui.api.identity import owner_of
from ui.api.problems import responses
from ui.api.schemas import ConversationDetail, ConversationItem, ConversationList, TurnItem
from ui.loading import Loading


def router(loading: Loading) -> APIRouter:
    routes = APIRouter(tags=["conversations"], prefix="/v1/conversations")

    @routes.get("", responses=responses(503))
    def conversations(request: Request) -> ConversationList:
        """Your conversations, the latest first."""
        mine = loading.coach().conversations.of(owner_of(request.cookies))
        return ConversationList(conversations=[ConversationItem(**asdict(item)) for item in mine])

    @routes.get("/{conversation_id}", responses=responses(404, 422, 503))
    def conversation(conversation_id: str, request: Request) -> ConversationDetail:
        """One conversation with its turns in order; of a crisis the words were not kept."""
        turns = loading.coach().conversations.turns(conversation_id, owner_of(request.cookies))
        items = [TurnItem(id=turn.id, created_at=turn.created_at, answer=turn.answer) for turn in turns]
        return ConversationDetail(id=conversation_id, turns=items)

    @routes.delete("/{conversation_id}", status_code=204, responses=responses(404, 422, 503))
    def delete(conversation_id: str, request: Request) -> None:
        """Delete a conversation and everything about it."""
        loading.coach().conversations.delete(conversation_id, owner_of(request.cookies))

    @routes.delete("", status_code=204, responses=responses(503))
    def delete_all(request: Request) -> None:
        """Delete all of your conversations and everything about them."""
        loading.coach().conversations.delete_all(owner_of(request.cookies))

    return routes
