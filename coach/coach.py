"""`Coach.reply` and `Coach.stream`: the path of a question, from the gate to the stored answer."""

from __future__ import annotations

import re
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
from coach.gaps import Gaps
from coach.guidance import Suggestions
from coach.safety import SafetyGate
from coach.understand import AboutLast, Instruction, Question, SmallTalk, understand
from corpus.catalog import Catalog
from retrieval.models import Filters
from retrieval.retriever import Retriever
from retrieval.words import content_stems

MAX_QUESTION = 4000
"""Longest question in characters."""
_HISTORY = 4
_NEAREST = 3
_FOLLOW_UPS = 3
_FOLLOW_UP_CANDIDATES = 24
# Questions that share this much of their words ask the same.
_SAME = 0.6
# A stored question about somebody's own mentee is a key for searching, not one to offer to others.
_PERSONAL = re.compile(
    r"\b(?:i|i'm|i've|i'd|me|my|mine|we|we're|us|our|he|him|his|she|she's|her|hers|you|your)\b", re.IGNORECASE
)

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
        gaps: Gaps,
        lock: FileLock | None = None,
    ) -> None:
        self.retriever = retriever
        self.chain = chain
        self.conversations = conversations
        self._gate = gate
        self._suggestions = suggestions
        self.gaps = gaps
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
        if turn.gap is not None:
            self.gaps.note(turn.gap, turn.conversation_id)
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
            case Question(query, asked):
                evidence = self.chain.invoke(Query(query, asked, filters, top_k))
                turn.timings["retrieve"] = evidence.retrieved.milliseconds
                if evidence.verified:
                    return self._covered(turn, query, evidence, history)
                return self._uncovered(turn, query, evidence, history)

    def _covered(self, turn: _Turn, query: str, evidence: Evidence, history: Sequence[Answer]) -> Answer:
        assembled = assemble(evidence.verified)
        open_parts = [f"Not covered by this library: “{escape(part.text)}”" for part in evidence.retrieved.uncovered]
        return turn.answer(
            Kind.ANSWER,
            "\n\n".join([assembled.text, *open_parts]),
            query=query,
            claims=list(assembled.claims),
            citations=list(assembled.citations),
            agreement=list(assembled.agreement),
            guidance=self._guidance(query, history, assembled),
            follow_ups=self._follow_ups(evidence, history, turn.question),
        )

    def _uncovered(self, turn: _Turn, query: str, evidence: Evidence, history: Sequence[Answer]) -> Answer:
        hits = evidence.retrieved.hits[:_NEAREST]
        missing = dict.fromkeys(label for part in evidence.retrieved.parts for label in part.retrieval.unheard)
        turn.gap = self.retriever.index.vocabulary.match(turn.question)
        text = _NOT_COVERED
        if missing:
            text += f" Nothing in it is about: {', '.join(missing)}."
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

    def _follow_ups(self, evidence: Evidence, history: Sequence[Answer], question: str) -> list[str]:
        """The nearest questions that the library is known to answer and that this conversation has not asked.

        One a passage; those of passages already cited come last.
        """
        asked = [set(content_stems(text)) for text in (question, *(answer.question for answer in history))]
        names = [name for part in evidence.retrieved.covered for name in part.retrieval.questions]
        cited = {statement.passage.id for statement, _ in evidence.verified}
        chosen: dict[str, str] = {}
        for passage_id, text in self.retriever.index.store.questions(names[:_FOLLOW_UP_CANDIDATES]):
            words = set(content_stems(text))
            new = all(len(words & other) < _SAME * len(words | other) for other in asked)
            if passage_id not in chosen and new and text.endswith("?") and not _PERSONAL.search(text):
                chosen[passage_id] = text
        return [chosen[name] for name in sorted(chosen, key=lambda name: name in cited)][:_FOLLOW_UPS]


class _Turn:
    """What every answer of one turn shares."""

    def __init__(self, conversation_id: str, turn_id: str, question: str) -> None:
        self.conversation_id = conversation_id
        self.turn_id = turn_id
        self.question = question
        self.timings: dict[str, float] = {}
        self.gap: list[str] | None = None
        """Of an uncovered question, the terms that it speaks of."""
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
