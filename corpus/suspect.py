"""Finds sentences in a document that speak to whoever processes it: instructions, prompts, links, code to run.

Research text reports; it seldom commands. A sentence is suspect when it names the machine or its answer, or when it
commands or asks and has nothing to do with the text around it. Deterministic and pure: the same text, the same verdict.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from importlib import resources
from typing import Any

import yaml

from corpus.models import Span
from corpus.passages import sentences

_WORDS: dict[str, Any] = yaml.safe_load(resources.files("corpus").joinpath("suspect.yaml").read_text("utf-8"))


def _whole(pattern: str) -> str:
    for name, part in _WORDS["parts"].items():
        pattern = pattern.replace(f"<{name}>", part)
    return pattern


_MACHINE_WORDS: tuple[str, ...] = tuple(_WORDS["machine_words"])
_MACHINE = re.compile("|".join(map(_whole, _WORDS["machine"])), re.IGNORECASE)
_CODE = re.compile("|".join(_WORDS["code"]))
_REPLY = re.compile(_WORDS["reply"], re.IGNORECASE)
_NOT_COMMANDS = re.compile(_WORDS["not_commands"], re.IGNORECASE)
_COMMANDS = frozenset(_WORDS["commands"].split())
_SELDOM_COMMANDS = frozenset(_WORDS["seldom_commands"].split())
_COMMON = frozenset(_WORDS["common"].split())
_AFTER_COMMAND = frozenset(_WORDS["after_command"].split())
_SUBJECTS = frozenset(_WORDS["subjects"].split())
_FINITE = frozenset(_WORDS["finite"].split())
# Letters that nobody sees: zero-width runs, overrides of direction, the "tag" letters of U+E0000.
_UNSEEN = re.compile("[\U000e0001-\U000e007f]|[\u202d\u202e]|[\u200b\u2060\ufeff]{3,}")
_BLOB = re.compile(
    r"(?<![\w/+])(?=[A-Za-z0-9+/]*[a-z])(?=[A-Za-z0-9+/]*[A-Z])(?=[A-Za-z0-9+/]*\d)[A-Za-z0-9+/]{40,}={0,2}"
)
_LONG = re.compile(r"[A-Za-z0-9+/]{40}")
_HEX = re.compile(r"(?:\\x[0-9a-fA-F]{2}){6,}|(?:%[0-9a-fA-F]{2}){8,}|\b(?:[01]{8}\s){5,}")
_PLACE = re.compile(
    r"https?://|www\.\w|\.(?:com|net|org|xyz|io|biz|info|ru|co|app|site|shop|top)\b|@\w+\.\w", re.IGNORECASE
)
_SECOND_PERSON = re.compile(
    r"\b(?:you|your|yours|yourself|me|(?:users?|readers?|people) (?:should|must|need|are to))\b", re.IGNORECASE
)

# What may stand before a command: bullets, quotes, labels, courtesies, "in your answer,".
_LABEL = re.compile(r"^[\s\"'“”‘’*•\-–—#>\[(]*(?:[A-Z][A-Za-z ]{0,20}:\s*)?[\s\"'“”‘’*]*")
_COURTESY = re.compile(
    r"(?:(?:please|kindly|now|then|also|next|first|finally|instead|just|simply|and|so|importantly|remember to|"
    r"be sure to|make sure to|make sure you|don't forget to|you (?:must|should|need to|have to|can|will)|"
    r"i (?:want|need|would like|'d like) you to|(?:can|could|would|will) you(?: please)?|"
    r"(?:in|for|with|at the (?:end|start|beginning) of) (?:your|the|this|each|every) (?:\w+ )?"
    r"(?:response|answer|reply|message|output|summary)s?|from now on|"
    r"(?:before|after|when|while) (?:you )?(?:answer|reply|respond)(?:ing)?|do not|don't|never|always)[,:]?\s+)+",
    re.IGNORECASE,
)
_QUESTION = re.compile(
    r"^(?:what|what's|who|who's|whom|whose|where|when|why|which|how|is|are|was|were|do|does|did|can|could|would|will|"
    r"should|have|has)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]{3,}")
_STEM = 6
_PLAIN, _SELDOM = "plain", "seldom"
_INNER = re.compile(
    rf"(?<=\s)(?:(?:{'|'.join(word.capitalize() for word in sorted(_COMMANDS))})"
    r" (?:an?|the|every|how|down|all|this|your|up|letters|vowels|words)\b"
    r"|(?:What|Who|Why|How|Where|When)(?:'s)? (?:is|are|was|were|do|does|did|wrote|can|thank)\b[^?]{3,200}\?$)"
)
_LONGEST = 600  # a list or a table that lost its lines, not a sentence
_FEWEST = 3
_GUIDE_COMMANDS, _GUIDE_SHARE = 5, 0.15
# "Please see later in the article", "Contact the authors": a paper's own notices.
_NOTICE = re.compile(
    r"(?:see|refer to|contact|note|consider|compare|let)\b(?! (?:users?|readers|me|us|your)\b)", re.IGNORECASE
)


class Judge:
    """Judges the sentences of one document."""

    def __init__(self, title: str, paragraphs: Sequence[str]) -> None:
        self._title = _stems(title)
        self._paragraphs = paragraphs
        self._commands: bool | None = None

    def suspect(self, text: str, spans: Sequence[Span]) -> tuple[Span, ...]:
        """Those of the sentences of a passage that must not be told as what research found."""
        told = [span.of(text) for span in spans]
        plainly = _plainly(text)
        stems = [_stems(sentence) for sentence in told]
        held = Counter(stem for each in stems for stem in each)
        found = []
        for span, sentence, own in zip(spans, told, stems, strict=True):
            around = self._title.union(stem for stem in own if held[stem] > 1)
            if (plainly and _plainly(sentence)) or _suspect(sentence, own, around, self._commanding):
                found.append(span)
        return tuple(found)

    def speaks_to_a_machine(self, text: str) -> bool:
        """Whether a text that nobody is meant to see tells a reader's machine what to do."""
        return _plainly(text) or any(
            _REPLY.search(line) or _command(line) for line in re.split(r"(?<=[.!?])\s+|\n+", text) if line.strip()
        )

    def _commanding(self) -> bool:
        """Whether commands are this document's own way of speaking, as in a guide to practice."""
        if self._commands is None:
            told = [span.of(text) for text in self._paragraphs for span in sentences(text)]
            count = sum(_command(sentence) is not None for sentence in told)
            self._commands = count >= _GUIDE_COMMANDS and count > _GUIDE_SHARE * len(told)
        return self._commands


def _suspect(sentence: str, stems: frozenset[str], around: frozenset[str], commanding: Callable[[], bool]) -> bool:
    shared = len(stems & around)
    share = shared / len(stems) if stems else 0.0
    reply = _REPLY.search(sentence) is not None
    command = _command(sentence)
    if reply and (command or share < 0.5 or _orders(sentence)):
        return True
    if inner := _INNER.search(sentence, 1):
        # What stood before it lost its full stop; only the rest is judged.
        rest = sentence[inner.start() : inner.start() + _LONGEST]
        if _suspect(rest, _stems(rest), around, commanding):
            return True
    if len(sentence) > _LONGEST or len(sentence.split()) < _FEWEST:
        return False
    place = _PLACE.search(sentence) is not None
    if command and place:
        return True
    if command == _PLAIN:
        # The less a command has to do with what stands around it, the more it is meant for somebody else.
        return share < 0.25 if commanding() else share < 0.6 or shared < 2
    if command:
        return share < 0.2
    if sentence.rstrip(" \"'”’)").endswith("?"):
        direct = _QUESTION.match(_LABEL.sub("", sentence)) is not None
        return share < 0.6 or shared < 2 if direct else share < 0.25
    return place and _SECOND_PERSON.search(sentence) is not None and share < 0.5


def _plainly(text: str) -> bool:
    """Named for what it is: the machine and its rules, code, blobs, unseen letters."""
    lower = text.lower()
    named = any(word in lower for word in _MACHINE_WORDS) and _MACHINE.search(text)
    return (
        bool(named)
        or any(pattern.search(text) for pattern in (_CODE, _UNSEEN, _HEX))
        or (_LONG.search(text) is not None and _BLOB.search(text) is not None)
    )


def _orders(sentence: str) -> bool:
    """Whether any word of the sentence is a capitalised command: its beginning may be what stood before it."""
    return any(
        word.lower() in _COMMANDS or word.lower() in _SELDOM_COMMANDS for word in re.findall(r"\b[A-Z][a-z]+", sentence)
    )


def _command(sentence: str) -> str | None:
    """`_PLAIN` for a sentence that opens with a command, `_SELDOM` where research text may open so too."""
    rest = _LABEL.sub("", sentence)
    courtesy = _COURTESY.match(rest)
    rest = rest[courtesy.end() :] if courtesy else rest
    verb, *others = re.findall(r"[A-Za-z]+(?:'[a-z]+)?", rest[:120]) or [""]
    # `DESIGN Two experiments`: the label of a structured abstract.
    if (verb.isupper() and len(verb) > 1 and not rest[:60].isupper()) or _NOTICE.match(rest):
        return None
    if verb.lower() not in _COMMANDS and verb.lower() not in _SELDOM_COMMANDS:
        return None
    if others and others[0].lower() not in _AFTER_COMMAND:
        if _NOT_COMMANDS.match(rest) or rest[len(verb) : len(verb) + 1] == "-" or others[0] in _SUBJECTS:
            return None
        if any(word in _FINITE for word in others[:4]):
            return None
    return _PLAIN if verb.lower() in _COMMANDS or courtesy else _SELDOM


def _stems(text: str) -> frozenset[str]:
    """Beginnings of the words that say what a text is about."""
    words = (word.lower() for word in _WORD.findall(text))
    return frozenset(word[:_STEM] for word in words if word not in _COMMON and word not in _COMMANDS)
