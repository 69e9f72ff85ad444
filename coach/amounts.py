"""The same amount in another form: `two thirds` for 67 %, `24 months` for 2 years, a list that is counted."""

from __future__ import annotations

import re
from collections.abc import Iterator

from coach.lexicon import Said

_SMALL = r"two|three|four|five|six|seven|eight|nine|[2-9]"
_TIME = r"(?:years|months|weeks|days|hours|decades|times|percents?)\b"
_COUNTED = re.compile(
    rf"\b({_SMALL})(?: (?:of|the|these|its|their|such|[a-z-]+)){{0,3}}? (?!{_TIME})[a-z-]+(?<!s)s\b", re.IGNORECASE
)
_PART_OF = re.compile(rf"\b(?:{_SMALL}) of (?:the|these|those|its|their)\b", re.IGNORECASE)
_ITEM = r"[\w/'’-]+(?: [\w/'’-]+){0,5}"
_LIST = re.compile(rf"(?:{_ITEM}, )+(?:{_ITEM},? )?(?:and|or) [\w-]+", re.IGNORECASE)
_LAST = re.compile(r", (?:and|or) [\w-]+$", re.IGNORECASE)
_INTRODUCED = re.compile(r":|\b(?:such as|including|for example|namely|like)\b", re.IGNORECASE)
_PAIR = re.compile(r"[\w-]+ (?:and|or) [\w-]+", re.IGNORECASE)
# A list in brackets may do without an "and".
_BARE = re.compile(r"\((?:[^(),\d&]+, ){2,}[^(),\d&]+\)")
_NEAR = 5
"""How far from a list, in words, what it lists is named."""
_LONG_LIST = re.compile(r"[^:;.]+(?:;[^:;.]+)+")

_MONTHS = {"day": 12 / 365, "week": 12 / 52, "month": 1.0, "year": 12.0, "y": 12.0, "yr": 12.0, "decad": 120.0}
_PERIOD = re.compile(r"([\w.]+)[ -](days?|weeks?|months?|years?|y|yrs?|decades?)\b", re.IGNORECASE)

_PARTS = {"half": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6, "eighth": 8, "tenth": 10}
_PERCENT = re.compile(r"([\w.-]+) ?(?:%|per ?cent\b)", re.IGNORECASE)
_FRACTION = re.compile(rf"\b(a|one|two|three|four|1|2|3|4)[ -]({'|'.join(_PARTS)})s?\b|\b(half)\b", re.IGNORECASE)
_OUT_OF = re.compile(r"\b([\w.-]+) (?:in|of|out of)(?: every)? ([\w.-]+)\b", re.IGNORECASE)
_CLOSE = 1.0
"""How far apart, in percentage points, two forms of one share may lie."""


def told_anew(said: Said, held: Said) -> frozenset[float]:
    """Numbers of the claim's that the quote does not have and yet comes to."""
    return frozenset(_listed(said, held) | _periods(said, held) | _parts(said, held))


def _listed(said: Said, held: Said) -> set[float]:
    """How many things a list of the quote's has, when the claim counts what is listed or names two of its things.

    Of "two of the reasons" the claim itself may give the list.
    """
    counted = {
        stem
        for found in _COUNTED.finditer(said.text)
        for stem in Said(said.text[found.start() :], said.lexicon).in_order[:2]
    }
    if not counted:
        return set()
    light = said.lexicon.classes["light"]
    own = [Said(" ".join(found[0].split(",")[1:]), said.lexicon).content - light for found in _LIST.finditer(said.text)]
    if not all(_meant(stem, held) for stems in own for stem in stems):
        return set()
    found = {2.0} if {"both", "pair", "pairs", "dyad", "dyads"} & set(held.words) else set()
    for length, items, near in _lists(held):
        named = sum(1 for stem in items - light if said.lexicon.meanings(stem) & said.meanings)
        if named >= 2 or (counted - light) & near:
            found.add(length)
    return found | ({length for length, _, _ in _lists(said)} if _PART_OF.search(said.text) else set())


def _meant(stem: str, held: Said) -> bool:
    return bool(held.lexicon.meanings(stem) & held.meanings)


def _lists(said: Said) -> Iterator[tuple[float, frozenset[str], frozenset[str]]]:
    """Each list: how long it is, its words, and the words by it."""
    text = said.text
    for part in _INTRODUCED.split(text):
        for found in _LIST.finditer(part):
            length = float(found[0].count(",") + (1 if _LAST.search(found[0]) else 2))
            yield length, Said(found[0], said.lexicon).content, _by(found, part, said)
    for found in _BARE.finditer(text):
        yield float(found[0].count(",") + 1), Said(found[0], said.lexicon).content, _by(found, text, said)
    for found in _LONG_LIST.finditer(text):
        yield float(found[0].count(";") + 1), Said(found[0], said.lexicon).content, _by(found, text, said)
    for found in _PAIR.finditer(text):
        yield 2.0, Said(found[0], said.lexicon).content, _by(found, text, said)


def _by(found: re.Match[str], text: str, said: Said) -> frozenset[str]:
    before, after = text[: found.start()].split()[-_NEAR:], text[found.end() :].split()[:_NEAR]
    return Said(" ".join([*before, found[0].split(" ")[-1], *after]), said.lexicon).held


def _periods(said: Said, held: Said) -> set[float]:
    theirs = {round(number * unit, 2) for number, unit in _lasting(held)}
    return {number for number, unit in _lasting(said) if round(number * unit, 2) in theirs}


def _lasting(said: Said) -> Iterator[tuple[float, float]]:
    for number, unit in _PERIOD.findall(said.text):
        for value in _values(number, said):
            yield value, _MONTHS[unit.lower().rstrip("s").replace("decade", "decad")]


def _parts(said: Said, held: Said) -> set[float]:
    """Numbers that tell a share of the quote's as a fraction, as a percentage or as so many of so many."""
    theirs = [share for share, _ in _shares(held)]
    return {
        number
        for share, numbers in _shares(said)
        if any(abs(share - other) <= _CLOSE for other in theirs)
        for number in numbers
    }


def _shares(said: Said) -> Iterator[tuple[float, frozenset[float]]]:
    """Each share in per cent, with the numbers that tell it."""
    for number in _PERCENT.findall(said.text):
        for value in _values(number, said):
            yield value, frozenset((value,))
    for found in _FRACTION.finditer(said.text):
        if found[3]:
            yield 50.0, frozenset((50.0,))
            continue
        over = _values(found[1], said) or {1.0}
        told = Said(found[0], said.lexicon).numbers
        yield 100 * max(over) / _PARTS[found[2].lower()], told
    for one, other in _OUT_OF.findall(said.text):
        if one.lower() in _PARTS:
            continue
        few, many = _values(one, said) or ({1.0} if one.lower() in ("one", "1") else set()), _values(other, said)
        if few and many and 0 < max(few) <= max(many):
            yield 100 * max(few) / max(many), frozenset(few | many)


def _values(word: str, said: Said) -> frozenset[float]:
    return Said(word, said.lexicon).numbers
