"""A turn on its way to the page: what has arrived of it so far, as the lines that `conversation.js` takes in."""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Generator, Iterator
from contextlib import closing
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel

from coach.answers import Answer, Citation, Claim, ClaimEvent, Done, Guidance, GuidanceEvent, Kind, Status
from coach.errors import CoachError, UnknownConversationError
from coach.profile import Profile, applicability
from ui.failures import told
from ui.loading import Loading
from ui.page import render
from ui.page.cards import Read, cards_html, nearest_cards_html
from ui.page.markup import anchor

if TYPE_CHECKING:
    from coach.coach import Coach

logger = logging.getLogger(__name__)

READING = "Reading your question …"
LOADING = "The coach is still loading its model; your question is waiting its turn."
BROKEN = "Something went wrong on our side, and it has been noted in the service's log. Please try again."
NOT_YOURS = "This conversation is not here any more, or it is somebody else's. Press “New conversation” to go on."


class Shown(BaseModel):
    """A turn as the page shows it now, the whole of it each time."""

    state: Literal["waiting", "partial", "done", "failed"]
    said: str = ""
    """Of a waiting turn its status, of a failed one what went wrong, of a whole one what a screen reader is told."""
    text: str = ""
    """The question, of a turn that is opened again."""
    answer: str = ""
    cards: str = ""
    turn: str = ""
    """Its id; of a partial one a passing name, which its citations and cards carry until the whole answer comes."""
    conversation: str = ""


class Rated(BaseModel):
    turn: str
    claim: int | None
    rating: str


class Reopened(BaseModel):
    """A stored conversation as the page shows it."""

    id: str
    turns: list[Shown]
    ratings: list[Rated]


def asked(
    loading: Loading,
    question: str,
    conversation_id: str | None,
    owner: str,
    profile: Profile | None,
    stop: threading.Event,
) -> Generator[Shown, None, None]:
    """The turn after each of the coach's events; what fails is said in plain words and never raised.

    `stop` is set once nobody waits for it any longer.
    """
    try:
        if not loading.ready:
            yield Shown(state="waiting", said=LOADING)
        coach = loading.coach()
        options = {"conversation_id": conversation_id, "owner": owner, "profile": profile, "stop": stop}
        yield from _events(coach, question, **options)
    except UnknownConversationError:
        yield Shown(state="failed", said=NOT_YOURS)
    except CoachError as error:
        yield Shown(state="failed", said=str(error))
    except Exception as error:  # noqa: BLE001 - the reader is told
        logger.error("A question on the page could not be answered: %s", told(error))
        yield Shown(state="failed", said=BROKEN)


def reopened(coach: Coach, conversation_id: str, owner: str, profile: Profile | None) -> Reopened:
    """A conversation with its ratings; raises `UnknownConversationError`. `profile` is for the notes on whom a
    source studied."""
    turns = coach.conversations.turns(conversation_id, owner)
    given = coach.feedback.of(conversation_id, owner)
    read = cache(_readable(coach))
    return Reopened(
        id=conversation_id,
        turns=[_whole(_noted(turn.answer, profile), read) for turn in turns],
        ratings=[Rated(turn=one.turn_id, claim=one.claim, rating=one.rating.value) for one in given],
    )


def _events(coach: Coach, question: str, **options: Any) -> Iterator[Shown]:
    read = cache(coach.passage_text)
    # Of its own for each turn: what was shown of a stopped one stays, with the passages behind it.
    live = f"live-{secrets.token_hex(4)}"
    claims: list[Claim] = []
    citations: dict[int, Citation] = {}
    guidance: list[Guidance] = []
    with closing(coach.stream(question, **options)) as events:
        for event in events:
            match event:
                case Done(answer=answer):
                    yield _whole(answer, read)
                    return
                case Status(message=message):
                    yield Shown(state="waiting", said=f"{message} …")
                    continue
                case ClaimEvent(claim=claim, citations=cited):
                    claims.append(claim)
                    citations |= {citation.number: citation for citation in cited}
                case GuidanceEvent(guidance=suggested):
                    guidance = list(suggested)
            if coach.helper is None:
                continue  # Without a model there is nothing to wait for between the first claim and the whole answer.
            html = render.partial_html(claims, guidance, live)
            cards = cards_html(list(citations.values()), claims, read, live)
            yield Shown(state="partial", answer=html, cards=cards, turn=live)


def _whole(answer: Answer, read: Read) -> Shown:
    turn = anchor(answer.turn_id)
    cards = cards_html(answer.citations, answer.claims, read, turn, render.notes_of(answer))
    return Shown(
        state="done",
        said=render.said(answer),
        text=answer.question,
        answer=render.answer_html(answer, read),
        cards=cards + nearest_cards_html(answer, read),
        turn=answer.turn_id,
        # Of a crisis nothing is to be made: no pack, no rating.
        conversation=answer.conversation_id if answer.kind is not Kind.SAFETY else "",
    )


def _noted(answer: Answer, profile: Profile | None) -> Answer:
    if profile is None:
        return answer
    notes = applicability((citation.source for citation in answer.citations), profile)
    return answer.model_copy(update={"applicability": notes})


def _readable(coach: Coach) -> Read:
    """Passages of stored answers: one that a withdrawn source took with it is told so."""

    def read(passage_id: str) -> str:
        found = coach.catalog.passages_by_id([passage_id]).get(passage_id)
        return found.text if found else "This passage is no longer in the library."

    return read
