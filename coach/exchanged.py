"""Where and for whom it holds: a claim says `in life` of what the quote says of work."""

from __future__ import annotations

import re

from coach.laid import Laid
from coach.lexicon import Said

_CUT = re.compile(r"[,;:()—–.!?]")
_IN = frozenset(("in", "for", "among", "across"))
_FURTHEST = 4
"""How many words after its preposition a complement may stand."""
ELSEWHERE = "it is said of something else than the quote says"


def exchanged(said: Said, held: Said, around: Said) -> str | None:
    """Whether the claim has a place, time or person after `in` or `for` that nothing near the quote means."""
    return ELSEWHERE if _new_complement(Laid(said, _CUT), said, around) else None


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
        # "For easing it" is no place.
        if last is not None and not claim.words[last].endswith("ing") and _new(claim.stems[last], said, around):
            return True
    return False


def _new(stem: str, said: Said, around: Said) -> bool:
    """Whether the word tells something by itself, and nothing near the quote means it."""
    classes = said.lexicon.classes
    guarded = any(stem in classes[name] for name in ("light", "up", "down")) or any(map(str.isdigit, stem))
    return not guarded and not said.lexicon.meanings(stem) & around.meanings
