"""Composes with a chat model: it chooses and orders what the quoting composer offers, and says nothing unchecked."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from langchain_core.messages import BaseMessage

from coach.calls import Calls
from coach.composers.drafts import Draft, StopReadingError, Unreadable, read_lines, read_objects, schema
from coach.composers.quoting import MAX_CLAIMS, QuotingComposer, identity, in_turn
from coach.errors import ModelError
from coach.paraphrase import Paraphrase
from coach.patience import Deadline
from coach.prompting import fitting, messages, prompt, room
from coach.verify import Statement
from corpus.bibliography import short_name
from retrieval.models import Retrieval

_MOST_OFFERED = 12
_MOST_CHARACTERS = 8000
"""Longest output that is read; a reasoning model thinks aloud first."""
_MOST_KEYS = 2000
"""The same of JSON that holds nothing but keys."""
_MOST_EARLIER = 3
_MOST_QUESTION = 1000
# Consonants and digits: no key is a word, so neither prose nor a document holds one by chance.
_FIRST, _LATER = "bcdfghjkmnpqrstvwxz", "bcdfghjkmnpqrstvwxz23456789"
_KEY_LENGTH = 4
_PLAIN_MARKS = frozenset("’‘“”–—…")

UNUSABLE = "The language model could not be used for this answer; these are the coach's own quotes."
CUT_SHORT = "The language model stopped in mid-answer; the coach's own quotes complete it."


@dataclass(frozen=True, slots=True)
class Batch:
    """What is to be checked and told together, and what became of the model so far."""

    statements: tuple[Statement | Paraphrase, ...] = ()
    refused: Counter[str] = field(default_factory=Counter)
    helped: bool = False
    note: str | None = None
    """Where the coach had to answer by itself, the line that says so."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the model is told of the turn."""

    question: str
    earlier: tuple[str, ...]
    """The conversation's questions so far, the latest last."""
    deadline: Deadline


class GeneratingComposer:
    """Batches of statements in the model's order, each as soon as the model has named it."""

    def __init__(self, quoting: QuotingComposer, calls: Calls, *, paraphrase: bool = False) -> None:
        self._quoting = quoting
        self._calls = calls
        self._paraphrase = paraphrase

    def compose(
        self, asked: Asked, parts: Sequence[Retrieval], showable: Callable[[Statement], bool]
    ) -> Iterator[Batch]:
        """The answer's statements; every part of the question is answered, by the quoting composer where need be.

        Only statements that are `showable` are offered to the model.
        """
        by_part = [[one for one in self._quoting.candidates(part) if showable(one)] for part in parts]
        offered = in_turn(by_part)[:_MOST_OFFERED]
        if len(offered) < 2 and not self._paraphrase:
            # There is nothing to choose, so the model's time is saved.
            yield Batch(tuple(self._quoting.compose_all(parts)))
            return
        turn = _Turn(offered, self._paraphrase)
        failed = False
        try:
            for draft in self._drafts(asked, turn):
                yield turn.batch(draft)
                if len(turn.told) >= MAX_CLAIMS:
                    break
        except StopReadingError as stopped:
            yield Batch(refused=Counter({str(stopped): 1}))
        except ModelError as error:
            failed = True
            yield Batch(refused=Counter({f"model: {error.reason}": 1}))
        if failed or not turn.told:
            if not failed:
                yield _refused("nothing was chosen")
            yield self._completed(parts, turn)
        else:
            yield from self._unanswered(parts, by_part, turn)

    def _drafts(self, asked: Asked, turn: _Turn) -> Iterator[Draft | Unreadable]:
        model = self._calls.model
        name = "say" if self._paraphrase else "choose"
        instructions = prompt(name)
        if not model.structured:
            instructions += "\n\n" + prompt(f"{name}-lines")
        written = self._messages(instructions, asked, turn, room(model.window, model.max_tokens, instructions))
        if model.structured:
            wanted = schema(self._paraphrase)
            objects = self._calls.stream(
                lambda chat: chat.with_structured_output(wanted),
                written,
                asked.deadline,
                _MOST_CHARACTERS if self._paraphrase else _MOST_KEYS,
            )
            yield from read_objects(objects)
        else:
            yield from read_lines(self._calls.lines(written, asked.deadline, _MOST_CHARACTERS))

    def _messages(self, instructions: str, asked: Asked, turn: _Turn, budget: int) -> list[BaseMessage]:
        """As much as the window holds: quotes go before history, and are shown whole or not at all."""
        question = {"question": asked.question[:_MOST_QUESTION]}
        count = fitting([question, *turn.shown], budget)
        if count < 2:
            raise ModelError("window too small")
        shown = turn.offer(count - 1)
        earlier = [{"earlier question": text[:_MOST_QUESTION]} for text in asked.earlier[-_MOST_EARLIER:]]
        latest = earlier[::-1]
        while latest and fitting([question, *shown, *latest], budget) <= len(shown) + len(latest):
            latest.pop()
        return messages(instructions, [*latest[::-1], question, *shown])

    def _completed(self, parts: Sequence[Retrieval], turn: _Turn) -> Batch:
        """What the quoting composer would have said and the model has not; the answer says so."""
        own = self._quoting.compose_all(parts)
        rest = [statement for statement in own if identity(statement) not in turn.told]
        return Batch(tuple(rest[: MAX_CLAIMS - len(turn.told)]), note=CUT_SHORT if turn.told else UNUSABLE)

    def _unanswered(
        self, parts: Sequence[Retrieval], by_part: Sequence[Sequence[Statement]], turn: _Turn
    ) -> Iterator[Batch]:
        """Of several questions in one message, the best of what the model passed over."""
        for part, offered in zip(parts, by_part, strict=True):
            if turn.told.isdisjoint(map(identity, offered)):
                first = self._quoting.compose(part)[:2]
                # A finding that stands before the one that it is told with brings that one along.
                if not any(one.finding and one.finding.told_with for one in first[1:]):
                    first = first[:1]
                if len(turn.told) + len(first) <= MAX_CLAIMS:
                    turn.told.update(map(identity, first))
                    yield Batch(tuple(first))


class _Turn:
    """The statements that the model may choose from in this turn, by keys that exist for this turn only."""

    def __init__(self, offered: Sequence[Statement], paraphrase: bool) -> None:
        self._paraphrase = paraphrase
        # What was told with another one that could not be shown would mislead.
        names = {one.finding.id for one in offered if one.finding}
        offered = [one for one in offered if not (one.finding and one.finding.told_with not in {None, *names})]
        self._offered = offered
        self._by_key: dict[str, Statement] = {}
        while len(self._by_key) < len(offered):
            key = secrets.choice(_FIRST) + "".join(secrets.choice(_LATER) for _ in range(_KEY_LENGTH - 1))
            self._by_key.setdefault(key, offered[len(self._by_key)])
        self.shown = [self._as_data(key, statement) for key, statement in self._by_key.items()]
        self.told: set[tuple[object, ...]] = set()

    def offer(self, count: int) -> list[dict[str, str]]:
        """Keep to the first `count`: what the model is not shown it cannot choose."""
        self._by_key = dict(list(self._by_key.items())[:count])
        return self.shown[:count]

    def batch(self, draft: Draft | Unreadable) -> Batch:
        """The draft's statement with what it has to be told with, or why it is refused."""
        if isinstance(draft, Unreadable):
            return _refused(draft.reason)
        statement = self._by_key.get(draft.key)
        if statement is None:
            return _refused("key is none of this turn's")
        if identity(statement) in self.told:
            return _refused("key was used before")
        partner = self._partner(statement)
        new = [statement] if partner is None else [partner, statement]
        if len(self.told) + len(new) > MAX_CLAIMS:
            return _refused("more than an answer holds")
        self.told.update(map(identity, new))
        said, objection = self._said(draft, statement)
        return Batch((*new[:-1], said), Counter([objection] if objection else []), helped=True)

    def _said(self, draft: Draft, statement: Statement) -> tuple[Statement | Paraphrase, str | None]:
        """What is told for a draft: the statement itself, or a sentence about it that is fit to be checked."""
        if draft.text is None or draft.quote is None:
            return statement, None
        if not self._paraphrase:
            return statement, "paraphrase is off"
        if not finished(draft.text, " ".join([statement.text, statement.passage.text])):
            return statement, "not a finished sentence"
        return Paraphrase(draft.text, draft.quote, statement), None

    def _partner(self, statement: Statement) -> Statement | None:
        """What the statement would mislead without, unless it was told already."""
        name = statement.finding.told_with if statement.finding else None
        found = next((one for one in self._offered if name and one.finding and one.finding.id == name), None)
        return None if found is None or identity(found) in self.told else found

    def _as_data(self, key: str, statement: Statement) -> dict[str, str]:
        data = {"key": key, "source": short_name(statement.source), "statement": statement.text}
        quote = " ".join(span.of(statement.passage.text) for span in statement.spans)
        return data | {"quote": quote} if self._paraphrase and quote != statement.text else data


def _refused(reason: str) -> Batch:
    return Batch(refused=Counter({reason: 1}))


def finished(text: str, grounds: str) -> bool:
    """Whether a sentence came to its end, in letters that its grounds know; whether it is true is for the check."""
    foreign = {character for character in text if not character.isascii()} - _PLAIN_MARKS - set(grounds)
    return text.isprintable() and text.rstrip('"”’)').endswith((".", "!")) and not foreign
