"""What a message meets before it is understood as a question: a crisis, what follows one, a language, the scope."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from coach.answers import Answer, Kind
from coach.language import Language
from coach.probe import Judged, Probe
from coach.safety import Concern, SafetyGate
from coach.scope import Scope
from coach.understand import AboutLast, SmallTalk, understand
from retrieval.embedder import Embedder, Vectors

_RESEARCH = re.compile(
    r"\b(?:research|stud(?:y|ies)|evidence|literature|findings|meta-?analys[ie]s|surveys?|librar(?:y|ies)"
    r"|which papers|papers (?:on|about|that|deal\w*))\b",
    re.I,
)
# What means the person or the matter of an earlier message.
_PERSON = re.compile(r"\b(?:she|he|her|hers|him|his)\b", re.I)
_THEM = re.compile(r"\b(?:they|them|their)\b", re.I)
_SEVERAL = re.compile(r"\b(?:\w{3,}s|people|women|men|children)\b", re.I)
_MATTER = re.compile(r"\b(?:it|this|that|these|those|now|tomorrow|tonight|today|then)\b", re.I)
_ASKER = re.compile(r"\b(?:i|me|we|us)\b", re.I)
_SHORT, _BRIEF, _FRAGMENT = 10, 6, 2


@dataclass(frozen=True, slots=True)
class Met:
    """What is answered in place of the question."""

    kind: Kind
    text: str
    instead: tuple[tuple[str, str], ...] = ()
    """Questions to ask instead, each with the passage that answers it."""


@dataclass(frozen=True, slots=True)
class Screened:
    """A message after the screening."""

    met: Met | None
    heading: str | None = None
    """A line for the top of whatever is answered."""
    known: Mapping[str, Vectors] = field(default_factory=dict)
    """The message's vector, for the search; it is gone with the turn."""


class Screening:
    """Looks at a message before anything else does; it keeps nothing and logs nothing."""

    def __init__(self, gate: SafetyGate, probe: Probe, scope: Scope, language: Language, embedder: Embedder) -> None:
        self._gate = gate
        self._probe = probe
        self._scope = scope
        self._language = language
        self._embedder = embedder
        self._reads = probe.reads(embedder)

    @classmethod
    def over(cls, gate: SafetyGate, embedder: Embedder) -> Self:
        """`gate` and what is packaged beside it."""
        return cls(gate, Probe.load(), Scope.load(), Language(), embedder)

    @property
    def problem(self) -> str | None:
        """What it cannot do with this embedding model."""
        if self._reads:
            return None
        return (
            "The safety gate knows its phrases only, and no scope: its second layer was fitted on another embedding "
            "model. Use the built-in one, or fit it with `python -m evals.fit_safety`."
        )

    def screen(self, message: str, history: Sequence[Answer], spelled: str | None = None) -> Screened:
        """What `message` meets, after the answers of `history` (the latest last).

        `spelled` is the message without slips of the keyboard: the embedding model makes little of those.
        """
        text = " ".join(message.split())
        responses = self._gate.responses
        if not self._language.english(text) and not self._gate.told(text):
            # What the gate makes of a language that it was not fitted on is chance.
            return Screened(Met(Kind.ABSTENTION, responses.further(responses.other_language)))
        concern, judged, known = self._concern(text, spelled or message)
        if concern is not None:
            return Screened(Met(Kind.SAFETY, concern.text))
        understood = understand(message, history)
        research = _RESEARCH.search(text) is not None
        careful = any(answer.kind is Kind.SAFETY for answer in history)
        if isinstance(understood, SmallTalk):
            return Screened(None)
        if careful and not research and _leans(text):
            return Screened(Met(Kind.SAFETY, responses.further(responses.going_on)))
        # "Is there a paper I can send her?" asks about the last answer, whatever its words are near to.
        within = research or isinstance(understood, AboutLast)
        if judged is not None and judged.out_of_scope and not within:
            limit = self._scope.limits[judged.subject]
            return Screened(Met(Kind.ABSTENTION, limit.text, limit.instead))
        return Screened(None, responses.afterwards if careful else None, known)

    def judge(self, text: str) -> tuple[Judged | None, dict[str, Vectors]]:
        """What the probe makes of `text`, and the vector that was made for it."""
        if not self._reads:
            return None, {}
        reading = self._embedder.reading(text)
        return self._probe.judge(text, reading, self._embedder), {text: reading.vector}

    def _concern(self, text: str, spelled: str) -> tuple[Concern | None, Judged | None, dict[str, Vectors]]:
        judged, known = self.judge(" ".join(spelled.split()))
        concern = self._gate.screen(text, judged)
        if concern is None and judged is not None and (plain := self._gate.disguised(text)) is not None:
            concern = self._gate.screen(text, self.judge(plain)[0])
        return concern, judged, known


def _leans(text: str) -> bool:
    """Whether a message after a crisis goes on about it: it means somebody unnamed, points back, or is a fragment."""
    length = len(text.split())
    return bool(
        _PERSON.search(text)
        or (_THEM.search(text) and not _SEVERAL.search(text))
        or (_MATTER.search(text) and length <= _SHORT)
        or (_ASKER.search(text) and length <= _BRIEF)
        or length <= _FRAGMENT
    )
