"""`Coach.reply` and `Coach.stream`: the path of a question, from the gate to the stored answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from time import perf_counter
from typing import Any

from filelock import FileLock
from langchain_core.runnables import Runnable

from coach.about import restate
from coach.answers import Answer, ClaimEvent, Done, Event, Guidance, GuidanceEvent, Kind, Nearest, Status
from coach.assemble import Assembled, assemble, escape
from coach.chain import Evidence, Query
from coach.conversation import LOCAL, Conversations
from coach.errors import QuestionError
from coach.guidance import Suggestions
from coach.safety import SafetyGate
from coach.understand import AboutLast, Instruction, Question, SmallTalk, understand
from corpus.catalog import Catalog
from retrieval.models import Filters
from retrieval.retriever import Retriever

MAX_QUESTION = 4000
"""Longest question in characters."""
_HISTORY = 4
_NEAREST = 3
_FOLLOW_UPS = 3

_NOT_COVERED = "The research in this library does not answer that."
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
        suggestions: Suggestions,
        lock: FileLock | None = None,
    ) -> None:
        self.retriever = retriever
        self.chain = chain
        self.conversations = conversations
        self._gate = gate
        self._suggestions = suggestions
        self._lock = lock

    def close(self) -> None:
        """Let go of the library's files."""
        self.retriever.index.vectors.close()
        self.catalog.database.close()
        if self._lock is not None:
            self._lock.release()

    @property
    def catalog(self) -> Catalog:
        return self.retriever.index.catalog

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
    ) -> Iterator[Event]:
        """Events of one turn, `Done` with the whole answer last; the turn is stored before `Done` is sent.

        Raises `QuestionError` and `UnknownConversationError` before the first event.
        """
        question = checked(question)
        history: list[Answer] = []
        if conversation_id is not None:
            self.conversations.check(conversation_id, owner)
            history = self.conversations.recent(conversation_id, _HISTORY)
        turn = _Turn(conversation_id or self.conversations.new_id(), self.conversations.new_id(), question)
        return self._events(turn, history, owner, filters or Filters(), top_k)

    def _events(
        self, turn: _Turn, history: Sequence[Answer], owner: str, filters: Filters, top_k: int | None
    ) -> Iterator[Event]:
        yield Status(message="Reading your question")
        answer = self._answer(turn, history, filters, top_k)
        self.conversations.append(answer, owner)
        for claim in answer.claims:
            yield ClaimEvent(claim=claim, citations=[c for c in answer.citations if c.number in claim.citations])
        if answer.guidance:
            yield GuidanceEvent(guidance=answer.guidance)
        yield Done(answer=answer)

    def _answer(self, turn: _Turn, history: Sequence[Answer], filters: Filters, top_k: int | None) -> Answer:
        concern = self._gate.screen(turn.question)
        if concern is not None:
            return turn.answer(Kind.SAFETY, concern.text)
        match understand(turn.question, history):
            case SmallTalk(reply):
                return turn.answer(Kind.CHAT, reply)
            case Instruction():
                return turn.answer(Kind.ABSTENTION, _NOT_FOLLOWED)
            case AboutLast(aspects, last):
                text, claims, citations = restate(last, aspects, self.catalog)
                if claims:
                    return turn.answer(Kind.ANSWER, text, query=last.query, claims=claims, citations=citations)
                return turn.answer(Kind.ABSTENTION, _NOT_COVERED)
            case Question(query):
                evidence = self.chain.invoke(Query(query, filters, top_k))
                turn.timings["retrieve"] = evidence.retrieved.milliseconds
                if evidence.verified:
                    return self._covered(turn, query, evidence, history)
                return self._uncovered(turn, query, evidence, history)

    def _covered(self, turn: _Turn, query: str, evidence: Evidence, history: Sequence[Answer]) -> Answer:
        assembled = assemble(evidence.verified)
        return turn.answer(
            Kind.ANSWER,
            assembled.text,
            query=query,
            claims=list(assembled.claims),
            citations=list(assembled.citations),
            agreement=list(assembled.agreement),
            guidance=self._guidance(query, history, assembled),
            follow_ups=self._follow_ups(evidence, assembled, history, turn.question),
        )

    def _uncovered(self, turn: _Turn, query: str, evidence: Evidence, history: Sequence[Answer]) -> Answer:
        hits = evidence.retrieved.retrieval.hits[:_NEAREST]
        titles = dict.fromkeys(hit.source.title for hit in hits)
        text = _NOT_COVERED
        if titles:
            text += " Nearest, and not an answer: " + "; ".join(f"*{escape(title)}*" for title in titles) + "."
        return turn.answer(
            Kind.ABSTENTION,
            text,
            query=query,
            guidance=self._guidance(query, history, None),
            nearest=[
                Nearest(passage_id=h.passage.id, source_title=h.source.title, score=round(h.score, 4)) for h in hits
            ],
        )

    def _guidance(self, query: str, history: Sequence[Answer], assembled: Assembled | None) -> list[Guidance]:
        asked = self.retriever.index.vocabulary.match(query)
        found = [topic for statement in (assembled.statements[:2] if assembled else ()) for topic in statement.topics]
        used = {suggestion.text for answer in history for suggestion in answer.guidance}
        return self._suggestions.choose(list(dict.fromkeys([*asked, *found])), used)

    def _follow_ups(
        self, evidence: Evidence, assembled: Assembled, history: Sequence[Answer], question: str
    ) -> list[str]:
        """Questions of the nearest passages that this answer has not cited: the library is known to answer them."""
        cited = {citation.passage_id for citation in assembled.citations}
        asked = {question.lower().strip()} | {answer.question.lower().strip() for answer in history}
        near = [hit.passage.id for hit in evidence.retrieved.retrieval.hits]
        by_passage: dict[str, str] = {}
        for passage_id, text in self.catalog.questions_of(near):
            if text.endswith("?") and text.lower().strip() not in asked:
                by_passage.setdefault(passage_id, text)
        fresh = [by_passage[name] for name in near if name in by_passage and name not in cited]
        return fresh[:_FOLLOW_UPS]


class _Turn:
    """What every answer of one turn shares."""

    def __init__(self, conversation_id: str, turn_id: str, question: str) -> None:
        self.conversation_id = conversation_id
        self.turn_id = turn_id
        self.question = question
        self.timings: dict[str, float] = {}
        self._started = perf_counter()

    def answer(self, kind: Kind, text: str, *, query: str | None = None, **parts: Any) -> Answer:
        self.timings["total"] = (perf_counter() - self._started) * 1000
        return Answer(
            conversation_id=self.conversation_id,
            turn_id=self.turn_id,
            kind=kind,
            question=self.question,
            query=query if query is not None else self.question,
            text=text,
            timings_ms={name: round(value, 2) for name, value in self.timings.items()},
            **parts,
        )


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
