"""What OpenAI's clients send and read, as far as the coach speaks it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt

from coach.answers import Citation, Kind

MODEL = "mentor-coach"
_NO_TOOLS = "Empty: the coach calls no tools."
_NOTHING: dict[str, Any] = {"maxItems": 0}


def _only(*values: Any) -> dict[str, Any]:
    """What the document says of a field whose other values are read, and refused with what to do instead."""
    return {"enum": list(values)}


def _written(schema: dict[str, Any]) -> None:
    """Say of a text that it holds a letter or a digit; what does not is no question."""
    schema.pop("default", None)
    schema["anyOf"] = [kind for kind in schema["anyOf"] if kind.get("type") != "null"]
    for kind in schema["anyOf"]:
        kind |= {"minItems": 1} if kind["type"] == "array" else {"minLength": 1, "pattern": r"[^\W_]"}


class _Lenient(BaseModel):
    """Clients send parameters of every kind; those that change nothing here are ignored, as other servers do."""

    model_config = ConfigDict(extra="allow")


class Part(_Lenient):
    model_config = ConfigDict(extra="allow", json_schema_extra={"required": ["type", "text"]})

    type: str = Field(description="`text`; of anything else the coach reads nothing.", json_schema_extra=_only("text"))
    text: str | None = Field(default=None, json_schema_extra=_written)


class Message(_Lenient):
    model_config = ConfigDict(extra="allow", json_schema_extra={"required": ["role", "content"]})

    role: Literal["system", "developer", "user", "assistant", "tool", "function"] = Field(
        json_schema_extra=_only("system", "developer", "user", "assistant")
    )
    content: str | list[Part] | None = Field(
        default=None, description="Text, whole or in parts.", json_schema_extra=_written
    )
    tool_calls: list[Any] | None = Field(default=None, description=_NO_TOOLS, json_schema_extra=_NOTHING)


class StreamOptions(_Lenient):
    include_usage: StrictBool | None = False


class ChatRequest(_Lenient):
    """A conversation so far; the user's last message is the question."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "examples": [
                {
                    "model": MODEL,
                    "messages": [{"role": "user", "content": "How do the National Academies define mentorship?"}],
                }
            ]
        },
    )

    model: str = Field(description="`mentor-coach`.", json_schema_extra=_only(MODEL), examples=[MODEL])
    messages: list[Message] = Field(
        min_length=1,
        max_length=1000,
        json_schema_extra={"contains": {"properties": {"role": {"const": "user"}}, "required": ["role"]}},
        description="The user's earlier messages make the history; what assistants said and systems ask is left out.",
    )
    stream: StrictBool | None = False
    stream_options: StreamOptions | None = None
    n: StrictInt | None = Field(
        default=1, description="1; the coach gives one answer.", json_schema_extra=_only(1, None)
    )
    tools: list[Any] | None = Field(default=None, description=_NO_TOOLS, json_schema_extra=_NOTHING)
    functions: list[Any] | None = Field(default=None, description=_NO_TOOLS, json_schema_extra=_NOTHING)
    response_format: dict[str, Any] | None = Field(
        default=None, description="Of type `text`.", json_schema_extra=_only({"type": "text"}, None)
    )


class UrlCitation(BaseModel):
    url: str = Field(description="The DOI, else a verified link, else the passage here.")
    title: str
    start_index: int = Field(description="Where the marker begins in the message's content, in characters.")
    end_index: int = Field(description="Where it ends.")


class Annotation(BaseModel):
    type: Literal["url_citation"] = "url_citation"
    url_citation: UrlCitation


class CitedSource(Citation):
    """A citation with its link."""

    url: str = Field(description="The same link as in the annotations.")


class AssistantMessage(BaseModel):
    role: Literal["assistant"] = "assistant"
    content: str = Field(description="Markdown with `[n]` after each claim, and the suggestion, labelled as one.")
    refusal: str | None = None
    annotations: list[Annotation]


class Choice(BaseModel):
    index: int = 0
    message: AssistantMessage
    logprobs: None = None
    finish_reason: Literal["stop"] = "stop"


class Usage(BaseModel):
    """Sizes in tokens, at four characters a token: nothing is billed by them."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class Completion(BaseModel):
    """The answer as a chat completion; what begins with `x_` is the coach's own."""

    id: str = Field(examples=["chatcmpl-5pGb2o0y"])
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str = MODEL
    choices: list[Choice]
    usage: Usage
    x_kind: Kind = Field(description="`answer`, `abstention`, `safety` or `chat`.")
    x_sources: list[CitedSource] = Field(description="Each `[n]`: its passage, exact quote, offsets and source.")


class ModelItem(BaseModel):
    id: str = MODEL
    object: Literal["model"] = "model"
    created: int = Field(description="Fixed: when the first release was made.")
    owned_by: Literal["mentor-coach"] = "mentor-coach"


class ModelList(BaseModel):
    object: Literal["list"] = "list"
    data: list[ModelItem]
