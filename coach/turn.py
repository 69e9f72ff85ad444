"""One turn: what every answer to it shares, and the question as it may be asked."""

from __future__ import annotations

from collections import Counter
from time import perf_counter
from typing import Any

from coach.answers import Answer, Explanation, Kind
from coach.errors import QuestionError
from coach.patience import Deadline
from coach.privacy import Kept
from coach.profile import Profile

MAX_QUESTION = 4000
"""Longest question in characters."""
NO_MODEL = "none"


class Turn:
    """One question on its way to its answer."""

    def __init__(
        self, conversation_id: str, turn_id: str, kept: Kept, heard: str, deadline: Deadline | None = None
    ) -> None:
        self.conversation_id = conversation_id
        self.turn_id = turn_id
        self.question = kept.text
        self.kept_as = kept.text if kept.altered else None
        self.placeholders = kept.new
        self.heard = heard
        """The mentor's own words, for the gate alone: they are kept nowhere and no model sees them."""
        self.deadline = deadline
        """Until when a chat model may be asked; without one, none is."""
        self.model = NO_MODEL
        """The chat model, once it has helped."""
        self.refused: Counter[str] = Counter()
        """What was dropped of a model's drafts, by reason; never their words."""
        self.fallback = False
        self.coverage: float | None = None
        """Of what was searched for, the probability that the library covers it."""
        self.timings: dict[str, float] = {}
        self.gap: list[str] | None = None
        """Of an uncovered question, the terms that it speaks of."""
        self.profile: Profile | None = None
        """The mentor's case; it shapes what is suggested, and is shown to no model."""
        self.heading: str | None = None
        """A line for the top of the answer."""
        self._started = perf_counter()

    def begin_again(self) -> None:
        """Forget what was found so far, and ask no model any more."""
        self.deadline, self.model, self.gap = None, NO_MODEL, None

    def answer(self, kind: Kind, text: str, *, query: str | None = None, **parts: Any) -> Answer:
        self.timings["total"] = (perf_counter() - self._started) * 1000
        return Answer(
            conversation_id=self.conversation_id,
            turn_id=self.turn_id,
            kind=kind,
            question=self.question,
            kept_as=None if kind is Kind.SAFETY else self.kept_as,
            query=query if query is not None else self.question,
            text=text if self.heading is None else f"{self.heading}\n\n{text}",
            model=self.model,
            timings_ms={name: round(value, 2) for name, value in self.timings.items()},
            **parts,
        )

    @property
    def explanation(self) -> Explanation:
        """How the answer came to be, for an operator."""
        return Explanation(refused=dict(self.refused), model=self.model, fallback=self.fallback, coverage=self.coverage)


def checked(question: str) -> str:
    """The question without surrounding white space; raises `QuestionError` when it is blank, too long or no text."""
    question = question.strip()
    if any("\ud800" <= character <= "\udfff" for character in question):
        raise QuestionError("The question holds halves of characters that are no text. Send it as UTF-8.")
    if not any(character.isalnum() for character in question):
        raise QuestionError("The question is empty. Ask in a sentence, for example: How is mentorship defined?")
    if len(question) > MAX_QUESTION:
        raise QuestionError(
            f"The question has {len(question)} characters; {MAX_QUESTION} are the most. "
            "Shorten it to what you want to know."
        )
    return question
