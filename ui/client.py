"""A small typed client for programs: `MentorCoach` and `AsyncMentorCoach` speak to a served coach over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
from httpx_retries import Retry, RetryTransport
from httpx_sse import EventSource

from coach.answers import Answer, Event
from ui import wire
from ui.api.schemas import (
    ConversationDetail,
    ConversationItem,
    PassageDetail,
    SearchResult,
    SourceDetail,
    SourceFilters,
    SourceItem,
)
from ui.wire import AnswerFailedError, ClientError, NotACoachError, ProblemError, UnreachableError

__all__ = [
    "AnswerFailedError",
    "AsyncMentorCoach",
    "ClientError",
    "MentorCoach",
    "NotACoachError",
    "ProblemError",
    "SourceFilters",
    "UnreachableError",
]

LOCAL_URL = "http://127.0.0.1:8000"
_LONGEST_WAIT_S = 60.0

T = TypeVar("T")


class MentorCoach:
    """A served coach; every method raises `ClientError`. Close it, or use it as a context manager.

    `timeout` is in seconds, for each wait on the network. On 429 and 503 the question was not answered: it is sent
    again up to `retries` times, after the wait that the service asks for, else after growing ones.
    """

    def __init__(
        self, base_url: str = LOCAL_URL, api_key: str | None = None, *, timeout: float = 60.0, retries: int = 3
    ) -> None:
        self._http = httpx.Client(**_settings(base_url, api_key, timeout, retries))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def ask(
        self,
        question: str,
        conversation_id: str | None = None,
        *,
        filters: SourceFilters | None = None,
        top_k: int | None = None,
        explain: bool = False,
    ) -> Answer:
        """The whole answer; with a `conversation_id` the question is a turn of that conversation."""
        return self._send(wire.ask(question, conversation_id, filters, top_k, explain))

    def stream(
        self,
        question: str,
        conversation_id: str | None = None,
        *,
        filters: SourceFilters | None = None,
        top_k: int | None = None,
        explain: bool = False,
    ) -> Iterator[Event]:
        """The answer as events, `Done` with the whole of it last. Closing the iterator stops the work behind it."""
        call = wire.ask(question, conversation_id, filters, top_k, explain)
        with (
            wire.translated(self._http.base_url),
            self._http.stream(**wire.streamed(call)) as response,
        ):
            if not response.is_success:
                response.read()
                raise wire.problem(response)
            for sent in EventSource(response).iter_sse():
                yield wire.event(sent)

    def search(self, query: str, top_k: int = 8) -> SearchResult:
        """The best passages, best first; search never abstains."""
        return self._send(wire.search(query, top_k))

    def sources(self) -> list[SourceItem]:
        part = self._send(wire.sources(None))
        found = part.sources
        while part.next:
            part = self._send(wire.sources(part.next))
            found += part.sources
        return found

    def source(self, source_id: str) -> SourceDetail:
        return self._send(wire.source(source_id))

    def passage(self, passage_id: str) -> PassageDetail:
        """A passage; the offsets of citations point into its `text`."""
        return self._send(wire.passage(passage_id))

    def conversations(self) -> list[ConversationItem]:
        """One's own conversations, the latest first."""
        part = self._send(wire.conversations(None))
        found = part.conversations
        while part.next:
            part = self._send(wire.conversations(part.next))
            found += part.conversations
        return found

    def conversation(self, conversation_id: str) -> ConversationDetail:
        return self._send(wire.conversation(conversation_id))

    def delete_conversation(self, conversation_id: str) -> None:
        self._send(wire.delete_conversation(conversation_id))

    def rename(self, conversation_id: str, title: str) -> ConversationItem:
        return self._send(wire.rename(conversation_id, title))

    def export(self, conversation_id: str, form: wire.Form = "md") -> str:
        """All that is held of a conversation (`md`, `json`), or the sources that it cites (`bibtex`, `ris`)."""
        return self._send(wire.export(conversation_id, form))

    def rate(self, turn_id: str, rating: wire.Rating | None, claim: int | None = None) -> None:
        """Rate a turn, or its claim at a place from 1; `None` takes an earlier rating back."""
        self._send(wire.rate(turn_id, rating, claim))

    def _send(self, call: wire.Call[T]) -> T:
        with wire.translated(self._http.base_url):
            return call.result(self._http.request(**call.request))


class AsyncMentorCoach:
    """`MentorCoach` for asynchronous programs: the same methods, awaited."""

    def __init__(
        self, base_url: str = LOCAL_URL, api_key: str | None = None, *, timeout: float = 60.0, retries: int = 3
    ) -> None:
        self._http = httpx.AsyncClient(**_settings(base_url, api_key, timeout, retries))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        await self._http.aclose()

    async def ask(
        self,
        question: str,
        conversation_id: str | None = None,
        *,
        filters: SourceFilters | None = None,
        top_k: int | None = None,
        explain: bool = False,
    ) -> Answer:
        return await self._send(wire.ask(question, conversation_id, filters, top_k, explain))

    async def stream(
        self,
        question: str,
        conversation_id: str | None = None,
        *,
        filters: SourceFilters | None = None,
        top_k: int | None = None,
        explain: bool = False,
    ) -> AsyncIterator[Event]:
        call = wire.ask(question, conversation_id, filters, top_k, explain)
        with wire.translated(self._http.base_url):
            async with self._http.stream(**wire.streamed(call)) as response:
                if not response.is_success:
                    await response.aread()
                    raise wire.problem(response)
                async for sent in EventSource(response).aiter_sse():
                    yield wire.event(sent)

    async def search(self, query: str, top_k: int = 8) -> SearchResult:
        return await self._send(wire.search(query, top_k))

    async def sources(self) -> list[SourceItem]:
        part = await self._send(wire.sources(None))
        found = part.sources
        while part.next:
            part = await self._send(wire.sources(part.next))
            found += part.sources
        return found

    async def source(self, source_id: str) -> SourceDetail:
        return await self._send(wire.source(source_id))

    async def passage(self, passage_id: str) -> PassageDetail:
        return await self._send(wire.passage(passage_id))

    async def conversations(self) -> list[ConversationItem]:
        part = await self._send(wire.conversations(None))
        found = part.conversations
        while part.next:
            part = await self._send(wire.conversations(part.next))
            found += part.conversations
        return found

    async def conversation(self, conversation_id: str) -> ConversationDetail:
        return await self._send(wire.conversation(conversation_id))

    async def delete_conversation(self, conversation_id: str) -> None:
        await self._send(wire.delete_conversation(conversation_id))

    async def rename(self, conversation_id: str, title: str) -> ConversationItem:
        return await self._send(wire.rename(conversation_id, title))

    async def export(self, conversation_id: str, form: wire.Form = "md") -> str:
        return await self._send(wire.export(conversation_id, form))

    async def rate(self, turn_id: str, rating: wire.Rating | None, claim: int | None = None) -> None:
        await self._send(wire.rate(turn_id, rating, claim))

    async def _send(self, call: wire.Call[T]) -> T:
        with wire.translated(self._http.base_url):
            return call.result(await self._http.request(**call.request))


def _settings(base_url: str, api_key: str | None, timeout: float, retries: int) -> dict[str, Any]:
    retry = Retry(
        total=retries,
        allowed_methods=("GET", "POST", "PATCH", "DELETE"),
        status_forcelist=(429, 503),
        retry_on_exceptions=(),
        backoff_factor=0.5,
        max_backoff_wait=_LONGEST_WAIT_S,
    )
    return {
        "base_url": base_url,
        "headers": {"Authorization": f"Bearer {api_key}"} if api_key else {},
        "timeout": timeout,
        "transport": RetryTransport(retry=retry),
    }
