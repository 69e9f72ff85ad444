"""The order in which the letters of a line are read: Hebrew and Arabic run leftward, numbers in them do not."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from itertools import groupby

_LEFTWARD = ("R", "AL", "AN")
_GAP = 0.2


def is_leftward(text: str) -> bool:
    """Whether any letter of `text` is of a script that runs leftward."""
    if text.isascii():
        return False
    return any(letter > "\u0590" and unicodedata.bidirectional(letter) in _LEFTWARD for letter in text)


def mainly_leftward(text: str) -> bool:
    if not is_leftward(text):
        return False
    kinds = [unicodedata.bidirectional(letter) for letter in text]
    return sum(kind in ("R", "AL") for kind in kinds) > sum(kind == "L" for kind in kinds)


def logical(letters: Sequence[tuple[float, float, str]], size: float, leftward: bool) -> str:
    """Letters with their left and right edges → the text as it is read, with blanks where there are gaps.

    `leftward` says how the page is read; where it is not, the letters themselves decide.
    """
    placed = sorted(letters, key=lambda letter: letter[0])
    seen: list[str] = []
    end: float | None = None
    for left, right, text in placed:
        if end is not None and left - end > _GAP * size and not text.isspace() and not seen[-1].isspace():
            seen.append(" ")
        seen.append(text)
        end = right
    return "".join(_turned(seen, leftward or mainly_leftward("".join(seen))))


def _turned(seen: list[str], leftward: bool) -> list[str]:
    """What stands from left to right, in reading order."""
    strong = _resolved(seen, leftward)
    runs = [
        (kind, [text for text, _ in run])
        for kind, run in groupby(zip(seen, strong, strict=True), key=lambda one: one[1])
    ]
    read = [_marks(texts[::-1]) if kind else texts for kind, texts in runs]
    return [text for run in (reversed(read) if leftward else read) for text in run]


def _resolved(seen: list[str], leftward: bool) -> list[bool]:
    """Whether each letter is read leftward; what has no direction goes with its neighbours, else with the line."""
    kinds: list[bool | None] = []
    for text in seen:
        kind = unicodedata.bidirectional(text[0])
        kinds.append(True if kind in ("R", "AL", "NSM") else False if kind in ("L", "EN", "AN") else None)
    for start, end in _gaps(kinds):
        before = kinds[start - 1] if start else leftward
        after = kinds[end] if end < len(kinds) else leftward
        kinds[start:end] = [before if before == after else leftward] * (end - start)
    return [bool(kind) for kind in kinds]


def _gaps(kinds: Sequence[bool | None]) -> list[tuple[int, int]]:
    gaps = []
    place = 0
    for kind, run in groupby(kinds):
        length = len(list(run))
        if kind is None:
            gaps.append((place, place + length))
        place += length
    return gaps


def _marks(texts: list[str]) -> list[str]:
    """Points and accents behind the letter that carries them."""
    ordered: list[str] = []
    waiting: list[str] = []
    for text in texts:
        if unicodedata.combining(text[0]):
            waiting.append(text)
        else:
            ordered += [text, *waiting]
            waiting = []
    return ordered + waiting
