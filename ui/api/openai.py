"""`POST /v1/chat/completions` and `GET /v1/models`: the coach as OpenAI's clients know a model, without any state."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import closing

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from coach.answers import Done
from coach.keys import Scope
from ui.api.ask import EVENT_SCHEMA, EVENTS, require_json
from ui.api.guard import requires
from ui.api.kinds import READ, RefusedError
from ui.api.openai_answers import chunks, completion
from ui.api.openai_schemas import MODEL, ChatRequest, Completion, Message, ModelItem, ModelList
from ui.api.problems import responses
from ui.api.turns import TurnResponse, Turns
from ui.loading import Loading

_MADE = 1_764_201_600
"""When the first release was made: clients want a time for a model."""


def router(loading: Loading, turns: Turns, public_url: str | None) -> APIRouter:
    """`public_url`: where passages without a link of their own can be read."""
    routes = APIRouter(tags=["openai"], prefix="/v1", dependencies=[requires(Scope.ASK)])

    @routes.get("/models", responses=responses(openai=True))
    async def models() -> ModelList:
        """The one model there is."""
        return ModelList(data=[ModelItem(created=_MADE)])

    @routes.get("/models/{model}", responses=responses("unknown-model", openai=True))
    async def model(model: str) -> ModelItem:
        """That model."""
        _known(model)
        return ModelItem(created=_MADE)

    @routes.post(
        "/chat/completions",
        response_model=Completion,
        dependencies=[Depends(require_json)],
        responses={
            200: {"content": {EVENTS: {"schema": EVENT_SCHEMA}}, "description": "The answer, or its chunks."},
            **responses(
                "malformed-json", "unsupported-media-type", "invalid-request", "invalid-question", "unsupported",
                "unknown-model", "too-large", "overloaded", "source-withdrawn", *READ, openai=True,
            ),
        },
    )  # fmt: skip
    async def chat(body: ChatRequest, request: Request) -> Response:
        """Answer the user's last message. Nothing is kept: the earlier ones are answered again as its history, and what
        assistants are said to have cited is not believed. Indices of annotations count characters.

        With `stream` the text comes as its claims are verified, the annotations before the end, and `usage` where
        `stream_options.include_usage` asks for it.
        """
        questions = _questions(body)
        base = public_url or str(request.base_url).rstrip("/")

        def pieces(stop: threading.Event) -> Generator[bytes, None, None]:
            events = loading.coach().stream_last(questions, stop=stop)
            with closing(events):
                if body.stream:
                    usage = bool(body.stream_options and body.stream_options.include_usage)
                    yield from chunks(events, questions, base, usage=usage)
                else:
                    *_, done = events
                    assert isinstance(done, Done)
                    yield completion(done.answer, questions, base).model_dump_json().encode()

        return TurnResponse(turns, pieces, EVENTS if body.stream else "application/json", streamed=bool(body.stream))

    return routes


def _questions(body: ChatRequest) -> list[str]:
    """The user's messages in order; refuses what the coach cannot do."""
    _known(body.model)
    if body.tools or body.functions:
        raise RefusedError("unsupported", "The coach calls no tools. Leave `tools` and `functions` out.")
    if body.n not in (None, 1):
        raise RefusedError("unsupported", "The coach gives one answer. Leave `n` out.")
    if (body.response_format or {"type": "text"}).get("type") != "text":
        raise RefusedError("unsupported", "The coach answers in prose; `POST /v1/ask` gives the same answer as JSON.")
    for message in body.messages:
        if message.role in ("tool", "function") or message.tool_calls:
            raise RefusedError("unsupported", "The coach calls no tools. Leave their calls and results out.")
    if any(message.content is None for message in body.messages):
        raise RefusedError("invalid-request", "A message has no content. Give every message some text.")
    questions = [_text(message) for message in body.messages if message.role == "user"]
    if not questions:
        raise RefusedError("invalid-request", "There is no question. Send a message of role `user`.")
    return questions


def _text(message: Message) -> str:
    if not isinstance(message.content, list):
        return message.content or ""
    if any(part.type != "text" for part in message.content):
        raise RefusedError("unsupported", "The coach reads text alone. Leave images, files and sound out.")
    return "\n".join(part.text or "" for part in message.content)


def _known(model: str) -> None:
    if model != MODEL:
        raise RefusedError("unknown-model", f"There is no model {model!r} here. The only one is {MODEL!r}.")
