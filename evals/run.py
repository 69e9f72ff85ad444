"""A run: what was planned and what a target said to it, as every metric reads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from evals.case import Case
from evals.judges import Judge, Reviewed
from evals.plan import Plan
from evals.reply import Cited, Record, Reply
from evals.texts import Library, Place


@dataclass(frozen=True)
class Run:
    """The records of a plan; a task that failed has no reply, and no metric counts it."""

    plan: Plan
    records: Mapping[str, Record]
    judge: Judge

    @cached_property
    def library(self) -> Library:
        return Library(record.passage for record in self.records.values() if record.passage)

    @cached_property
    def support(self) -> Judge:
        """The judge of statements, reviewed findings first."""
        return Reviewed(self.library, self.judge)

    def last(self, task_id: str) -> Reply | None:
        """The scored reply of a task."""
        record = self.records.get(task_id)
        return record.replies[-1] if record and record.replies else None

    @cached_property
    def outcomes(self) -> list[tuple[Case, Reply]]:
        """Every case that was answered or refused, with its scored reply."""
        found = ((case, self.last(f"case/{case.id}")) for case in self.plan.cases)
        return [(case, reply) for case, reply in found if reply is not None]

    @property
    def answered(self) -> Iterator[tuple[Case, Reply]]:
        """The cases that the library covers and that got an answer."""
        return ((case, reply) for case, reply in self.outcomes if case.covered and reply.answered)

    def gold(self, case: Case) -> list[Place]:
        """Where the words stand that were authored as right for a case."""
        return [place for words in (*case.quotes, *case.relevant) for place in self.library.find(words)]

    def right_source(self, case: Case, reply: Reply) -> bool:
        """Whether a reply answers and cites one of the case's sources."""
        return reply.answered and not reply.sources.isdisjoint(case.sources)

    def meets(self, cited: Cited, gold: list[Place]) -> bool:
        return any(place.meets(right) for place in self.library.places(cited) for right in gold)
