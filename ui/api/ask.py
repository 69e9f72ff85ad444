"""`POST /v1/ask`: a question in, an answer out, whole or as events."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import Response, StreamingResponse
from fastapi.sse import format_sse_event
from starlette.exceptions import HTTPException

from coach.answers import Answer, Event
from coach.errors import CoachError
from corpus.models import CorpusError
from retrieval.models import RetrievalError
from ui.api.identity import from_this_machine, owner_of
from ui.api.problems import Problem, responses
from ui.api.schemas import Ask
from ui.loading import Loading

logger = logging.getLogger(__name__)

_EVENTS = "text/event-stream"


def require_json(content_type: Annotated[str, Header()] = "") -> None:
    """Refuse a body that does not call itself JSON, before it is read as JSON."""
    kind = content_type.split(";")[0].strip().lower()
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise HTTPException(415, f"This route reads JSON, not {kind or 'a body without a content type'!r}")


def router(loading: Loading) -> APIRouter:
    routes = APIRouter(tags=["ask"])

    @routes.post(
        "/v1/ask",
        response_model=Answer,
        dependencies=[Depends(require_json)],
        responses={
            200: {"content": {_EVENTS: {"schema": {"type": "string"}}}, "description": "The answer, or its events."},
            **responses(400, 403, 404, 415, 422, 503),
        },
    )
    def ask(body: Ask, request: Request, accept: Annotated[str, Header()] = "application/json") -> Response:
        """Ask a question. With `Accept: text/event-stream` the answer comes as events: `status`, each verified `claim`
        with its citations, `guidance`, and `done` with the whole answer; a failure after the start is an `error` event.

        While the coach still loads, the question waits and is then answered.
        """
        if body.explain and not from_this_machine(request):
            raise HTTPException(403, "`explain` is for programs on the service's own machine")
        coach = loading.coach()
        events = coach.stream(
            body.question,
            conversation_id=body.conversation_id,
            owner=owner_of(request.cookies),
            filters=body.filters.filters() if body.filters else None,
            top_k=body.top_k,
            explain=body.explain,
        )
        if _EVENTS in accept:
            return StreamingResponse(_sse(events), media_type=_EVENTS, headers={"Cache-Control": "no-store"})
        *_, done = events
        assert done.event == "done"
        return Response(done.answer.model_dump_json(), media_type="application/json")

    return routes


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
    except (CoachError, CorpusError, RetrievalError) as error:
        yield _error(str(error))
    except Exception:
        logger.exception("A streamed answer failed")
        yield _error("Something failed here; it is in the service's log. Ask again.")


def _error(detail: str) -> bytes:
    body = Problem(type="urn:mentor-coach:problem:answer-failed", title="Answer failed", status=500, detail=detail)
    return format_sse_event(event="error", data_str=body.model_dump_json())
