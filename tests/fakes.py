"""The test doubles at the two seams, embeddings and chat model, and small library values to feed them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.output_parsers import JsonOutputParser
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from pydantic import PrivateAttr

from corpus.models import Entry, Finding, Passage, Source
from corpus.passages import sentences
from retrieval.embedder import Embedder, Vectors
from retrieval.words import content_stems


class BagOfWords(Embedder):
    """An embedder that ranks: each content stem is one of `dimension` directions, so shared words make texts near.

    One direction belongs to every text, so that a text without words has a vector too. It records what it was asked.
    """

    def __init__(self, dimension: int = 256, fingerprint: str = "bag-of-words") -> None:
        self.fingerprint = fingerprint
        self.dimension = dimension
        self.embedded: list[str] = []

    def vectors(self, texts: list[str]) -> Vectors:
        self.embedded += texts
        return np.stack([self._bag(text) for text in texts]) if texts else np.zeros((0, self.dimension), np.float32)

    def vector(self, query: str) -> Vectors:
        return self._bag(query)

    def _bag(self, text: str) -> Vectors:
        bag = np.zeros(self.dimension, np.float32)
        bag[0] = 0.3
        for word in content_stems(text):
            bag[1 + int(hashlib.sha256(word.encode()).hexdigest(), 16) % (self.dimension - 1)] += 1.0
        return np.asarray(bag / np.linalg.norm(bag), np.float32)


def passage(passage_id: str, source_id: str, text: str, ordinal: int = 1, **more: str) -> Passage:
    """A passage with its sentences as ingestion finds them."""
    return Passage(passage_id, source_id, ordinal, text, sentences(text), **more)  # type: ignore[arg-type]


def entry(
    source: Source, *texts: str, findings: tuple[Finding, ...] = (), questions: tuple[tuple[str, str], ...] = ()
) -> Entry:
    """A source whose passages are `<id>-1`, `<id>-2` and so on."""
    held = (passage(f"{source.id}-{n}", source.id, text, n) for n, text in enumerate(texts, start=1))
    return Entry(source, tuple(held), findings, questions)


Output = str | Exception | Iterable[str]
"""What a scripted model writes: a text, pieces of one as they come, or an error instead."""


class Shown:
    """What a prompt of the coach shows to the model."""

    def __init__(self, messages: list[BaseMessage]) -> None:
        self.instructions = str(messages[0].content)
        lines = str(messages[-1].content).split("\n")
        self.data: list[dict[str, str]] = [json.loads(line) for line in lines if line.startswith("{")]
        self.statements = [item for item in self.data if "key" in item]
        self.keys = [item["key"] for item in self.statements]

    def quote(self, place: int = 0) -> str:
        item = self.statements[place]
        return item.get("quote", item["statement"])


class ScriptedModel(BaseChatModel):
    """A real chat model that writes what `write` makes of each prompt, and records every prompt."""

    write: Callable[[Shown], Output]
    size: int = 7
    """Characters of a piece, where `write` gives a whole text."""
    _prompts: list[list[BaseMessage]] = PrivateAttr(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    @property
    def prompts(self) -> list[Shown]:
        return [Shown(messages) for messages in self._prompts]

    def _pieces(self, messages: list[BaseMessage]) -> Iterator[str]:
        self._prompts.append(messages)
        written = self.write(Shown(messages))
        if isinstance(written, Exception):
            raise written
        if isinstance(written, str):
            written = [written[at : at + self.size] for at in range(0, len(written), self.size)] or [""]
        yield from written

    def _stream(self, messages: list[BaseMessage], *_: Any, **__: Any) -> Iterator[ChatGenerationChunk]:
        for piece in self._pieces(messages):
            yield ChatGenerationChunk(message=AIMessageChunk(content=piece))
        ended = {"finish_reason": "stop"}
        yield ChatGenerationChunk(message=AIMessageChunk(content="", chunk_position="last", response_metadata=ended))

    def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        text = "".join(self._pieces(messages))
        return ChatResult(generations=[ChatGeneration(message=AIMessage(content=text))])

    def with_structured_output(self, schema: Any, **_: Any) -> Runnable[Any, Any]:
        """As the OpenAI integration does it for a JSON schema: growing states of the object."""
        return self | JsonOutputParser()
