"""A served Mentor Coach as a target, over its HTTP interface."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from coach.answers import Answer, ClaimEvent, Done
from evals.reply import Cited, Hit, PassageText, Reply, Said
from evals.targets import TargetError
from ui.client import ClientError, MentorCoach, ProblemError

_FORBIDDEN = 403


class ServedCoach:
    """Every question is streamed, so that the first claim is timed too."""

    def __init__(self, url: str, timeout: float, key: str | None = None) -> None:
        self.name = "coach"
        self._client = MentorCoach(url, key, timeout=timeout)
        self._explains = True

    def close(self) -> None:
        self._client.close()

    def ask(self, turns: Sequence[str]) -> list[Reply]:
        conversation: str | None = None
        replies: list[Reply] = []
        with _told():
            for turn in turns:
                answer, first_s, whole_s = self._ask(turn, conversation)
                conversation = answer.conversation_id
                replies.append(_reply(answer, first_s, whole_s))
        return replies

    def search(self, query: str, top_k: int) -> list[Hit]:
        with _told():
            hits = self._client.search(query, top_k).hits
        return [Hit(passage_id=hit.passage_id, source_id=hit.source_id) for hit in hits]

    def passage(self, passage_id: str) -> PassageText:
        with _told():
            found = self._client.passage(passage_id)
        return PassageText(id=found.id, source_id=found.source_id, text=found.text)

    def _ask(self, question: str, conversation: str | None) -> tuple[Answer, float | None, float]:
        started = time.perf_counter()
        first: float | None = None
        done: tuple[Answer, float | None, float] | None = None
        try:
            for event in self._client.stream(question, conversation, explain=self._explains):
                if isinstance(event, ClaimEvent) and first is None:
                    first = time.perf_counter() - started
                if isinstance(event, Done):
                    # Read to the end, so that the connection can be used again.
                    done = event.answer, first, time.perf_counter() - started
        except ProblemError as error:
            # Away from its own machine a service explains nothing.
            if error.status != _FORBIDDEN or not self._explains:
                raise
            self._explains = False
            return self._ask(question, conversation)
        if done is None:
            raise TargetError("the stream ended without an answer")
        return done


def _reply(answer: Answer, first_s: float | None, whole_s: float) -> Reply:
    return Reply(
        kind=answer.kind.value,
        text=answer.text,
        statements=[Said(text=claim.text, citations=claim.citations) for claim in answer.claims],
        citations=[
            Cited(
                number=citation.number,
                passage_id=citation.passage_id,
                source_id=citation.source.id,
                quote=citation.quote,
                start=citation.start,
                end=citation.end,
            )
            for citation in answer.citations
        ],
        coverage=answer.explain.coverage if answer.explain else None,
        model=answer.model,
        first_s=first_s,
        whole_s=whole_s,
    )


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        raise TargetError(f"{type(error).__name__}: {error}") from error
