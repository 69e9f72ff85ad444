"""The page's one named endpoint, `/answer`, for programs that speak Gradio's own protocol."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import gradio as gr

from coach.answers import Done

if TYPE_CHECKING:
    from coach.coach import Coach


def add_answer(page: gr.Blocks, coach: Callable[[], Coach], owner_of: Callable[[gr.Request], str]) -> None:
    """Let `gradio_client` ask through the same path as everybody: a question, and the conversation that it goes on."""

    def answer(request: gr.Request, question: str, conversation_id: str | None = None) -> dict[str, Any]:
        events = coach().stream(question, conversation_id=conversation_id or None, owner=owner_of(request))
        done = next(event for event in events if isinstance(event, Done))
        return done.answer.model_dump(mode="json")

    with page:
        gr.api(answer, api_name="answer")  # type: ignore[attr-defined]
