"""Cases → answers of a coach in this process: asks every turn, and keeps what it said."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from coach.answers import Answer, Kind
from coach.build import build_coach
from coach.coach import Coach
from coach.settings import Settings
from evals.case import Case


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a coach answered to each turn of a case, the scored answer last."""

    case: Case
    answers: tuple[Answer, ...]

    @property
    def last(self) -> Answer:
        return self.answers[-1]

    @property
    def answered(self) -> bool:
        return self.last.kind is Kind.ANSWER

    @property
    def cited(self) -> list[str]:
        """Ids of the cited sources, in order of first citation."""
        return list(dict.fromkeys(citation.source.id for citation in self.last.citations))


def run(cases: Sequence[Case], coach: Coach) -> list[Outcome]:
    """Ask every case in a conversation of its own."""
    outcomes: list[Outcome] = []
    for case in cases:
        conversation: str | None = None
        answers: list[Answer] = []
        for turn in case.turns:
            answer = coach.reply(turn, conversation_id=conversation, owner="evals")
            conversation = answer.conversation_id
            answers.append(answer)
        outcomes.append(Outcome(case, tuple(answers)))
    return outcomes


@contextmanager
def founding_coach() -> Iterator[Coach]:
    """A coach over the founding library alone, in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        coach = build_coach(Settings(home=Path(folder)), lambda _: None)
        try:
            yield coach
        finally:
            coach.close()
