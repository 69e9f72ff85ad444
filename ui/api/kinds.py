"""Every kind of problem that the API can answer, with its status and what it means; OpenAPI lists them all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, Field

from coach.errors import CoachError

BASE = "urn:mentor-coach:problem:"


@dataclass(frozen=True, slots=True)
class ProblemKind:
    status: int
    title: str
    meaning: str

    def example(self, name: str, openai: bool) -> dict[str, Any]:
        if openai:
            sort = "server_error" if self.status >= 500 else "invalid_request_error"
            return {"error": {"message": self.meaning, "type": sort, "param": None, "code": name}}
        return {"type": BASE + name, "title": self.title, "status": self.status, "detail": self.meaning}


KINDS = {
    "bad-request": ProblemKind(400, "Bad request", "The request is not well formed, or names a host not served here."),
    "malformed-json": ProblemKind(400, "Malformed JSON", "The body is not well-formed JSON."),
    "no-key": ProblemKind(401, "No key", "A key or a login is needed here, and what was sent is neither."),
    "forbidden": ProblemKind(403, "Forbidden", "Not from there, or not from another site's page."),
    "missing-scope": ProblemKind(403, "Missing scope", "The key is a right one, and not for this."),
    "not-found": ProblemKind(404, "Not found", "There is no such route."),
    "unknown-cursor": ProblemKind(404, "Unknown cursor", "The cursor names no part of this list."),
    "unknown-conversation": ProblemKind(404, "Unknown conversation", "No conversation of yours has this id."),
    "unknown-job": ProblemKind(404, "Unknown job", "No job has this id."),
    "unknown-model": ProblemKind(404, "Unknown model", "The only model here is `mentor-coach`."),
    "unknown-passage": ProblemKind(404, "Unknown passage", "No passage has this id."),
    "unknown-source": ProblemKind(404, "Unknown source", "No source has this id."),
    "unknown-turn": ProblemKind(404, "Unknown turn", "No turn in a conversation of yours has this id."),
    "method-not-allowed": ProblemKind(405, "Method not allowed", "The route exists, and not with this method."),
    "too-slow": ProblemKind(408, "Too slow", "The body did not arrive in time."),
    "founding-source": ProblemKind(409, "Founding source", "Founding sources are not deleted one by one."),
    "invalid-feedback": ProblemKind(409, "Invalid feedback", "The turn has no such claim, or answered a crisis."),
    "too-large": ProblemKind(413, "Too large", "The body is larger than this route reads."),
    "upload-too-large": ProblemKind(413, "Upload too large", "More was sent than is taken in at a time."),
    "unsupported-media-type": ProblemKind(415, "Unsupported media type", "The body is not of the kind read here."),
    "invalid-question": ProblemKind(422, "Invalid question", "The question is empty, too long, or no text."),
    "invalid-request": ProblemKind(422, "Invalid request", "A field is missing, unknown or of the wrong kind."),
    "invalid-title": ProblemKind(422, "Invalid title", "A conversation cannot be called that."),
    "invalid-upload": ProblemKind(422, "Invalid upload", "What was sent cannot be taken in as it is."),
    "unsupported": ProblemKind(422, "Unsupported", "The coach has no tools, reads no images and writes prose alone."),
    "too-many-requests": ProblemKind(
        429, "Too many requests", "The limit is used up; `Retry-After` says for how long."
    ),
    "headers-too-large": ProblemKind(431, "Headers too large", "The request's headers are larger than is read here."),
    "internal-error": ProblemKind(500, "Internal error", "Something failed here; it is in the service's log."),
    "answer-failed": ProblemKind(500, "Answer failed", "A streamed answer broke off; ask again."),
    "busy": ProblemKind(503, "Busy", "Another program holds the library; nothing was changed."),
    "index": ProblemKind(503, "Index", "The search index could not follow; what was stored is safe."),
    "not-ready": ProblemKind(503, "Not ready", "The coach is still loading, or could not be loaded."),
    "overloaded": ProblemKind(503, "Overloaded", "Too many questions wait already; ask again in a few seconds."),
    "source-withdrawn": ProblemKind(503, "Source withdrawn", "A source of the answer has just left the library."),
    "storage": ProblemKind(503, "Storage", "The library cannot be read or written."),
    "no-room": ProblemKind(507, "No room", "There is no room left on the service's disk."),
}
READ = ("not-ready", "busy", "storage", "index")
"""What may come of reading the library."""
WRITE = (*READ, "no-room")
BY_STATUS = {
    400: "bad-request",
    401: "no-key",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    408: "too-slow",
    413: "too-large",
    415: "unsupported-media-type",
    422: "invalid-request",
}


class RefusedError(CoachError):
    """What the API itself refuses; `name` is one of `KINDS`."""

    def __init__(self, name: str, detail: str) -> None:
        super().__init__(detail)
        self.name = name


class Problem(BaseModel):
    """RFC 9457: what went wrong and what to do next."""

    type: str = Field(
        description="A stable name of the kind of problem.",
        json_schema_extra={"enum": [BASE + name for name in KINDS]},
        examples=[BASE + "invalid-request"],
    )
    title: str = Field(description="The kind in words.", examples=["Invalid request"])
    status: int = Field(description="The response's status.", examples=[422])
    detail: str = Field(
        description="What is wrong with this request, and what to do next.",
        examples=["question: Field required. See /docs for the shape of this request."],
    )


class OpenAIError(BaseModel):
    message: str = Field(description="What is wrong, and what to do next.")
    type: str = Field(description="`invalid_request_error` or `server_error`.")
    param: str | None = Field(description="Always null.")
    code: str = Field(description="The kind of problem.", json_schema_extra={"enum": list(KINDS)})


class OpenAIProblem(BaseModel):
    """The shape in which OpenAI's clients expect errors."""

    error: OpenAIError
