"""Errors → RFC 9457 problems, or OpenAI's shape where its clients ask: the one place where exceptions become HTTP."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from coach.errors import (
    CoachError,
    FeedbackError,
    FoundingSourceError,
    LibraryError,
    QuestionError,
    TitleError,
    UnknownConversationError,
    UnknownJobError,
    UnknownTurnError,
    UploadError,
    UploadTooLargeError,
    WithdrawnError,
)
from corpus.catalog import UnknownPassageError, UnknownSourceError
from corpus.database import DatabaseBusyError, DatabaseError, DatabaseFullError
from corpus.models import CorpusError
from retrieval.models import RetrievalError
from ui.api.kinds import BASE, BY_STATUS, KINDS, OpenAIError, OpenAIProblem, Problem, RefusedError
from ui.failures import told
from ui.loading import NotReadyError

logger = logging.getLogger(__name__)

_OPENAI = ("/v1/chat/completions", "/v1/models")
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE", "QUERY"]
_NEXT = {
    400: "Send a well-formed request; /docs shows every route with an example.",
    404: "See /docs for the routes that exist.",
    405: "See /docs for the methods of this route.",
    408: "Send the whole body without pauses.",
    413: "Send less.",
    403: "Use the page or a program on this machine.",
    415: "Send it as this route reads it; /docs shows every route with an example.",
}

KNOWN: dict[type[Exception], str] = {
    QuestionError: "invalid-question",
    UnknownConversationError: "unknown-conversation",
    UnknownSourceError: "unknown-source",
    UnknownPassageError: "unknown-passage",
    UnknownJobError: "unknown-job",
    UnknownTurnError: "unknown-turn",
    FeedbackError: "invalid-feedback",
    TitleError: "invalid-title",
    UploadTooLargeError: "upload-too-large",
    UploadError: "invalid-upload",
    FoundingSourceError: "founding-source",
    WithdrawnError: "source-withdrawn",
    NotReadyError: "not-ready",
    DatabaseFullError: "no-room",
    DatabaseBusyError: "busy",
    DatabaseError: "storage",
    LibraryError: "index",
    RetrievalError: "index",
}


def problem(path: str, name: str, detail: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """The refusal of a request to `path`; `name` is one of `KINDS`."""
    kind = KINDS[name]
    if path in _OPENAI or path.startswith("/v1/models/"):
        # Its clients know no 422.
        status = 400 if kind.status == HTTPStatus.UNPROCESSABLE_ENTITY else kind.status
        sort = "server_error" if status >= 500 else "invalid_request_error"
        error = OpenAIError(message=detail, type=sort, param=None, code=name)
        return JSONResponse(OpenAIProblem(error=error).model_dump(), status, headers)
    body = Problem(type=BASE + name, title=kind.title, status=kind.status, detail=detail)
    return JSONResponse(body.model_dump(), kind.status, headers, media_type="application/problem+json")


def install(app: FastAPI) -> None:
    """Make every error of `app` a problem."""
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(CoachError, _known)
    app.add_exception_handler(CorpusError, _known)
    app.add_exception_handler(RetrievalError, _known)


def install_unknown_routes(app: FastAPI) -> None:
    """Answer under `/v1`, and for its other paths, what no route of `app` does: 405 for a wrong method, else 404.

    Without it the page, mounted on `/`, would answer for the API. Call it after every route is in place.
    """
    paths = app.openapi()["paths"]
    known = {compile_path(path)[0]: methods for path, methods in paths.items()}

    async def unknown(request: Request) -> None:
        for pattern, methods in known.items():
            if pattern.match(request.url.path):
                raise HTTPException(405, headers={"Allow": ", ".join(method.upper() for method in methods)})
        raise HTTPException(404)

    for path in ["/v1/{path:path}", *(path for path in paths if not path.startswith("/v1/"))]:
        app.add_api_route(path, unknown, methods=_METHODS, include_in_schema=False)


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    said = str(error.detail).rstrip(".")
    detail = f"{said}. {_NEXT.get(error.status_code, '')}".strip()
    return problem(request.url.path, BY_STATUS[error.status_code], detail, error.headers)


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    """Name each wrong field without repeating what was sent."""
    assert isinstance(error, RequestValidationError)
    path = request.url.path
    if any(item["type"] == "json_invalid" for item in error.errors()):
        return problem(path, "malformed-json", "The body is not well-formed JSON. Check quotes, commas and brackets.")
    named = "; ".join(
        f"{'.'.join(str(part) for part in item['loc'][1:]) or 'body'}: {item['msg']}" for item in error.errors()
    )
    return problem(path, "invalid-request", f"{named}. See /docs for the shape of this request.")


async def _known(request: Request, error: Exception) -> JSONResponse:
    return refusal(request.url.path, error)


def refusal(path: str, error: Exception) -> JSONResponse:
    """The problem that an error of the coach is."""
    known = next((name for kind, name in KNOWN.items() if isinstance(error, kind)), None)
    name = error.name if isinstance(error, RefusedError) else known
    if name is None:
        return unforeseen(path, error)
    again = {"Retry-After": "2" if name == "overloaded" else "10"}
    return problem(path, name, str(error), again if KINDS[name].status == HTTPStatus.SERVICE_UNAVAILABLE else None)


def unforeseen(path: str, error: Exception) -> JSONResponse:
    """What nobody foresaw: told in the log, and to the client without a word of it."""
    logger.error("A request to %s failed: %s", path, told(error))
    return problem(path, "internal-error", "Something failed here; it is in the service's log. Try again.")


def responses(*names: str, openai: bool = False) -> dict[int | str, dict[str, Any]]:
    """What OpenAPI says of a route's problems, by their names; what any route may answer is added."""
    told: dict[int | str, dict[str, Any]] = {}
    schema = "OpenAIProblem" if openai else "Problem"
    kind = "application/json" if openai else "application/problem+json"
    for name in (
        "bad-request",
        "no-key",
        "missing-scope",
        "too-slow",
        "too-many-requests",
        "headers-too-large",
        *names,
    ):
        status = 400 if openai and KINDS[name].status == 422 else KINDS[name].status
        entry = told.setdefault(
            status,
            {
                "model": OpenAIProblem if openai else Problem,
                "description": "",
                "content": {kind: {"schema": {"$ref": f"#/components/schemas/{schema}"}, "examples": {}}},
            },
        )
        entry["description"] = f"{entry['description']} `{name}`: {KINDS[name].meaning}".strip()
        entry["content"][kind]["examples"][name] = {"value": KINDS[name].example(name, openai)}
    return told
