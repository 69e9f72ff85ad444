"""An answer as one Markdown text, whole or as it comes, for those who see nothing but text."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass

from coach.answers import Answer, ClaimEvent, Done, Event
from coach.assemble import escape

MARKER = re.compile(r"(?<!\\)\[(\d+)\]")
_CHANGED = "\n\nA source of this was withdrawn while it was written; this is the answer without it:\n\n"


@dataclass(frozen=True, slots=True)
class Told:
    """The end of an answer that was told as it came."""

    answer: Answer
    text: str
    before: int
    """Characters that were told before `text` began: none, but where a source was withdrawn meanwhile."""


def spoken(answer: Answer) -> str:
    """The answer's text, what is nearest where it does not answer, and the suggestions, each labelled as what it is."""
    parts = [answer.text]
    if answer.nearest:
        titles = dict.fromkeys(item.source_title for item in answer.nearest)
        parts.append(f"Nearest in this library, and no answer: {'; '.join(f'*{escape(title)}*' for title in titles)}.")
    parts += [f"*{escape(item.label)}:* {escape(item.text)}" for item in answer.guidance]
    return "\n\n".join(parts)


def told(events: Iterable[Event], whole: Callable[[Answer], str] = spoken) -> Generator[str | Told, None, None]:
    """Pieces of text as claims are verified, and `Told` last; `whole` says what the pieces are to make together."""
    sent = ""
    for event in events:
        if isinstance(event, ClaimEvent) and event.text:
            sent += event.text
            yield event.text
        elif isinstance(event, Done):
            text, before = whole(event.answer), 0
            if not text.startswith(sent):
                yield _CHANGED
                sent, before = "", len(sent + _CHANGED)
            yield from text[len(sent) :].splitlines(keepends=True)
            yield Told(event.answer, text, before)
