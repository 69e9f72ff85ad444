"""Numbers of a claim: each stands in the quote, counts the same thing, and keeps its bound (`fewer than 5`)."""

from __future__ import annotations

import re

from coach.amounts import told_anew
from coach.lexicon import Said

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
_BELOW, _ABOVE, _ABOUT = "b0", "b2", "b4"
_NEAR, _SHORT = 0.1, 0.25
"""How far, as a share of it, a number may lie from the one that `about` and `over` or `under` tell."""


def numbers(said: Said, held: Said, around: Said) -> str | None:
    """Whether a number of the claim's is new, is told of something else, or has lost its bound or unit."""
    mine, theirs = _bounds(said), _bounds(held)
    known = held.numbers | told_anew(said, held)
    rounded = {number for number, bound in mine.items() if number not in theirs and _rounds(number, bound, held)}
    if said.numbers - known - rounded:
        return "a number is not in the quote"
    if set(_ROMAN.findall(said.text)) - set(_ROMAN.findall(around.text)):
        return "a number is not in the quote"
    if bool(_POINTS.search(said.text)) != bool(_POINTS.search(held.text)) and "%" in f"{said.text}{held.text}".replace(
        "percent", "%"
    ):
        return "per cent and percentage points are confused"
    for number in mine.keys() | (theirs.keys() & said.numbers):
        # `About 5` says less than `5`, and may be said of it; every other bound says something else.
        if number in rounded:
            continue
        if mine.get(number) != theirs.get(number) and (number in theirs or mine[number] != _ABOUT):
            return "a number's bound is another one"
    told = {counted for _, counted in said.counted - held.counted}
    return "the number is told of something else" if told & {counted for _, counted in held.counted} else None


def _rounds(number: float, bound: str, held: Said) -> bool:
    """Whether `about 40` or `over 40` tells a number of the quote's that lies that near."""
    return any(
        (bound == _ABOUT and abs(other - number) <= _NEAR * number)
        or (bound == _ABOVE and 0 < other - number <= _SHORT * number)
        or (bound == _BELOW and 0 < number - other <= _SHORT * number)
        for other in held.numbers - _bounds(held).keys()
    )


def _bounds(said: Said) -> dict[float, str]:
    """For each number behind a bound, which bound it is."""
    found: dict[float, str] = {}
    for match in _BOUNDED.finditer(said.text):
        bound = str(match.lastgroup).replace("n", "b")
        for number in Said(match[str(match.lastgroup)], said.lexicon).numbers:
            found[number] = bound
    return found
