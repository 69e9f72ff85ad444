"""Numbers of a claim: each stands in the quote, counts the same thing, and keeps its bound (`fewer than 5`)."""

from __future__ import annotations

import re

from coach.lexicon import Said

_COUNTED = re.compile(
    r"\b(?:two|three|four|five|six|seven|eight|[2-8])(?: [a-z-]+)? (?:things|kinds|ways|types|forms|sorts|aspects"
    r"|parts|areas|elements|gains|benefits|factors|functions|groups|outcomes|reasons|stages|roles|sources|challenges"
    r"|barriers|strategies)\b",
    re.IGNORECASE,
)
_LIST = re.compile(r"(?:[\w/-]+(?: [\w/-]+){0,3}, )+(?:and|or) [\w-]+", re.IGNORECASE)
_PAIR = re.compile(r"\w (?:and|or) \w", re.IGNORECASE)
# A Roman numeral, as one sign or in letters; `I` is a word.
_ROMAN = re.compile(r"[\u2160-\u2188]|\b(?=[IVXLCDM]{2,}\b)[IVXLCDM]+\b")
_POINTS = re.compile(r"\bpercentage points?\b|\bpp\b", re.IGNORECASE)
_BOUNDS = {
    "below": r"fewer than|less than|under|below|short of",
    "up to": r"at most|up to|no more than|not more than|a maximum of",
    "above": r"more than|over|above|upwards? of|beyond",
    "from": r"at least|no (?:fewer|less) than|not (?:fewer|less) than|a minimum of",
    "about": r"about|around|nearly|almost|roughly|approximately|some|circa",
}
_BOUNDED = re.compile(
    "|".join(rf"(?P<b{place}>\b(?:{words})) (?P<n{place}>[\w.,-]+)" for place, words in enumerate(_BOUNDS.values())),
    re.IGNORECASE,
)
_ABOUT = "b4"


def numbers(said: Said, held: Said, around: Said) -> str | None:
    """Whether a number of the claim's is new, is told of something else, or has lost its bound or unit."""
    new = said.numbers - held.numbers
    if new - (_listed(held.text) if _COUNTED.search(said.text) else set()):
        return "a number is not in the quote"
    if set(_ROMAN.findall(said.text)) - set(_ROMAN.findall(around.text)):
        return "a number is not in the quote"
    if bool(_POINTS.search(said.text)) != bool(_POINTS.search(held.text)) and "%" in f"{said.text}{held.text}".replace(
        "percent", "%"
    ):
        return "per cent and percentage points are confused"
    mine, theirs = _bounds(said), _bounds(held)
    for number in mine.keys() | (theirs.keys() & said.numbers):
        # `About 5` says less than `5`, and may be said of it; every other bound says something else.
        if mine.get(number) != theirs.get(number) and (number in theirs or mine[number] != _ABOUT):
            return "a number's bound is another one"
    told = {counted for _, counted in said.counted - held.counted}
    return "the number is told of something else" if told & {counted for _, counted in held.counted} else None


def _listed(text: str) -> set[float]:
    """The lengths of the lists in a quote, which "three things" may count."""
    lengths = {float(found.count(",") + 1) for found in _LIST.findall(text)}
    return lengths | ({2.0} if _PAIR.search(_LIST.sub(" ", text)) else set())


def _bounds(said: Said) -> dict[float, str]:
    """For each number behind a bound, which bound it is."""
    found: dict[float, str] = {}
    for match in _BOUNDED.finditer(said.text):
        bound = str(match.lastgroup).replace("n", "b")
        for number in Said(match[str(match.lastgroup)], said.lexicon).numbers:
            found[number] = bound
    return found
