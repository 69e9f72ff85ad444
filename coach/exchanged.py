"""A word put in another's place: `a young workforce` for `a diverse workforce`, `in life` for `at work`."""

from __future__ import annotations

import re

from coach.lexicon import Laid, Said

_CUT = re.compile(r"[,;:()—–.!?]")
_IN = frozenset(
    "in at for among across during throughout within by from after before under until".split()  # noqa: SIM905 - a list of words reads best
)
_FURTHEST = 4
"""How many words after its preposition a complement may stand."""
ELSEWHERE = "it is said of something else than the quote says"


def exchanged(said: Said, held: Said, around: Said) -> str | None:
    """Whether a noun of the quote's has a new word before it, or a new place, time or person after `in` or `for`."""
    claim = Laid(said, _CUT)
    if _modifier_exchanged(claim, Laid(held, _CUT), said, held, around) or _new_complement(claim, said, around):
        return ELSEWHERE
    return None


def _modifier_exchanged(claim: Laid, quote: Laid, said: Said, held: Said, around: Said) -> bool:
    before: dict[str, list[str | None]] = {}
    for place in quote.content:
        before.setdefault(quote.stems[place], []).append(_leading(quote, place))
    for place in claim.content:
        mine, theirs = _leading(claim, place), before.get(claim.stems[place])
        if mine is None or not theirs or not _new(mine, said, around):
            continue
        if all(other is not None and not said.lexicon.meanings(other) & said.meanings for other in theirs):
            return True
    return False


def _leading(laid: Laid, place: int) -> str | None:
    """The content word right before the one at `place`, in its phrase."""
    if place - 1 in laid.contents and laid.parts[place - 1] == laid.parts[place]:
        return laid.stems[place - 1]
    return None


def _new_complement(claim: Laid, said: Said, around: Said) -> bool:
    for start, word in enumerate(claim.words):
        if word not in _IN:
            continue
        last: int | None = None
        for place in range(start + 1, min(len(claim.words), start + 1 + _FURTHEST)):
            if place in claim.contents:
                last = place
            elif last is not None:
                break
        if last is not None and _new(claim.stems[last], said, around):
            return True
    return False


def _new(stem: str, said: Said, around: Said) -> bool:
    """Whether the word tells something by itself, and nothing near the quote means it."""
    classes = said.lexicon.classes
    told_by_others = any(stem in classes[name] for name in ("light", "up", "down"))
    return not told_by_others and not said.lexicon.meanings(stem) & around.meanings
