"""The LangChain Runnable behind every answer: retrieve → compose → verify, streamed statement by statement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from time import perf_counter

from langchain_core.runnables import Runnable, RunnableGenerator, RunnableLambda

from coach.answers import Support
from coach.assemble import grouped
from coach.composers.generating import Asked, Batch, GeneratingComposer
from coach.composers.quoting import QuotingComposer, merged
from coach.paraphrase import Paraphrase
from coach.patience import Deadline
from coach.privacy import neutral
from coach.sought import SoughtThings
from coach.understand import parts
from coach.verify import Refusal, Statement, verify
from corpus.models import Finding, Passage, Span
from retrieval.coverage import Coverage
from retrieval.embedder import Vectors
from retrieval.models import Filters, Hit, Retrieval
from retrieval.retriever import Retriever

CheckParaphrase = Callable[[Paraphrase, Mapping[str, Passage], Deadline], tuple[Span, Support] | Refusal]
_NOT_A_QUOTE = "quote is not in the passage"
_CHECKING_S = 10.0


@dataclass(frozen=True, slots=True)
class Query:
    """A standalone question and where it may be answered from."""

    text: str
    asked: str | None = None
    """Of a follow-up, the part that is new."""
    filters: Filters = field(default_factory=Filters)
    top_k: int | None = None
    rewritten: str | None = None
    """A model's version of a follow-up, tried first."""
    earlier: tuple[str, ...] = ()
    """The conversation's questions so far."""
    deadline: Deadline | None = None
    """Until when a chat model may be asked; without one, none is."""
    known: Mapping[str, Vectors] = field(default_factory=dict)
    """Vectors of texts that this turn has already made."""


@dataclass(frozen=True, slots=True)
class Part:
    """A question, or one of several in a message, with what was found for it."""

    text: str
    retrieval: Retrieval
    probability: float
    """That the library covers it."""
    covered: bool
    missing: tuple[str, ...] = ()
    """What it asks for and no statement gives, each completing "nothing says …"."""
    quoted: tuple[Statement, ...] = ()
    """What the quoting composer says to it, where it is covered."""


@dataclass(frozen=True, slots=True)
class Retrieved:
    query: Query
    text: str
    """The standalone question that was searched for."""
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
        hits = [hit for part in self.covered or self.parts for hit in part.retrieval.hits]
        return list({hit.passage.id: hit for hit in sorted(hits, key=lambda hit: hit.score)}.values())[::-1]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What may be shown, and how many drafts were refused, by reason. Streamed in pieces that add up to the whole."""

    retrieved: Retrieved
    verified: tuple[tuple[Statement, Support], ...] = ()
    refused: Counter[str] = field(default_factory=Counter)
    helped: bool = False
    """Whether a chat model chose any of it."""
    note: str | None = None
    """Where a chat model should have helped and could not, the line that says so."""

    def __add__(self, other: Evidence) -> Evidence:
        return Evidence(
            self.retrieved,
            self.verified + other.verified,
            self.refused + other.refused,
            self.helped or other.helped,
            self.note or other.note,
        )


def build_chain(
    retriever: Retriever,
    coverage: Coverage,
    quoting: QuotingComposer,
    sought: SoughtThings,
    generating: GeneratingComposer | None = None,
    check_paraphrase: CheckParaphrase | None = None,
) -> Runnable[Query, Evidence]:
    """The chain as a Runnable: `stream(Query("…"))` gives pieces of evidence, `invoke` the whole.

    What is below the coverage threshold is not composed, so that no claim on it can reach a reader. Of a message with
    several questions, those that the library covers are answered.
    """

    def look(text: str, query: Query) -> Part:
        asked = None if query.asked is None else neutral(query.asked)
        retrieval = retriever.retrieve(
            neutral(text), asked=asked, top_k=query.top_k, filters=query.filters, known=query.known
        )
        probability, covered = coverage.judge(retrieval)
        # A follow-up is near to what was just answered, whatever it asks; a term that nothing here is about tells.
        leaning = query.asked is not None or query.rewritten is not None
        if not covered or (bool(retrieval.unheard) if leaning else retrieval.silent):
            return Part(text, retrieval, probability, covered=False)
        quoted = tuple(quoting.compose(retrieval))
        missing = sought.missing(query.asked or text, (one.text for one in quoted))
        return Part(text, retrieval, probability, not missing, missing, quoted)

    def search(query: Query) -> tuple[Part, ...]:
        whole = look(query.text, query)
        asked = parts(query.text) if query.asked is None else []
        single = [look(text, query) for text in asked] if len(asked) > 1 else []
        # One question in two sentences is covered as a whole although neither half is by itself.
        return tuple(single) if any(part.covered for part in single) else (whole,)

    def retrieve(query: Query) -> Retrieved:
        started = perf_counter()
        text = query.text
        found: tuple[Part, ...] = ()
        if query.rewritten is not None:
            found = search(replace(query, text=query.rewritten, asked=None))
            text = query.rewritten
        if not any(part.covered for part in found):
            text, found = query.text, search(replace(query, rewritten=None))
        return Retrieved(query, text, found, (perf_counter() - started) * 1000)

    def compose(found: Iterator[Retrieved]) -> Iterator[Retrieved | Batch]:
        for retrieved in found:
            yield retrieved
            query = retrieved.query
            if generating is None or query.deadline is None or not retrieved.covered:
                yield Batch(tuple(merged(part.quoted for part in retrieved.covered)))
            else:
                retrievals = [part.retrieval for part in retrieved.covered]
                verifier = _Verifier(retrieved, retriever)
                asked = Asked(retrieved.text, query.earlier, query.deadline)
                yield from generating.compose(asked, retrievals, verifier.accepts)

    def check(composed: Iterator[Retrieved | Batch]) -> Iterator[Evidence]:
        verifier: _Verifier | None = None
        for item in composed:
            if isinstance(item, Retrieved):
                verifier = _Verifier(item, retriever, check_paraphrase)
                yield Evidence(item)
            elif verifier is not None:
                yield verifier.evidence(item)

    def tell(found: Iterator[Retrieved]) -> Iterator[Evidence]:
        # One step: LangChain adds up what a step of its own gives, and drafts and retrievals do not add up.
        yield from check(compose(found))

    return RunnableLambda(retrieve) | RunnableGenerator(tell)


class _Verifier:
    """Verifies what is composed of one retrieval."""

    def __init__(
        self, retrieved: Retrieved, retriever: Retriever, check_paraphrase: CheckParaphrase | None = None
    ) -> None:
        self._retrieved = retrieved
        self._catalog = retriever.index.catalog
        self._check_paraphrase = check_paraphrase
        self._passages = {hit.passage.id: hit.passage for hit in retrieved.hits}
        self._findings: dict[str, Finding] = {}
        self._known: set[str] = set()

    def evidence(self, batch: Batch) -> Evidence:
        """What of a batch may be shown, grouped by source."""
        verified: list[tuple[Statement, Support]] = []
        refused = Counter(batch.refused)
        self._read(item.statement if isinstance(item, Paraphrase) else item for item in batch.statements)
        for item in map(self._plainer, batch.statements):
            statement = item
            if isinstance(item, Paraphrase):
                statement = item.statement
                outcome = self._paraphrase(item)
                if not isinstance(outcome, Refusal):
                    verified.append(outcome)
                    continue
                refused[outcome.reason] += 1
                if outcome.reason == _NOT_A_QUOTE:
                    continue
            assert isinstance(statement, Statement)
            support = self._verify(statement)
            if isinstance(support, Refusal):
                refused[support.reason] += 1
            else:
                verified.append((statement, support))
        return Evidence(self._retrieved, tuple(grouped(verified)), refused, batch.helped, batch.note)

    def _plainer(self, item: Statement | Paraphrase) -> Statement | Paraphrase:
        """A quote that a machine-made finding led to is told in its words, where a model's words may be told at all."""
        if self._check_paraphrase is None or isinstance(item, Paraphrase) or item.made is None:
            return item
        return Paraphrase(item.made.text, item.made.span.of(item.passage.text), item)

    def accepts(self, statement: Statement) -> bool:
        return not isinstance(self._verify(statement), Refusal)

    def _verify(self, statement: Statement) -> Support | Refusal:
        self._read([statement])
        return verify(statement, self._passages, self._findings)

    def _read(self, statements: Iterable[Statement]) -> None:
        """Read the library's findings for passages that were not met before."""
        new = {one.passage.id for one in statements if one.finding is not None} - self._known
        if new:
            self._known |= new
            self._findings |= {finding.id: finding for finding in self._catalog.findings_of(new)}

    def _paraphrase(self, paraphrase: Paraphrase) -> tuple[Statement, Support] | Refusal:
        """The model's sentence as a statement: on the quote that it named, and on all that its statement stands on."""
        if self._check_paraphrase is None:
            return Refusal("paraphrase is off")
        # Without a model in this turn, what one wrote earlier is checked all the same.
        deadline = self._retrieved.query.deadline or Deadline.after(_CHECKING_S)
        own = paraphrase.statement
        if isinstance(refused := self._verify(own), Refusal):
            return refused
        outcome = self._check_paraphrase(paraphrase, self._passages, deadline)
        if isinstance(outcome, Refusal):
            return outcome
        span, support = outcome
        if not any(span.start < held.end and held.start < span.end for held in own.spans):
            return Refusal("quote is of another statement")
        # A caution that stands beside the quote is cited with it.
        inside = any(held.start <= span.start and span.end <= held.end for held in own.spans)
        return replace(own, text=paraphrase.text, spans=own.spans if inside else (span, *own.spans)), support
