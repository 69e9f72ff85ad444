"""The page's one named endpoint, `/answer`, for programs that speak Gradio's own protocol."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import gradio as gr

from coach.answers import Answer, Done
from ui.api.kinds import RefusedError
from ui.api.turns import Turns

if TYPE_CHECKING:
    from coach.coach import Coach


def add_answer(
    page: gr.Blocks, coach: Callable[[], Coach], turns: Turns, owner_of: Callable[[gr.Request], str]
) -> None:
    """Let `gradio_client` ask through the same path and in the same line as everybody.

    It gives a question, and the conversation that it goes on.
    """

    async def answer(request: gr.Request, question: str, conversation_id: str | None = None) -> dict[str, Any]:
        answers: list[Answer] = []

        def work() -> None:
            events = coach().stream(question, conversation_id=conversation_id or None, owner=owner_of(request))
            answers.extend(event.answer for event in events if isinstance(event, Done))

        try:
            await turns.run(work)
        except RefusedError as error:
            raise gr.Error(str(error), print_exception=False) from error
        return answers[-1].model_dump(mode="json")

    with page:
        # Who may run and who must wait is for the line to say.
        gr.api(answer, api_name="answer", concurrency_limit=None)  # type: ignore[attr-defined]
