"""What acts on what: words that have changed sides of their verb, of `from … to`, of `but not`, of `followed by`."""

from __future__ import annotations

import re

from coach.laid import Laid
from coach.lexicon import Said, meant

_CLAUSE = re.compile(
    r"[,;:()—–]|(?<=[.!?])\s|\b(?:but|whereas|while|although|though|however|which|who|because|if|when|that)\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[.!?])\s|;")
_NO_ACTION = ("hedge", "broad_hedge", "open", "superlative", "universal", "majority", "partial", "telling", "both_ways")
_NEAR, _NEAR_IN_QUOTE = 6, 12
"""How many content words before and after a verb count as its sides."""
_FROM_TO = re.compile(r"\bfrom (?:the |an? )?([\w-]+)(?: [\w-]+){0,3}? to (?:the |an? )?([\w-]+)", re.IGNORECASE)
_BUT_NOT = re.compile(r"\bbut not\b|, not\b", re.IGNORECASE)
_THEN = re.compile(r"\b(?:followed by|ahead of|prior to)\b", re.IGNORECASE)
CHANGED = "what acts and what is acted on have changed places"


def order(said: Said, held: Said, around: Said) -> str | None:
    """Whether two words of the quote have changed sides of their verb, or of what puts them in order."""
    if _sides_changed(Laid(said, _CLAUSE), Laid(held, _SENTENCE)):
        return CHANGED
    turned = {pair[::-1] for pair in _from_to(held)} & _from_to(said)
    return CHANGED if turned or _denied_changed(said, held) or _sequence_changed(said, held) else None


def _sides_changed(claim: Laid, quote: Laid) -> bool:
    for place in claim.actions(_NO_ACTION):
        stem = claim.stems[place]
        if sum(claim.stems[at] == stem for at in claim.content) > 1:
            continue
        for at in quote.actions(_NO_ACTION):
            if quote.stems[at] != stem:
                continue
            before, after = claim.sides(place, _NEAR)
            first, last = quote.sides(at, _NEAR_IN_QUOTE)
            kept = len((before & first) - last) + len((after & last) - first)
            moved, back = (before & last) - first, (after & first) - last
            if claim.passive(place) != quote.passive(at):
                kept, moved, back = len(moved) + len(back), (before & first) - last, (after & last) - first
            if moved and back and len(moved) + len(back) >= kept:
                return True
    return False


def _from_to(said: Said) -> set[tuple[str, ...]]:
    return {tuple(meant(found.groups())) for found in _FROM_TO.finditer(said.text)}


def _denied_changed(said: Said, held: Said) -> bool:
    """`This, but not that` told as `that, but not this`."""
    mine, theirs = _parted(said, _BUT_NOT, after=2), _parted(held, _BUT_NOT, after=2)
    return bool(mine and theirs and mine[1] & theirs[0] and theirs[1] & mine[0])


def _sequence_changed(said: Said, held: Said) -> bool:
    """`These, followed by those` told as `those, followed by these`."""
    mine, theirs = _parted(said, _THEN), _parted(held, _THEN)
    return bool(mine and theirs and mine[0] & theirs[1] and mine[1] & theirs[0] and not mine[1] & theirs[1])


def _parted(said: Said, at: re.Pattern[str], after: int = 100) -> tuple[frozenset[str], frozenset[str]] | None:
    """What stands only before and only after the first match of `at`."""
    found = at.search(said.text)
    if found is None:
        return None
    one = Said(said.text[: found.start()], said.lexicon).content
    other = Said(" ".join(said.text[found.end() :].split()[:after]), said.lexicon).content
    return one - other, other - one
