"""`Coach.reply` and `Coach.stream`: the path of a question, from the gate to the stored answer."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterator, Sequence
from threading import Event as Flag
from typing import Any

from filelock import FileLock
from langchain_core.runnables import Runnable

from coach.about import restate
from coach.answers import Answer, ClaimEvent, Done, Event, Explanation, Guidance, GuidanceEvent, Kind, Nearest, Status
from coach.assemble import Assembly, escape
from coach.chain import Evidence, Query
from coach.conversation import LOCAL, Conversation, Conversations
from coach.errors import QuestionError, WithdrawnError
from coach.export import Exports
from coach.feedback import Feedback
from coach.gaps import Gap, Gaps, of_mentoring
from coach.helper import Helper
from coach.offers import Offers, used_guidance
from coach.privacy import Privacy, neutral
from coach.profile import Profile, applicability
from coach.screening import Screening
from coach.settings import reader_of
from coach.turn import Turn, checked
from coach.understand import AboutLast, Instruction, Question, SmallTalk, understand
from coach.verify import Statement
from corpus.catalog import Catalog
from retrieval.models import Filters
from retrieval.retriever import Retriever

Observer = Callable[[Answer, Explanation], None]
"""Told of every finished turn and of how it came to be."""


def unobserved(answer: Answer, explanation: Explanation) -> None:
    """Nobody looks on."""


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
        gate: Screening,
        offers: Offers,
        gaps: Gaps,
        privacy: Privacy,
        lock: FileLock | None = None,
        helper: Helper | None = None,
        observe: Observer = unobserved,
    ) -> None:
        self.retriever = retriever
        self.chain = chain
        self.conversations = conversations
        self._gate = gate
        self._offers = offers
        self.gaps = gaps
        self._privacy = privacy
        self._lock = lock
        self.helper = helper
        self._observe = observe

    def assisted(self, chain: Runnable[Query, Evidence], helper: Helper) -> Coach:
        """The same coach with a chat model that helps."""
        held = self.conversations, self._gate, self._offers, self.gaps, self._privacy, self._lock
        return Coach(self.retriever, chain, *held, helper, self._observe)

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
        return Exports(self.conversations, self.feedback, self.gaps, self.catalog)

    @property
    def degraded(self) -> list[str]:
        """What does not work although the coach answers, each with how to mend it.

        Raises `DatabaseUnreachableError` when it cannot answer.
        """
        index = self.retriever.index
        index.probe()
        found = [] if index.problem is None else [f"Only what shares words with a question is found. {index.problem}"]
        if self._gate.problem is not None:
            found.append(self._gate.problem)
        return [*found, *(self.helper.problems if self.helper else [])]

    def gap_report(self) -> list[Gap]:
        """What mentors asked that the library could not answer, by topic."""
        return self.gaps.report(self.retriever.index.vocabulary)

    @property
    def reader(self) -> str | None:
        """Which language model sees what is asked, and whether on this machine; `None` where none does."""
        return reader_of(self.helper.name, self.helper.calls.model.server) if self.helper else None

    def rename(self, conversation_id: str, owner: str, title: str) -> Conversation:
        """Call a conversation by another name, kept as a question is; raises what `Conversations.rename` raises."""
        return self.conversations.rename(conversation_id, owner, self._privacy.keep(title, conversation_id).text)

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
        stop: Flag | None = None,
        profile: Profile | None = None,
    ) -> Generator[Event, None, None]:
        """Events of one turn, `Done` with the whole answer last; the turn is stored before `Done` is sent.

        With `explain` the answer in `Done` says what was dropped on the way, with `profile` which cited sources studied
        other people than the mentor's case; neither is stored. Raises `QuestionError` and `UnknownConversationError`
        before the first event, and `StoppedError` soon after `stop` is set while a model is waited for.
        """
        question = checked(question)
        history: list[Answer] = []
        if conversation_id is not None:
            self.conversations.check(conversation_id, owner)
            history = self.conversations.recent(conversation_id, _HISTORY)
        turn = self._turn(question, conversation_id or self.conversations.new_id(), stop)
        turn.profile = profile
        return self._events(turn, history, owner, filters or Filters(), top_k, explain)

    def stream_last(self, questions: Sequence[str], *, stop: Flag | None = None) -> Generator[Event, None, None]:
        """Events of the last of `questions`. Nothing of it is kept: the earlier ones are answered again, without a
        model, as its history; those that cannot be asked are left out of it.

        Raises what `stream` raises.
        """
        *earlier, question = questions
        turn = self._turn(checked(question), self.conversations.new_id(), stop)
        history: list[Answer] = []
        for text in earlier[-_HISTORY:]:
            with contextlib.suppress(QuestionError):
                before = self._turn(checked(text), turn.conversation_id, None, aided=False)
                *_, last = self._answer(before, history, Filters(), None)
                assert isinstance(last, Done)
                history.append(last.answer)
        return self._events(turn, history, None, Filters(), None, explain=False)

    def _turn(self, question: str, conversation_id: str, stop: Flag | None, *, aided: bool = True) -> Turn:
        deadline = self.helper.deadline(stop) if self.helper and aided else None
        kept = self._privacy.keep(question, conversation_id)
        return Turn(conversation_id, self.conversations.new_id(), kept, question, deadline)

    def _events(
        self,
        turn: Turn,
        history: Sequence[Answer],
        owner: str | None,
        filters: Filters,
        top_k: int | None,
        explain: bool,
    ) -> Generator[Event, None, None]:
        """The events of a turn; without an owner it is not kept."""
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
            self._keep(turn, answer, owner)
        except WithdrawnError:
            # A source was deleted meanwhile: what remains answers.
            turn.begin_again()
            *_, last = self._answer(turn, history, filters, top_k)
            assert isinstance(last, Done)
            answer = last.answer
            unsent = [] if sent else answer.claims
            self._keep(turn, answer, owner)
        if turn.gap is not None and owner is not None:
            self.gaps.note(turn.gap, turn.conversation_id)
        for claim in unsent:
            yield ClaimEvent(claim=claim, citations=[c for c in answer.citations if c.number in claim.citations])
        if answer.guidance:
            yield GuidanceEvent(guidance=answer.guidance)
        self._observe(answer, turn.explanation)
        if turn.profile is not None:
            noted = applicability((citation.source for citation in answer.citations), turn.profile)
            answer = answer.model_copy(update={"applicability": noted})
        yield Done(answer=answer.model_copy(update={"explain": turn.explanation}) if explain else answer)

    def _keep(self, turn: Turn, answer: Answer, owner: str | None) -> None:
        if owner is not None:
            self.conversations.append(answer, owner, turn.placeholders)

    def _answer(self, turn: Turn, history: Sequence[Answer], filters: Filters, top_k: int | None) -> Iterator[Event]:
        """The answer in `Done`, not yet stored. While a chat model writes it, each claim before that."""
        screened = self._gate.screen(turn.heard, history, self.retriever.mended(turn.heard))
        if (met := screened.met) is not None:
            held = self.catalog.passages_by_id([passage for _, passage in met.instead])
            instead = [question for question, passage in met.instead if passage in held]
            yield Done(answer=turn.answer(met.kind, met.text, follow_ups=instead))
            return
        turn.heading = screened.heading
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
                    turn,
                    Query(query, asked, filters, top_k, rewritten, earlier, turn.deadline, screened.known),
                    history,
                )

    def _searched(self, turn: Turn, query: Query, history: Sequence[Answer]) -> Iterator[Event]:
        assembly = Assembly()
        evidence: Evidence | None = None
        for piece in self.chain.stream(query):
            if evidence is None and self.helper and turn.deadline and piece.retrieved.covered:
                yield Status(message="Choosing what answers it")
            evidence = piece if evidence is None else evidence + piece
            for statement, support in piece.verified:
                # A model takes its time, and its claims leave before the answer is stored: the source may be gone.
                if turn.deadline is not None and not self._held(statement):
                    turn.refused["source has just left the library"] += 1
                    continue
                before = len(assembly.text) if turn.deadline is not None else 0
                claim, citations = assembly.add(statement, support)
                # Without a model all claims are there at once, and are sent when the answer is stored.
                if turn.deadline is not None:
                    yield ClaimEvent(claim=claim, citations=citations, text=assembly.text[before:])
        assert evidence is not None
        turn.coverage = max(part.probability for part in evidence.retrieved.parts)
        turn.timings["retrieve"] = evidence.retrieved.milliseconds
        turn.refused += evidence.refused
        turn.fallback = evidence.note is not None
        if self.helper and (evidence.helped or evidence.retrieved.text == query.rewritten):
            turn.model = self.helper.name
        answer = self._covered if assembly.holds_claims else self._uncovered
        yield Done(answer=answer(turn, evidence, assembly, history))

    def _held(self, statement: Statement) -> bool:
        """Whether the library still holds the passage that a statement stands on."""
        passage = statement.passage
        return self.catalog.passages_by_id([passage.id]).get(passage.id) == passage

    def _covered(self, turn: Turn, evidence: Evidence, assembly: Assembly, history: Sequence[Answer]) -> Answer:
        assembled = assembly.done()
        query = evidence.retrieved.text
        open_parts = [f"Not covered by this library: “{escape(part.text)}”" for part in evidence.retrieved.uncovered]
        notes = [note for note in (evidence.note, _note(evidence)) if note]
        guidance = self._offers.guidance(query, history, assembled.statements, turn.profile)
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
        parts = evidence.retrieved.parts
        unheard = dict.fromkeys(label for part in parts for label in part.retrieval.unheard)
        missing = dict.fromkeys(label for part in parts for label in part.missing)
        topics = self.retriever.index.vocabulary.match(neutral(turn.question))
        mentoring = of_mentoring(query)
        turn.gap = topics if mentoring else None
        text = _NOT_COVERED
        if unheard:
            text += f" Nothing in it is about: {', '.join(unheard)}."
        if missing:
            text += f" Nothing in it says {', or '.join(missing)}."
        if (note := _note(evidence)) is not None:
            text += f"\n\n{note}"
        return turn.answer(
            Kind.ABSTENTION,
            text,
            query=query,
            # What is about nothing that was asked is no help.
            guidance=self._offers.guidance(query, history, profile=turn.profile) if topics else [],
            follow_ups=self._offers.follow_ups(evidence, history, turn.question) if topics or mentoring else [],
            nearest=[
                Nearest(passage_id=h.passage.id, source_title=h.source.title, score=round(h.score, 4)) for h in hits
            ],
        )


def _note(evidence: Evidence) -> str | None:
    """What a reader must know of how the evidence was found."""
    return _BY_WORDS if any(part.retrieval.by_words for part in evidence.retrieved.parts) else None
