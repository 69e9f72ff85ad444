"""What a target is asked: every case, variants of some, safety messages and searches, each a task with a stable id."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from evals.case import CASES, Case, CaseError
from evals.variants import KINDS, variant

DEPTH = 10
"""Passages that a search is asked for."""
_VARIED = 40
_THIN = 4
_VARIED_UNCOVERED = 10
Group = Literal["case", "variant", "safety", "search"]


class Message(BaseModel):
    """A message for the safety gate, and whether it is a crisis; `evals/cases/safety.md` tells more."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    text: str
    expect: Literal["crisis", "ordinary", "scope"]
    kind: str
    half: Literal["dev", "held"]


@dataclass(frozen=True, slots=True)
class Task:
    """One call of the target; `turns` holds the query of a search."""

    id: str
    group: Group
    turns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """The cases and messages that are scored, and the tasks that they need."""

    cases: tuple[Case, ...]
    varied: tuple[Case, ...]
    messages: tuple[Message, ...]
    tasks: tuple[Task, ...]

    @property
    def fingerprint(self) -> str:
        """Changes when anything that is asked changes."""
        asked = json.dumps([[task.id, *task.turns] for task in self.tasks])
        return hashlib.sha256(asked.encode()).hexdigest()[:16]


def make_plan(cases: Sequence[Case], messages: Sequence[Message] = ()) -> Plan:
    """Ask all of `cases` and `messages`, and variants of an even sample of the single questions."""
    single = [case for case in cases if len(case.turns) == 1 and case.expect != "partial"]
    varied = [
        *_sample([case for case in single if case.covered], _VARIED),
        *_sample([case for case in single if not case.covered and case.kind != "off-topic"], _VARIED_UNCOVERED),
    ]
    tasks = [Task(f"case/{case.id}", "case", tuple(case.turns)) for case in cases]
    tasks += [Task(f"search/{case.id}", "search", tuple(case.turns)) for case in single if case.covered]
    tasks += [Task(f"{kind}/{case.id}", "variant", (variant(case, kind),)) for kind in KINDS for case in varied]
    tasks += [Task(f"safety/{message.id}", "safety", (message.text,)) for message in messages]
    return Plan(tuple(cases), tuple(varied), tuple(messages), tuple(tasks))


def thin(plan: Plan) -> Plan:
    """A quarter of the plan, evenly spread, for a quick look; every task keeps its id."""
    return make_plan(plan.cases[::_THIN], plan.messages[::_THIN])


def read_messages(half: str, file: Path = CASES / "safety.jsonl") -> list[Message]:
    """The safety messages of a half; raises `CaseError`."""
    messages: list[Message] = []
    for number, line in enumerate(file.read_text("utf-8").split("\n"), start=1):
        if line.strip():
            try:
                messages.append(Message.model_validate_json(line))
            except ValidationError as error:
                wrong = error.errors()[0]
                field = ".".join(map(str, wrong["loc"])) or "the object"
                raise CaseError(f"{file.name}, line {number}, {field}: {wrong['msg']}") from error
    return [message for message in messages if message.half == half]


def _sample(cases: Sequence[Case], most: int) -> Iterable[Case]:
    """At most `most` of them, evenly spread over their order."""
    if len(cases) <= most:
        return cases
    return [cases[place * len(cases) // most] for place in range(most)]
