"""The LangChain Runnable behind every answer: retrieve → compose → verify."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import perf_counter

from langchain_core.runnables import Runnable, RunnableLambda

from coach.answers import Support
from coach.composers.quoting import QuotingComposer
from coach.verify import Refusal, Statement, verify
from retrieval.coverage import Coverage
from retrieval.models import Filters, Retrieval
from retrieval.retriever import Retriever


@dataclass(frozen=True, slots=True)
class Query:
    """A standalone question and where it may be answered from."""

    text: str
    filters: Filters = field(default_factory=Filters)
    top_k: int | None = None


@dataclass(frozen=True, slots=True)
class Retrieved:
    retrieval: Retrieval
    probability: float
    """That the library covers the query."""
    covered: bool
    milliseconds: float


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

    Below the coverage threshold nothing is composed, so that no claim can reach a reader.
    """

    def retrieve(query: Query) -> Retrieved:
        started = perf_counter()
        retrieval = retriever.retrieve(query.text, top_k=query.top_k, filters=query.filters)
        probability = coverage.probability(retrieval.signals)
        covered = coverage.covered(probability)
        return Retrieved(retrieval, probability, covered, (perf_counter() - started) * 1000)

    def compose(retrieved: Retrieved) -> Composed:
        return Composed(retrieved, tuple(composer.compose(retrieved.retrieval)) if retrieved.covered else ())

    def check(composed: Composed) -> Evidence:
        passages = {hit.passage.id: hit.passage for hit in composed.retrieved.retrieval.hits}
        findings = {
            finding.id: finding
            for finding in retriever.index.catalog.findings_of({s.passage.id for s in composed.statements if s.finding})
        }
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
