"""How the command line answers: text as it comes and then what it stands on, or JSON."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, TextIO

from coach.answers import Answer, Done, Event
from coach.errors import CoachError
from ui.spoken import told

if TYPE_CHECKING:
    from coach.coach import Coach


def say(events: Iterable[Event], *, as_json: bool, compact: bool = False) -> Answer:
    """Print an answer as it comes, and give it back; `compact`: as one line of JSON."""
    answer: Answer | None = None
    if as_json:
        answer = next(event.answer for event in events if isinstance(event, Done))
        print(answer.model_dump_json(indent=None if compact else 2), flush=True)
        return answer
    for piece in told(events, lambda answer: answer.text):
        if isinstance(piece, str):
            print(piece, end="", flush=True)
        else:
            answer = piece.answer
    assert answer is not None
    print()
    for citation in answer.citations:
        print(f"\n[{citation.number}] “{citation.quote}”\n    {citation.source.reference}")
    for guidance in answer.guidance:
        print(f"\n{guidance.label}: {guidance.text}")
    sys.stdout.flush()
    return answer


def converse(coach: Coach, lines: TextIO, *, as_json: bool) -> None:
    """Answer each line as a turn of one conversation; what cannot be asked is said, and the next line is read."""
    conversation: str | None = None
    asked = lines.isatty()
    while True:
        if asked:
            print("\n> ", end="", file=sys.stderr, flush=True)
        line = lines.readline()
        if not line:
            return
        if not line.strip():
            continue
        try:
            events = coach.stream(line, conversation_id=conversation)
            conversation = say(events, as_json=as_json, compact=True).conversation_id
        except CoachError as error:
            print(f"mentor-coach: {error}", file=sys.stderr)
