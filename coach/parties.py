"""Who stands where: comparisons turned round, and groups that have changed places."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import combinations, pairwise
from typing import NamedTuple

from coach.laid import Laid
from coach.lexicon import Said

_NEAR = 3
"""How far from a group, in content words, what is said of it stands."""
_CLAUSE = re.compile(
    r"[,;:()—–]|(?<=[.!?])\s|\b(?:but|whereas|while|although|though|however|which|who|because|if|when|that)\b",
    re.IGNORECASE,
)
_COMPARES = re.compile(
    r"\b(?:than|versus|compared|less|fewer|higher|lower|greater|stronger|weaker|differ\w*|relative|whereas|while|but)\b",
    re.IGNORECASE,
)
# What sets two sides apart, and is no content word.
_SET_APART = frozenset(("same", "other"))
_PERSONS = frozenset(("mentor", "mentee", "women", "men", "student", "faculty", "supervisor", "employee", "parent"))
_SHORTER = re.compile(_CLAUSE.pattern + r"|\band\b", re.IGNORECASE)


def comparison(said: Said, held: Said, around: Said) -> str | None:
    """Who is above whom: both sides of a `than` or `compared` in the claim must stand so in the quote."""
    sides = _beside(said)
    if sides and sides[0] != sides[1] and not _COMPARES.search(around.text):
        return "the comparison is not in the quote"
    mine, theirs = _compared(said), _compared(held)
    if mine is None or theirs is None:
        return None
    if mine.above != theirs.above:
        same = mine.one & theirs.one and mine.other & theirs.other
        return "the comparison is turned round" if same and not inverted(said, held) else None
    turned = mine.one & theirs.other and mine.other & theirs.one and not mine.other & theirs.other
    beside, besides = _beside(said), _beside(held)
    turned = turned or (beside is not None and beside == (besides or ())[::-1] and beside[0] != beside[1])
    return "the comparison is turned round" if turned else None


def inverted(said: Said, held: Said) -> bool:
    """Whether the claim tells the quote's comparison from its other side: `women face more` for `men face fewer`."""
    mine, theirs = _compared(said), _compared(held)
    return bool(
        mine
        and theirs
        and mine.above != theirs.above
        and mine.one & theirs.other
        and mine.other & theirs.one
        and not (mine.one & theirs.one & _PERSONS)
    )


def _beside(said: Said) -> tuple[str, ...] | None:
    """The groups that stand next to a `than` or `versus`, before it and after it."""
    place = next((at for at, word in enumerate(said.words) if word in ("than", "versus")), None)
    if place is None:
        return None
    before = [name for at, name in said.group_places if at < place]
    after = [name for at, name in said.group_places if at > place]
    return (before[-1], after[0]) if before and after else None


class _Sides(NamedTuple):
    """What only the one and only the other side of a comparison names (stems and groups), and whether one is above."""

    one: frozenset[str]
    above: bool
    other: frozenset[str]


def _compared(said: Said) -> _Sides | None:
    place = next((at for at, word in enumerate(said.words) if word in ("than", "compared", "versus")), None)
    if place is None:
        return None
    groups = dict(said.group_places)
    # "Compared with men, women …" ends its other side with the clause.
    leading = not any(stem in said.content for stem in said.stems[:place])
    after = {at for at in range(place + 1, len(said.words)) if not leading or said.clauses[at] == said.clauses[place]}
    one, other = (
        {groups.get(at, said.stems[at]) for at in range(len(said.words)) if (at in after) == side and at != place}
        & (said.content | set(groups.values()) | _SET_APART)
        for side in (False, True)
    )
    signs = [(at, name) for name in ("up", "down") for at in said.places(name)]
    signs = [sign for sign in signs if sign[0] not in after] or signs
    above = not sum(name == "down" for _, name in signs) % 2
    return _Sides(frozenset(one - other), above, frozenset(other - one)) if signs else None


def roles(said: Said, held: Said, around: Said) -> str | None:
    """Each group keeps to the words that it stands by in the quote."""
    light = said.lexicon.classes["light"]
    mine, theirs = ({name: words - light for name, words in _nearest(one, _SHORTER).items()} for one in (said, held))
    changed = (
        _taken(mine, theirs)
        or (not _listed(said) and _exchanged(mine, theirs))
        or _changed(_nearest(said, _CLAUSE), _nearest(held, _CLAUSE))
    )
    return "two groups have changed places" if changed else None


def _taken(mine: Mapping[str, frozenset[str]], theirs: Mapping[str, frozenset[str]]) -> bool:
    """Whether the one group of a claim stands by what in the quote stands by another group alone."""
    if len(mine) != 1:
        return False
    ((name, words),) = mine.items()
    own = theirs.get(name, frozenset())
    rest = [near for other, near in theirs.items() if other != name and other.split()[-1] in _PERSONS]
    return bool(own) and not words & own and any(len(words & near) > 1 for near in rest)


def _listed(said: Said) -> bool:
    """Whether groups stand side by side (`women and men`), so that what is said is said of each."""
    places = [place for place, _ in said.group_places]
    return any(
        after == before + 1 and said.clauses[before] != said.clauses[after] for before, after in pairwise(places)
    )


def _exchanged(mine: Mapping[str, frozenset[str]], theirs: Mapping[str, frozenset[str]]) -> bool:
    """Whether two groups each stand by what in the quote stands by the other alone."""
    both = [name for name in mine if name in theirs and name.split()[-1] in _PERSONS]
    return any(
        mine[one] & theirs[other]
        and mine[other] & theirs[one]
        and not (mine[one] & theirs[one] | mine[other] & theirs[other])
        for one, other in combinations(both, 2)
    )


def _changed(mine: Mapping[str, frozenset[str]], theirs: Mapping[str, frozenset[str]]) -> bool:
    for name, words in mine.items():
        others = {other: near for other, near in theirs.items() if other != name and other in mine}
        kept = len(words & theirs.get(name, frozenset()))
        for other, near in others.items():
            crossed = len((words & near) - theirs.get(name, frozenset()))
            back = len((mine[other] & theirs.get(name, frozenset())) - near)
            if crossed + back >= 2 and crossed + back > kept + len(mine[other] & near):
                return True
    return False


def _nearest(said: Said, cut: re.Pattern[str]) -> dict[str, frozenset[str]]:
    laid = Laid(said, cut)
    found: dict[str, frozenset[str]] = {}
    for place, word in enumerate(laid.words):
        name = said.lexicon.groups.get(word)
        if name is not None:
            before, after = laid.sides(place, _NEAR, without=said.lexicon.groups)
            found[name] = found.get(name, frozenset()) | before | after
    return found
