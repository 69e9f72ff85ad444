"""A conversation as a file to keep: everything that is held of it, or the sources that it cites."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from coach.answers import Answer, Kind
from coach.assemble import escape
from coach.conversation import Conversation, Conversations, Turn
from coach.feedback import Feedback, Given
from coach.gaps import Gaps
from coach.privacy import kinds_kept
from corpus import bibliography
from corpus.catalog import Catalog
from corpus.models import Source

Form = Literal["md", "json", "bibtex", "ris"]

_MEDIA_TYPES: dict[Form, str] = {
    "md": "text/markdown",
    "json": "application/json",
    "bibtex": "application/x-bibtex",
    "ris": "application/x-research-info-systems",
}
_SUFFIXES: dict[Form, str] = {"md": "md", "json": "json", "bibtex": "bib", "ris": "ris"}
_NAME_LENGTH = 60


@dataclass(frozen=True, slots=True)
class Exported:
    """A file that leaves the coach; `file_name` holds nothing but letters, digits and hyphens before its suffix."""

    text: str
    media_type: str
    file_name: str


class Exports:
    """Makes files of an owner's conversations."""

    def __init__(self, conversations: Conversations, feedback: Feedback, gaps: Gaps, catalog: Catalog) -> None:
        self._conversations = conversations
        self._feedback = feedback
        self._gaps = gaps
        self._catalog = catalog

    def of(self, conversation_id: str, owner: str, form: Form) -> Exported:
        """The whole conversation as `md` or `json`, or its cited sources as `bibtex` or `ris`.

        Raises `UnknownConversationError`. A source that was cited and has since left the library is not in it.
        """
        conversation = self._conversations.get(conversation_id, owner)
        turns = self._conversations.turns(conversation_id, owner)
        match form:
            case "md":
                text = _markdown(conversation, turns)
            case "json":
                beside = {
                    "placeholders": kinds_kept(self._catalog.database, conversation_id),
                    "gaps": self._gaps.of(conversation_id),
                }
                text = _json(conversation, turns, self._feedback.of(conversation_id, owner), beside)
            case _:
                text = bibliography.export(self._cited(turns), form)
        name = f"{_file_name(conversation.title)}.{_SUFFIXES[form]}"
        return Exported(text, f"{_MEDIA_TYPES[form]}; charset=utf-8", name)

    def _cited(self, turns: Sequence[Turn]) -> list[Source]:
        ids = [citation.source.id for turn in turns for citation in turn.answer.citations]
        return list(self._catalog.sources_by_id(list(dict.fromkeys(ids))).values())


def _markdown(conversation: Conversation, turns: Sequence[Turn]) -> str:
    day = conversation.created_at.date().isoformat()
    head = f"# {escape(conversation.title) or 'Conversation'}\n\nMentor Coach, {day}"
    return "\n\n".join([head, *map(_turn, turns)]) + "\n"


def _turn(turn: Turn) -> str:
    answer = turn.answer
    asked = escape(answer.question) if answer.question else "*A message that was not kept*"
    parts = [f"## {asked}", answer.text]
    if answer.kind is not Kind.SAFETY:
        parts += _agreement(answer)
        parts += [f"*{escape(item.label)}:* {escape(item.text)}" for item in answer.guidance]
        if answer.citations:
            parts.append("\n".join(["**Sources**", "", *_sources(answer)]))
    return "\n\n".join(parts)


def _agreement(answer: Answer) -> list[str]:
    titles = {citation.source.id: citation.source.title for citation in answer.citations}
    return [
        "\n".join(
            [f"**Who says what: {escape(agreement.point)}**", ""]
            + [
                f"- {escape(titles.get(position.source_id, position.source_id))} [{position.citation}]: "
                f"{position.stance.value.replace('-', ' ')}"
                for position in agreement.positions
            ]
        )
        for agreement in answer.agreement
    ]


def _sources(answer: Answer) -> list[str]:
    return [
        f"- [{citation.number}] “{escape(citation.quote)}” {escape(citation.source.reference)}"
        for citation in answer.citations
    ]


def _json(conversation: Conversation, turns: Sequence[Turn], given: Sequence[Given], beside: Mapping[str, Any]) -> str:
    held = {
        "id": conversation.id,
        "title": conversation.title,
        "created_at": conversation.created_at.isoformat(),
        "updated_at": conversation.updated_at.isoformat(),
        "turns": [
            {
                "id": turn.id,
                "created_at": turn.created_at.isoformat(),
                "answer": turn.answer.model_dump(mode="json"),
                "feedback": [{"claim": one.claim, "rating": one.rating} for one in given if one.turn_id == turn.id],
            }
            for turn in turns
        ],
        **beside,
    }
    return json.dumps(held, ensure_ascii=False, indent=2) + "\n"


def _file_name(title: str) -> str:
    words = re.sub(r"[^a-z0-9]+", "-", title.lower())[:_NAME_LENGTH].strip("-")
    return words or "conversation"
