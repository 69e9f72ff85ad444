"""`Coach.reply` and `Coach.stream`: the path of a question, from the gate to the stored answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from filelock import FileLock
from langchain_core.runnables import Runnable

from coach.about import restate
from coach.answers import Answer, ClaimEvent, Done, Event, Guidance, GuidanceEvent, Kind, Nearest, Status
from coach.assemble import Assembly, escape
from coach.chain import Evidence, Query
from coach.conversation import LOCAL, Conversations
from coach.errors import WithdrawnError
from coach.export import Exports
from coach.feedback import Feedback
from coach.gaps import Gaps
from coach.helper import Helper
from coach.offers import Offers, used_guidance
from coach.safety import SafetyGate
from coach.turn import Turn, checked
from coach.understand import AboutLast, Instruction, Question, SmallTalk, understand
from corpus.catalog import Catalog
from retrieval.models import Filters
from retrieval.retriever import Retriever

_HISTORY = 4
_NEAREST = 3

_NOT_COVERED = "The research in this library does not answer that."
_BY_WORDS = "The search by meaning is out of order just now; only what shares words with your question was found."
_NOT_FOLLOWED = (
    "I answer questions about mentoring from the research in this library; I do not take other instructions."
)


class Coach:
    """Answers questions. Holds no state of its own between turns: conversations live in their store."""

    def __init__(
        self,
        retriever: Retriever,
        chain: Runnable[Query, Evidence],
        conversations: Conversations,
        gate: SafetyGate,
        offers: Offers,
        gaps: Gaps,
        lock: FileLock | None = None,
        helper: Helper | None = None,
    ) -> None:
        self.retriever = retriever
        self.chain = chain
        self.conversations = conversations
        self._gate = gate
        self._offers = offers
        self.gaps = gaps
        self._lock = lock
        self.helper = helper

    def assisted(self, chain: Runnable[Query, Evidence], helper: Helper) -> Coach:
        """The same coach with a chat model that helps."""
        return Coach(self.retriever, chain, self.conversations, self._gate, self._offers, self.gaps, self._lock, helper)

    def close(self) -> None:
        """Let go of the library's files."""
        self.retriever.index.vectors.close()
        self.catalog.database.close()
        if self._lock is not None:
            self._lock.release()

    @property
    def catalog(self) -> Catalog:
        return self.retriever.index.catalog

    @property
    def feedback(self) -> Feedback:
        return Feedback(self.catalog.database)

    @property
    def exports(self) -> Exports:
        return Exports(self.conversations, self.feedback, self.catalog)

    @property
    def degraded(self) -> list[str]:
        """What does not work although the coach answers, each with how to mend it.

        Raises `DatabaseUnreachableError` when it cannot answer.
        """
        index = self.retriever.index
        index.probe()
        found = [] if index.problem is None else [f"Only what shares words with a question is found. {index.problem}"]
        problem = self.helper.calls.problem if self.helper else None
        return found if problem is None else [*found, f"Answers are made without the language model. {problem}"]

    def passage_text(self, passage_id: str) -> str:
        """The text that citations of this passage point into; raises `UnknownPassageError`."""
        return self.catalog.passage(passage_id).text

    def reply(self, question: str, **options: Any) -> Answer:
        """The answer to `question`; takes the options of `stream` and raises what it raises."""
        *_, last = self.stream(question, **options)
        assert isinstance(last, Done)
        return last.answer

    def stream(
        self,
        question: str,
        *,
        conversation_id: str | None = None,
        owner: str = LOCAL,
        filters: Filters | None = None,
        top_k: int | None = None,
        explain: bool = False,
    ) -> Iterator[Event]:
        """Events of one turn, `Done` with the whole answer last; the turn is stored before `Done` is sent.

        With `explain` the answer in `Done` says what was dropped on the way. Raises `QuestionError` and
        `UnknownConversationError` before the first event.
        """
        question = checked(question)
        history: list[Answer] = []
        if conversation_id is not None:
            self.conversations.check(conversation_id, owner)
            history = self.conversations.recent(conversation_id, _HISTORY)
        deadline = self.helper.deadline() if self.helper else None
        ids = conversation_id or self.conversations.new_id(), self.conversations.new_id()
        return self._events(Turn(*ids, question, deadline), history, owner, filters or Filters(), top_k, explain)

    def _events(
        self, turn: Turn, history: Sequence[Answer], owner: str, filters: Filters, top_k: int | None, explain: bool
    ) -> Iterator[Event]:
        yield Status(message="Reading your question")
        sent = 0
        for event in self._answer(turn, history, filters, top_k):
            if isinstance(event, Done):
                answer = event.answer
            else:
                sent += isinstance(event, ClaimEvent)
                yield event
        unsent = answer.claims[sent:]
        try:
            self.conversations.append(answer, owner)
        except WithdrawnError:
            # A source was deleted meanwhile: what remains answers.
            turn.begin_again()
            *_, last = self._answer(turn, history, filters, top_k)
            assert isinstance(last, Done)
            answer = last.answer
            unsent = [] if sent else answer.claims
            self.conversations.append(answer, owner)
        if turn.gap is not None:
            self.gaps.note(turn.gap, turn.conversation_id)
        for claim in unsent:
            yield ClaimEvent(claim=claim, citations=[c for c in answer.citations if c.number in claim.citations])
        if answer.guidance:
            yield GuidanceEvent(guidance=answer.guidance)
        yield Done(answer=answer.model_copy(update={"explain": turn.explanation}) if explain else answer)

    def _answer(self, turn: Turn, history: Sequence[Answer], filters: Filters, top_k: int | None) -> Iterator[Event]:
        """The answer in `Done`, not yet stored. While a chat model writes it, each claim before that."""
        concern = self._gate.screen(turn.question)
        if concern is not None:
            yield Done(answer=turn.answer(Kind.SAFETY, concern.text))
            return
        match understand(turn.question, history):
            case SmallTalk(reply):
                yield Done(answer=turn.answer(Kind.CHAT, reply))
            case Instruction():
                yield Done(answer=turn.answer(Kind.ABSTENTION, _NOT_FOLLOWED))
            case AboutLast(aspects, last):
                text, claims, citations = restate(last, aspects, self.catalog)
                if claims:
                    answer = turn.answer(Kind.ANSWER, text, query=last.query, claims=claims, citations=citations)
                else:
                    answer = turn.answer(Kind.ABSTENTION, _NOT_COVERED)
                yield Done(answer=answer)
            case Question(query, asked):
                rewritten = self.helper.rewrite(asked, history, turn) if self.helper and asked else None
                earlier = tuple(answer.question for answer in history if answer.question)
                yield from self._searched(
                    turn, Query(query, asked, filters, top_k, rewritten, earlier, turn.deadline), history
                )

    def _searched(self, turn: Turn, query: Query, history: Sequence[Answer]) -> Iterator[Event]:
        assembly = Assembly()
        evidence: Evidence | None = None
        for piece in self.chain.stream(query):
            if evidence is None and self.helper and turn.deadline and piece.retrieved.covered:
                yield Status(message="Choosing what answers it")
            evidence = piece if evidence is None else evidence + piece
            for statement, support in piece.verified:
                claim, citations = assembly.add(statement, support)
                # Without a model all claims are there at once, and are sent when the answer is stored.
                if turn.deadline is not None:
                    yield ClaimEvent(claim=claim, citations=citations)
        assert evidence is not None
        turn.timings["retrieve"] = evidence.retrieved.milliseconds
        turn.refused += evidence.refused
        turn.fallback = evidence.note is not None
        if self.helper and (evidence.helped or evidence.retrieved.text == query.rewritten):
            turn.model = self.helper.name
        answer = self._covered if evidence.verified else self._uncovered
        yield Done(answer=answer(turn, evidence, assembly, history))

    def _covered(self, turn: Turn, evidence: Evidence, assembly: Assembly, history: Sequence[Answer]) -> Answer:
        assembled = assembly.done()
        query = evidence.retrieved.text
        open_parts = [f"Not covered by this library: “{escape(part.text)}”" for part in evidence.retrieved.uncovered]
        notes = [note for note in (evidence.note, _note(evidence)) if note]
        guidance = self._offers.guidance(query, history, assembled.statements)
        # A model that has just failed is not asked again in the same turn.
        if self.helper and not turn.fallback and (text := self.helper.suggest(used_guidance(history), turn)):
            guidance, turn.model = [Guidance(text=text)], self.helper.name
        return turn.answer(
            Kind.ANSWER,
            "\n\n".join([assembled.text, *open_parts, *notes]),
            query=query,
            claims=list(assembled.claims),
            citations=list(assembled.citations),
            agreement=list(assembled.agreement),
            guidance=guidance,
            follow_ups=self._offers.follow_ups(evidence, history, turn.question),
        )

    def _uncovered(self, turn: Turn, evidence: Evidence, _: Assembly, history: Sequence[Answer]) -> Answer:
        query = evidence.retrieved.text
        hits = evidence.retrieved.hits[:_NEAREST]
        missing = dict.fromkeys(label for part in evidence.retrieved.parts for label in part.retrieval.unheard)
        turn.gap = self.retriever.index.vocabulary.match(turn.question)
        text = _NOT_COVERED
        if missing:
            text += f" Nothing in it is about: {', '.join(missing)}."
        if (note := _note(evidence)) is not None:
            text += f"\n\n{note}"
        return turn.answer(
            Kind.ABSTENTION,
            text,
            query=query,
            guidance=self._offers.guidance(query, history),
            nearest=[
                Nearest(passage_id=h.passage.id, source_title=h.source.title, score=round(h.score, 4)) for h in hits
            ],
        )


def _note(evidence: Evidence) -> str | None:
    """What a reader must know of how the evidence was found."""
    return _BY_WORDS if any(part.retrieval.by_words for part in evidence.retrieved.parts) else None
