"""An answer in OpenAI's shapes: whole, or as the chunks of a stream."""

from __future__ import annotations

import json
import logging
import secrets
import time
from collections.abc import Generator, Iterator, Sequence
from typing import Any

from coach.answers import Answer, Citation, Event
from coach.errors import CoachError, StoppedError
from ui.api.openai_schemas import (
    MODEL,
    Annotation,
    AssistantMessage,
    Choice,
    CitedSource,
    Completion,
    UrlCitation,
    Usage,
)
from ui.spoken import MARKER, spoken, told

logger = logging.getLogger(__name__)

_TOKEN = 4
"""Characters that count as a token."""


def completion(answer: Answer, questions: Sequence[str], base: str) -> Completion:
    """`base`: under which address passages without a link of their own can be read."""
    content = spoken(answer)
    sources = _sources(answer, base)
    return Completion(
        id=f"chatcmpl-{answer.turn_id}",
        created=int(time.time()),
        choices=[Choice(message=AssistantMessage(content=content, annotations=_annotations(content, sources)))],
        usage=_usage(questions, content),
        x_kind=answer.kind,
        x_sources=sources,
    )


def chunks(
    events: Iterator[Event], questions: Sequence[str], base: str, *, usage: bool
) -> Generator[bytes, None, None]:
    """Server-sent chunks: the text as it comes, then what it stands on, then, where asked for, `usage`."""
    head = {
        "id": f"chatcmpl-{secrets.token_urlsafe(16)}",
        "object": "chat.completion.chunk",
        "created": int(time.time()),
        "model": MODEL,
    }

    def chunk(delta: dict[str, Any], finish: str | None = None, **more: Any) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return _data(head | {"choices": [choice]} | more)

    yield chunk({"role": "assistant", "content": ""})
    try:
        for piece in told(events):
            if isinstance(piece, str):
                yield chunk({"content": piece})
                continue
            sources = _sources(piece.answer, base)
            for source in sources:
                yield _data(head | {"choices": [], "event": {"type": "source", "data": _for_open_webui(source)}})
            found = _annotations(piece.text, sources, piece.before)
            yield chunk(
                {"annotations": [item.model_dump() for item in found]},
                x_kind=piece.answer.kind,
                x_sources=[source.model_dump(mode="json") for source in sources],
            )
            yield chunk({}, "stop")
            if usage:
                counted = _usage(questions, piece.text)
                yield _data(head | {"choices": [], "usage": counted.model_dump()})
        yield b"data: [DONE]\n\n"
    except StoppedError:
        raise
    except CoachError as error:
        yield _failed(str(error))
    except Exception:
        logger.exception("A streamed answer failed")
        yield _failed("Something failed here; it is in the service's log. Ask again.")


def _sources(answer: Answer, base: str) -> list[CitedSource]:
    return [CitedSource(**citation.model_dump(), url=_url(citation, base)) for citation in answer.citations]


def _url(citation: Citation, base: str) -> str:
    return citation.source.url or f"{base}/v1/passages/{citation.passage_id}"


def _annotations(content: str, sources: Sequence[CitedSource], before: int = 0) -> list[Annotation]:
    """One for each marker of the text, which begins `before` characters into the response."""
    by_number = {source.number: source for source in sources}
    return [
        Annotation(
            url_citation=UrlCitation(
                url=by_number[number].url,
                title=by_number[number].source.title,
                start_index=before + marker.start(),
                end_index=before + marker.end(),
            )
        )
        for marker in MARKER.finditer(content)
        if (number := int(marker[1])) in by_number
    ]


def _for_open_webui(source: CitedSource) -> dict[str, Any]:
    """A citation as Open WebUI shows it. It tells citations apart by `metadata.source`, and numbers them in order."""
    named = {
        "source": f"{source.passage_id}:{source.start}-{source.end}",
        "name": source.source.title,
        "url": source.url,
    }
    return {"document": [source.quote], "metadata": [named], "source": {"name": source.source.title, "url": source.url}}


def _usage(questions: Sequence[str], content: str) -> Usage:
    prompt, written = _tokens("".join(questions)), _tokens(content)
    return Usage(prompt_tokens=prompt, completion_tokens=written, total_tokens=prompt + written)


def _tokens(text: str) -> int:
    return -(-len(text) // _TOKEN)


def _data(value: Any) -> bytes:
    return f"data: {json.dumps(value)}\n\n".encode()


def _failed(detail: str) -> bytes:
    error = {"message": detail, "type": "server_error", "param": None, "code": "answer-failed"}
    return _data({"error": error})
