"""What the guards know of words, and a sentence as they see it: its clauses, numbers, groups and denials."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cached_property
from importlib import resources
from typing import Any

import yaml

from coach.plain import plain
from retrieval.words import STOP_WORDS, stem, tokens

_NUMBER = re.compile(r"\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)*")
_CLAUSE = re.compile(
    r"[,;:()—–]|(?<=[.!?])\s"
    r"|\b(?:but|whereas|while|although|though|however|(?<!of )which|who|because|if|when|and)\b",
    re.IGNORECASE,
)
# Classes whose words are matched as written: `likely` is a hedge and `like` is none, though their stems are one.
_AS_WRITTEN = (
    "ability",
    "superlative",
    "withheld",
    "negation",
    "weak_negation",
    "hedge",
    "broad_hedge",
    "open",
    "universal",
    "only",
    "making",
    "usual",
    "cause",
    "association",
    "numerous",
    "few",
    "proof",
    "practitioner",
    "gendered",
    "majority",
    "partial",
    "auxiliary",
    "being",
    "rejecting",
    "foreign",
    "advice",
)
_UNMADE = re.compile(
    r"(?:un|non)(\w{4,})|(?:dis|in|im|ir|il)(\w{3,}(?:al|ally|able|ible|ably|ent|ence|ant|ance|ive|ively|ate|ity))"
)
_UNITS = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_VALUES = {name: float(value) for value, name in enumerate(_UNITS)} | {
    name: 10.0 * value for value, name in enumerate(_TENS, 2)
}
_SCALES = {"thousand": 1e3, "thousands": 1e3, "million": 1e6, "millions": 1e6, "billion": 1e9, "billions": 1e9}
_NUMERALS = frozenset((*_VALUES, *_SCALES, "hundred"))
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_SAME_VALUE = {name: float(value) for value, name in enumerate(_ORDINALS, 1)} | {
    "half": 50.0,
    "quarter": 25.0,
    "twice": 2.0,
    "twofold": 2.0,
    "threefold": 3.0,
    "fourfold": 4.0,
    "fivefold": 5.0,
    "tenfold": 10.0,
    "hundredfold": 100.0,
    "double": 2.0,
    "doubled": 2.0,
    "dozen": 12.0,
    "dozens": 12.0,
    "hundreds": 100.0,
    "triple": 3.0,
    # Two thirds are neither two nor three.
    "thirds": 1 / 3,
    "quarters": 1 / 4,
    "fifths": 1 / 5,
}
# Past forms whose stem is not their verb's.
_VERBS = (
    *("rise rose risen", "grow grew grown", "fall fell fallen", "sink sank sunk", "shrink shrank shrunk", "lose lost"),
    *("win won", "leave left", "keep kept", "feel felt", "begin began begun", "choose chose chosen", "get got gotten"),
    *("meet met", "tell told", "teach taught"),
)
_IRREGULAR = {form: forms[0] for forms in map(str.split, _VERBS) for form in forms[1:]}
_NOUNS = frozenset(("lack", "absence"))
# How far a negation and a comparison reach, in words.
_REACH = 5


class Lexicon:
    """`guards.yaml` and `alike.yaml`, every entry as a stem."""

    def __init__(self, data: dict[str, Any], alike: Sequence[str]) -> None:
        self.classes = {
            name: frozenset(words if name in _AS_WRITTEN else map(_stem, words))
            for name, words in data.items()
            if name not in ("groups", "population", "opposites")
        }
        self.opposites = [
            (frozenset(map(_stem, one)), frozenset(map(_stem, other))) for one, other in data["opposites"]
        ]
        self.groups = {word: name for name, words in data["groups"].items() for word in words}
        self.population = {word: name for name, words in data["population"].items() for word in words}
        self._members = {_stem(word): name for word, name in (self.groups | self.population).items()}
        self._alike: dict[str, set[int]] = {}
        for number, line in enumerate(alike):
            for word in line.split():
                self._alike.setdefault(_stem(word), set()).add(number)

    @classmethod
    def load(cls) -> Lexicon:
        here = resources.files("coach")
        return cls(*(yaml.safe_load(here.joinpath(f"{name}.yaml").read_text("utf-8")) for name in ("guards", "alike")))

    def meanings(self, word: str) -> frozenset[object]:
        """What a stem means: itself, its group, field or country, and the lines of words that mean much the same."""
        found: set[object] = {word, *self._alike.get(word, ())}
        if word in self._members:
            found.add(self._members[word])
        return frozenset(found)


class Said:
    """A sentence, or several, as the guards see it."""

    def __init__(self, text: str, lexicon: Lexicon) -> None:
        self.text = text
        self.lexicon = lexicon
        self.words: list[str] = []
        self.clauses: list[int] = []
        for number, clause in enumerate(_CLAUSE.split(plain(text))):
            for word in tokens(clause):
                self.words.append(word)
                self.clauses.append(number)
        self.stems = [_stem(word) for word in self.words]

    @cached_property
    def plain(self) -> str:
        """Its text with every denial as `not`."""
        return plain(self.text)

    @cached_property
    def unmade(self) -> frozenset[str]:
        """The stems that a prefix turns into their opposites: `fair` in `unfair`."""
        return frozenset(
            _stem(found[1] or found[2])
            for word in self.words
            if word not in self.lexicon.classes["negation"] and (found := _UNMADE.fullmatch(word))
        )

    @cached_property
    def held(self) -> frozenset[str]:
        return frozenset(self.stems)

    @cached_property
    def content(self) -> frozenset[str]:
        return frozenset(
            s
            for word, s in zip(self.words, self.stems, strict=True)
            if word not in STOP_WORDS and not word.isdigit() and word not in _NUMERALS
        )

    @cached_property
    def in_order(self) -> list[str]:
        """The stems of `content` where they stand, each as often as it is said."""
        return [stem for stem in self.stems if stem in self.content]

    @cached_property
    def meanings(self) -> frozenset[object]:
        return frozenset(meaning for word in self.held for meaning in self.lexicon.meanings(word))

    @cached_property
    def numbers(self) -> frozenset[float]:
        plain = unicodedata.normalize("NFKC", self.text)
        found = {
            float(part)
            for number in _NUMBER.findall(plain)
            for part in ([number.replace(",", "")] if number.count(".") < 2 else number.split("."))
        }
        found |= {_SAME_VALUE[word] for word in self.words if word in _SAME_VALUE}
        # "One" is as often a pronoun as a number.
        return frozenset(found | {value for value, _ in self._spelt if value > 1})

    @cached_property
    def _spelt(self) -> list[tuple[float, int]]:
        """Numbers in words, each with the place after it."""
        found: list[tuple[float, int]] = []
        whole = part = 0.0
        for place, word in enumerate([*self.words, ""]):
            value = _VALUES.get(word)
            fits = value is not None and (part % 100 == 0 or (part % 100 >= 20 and part % 10 == 0 and value < 10))
            if (whole or part) and not fits and word not in _SCALES and word != "hundred":
                found.append((whole + part, place))
                whole = part = 0.0
            if value is not None:
                part += value
            elif word == "hundred":
                part = (part or 1.0) * 100
            elif word in _SCALES:
                whole, part = whole + (part or 1.0) * _SCALES[word], 0.0
        return found

    @cached_property
    def counted(self) -> frozenset[tuple[float, str]]:
        """Numbers with the stem of what they count: the next content word, within three words of its clause."""
        written = [(float(word), place + 1) for place, word in enumerate(self.words) if word.isdecimal()]
        found: set[tuple[float, str]] = set()
        for value, start in [*written, *self._spelt]:
            for place in range(start, min(start + 3, len(self.words))):
                if self.clauses[place] != self.clauses[start - 1]:
                    break
                if self.words[place] not in STOP_WORDS:
                    found.add((value, self.stems[place]))
                    break
        return frozenset(found)

    def has(self, name: str) -> bool:
        return bool(self.of(name))

    def of(self, name: str) -> frozenset[str]:
        """The words (of stemmed classes, the stems) of this class that it holds."""
        return frozenset(self.words if name in _AS_WRITTEN else self.stems) & self.lexicon.classes[name]

    def is_any(self, word: str, stem: str, names: Sequence[str]) -> bool:
        """Whether a word is one of these classes."""
        return any((word if name in _AS_WRITTEN else stem) in self.lexicon.classes[name] for name in names)

    def places(self, name: str) -> list[int]:
        held = self.words if name in _AS_WRITTEN else self.stems
        return [place for place, word in enumerate(held) if word in self.lexicon.classes[name]]

    @cached_property
    def parts(self) -> list[Said]:
        """Its clauses, each with the word that opens it: `because` is a cause."""
        ends = [match.start() for match in _CLAUSE.finditer(self.text)]
        places = zip([0, *ends], [*ends, len(self.text)], strict=True)
        return [Said(self.text[start:end], self.lexicon) for start, end in places]

    def touched(self, other: Said) -> Said:
        """Those of its clauses that speak of what `other` speaks of; all of them when none does."""
        chosen = []
        for clause in self.parts:
            mine = [word for word in clause.content if self.lexicon.meanings(word) & other.meanings]
            if len(mine) >= 2 or (mine and len(mine) >= len(clause.content) / 2) or (clause.content == frozenset()):
                chosen.append(clause.text)
        return Said(" ".join(chosen), self.lexicon) if any(chosen) else self

    @cached_property
    def denied(self) -> frozenset[str]:
        """Content stems that a negation reaches: those of its clause, up to `_REACH` words after it."""
        reached: set[str] = set()
        for place in [*self.places("negation"), *self.places("withheld")]:
            for after in range(place + 1, min(len(self.stems), place + 1 + _REACH)):
                # "Lack of advice may …" denies the advice only.
                if self.words[place] in _NOUNS and self.words[after] in self.lexicon.classes["auxiliary"] - {"to"}:
                    break
                if self.clauses[after] == self.clauses[place] and self.words[after] not in STOP_WORDS:
                    reached.add(self.stems[after])
        return frozenset(reached)

    @cached_property
    def group_places(self) -> list[tuple[int, str]]:
        """Where groups are named; a female mentor is another one than a mentor, and than a woman."""
        named = [
            (place, self.lexicon.groups[word]) for place, word in enumerate(self.words) if word in self.lexicon.groups
        ]
        found: list[tuple[int, str]] = []
        for place, name in named:
            joins = bool(found) and found[-1][0] == place - 1 and self.clauses[place - 1] == self.clauses[place]
            if joins and found[-1][1] in ("women", "men") and name not in ("women", "men"):
                found[-1] = (place, f"{found[-1][1]} {name}")
            else:
                found.append((place, name))
        return found

    @cached_property
    def groups(self) -> frozenset[str]:
        return frozenset(self.lexicon.groups[word] for word in self.words if word in self.lexicon.groups)


def meant(words: Iterable[str]) -> list[str]:
    """The stems of words."""
    return [_stem(word) for word in words]


def _stem(word: str) -> str:
    word = word.lower()
    return stem(_IRREGULAR.get(word, word))
