"""The coach as a LangChain `Runnable`, to be a step of somebody's own chain; `Coach.retriever` is its retriever."""

from __future__ import annotations

from langchain_core.runnables import Runnable, RunnableLambda

from coach.answers import Answer
from coach.coach import Coach


def as_runnable(coach: Coach) -> Runnable[str, Answer]:
    """Question → answer. Nothing of it is kept; several questions of a batch run side by side."""

    def answer(question: str) -> Answer:
        *_, last = coach.stream_last([question])
        assert last.event == "done"
        return last.answer

    return RunnableLambda(answer, name="mentor-coach")
