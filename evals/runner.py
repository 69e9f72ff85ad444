"""Cases → answers: reads the case files, asks a coach every turn, and keeps what it said."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from coach.answers import Answer, Kind
from coach.build import build_coach
from coach.coach import Coach
from coach.settings import Settings

CASES = Path(__file__).parent / "cases"


class CaseError(Exception):
    """A case file cannot be used; the message names the file, the case and the field."""


class Case(BaseModel):
    """One question, or a conversation whose last turn is scored. `evals/cases/README.md` says what each field means."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    kind: Literal["direct", "colloquial", "nuance", "multi-turn", "uncovered-near", "off-topic", "mixed"]
    turns: list[str]
    expect: Literal["answer", "abstention", "partial"]
    sources: list[str] = []
    quotes: list[str] = []
    relevant: list[str] = []
    hedges: list[str] = []
    about_last: bool = False
    note: str | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Case:
        if not self.turns or not all(turn.strip() for turn in self.turns):
            raise ValueError("turns: at least one, none blank")
        if (self.expect == "abstention") == bool(self.sources):
            raise ValueError("sources: named for every answer and for no abstention")
        return self

    @property
    def covered(self) -> bool:
        return self.expect != "abstention"


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


def load_cases(half: str) -> list[Case]:
    """The cases of `dev` or `held`; raises `CaseError`."""
    return read_cases(CASES / f"mentor-{half}.yaml")


def read_cases(file: Path) -> list[Case]:
    """The cases of one file; raises `CaseError`."""
    cases: list[Case] = []
    for number, item in enumerate(yaml.safe_load(file.read_text("utf-8")), start=1):
        try:
            cases.append(Case.model_validate(item))
        except ValidationError as error:
            name = item.get("id", f"number {number}") if isinstance(item, dict) else f"number {number}"
            raise CaseError(f"{file.name}, case {name}: {error}") from error
    return cases


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


def half_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--half",
        choices=("dev", "held"),
        default="dev",
        help="dev is for tuning; held is read once, when the tuning is over (default: dev)",
    )
