"""Errors → RFC 9457 problems: the one place where exceptions become HTTP."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
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
from ui.loading import NotReadyError

logger = logging.getLogger(__name__)

_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"]
_BASE = "urn:mentor-coach:problem:"
_NEXT = {
    400: "Send a well-formed request; /docs shows every route with an example.",
    404: "See /docs for the routes that exist.",
    405: "See /docs for the methods of this route.",
    413: "Send less.",
    403: "Use the page or a program on this machine.",
    415: "Send it as this route reads it; /docs shows every route with an example.",
}


class Problem(BaseModel):
    """RFC 9457: what went wrong and what to do next."""

    type: str = Field(description="A stable name of the kind of problem.", examples=[_BASE + "invalid-request"])
    title: str = Field(examples=["Unprocessable Content"])
    status: int = Field(examples=[422])
    detail: str = Field(examples=["question: Field required. See /docs for the shape of this request."])


KNOWN: dict[type[Exception], tuple[int, str]] = {
    QuestionError: (422, "invalid-question"),
    UnknownConversationError: (404, "unknown-conversation"),
    UnknownTurnError: (404, "unknown-turn"),
    FeedbackError: (422, "invalid-feedback"),
    TitleError: (422, "invalid-title"),
    UnknownSourceError: (404, "unknown-source"),
    UnknownPassageError: (404, "unknown-passage"),
    UnknownJobError: (404, "unknown-job"),
    UploadTooLargeError: (413, "upload-too-large"),
    UploadError: (422, "invalid-upload"),
    FoundingSourceError: (409, "founding-source"),
    WithdrawnError: (503, "source-withdrawn"),
    NotReadyError: (503, "not-ready"),
    DatabaseFullError: (507, "no-room"),
    DatabaseBusyError: (503, "busy"),
    DatabaseError: (503, "storage"),
    LibraryError: (503, "index"),
    RetrievalError: (503, "index"),
}


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What OpenAPI says of a route's problems."""
    return {
        status: {
            "model": Problem,
            "description": HTTPStatus(status).phrase,
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }


def problem(status: int, name: str, detail: str, headers: dict[str, str] | None = None) -> JSONResponse:
    body = Problem(type=_BASE + name, title=HTTPStatus(status).phrase, status=status, detail=detail)
    return JSONResponse(body.model_dump(), status, headers, media_type="application/problem+json")


def install(app: FastAPI) -> None:
    """Make every error of `app` a problem, unforeseen ones included."""
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(CoachError, _known)
    app.add_exception_handler(CorpusError, _known)
    app.add_exception_handler(RetrievalError, _known)
    app.add_exception_handler(Exception, _unforeseen)


def install_unknown_routes(app: FastAPI) -> None:
    """Answer under `/v1` what no route of `app` does: 405 for a wrong method, else 404.

    Without it the page, mounted on `/`, would answer for the API. Call it after every route is in place.
    """
    known = {compile_path(path)[0]: methods for path, methods in app.openapi()["paths"].items()}

    @app.api_route("/v1/{path:path}", methods=_METHODS, include_in_schema=False)
    async def unknown(request: Request) -> None:
        for pattern, methods in known.items():
            if pattern.match(request.url.path):
                raise HTTPException(405, headers={"Allow": ", ".join(method.upper() for method in methods)})
        raise HTTPException(404)


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    phrase = HTTPStatus(error.status_code).phrase
    said = str(error.detail).rstrip(".")
    detail = f"{said}. {_NEXT.get(error.status_code, '')}".strip()
    return problem(error.status_code, phrase.lower().replace(" ", "-"), detail, dict(error.headers or {}))


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    """Name each wrong field without repeating what was sent."""
    assert isinstance(error, RequestValidationError)
    if any(item["type"] == "json_invalid" for item in error.errors()):
        return problem(400, "malformed-json", "The body is not well-formed JSON. Check quotes, commas and brackets.")
    named = "; ".join(
        f"{'.'.join(str(part) for part in item['loc'][1:]) or 'body'}: {item['msg']}" for item in error.errors()
    )
    return problem(422, "invalid-request", f"{named}. See /docs for the shape of this request.")


async def _known(request: Request, error: Exception) -> JSONResponse:
    for kind, (status, name) in KNOWN.items():
        if isinstance(error, kind):
            headers = {"Retry-After": "10"} if status == HTTPStatus.SERVICE_UNAVAILABLE else None
            return problem(status, name, str(error), headers)
    return await _unforeseen(request, error)


async def _unforeseen(request: Request, error: Exception) -> JSONResponse:
    logger.error("A request to %s failed", request.url.path, exc_info=error)
    return problem(500, "internal-error", "Something failed here; it is in the service's log. Try again.")
