"""The LangChain Runnable behind every answer: retrieve → compose → verify."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import zip_longest
from time import perf_counter

from langchain_core.runnables import Runnable, RunnableLambda

from coach.answers import Support
from coach.composers.quoting import QuotingComposer
from coach.understand import parts
from coach.verify import Refusal, Statement, verify
from retrieval.coverage import Coverage
from retrieval.models import Filters, Hit, Retrieval
from retrieval.retriever import Retriever

MAX_CLAIMS = 6


@dataclass(frozen=True, slots=True)
class Query:
    """A standalone question and where it may be answered from."""

    text: str
    asked: str | None = None
    """Of a follow-up, the part that is new."""
    filters: Filters = field(default_factory=Filters)
    top_k: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A question, or one of several in a message, with what was found for it."""

    text: str
    retrieval: Retrieval
    probability: float
    """That the library covers it."""
    covered: bool


@dataclass(frozen=True, slots=True)
class Retrieved:
    parts: tuple[Part, ...]
    milliseconds: float

    @property
    def covered(self) -> list[Part]:
        return [part for part in self.parts if part.covered]

    @property
    def uncovered(self) -> list[Part]:
        return [part for part in self.parts if not part.covered]

    @property
    def hits(self) -> list[Hit]:
        """The hits of what is covered (of everything, when nothing is), each passage once, best first."""
        merged = [hit for part in self.covered or self.parts for hit in part.retrieval.hits]
        return list({hit.passage.id: hit for hit in sorted(merged, key=lambda hit: hit.score)}.values())[::-1]


@dataclass(frozen=True, slots=True)
class Composed:
    retrieved: Retrieved
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """The chain's outcome: what may be shown, and how many statements the verifier refused, by reason."""

    retrieved: Retrieved
    verified: tuple[tuple[Statement, Support], ...]
    refused: dict[str, int]


def build_chain(retriever: Retriever, coverage: Coverage, composer: QuotingComposer) -> Runnable[Query, Evidence]:
    """The chain as a Runnable: `invoke(Query("…"))` gives the evidence for an answer.

    What is below the coverage threshold is not composed, so that no claim on it can reach a reader. Of a message with
    several questions, those that the library covers are answered.
    """

    def look(text: str, query: Query) -> Part:
        retrieval = retriever.retrieve(text, asked=query.asked, top_k=query.top_k, filters=query.filters)
        probability, covered = coverage.judge(retrieval)
        # A follow-up is near to what was just answered, whatever it asks; a term that nothing here is about tells.
        return Part(text, retrieval, probability, covered and not (query.asked and retrieval.unheard))

    def retrieve(query: Query) -> Retrieved:
        started = perf_counter()
        whole = look(query.text, query)
        asked = parts(query.text) if query.asked is None else []
        single = [look(text, query) for text in asked] if len(asked) > 1 else []
        # One question in two sentences is covered as a whole although neither half is by itself.
        found = tuple(single) if any(part.covered for part in single) else (whole,)
        return Retrieved(found, (perf_counter() - started) * 1000)

    def compose(retrieved: Retrieved) -> Composed:
        composed = [composer.compose(part.retrieval) for part in retrieved.covered]
        in_turn = [statement for row in zip_longest(*composed) for statement in row if statement is not None]
        once = {(statement.passage.id, statement.spans, statement.text): statement for statement in reversed(in_turn)}
        return Composed(retrieved, tuple(reversed(once.values()))[:MAX_CLAIMS])

    def check(composed: Composed) -> Evidence:
        passages = {hit.passage.id: hit.passage for hit in composed.retrieved.hits}
        with_findings = {statement.passage.id for statement in composed.statements if statement.finding}
        findings = {finding.id: finding for finding in retriever.index.catalog.findings_of(with_findings)}
        verified: list[tuple[Statement, Support]] = []
        refused: dict[str, int] = {}
        for statement in composed.statements:
            outcome = verify(statement, passages, findings)
            if isinstance(outcome, Refusal):
                refused[outcome.reason] = refused.get(outcome.reason, 0) + 1
            else:
                verified.append((statement, outcome))
        return Evidence(composed.retrieved, tuple(verified), refused)

    return RunnableLambda(retrieve) | RunnableLambda(compose) | RunnableLambda(check)
