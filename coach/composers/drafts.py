"""What a chat model writes, read piece by piece into drafts: keys that it chose, with a sentence of its own at most."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

MAX_LINE = 1200
_MOST_LINES = 40
_MOST_REPEATS = 3
_MOST_REFUSED = 12
_USE = re.compile(r"[^\w<]*(?:\d+[.)]\s*)?(?:use\b)?[^\w<]*(?P<key>[a-z0-9]{4,8})\W*", re.IGNORECASE)
_SAY = re.compile(r"\W*say\s+\W*(?P<key>[a-z0-9]{4,8})\W*?\|(?P<quote>[^|]*)\|(?P<text>[^|]*)", re.IGNORECASE)
_FENCE = re.compile(r"\W*(?:```\w*)?\W*")
_THINKING = re.compile(r"<(think|reason\w*)>.*?</\1>", re.DOTALL)
_MARKS = "\"'“”‘’«»` "


@dataclass(frozen=True, slots=True)
class Draft:
    """A key that the model wrote; with `text`, a sentence that it wants to say on the strength of `quote`."""

    key: str
    quote: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something that is no draft; its words are not kept."""

    reason: str


class _Bounds:
    """Stops an output that repeats itself, goes on and on, or never keeps to the protocol."""

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()
        self._refused = 0

    def admit(self, said: str, found: Draft | Unreadable) -> Iterator[Draft | Unreadable]:
        """Raises `StopReadingError` where nothing good can follow."""
        self._seen[said] += 1
        self._refused += isinstance(found, Unreadable)
        yield found
        if self._seen[said] >= _MOST_REPEATS:
            raise StopReadingError("repeats itself")
        if self._seen.total() >= _MOST_LINES or self._refused >= _MOST_REFUSED:
            raise StopReadingError("too many lines")


class StopReadingError(Exception):
    """The rest of the output is not worth its time; says why in a word or two."""


def read_lines(pieces: Iterable[str]) -> Iterator[Draft | Unreadable]:
    """Drafts of the line protocol, each as soon as its line is complete; raises `StopReadingError`.

    `USE <key>` chooses, `SAY <key> | <quote> | <sentence>` says. What a reasoning model thinks aloud is passed over.
    """
    bounds = _Bounds()
    thinking = False
    for line in _lines(pieces):
        if line is None:
            yield from bounds.admit("", Unreadable("line is too long"))
            continue
        said = line.strip()
        if said.startswith(("<think", "<reason")):
            thinking = True
        if thinking:
            thinking = not re.search(r"</(?:think|reason)", said)
            continue
        if not _FENCE.fullmatch(said):
            yield from bounds.admit(said, _read(said))


def read_objects(objects: Iterable[Any]) -> Iterator[Draft | Unreadable]:
    """Drafts of structured output, given its growing states: each as soon as the next one begins."""
    bounds = _Bounds()
    read = 0
    items: list[Any] = []
    for state in objects:
        found = state.get("statements") if isinstance(state, dict) else None
        items = found if isinstance(found, list) else []
        while read < len(items) - 1:
            yield from bounds.admit(repr(items[read])[:MAX_LINE], _from_object(items[read]))
            read += 1
    for item in items[read:]:
        yield from bounds.admit(repr(item)[:MAX_LINE], _from_object(item))


def without_thinking(written: str) -> str:
    """A model's whole text without what it thought aloud."""
    return _THINKING.sub("", written)


def schema(say: bool) -> dict[str, Any]:
    """The JSON schema that a model with structured output is held to."""
    fields = ["key", "quote", "sentence"] if say else ["key"]
    item = {
        "type": "object",
        "properties": {name: {"type": "string"} for name in fields},
        "required": fields,
        "additionalProperties": False,
    }
    return {
        "title": "Chosen",
        "description": "The statements that answer the question, the most telling first.",
        "type": "object",
        "properties": {"statements": {"type": "array", "items": item}},
        "required": ["statements"],
        "additionalProperties": False,
    }


def _read(line: str) -> Draft | Unreadable:
    if len(line) > MAX_LINE:
        return Unreadable("line is too long")
    if found := _SAY.fullmatch(line):
        return Draft(found["key"].lower(), found["quote"].strip(_MARKS), found["text"].strip())
    if found := _USE.fullmatch(line):
        return Draft(found["key"].lower())
    return Unreadable("not a line of the protocol")


def _from_object(item: Any) -> Draft | Unreadable:
    if not isinstance(item, dict) or not isinstance(item.get("key"), str):
        return Unreadable("not an object of the schema")
    quote, text = item.get("quote"), item.get("sentence")
    if any(len(part) > MAX_LINE for part in (item["key"], quote, text) if isinstance(part, str)):
        return Unreadable("line is too long")
    key = item["key"].strip().lower()
    if isinstance(quote, str) and isinstance(text, str) and text.strip():
        return Draft(key, quote.strip(_MARKS), text.strip())
    return Draft(key)


def _lines(pieces: Iterable[str]) -> Iterator[str | None]:
    """Complete lines, and what is left at the end; of a line that is far too long only `None`, once."""
    held, skipping = "", False
    for piece in pieces:
        *complete, rest = (held + piece).replace("\r", "\n").split("\n")
        for line in complete:
            if not skipping:
                yield line if len(line) <= MAX_LINE else None
            skipping = False
        held = rest
        if len(held) > MAX_LINE:
            if not skipping:
                yield None
            held, skipping = "", True
    if held and not skipping:
        yield held
