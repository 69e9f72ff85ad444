"""`POST /v1/ask`: a question in, an answer out, whole or as events."""

from __future__ import annotations

import logging
import threading
from collections.abc import Generator, Iterator
from contextlib import closing

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from fastapi.sse import format_sse_event
from starlette.exceptions import HTTPException

from coach.answers import Answer, Event
from coach.errors import CoachError, StoppedError
from coach.keys import Scope
from corpus.models import CorpusError
from retrieval.models import Filters, RetrievalError
from ui.api.guard import requires
from ui.api.identity import from_this_machine, owner_of
from ui.api.kinds import BASE, KINDS, READ, Problem
from ui.api.problems import responses
from ui.api.schemas import Ask, SourceFilters
from ui.api.turns import TurnResponse, Turns
from ui.failures import told
from ui.loading import Loading

logger = logging.getLogger(__name__)

EVENTS = "text/event-stream"
EVENT_SCHEMA = {
    "type": "object",
    "required": ["data"],
    "properties": {
        "event": {"type": "string", "description": "What it is; OpenAI's chunks have no name."},
        "data": {"type": "string", "description": "JSON."},
    },
}


async def require_json(request: Request) -> None:
    """Refuse a body that does not call itself JSON, before it is read as JSON."""
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise HTTPException(415, f"This route reads JSON, not {kind or 'a body without a content type'!r}")


def router(loading: Loading, turns: Turns) -> APIRouter:
    routes = APIRouter(tags=["ask"], dependencies=[requires(Scope.ASK)])

    @routes.post(
        "/v1/ask",
        response_model=Answer,
        dependencies=[Depends(require_json)],
        responses={
            200: {"content": {EVENTS: {"schema": EVENT_SCHEMA}}, "description": "The answer, or its events."},
            **responses(
                "malformed-json", "forbidden", "unknown-conversation", "unsupported-media-type", "invalid-request",
                "invalid-question", "too-large", "source-withdrawn", "overloaded", "no-room", *READ,
            ),
        },
    )  # fmt: skip
    async def ask(body: Ask, request: Request) -> Response:
        """Ask a question. With `Accept: text/event-stream` the answer comes as events: `status`, each verified `claim`
        with its citations, `guidance`, and `done` with the whole answer; a failure after the start is an `error` event.

        While the coach still loads, the question waits and is then answered.
        """
        if body.explain and not from_this_machine(request):
            raise HTTPException(403, "`explain` is for programs on the service's own machine")
        streamed = EVENTS in request.headers.get("accept", "")

        def pieces(stop: threading.Event) -> Generator[bytes, None, None]:
            events = loading.coach().stream(
                body.question,
                conversation_id=body.conversation_id,
                owner=owner_of(request),
                filters=_filters(body.filters),
                top_k=body.top_k,
                explain=body.explain,
                stop=stop,
                profile=body.profile,
            )
            with closing(events):
                if streamed:
                    yield from _sse(events)
                else:
                    *_, done = events
                    assert done.event == "done"
                    yield done.answer.model_dump_json().encode()

        return TurnResponse(turns, pieces, EVENTS if streamed else "application/json", streamed=streamed)

    return routes


def _filters(asked: SourceFilters | None) -> Filters | None:
    if asked is None:
        return None
    kinds = frozenset(asked.study_kinds)
    return Filters(frozenset(asked.sources), kinds, asked.year_from, asked.year_to, asked.population)


def _sse(events: Iterator[Event]) -> Iterator[bytes]:
    try:
        for event in events:
            match event.event:
                case "done":
                    data = event.answer.model_dump_json()
                case "guidance":
                    data = "[" + ",".join(item.model_dump_json() for item in event.guidance) + "]"
                case _:
                    data = event.model_dump_json(exclude={"event"})
            yield format_sse_event(event=event.event, data_str=data)
    except StoppedError:
        raise
    except (CoachError, CorpusError, RetrievalError) as error:
        yield _error(str(error))
    except Exception as error:  # noqa: BLE001 - the reader is told
        logger.error("A streamed answer failed: %s", told(error))
        yield _error("Something failed here; it is in the service's log. Ask again.")


def _error(detail: str) -> bytes:
    kind = KINDS["answer-failed"]
    body = Problem(type=f"{BASE}answer-failed", title=kind.title, status=kind.status, detail=detail)
    return format_sse_event(event="error", data_str=body.model_dump_json())
