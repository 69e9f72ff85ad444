"""What a chat model does beside composing: it rewrites follow-ups and drafts a suggestion, checked and optional."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from threading import Event
from typing import Any

from coach.answers import Answer, Kind
from coach.calls import Calls
from coach.composers.drafts import without_thinking
from coach.errors import ModelError
from coach.judge import Judge, own_judge
from coach.patience import Deadline
from coach.prompting import fitting, messages, prompt, room
from coach.turn import Turn
from coach.understand import Question, understand
from coach.unfit import unfit_line, unfit_suggestion
from retrieval.words import content_stems

_SHARE = 0.2
"""Most of a turn's time that one optional step may take."""
_ENOUGH = 0.35
"""A suggestion is only drafted while this share of the turn's time is left: the reader waits for the answer's end."""
_RESERVE = 0.1
_RESERVE_S = 2.0
_EARLIER = 3
_MOST_CHARACTERS = 2000


@dataclass(frozen=True, slots=True)
class Helper:
    """The optional steps of a turn; a failure or a refused draft is counted, and the coach goes on as without it."""

    calls: Calls
    timeout: float
    """Seconds that a whole turn may take."""
    judge: Judge | None = None
    """The chat model that judges paraphrases, where one does."""

    @property
    def problems(self) -> list[str]:
        """What does not work as it was set, each with how to mend it."""
        found = []
        if self.calls.problem is not None:
            found.append(f"Answers are made without the language model. {self.calls.problem}")
        if self.judge is not None and self.judge.problem is not None:
            found.append(f"The language model's own words are not shown. {self.judge.problem}")
        if self.judge is not None and (caution := own_judge(self.judge.calls.model, self.calls.model)):
            found.append(caution)
        return found

    @property
    def name(self) -> str:
        return self.calls.model.name

    def deadline(self, stop: Event | None = None) -> Deadline:
        """Until when a turn that begins now may ask the model: some of its time is kept for answering without it."""
        return Deadline.after(self.timeout - min(_RESERVE_S, _RESERVE * self.timeout), stop)

    def rewrite(self, asked: str, history: Sequence[Answer], turn: Turn) -> str | None:
        """A follow-up as a standalone question, in the words of the conversation alone; `None` where that fails."""
        earlier = [answer for answer in history if answer.kind in (Kind.ANSWER, Kind.ABSTENTION)][-_EARLIER:]
        data = [*({"earlier question": answer.question} for answer in earlier), {"new question": asked}]

        def fit(text: str) -> str | None:
            words, own = set(content_stems(text)), set(content_stems(asked))
            known = own.union(*(content_stems(f"{answer.question} {answer.query}") for answer in earlier))
            if not isinstance(understand(text, ()), Question):
                return "instructs"
            if not words or not own <= words:
                return "loses a word of the question"
            return "adds a word" if words - known else None

        return self._drafted("rewrite", data, fit, turn)

    def suggest(self, used: Collection[str], turn: Turn) -> str | None:
        """One or two sentences for the mentor's next conversation that state nothing; `None` where that fails."""
        if turn.deadline is None or turn.deadline.left < _ENOUGH * self.timeout:
            return None

        def fit(text: str) -> str | None:
            if text in used:
                return "was suggested before"
            return unfit_suggestion(text)

        return self._drafted("guidance", [{"question": turn.question}], fit, turn)

    def _drafted(self, name: str, data: Sequence[Any], fit: Callable[[str], str | None], turn: Turn) -> str | None:
        if turn.deadline is None:
            return None
        instructions, model = prompt(name), self.calls.model
        if fitting(data, room(model.window, model.max_tokens, instructions)) < len(data):
            turn.refused[f"{name}: window too small"] += 1
            return None
        try:
            written = self.calls.text(
                messages(instructions, data), turn.deadline.within(_SHARE * self.timeout), _MOST_CHARACTERS
            )
        except ModelError as error:
            turn.refused[f"{name}: {error.reason}"] += 1
            return None
        text = without_thinking(written).strip()
        if len(text) > 1 and text[0] + text[-1] in ('""', "“”"):
            text = text[1:-1].strip()
        objection = unfit_line(text) or fit(text)
        if objection is not None:
            turn.refused[f"{name}: {objection}"] += 1
            return None
        return text
