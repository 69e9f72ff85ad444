"""What the client sends and how it reads what comes back: every call as a value, every failure as a `ClientError`.

ClientError
├── UnreachableError     nobody answers there, or not in time
├── ProblemError         the service refused, and says why and what to do next
├── AnswerFailedError    a streamed answer broke off after its start
└── NotACoachError       what answers there does not speak as this release does
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar
from urllib.parse import quote

import httpx
from httpx_sse import ServerSentEvent, SSEError
from pydantic import BaseModel, TypeAdapter, ValidationError

from coach.answers import Answer, Event
from ui.api.schemas import (
    ConversationDetail,
    ConversationItem,
    ConversationList,
    PassageDetail,
    SearchResult,
    SourceDetail,
    SourceFilters,
    SourceList,
)

_EVENT: TypeAdapter[Event] = TypeAdapter(Event)
_WHOLE = {"guidance": "guidance", "done": "answer"}
"""Events whose data is the value itself; of the others it is an object with the fields of the event."""

Form = Literal["md", "json", "bibtex", "ris"]
Rating = Literal["helpful", "wrong-evidence", "not-covered"]
T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)


class ClientError(Exception):
    """Base of every error that the client raises."""


class UnreachableError(ClientError):
    """Nobody answers there, or not in time."""


class NotACoachError(ClientError):
    """What answers there does not speak as this release does."""


class AnswerFailedError(ClientError):
    """A streamed answer broke off after its start."""


class ProblemError(ClientError):
    """The service refused; `type` names the problem, and `detail` says what to do next."""

    def __init__(self, status: int, kind: str, detail: str) -> None:
        super().__init__(f"{status}: {detail}")
        self.status = status
        self.type = kind
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One request, and how its answer is read."""

    method: str
    path: str
    read: Callable[[httpx.Response], T]
    params: Mapping[str, Any] | None = None
    body: Mapping[str, Any] | None = None

    @property
    def request(self) -> dict[str, Any]:
        """What httpx is to send."""
        if self.body is None:
            return {"method": self.method, "url": self.path, "params": self.params}
        # As ASCII: what no UTF-8 can hold is for the service to refuse.
        content = json.dumps(self.body).encode("ascii")
        return {
            "method": self.method,
            "url": self.path,
            "content": content,
            "headers": {"Content-Type": "application/json"},
        }

    def result(self, response: httpx.Response) -> T:
        """What the service answered; raises `ProblemError` when it refused."""
        if not response.is_success:
            raise problem(response)
        return self.read(response)


def streamed(call: Call[Answer]) -> dict[str, Any]:
    """What httpx is to send for the same answer as events."""
    request = call.request
    return request | {"headers": request["headers"] | {"Accept": "text/event-stream"}}


def ask(
    question: str, conversation_id: str | None, filters: SourceFilters | None, top_k: int | None, explain: bool
) -> Call[Answer]:
    body = {
        "question": question,
        "conversation_id": conversation_id,
        "filters": filters.model_dump(mode="json", exclude_defaults=True) if filters else None,
        "top_k": top_k,
        "explain": explain or None,
    }
    return Call("POST", "/v1/ask", _as(Answer), body={name: value for name, value in body.items() if value is not None})


def search(query: str, top_k: int) -> Call[SearchResult]:
    return Call("GET", "/v1/search", _as(SearchResult), params={"q": query, "top_k": top_k})


def sources(cursor: str | None) -> Call[SourceList]:
    return Call("GET", "/v1/sources", _as(SourceList), params={"cursor": cursor} if cursor else None)


def source(source_id: str) -> Call[SourceDetail]:
    return Call("GET", f"/v1/sources/{_part(source_id)}", _as(SourceDetail))


def passage(passage_id: str) -> Call[PassageDetail]:
    return Call("GET", f"/v1/passages/{_part(passage_id)}", _as(PassageDetail))


def conversations(cursor: str | None) -> Call[ConversationList]:
    return Call("GET", "/v1/conversations", _as(ConversationList), params={"cursor": cursor} if cursor else None)


def conversation(conversation_id: str) -> Call[ConversationDetail]:
    return Call("GET", f"/v1/conversations/{_part(conversation_id)}", _as(ConversationDetail))


def delete_conversation(conversation_id: str) -> Call[None]:
    return Call("DELETE", f"/v1/conversations/{_part(conversation_id)}", lambda _: None)


def rename(conversation_id: str, title: str) -> Call[ConversationItem]:
    return Call("PATCH", f"/v1/conversations/{_part(conversation_id)}", _as(ConversationItem), body={"title": title})


def export(conversation_id: str, form: Form) -> Call[str]:
    path = f"/v1/conversations/{_part(conversation_id)}/export"
    return Call("GET", path, lambda response: response.text, params={"format": form})


def rate(turn_id: str, rating: Rating | None, claim: int | None) -> Call[None]:
    body = {"turn_id": turn_id, "rating": rating} | ({"claim": claim} if claim is not None else {})
    return Call("POST", "/v1/feedback", lambda _: None, body=body)


def event(sent: ServerSentEvent) -> Event:
    """A streamed event as its value; raises `AnswerFailedError` for `error`."""
    data = json.loads(sent.data)
    if sent.event == "error":
        raise AnswerFailedError(data["detail"])
    fields = {_WHOLE[sent.event]: data} if sent.event in _WHOLE else data
    return _EVENT.validate_python(fields | {"event": sent.event}, extra="ignore")


def problem(response: httpx.Response) -> ClientError:
    """A refusal as an error; `response` has been read."""
    try:
        said = response.json()
        return ProblemError(response.status_code, said["type"], said["detail"])
    except (ValueError, KeyError, TypeError):
        return NotACoachError(
            f"{response.url} answered {response.status_code} with something that is no problem of Mentor Coach's. "
            "Is this the coach's address, and is a proxy between?"
        )


@contextmanager
def translated(base_url: httpx.URL) -> Iterator[None]:
    """What httpx and the parsers raise, as a `ClientError`."""
    try:
        yield
    except (ValidationError, SSEError, ValueError, KeyError, TypeError) as error:
        raise NotACoachError(
            f"{base_url} answered something that this client cannot read ({type(error).__name__}). "
            "Is this the coach's address, and is it of this release?"
        ) from error
    except httpx.TimeoutException as error:
        raise UnreachableError(f"{base_url} did not answer in time. Ask again, or allow a longer `timeout`.") from error
    except httpx.TransportError as error:
        raise UnreachableError(
            f"{base_url} cannot be reached ({error}). Start the coach there with `mentor-coach serve`."
        ) from error


def _as(model: type[M]) -> Callable[[httpx.Response], M]:
    # What a newer service adds is no error of an older client.
    return lambda response: model.model_validate_json(response.content, extra="ignore")


def _part(identifier: str) -> str:
    """An id as one part of a path, whatever it holds."""
    return quote(identifier, safe="")
