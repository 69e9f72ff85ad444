"""What is denied: a `not` added or lost, what `rather than` leaves out, and words turned into their opposites."""

from __future__ import annotations

import re
from collections.abc import Iterator

from coach.lexicon import Said

_SCARCE = re.compile(r"(?<!\ba )\b(?:few|little)\b", re.IGNORECASE)
_MORE_THAN = re.compile(r"\b(?:more than|beyond|not) (?:just|only|merely|solely)\b", re.IGNORECASE)
_NO_MORE_THAN = re.compile(r"\b(?:just|only|merely|solely|nothing but)\b", re.IGNORECASE)
_NOT_ALL = re.compile(r"\bnot (?:\w+ )?(?:all|every|everyone|everybody|always|each)\b", re.IGNORECASE)
_NOT_ONE = re.compile(
    r"\bno (?:one|single)\b|\bnot (?:\w+ )?(?:just |only |merely )?(?:one|an? single)\b", re.IGNORECASE
)
_MANY = frozenset(("many", "several", "various", "numerous", "multiple", "myriad", "different"))
_LEFT_OUT = re.compile(r"\b(?:rather than|instead of|as opposed to|except|excluding|apart from)\b", re.IGNORECASE)
_PARTED = re.compile(
    r"\b(?:rather|instead|opposed|except|excluding|apart|than|not|only|unlike|whereas)\b", re.IGNORECASE
)
_LESS = frozenset(("less", "fewer", "lower", "least"))
_MUCH = 3
_NEITHER = frozenset(("neither", "nor"))
_CUT = re.compile(
    r"[,;:()—–]|(?<=[.!?])\s|\b(?:but|whereas|while|although|though|however|because|if|when)\b", re.IGNORECASE
)
_END = re.compile(r"(?<=[.!?])\s|;")
ADDED, LOST = "the claim denies what the quote says", "the claim says what the quote denies"
OPPOSITE = "the claim says the opposite"


def negation(said: Said, held: Said, around: Said) -> str | None:
    """Whether the claim has a denial more or a denial less than the quote has of the same."""
    touched = held.touched(said)
    if _MORE_THAN.search(touched.text) and _NO_MORE_THAN.search(_MORE_THAN.sub(" ", said.text)):
        return LOST
    if _NEITHER & set(held.words) and "both" in said.words and not said.has("negation"):
        return LOST
    if _LEFT_OUT.search(said.text) and not _PARTED.search(held.text):
        return ADDED
    if _NOT_ALL.search(said.plain) and touched.has("universal") and not held.has("negation"):
        return ADDED
    if _added(said, touched, around):
        return ADDED
    shared = said.content & touched.content
    if any(_denied_there(stem, said, touched) for stem in (touched.denied & shared) - said.denied) and not _answered(
        said, touched
    ):
        return LOST
    if (
        _denials(said) > 1
        and said.has("negation")
        and _denials(said) % 2 != _denials(touched) % 2
        and not (touched.has("weak_negation") or said.has("weak_negation"))
    ):
        return "the claim denies what the quote denies"
    if _SCARCE.search(said.text) and not (touched.has("negation") or touched.has("weak_negation")):
        return ADDED
    return None


def _added(said: Said, held: Said, around: Said) -> bool:
    """Whether a `not` of the claim's answers to nothing in the quote."""
    if not len(said.places("negation")) % 2:
        return False
    if held.has("negation"):
        return _elsewhere(said, held)
    if _NOT_ALL.search(said.plain) and (held.has("partial") or held.has("majority") or held.has("hedge")):
        return False
    if _turned(said, held) or (_NOT_ONE.search(said.plain) and _MANY & set(held.words)):
        return False
    # A weak denial of the quote's (`few`, `fails`) may be told as `not`; one that the claim repeats is still there.
    about = _denied_clause(said)
    return not any(part.of("weak_negation") - said.of("weak_negation") and about & part.meanings for part in held.parts)


def _elsewhere(said: Said, held: Said) -> bool:
    """Whether a denying clause of the claim is told by sentences that deny nothing, and the denial by others."""
    told = [Said(text, held.lexicon) for text in _END.split(held.text)]
    for clause in (Said(text, said.lexicon) for text in _CUT.split(said.text)):
        if clause.has("negation") and len(clause.content) >= _MUCH:
            near = [(len(clause.content & one.held), _denies(one)) for one in told]
            most = max(shared for shared, _ in near)
            if most >= _MUCH and most - max((shared for shared, denies in near if denies), default=0) >= 2:
                return True
    return False


def _denies(said: Said) -> bool:
    return any(said.has(name) for name in ("negation", "weak_negation", "withheld"))


def _denied_clause(said: Said) -> frozenset[object]:
    """What the content words of the clauses mean that hold the claim's `not`."""
    clauses = {said.clauses[place] for place in said.places("negation")}
    return frozenset(
        meaning
        for stem, clause in zip(said.stems, said.clauses, strict=True)
        if clause in clauses and stem in said.content
        for meaning in said.lexicon.meanings(stem)
    )


def _turned(said: Said, held: Said) -> bool:
    """Whether what the claim denies is the opposite of what the quote says: `did not stop` for `endured`."""
    reached = said.denied
    weak = {stem for place in said.places("withheld") for stem in said.stems[place : place + 1]}
    if (reached & weak) - held.held:
        return True
    return any(
        reached & mine and held.held & theirs and not held.held & mine
        for mine, theirs in _sides(said.lexicon.opposites)
    )


def _answered(said: Said, held: Said) -> bool:
    """Whether the claim has a denial of its own for the quote's."""
    return (
        said.has("negation")
        or said.has("withheld")
        or any(said.of(name) - held.of(name) for name in ("weak_negation", "down"))
    )


def _denied_there(stem: str, said: Said, held: Said) -> bool:
    """Whether the quote denies this word where it speaks most of what the claim speaks of."""
    near = {part: len(part.content & said.content) for part in held.parts}
    holding = {part: shared for part, shared in near.items() if stem in part.held}
    # A clause that shares this word alone is not spoken of where another shares much.
    if holding and max(holding.values()) == 1 and max(near.values()) >= _MUCH:
        return any(part.has("withheld") and stem in part.denied for part in holding)
    nearest = max(holding.values(), default=0)
    return not holding or any(stem in part.denied for part, shared in holding.items() if shared == nearest)


def _denials(said: Said) -> int:
    """How often it denies: `neither … nor` once, `never failed` twice."""
    words = [said.words[place] for place in [*said.places("negation"), *said.places("withheld")]]
    return sum(word not in _NEITHER for word in words) + bool(_NEITHER & set(words))


def opposite(said: Said, held: Said, around: Said) -> str | None:
    """Whether the claim has one side of a pair of opposites where the quote has the other."""
    if said.unmade & held.held - held.unmade - held.denied or held.unmade & said.held - said.unmade - said.denied:
        return OPPOSITE
    if said.has("negation") != held.has("negation"):
        return None
    for mine, theirs in _sides(said.lexicon.opposites):
        told = (said.held & mine) - said.denied and not said.held & theirs
        if told and (held.held & theirs) - held.denied and not held.held & mine:
            return OPPOSITE
    return None


def _sides(opposites: list[tuple[frozenset[str], frozenset[str]]]) -> Iterator[tuple[frozenset[str], frozenset[str]]]:
    for one, other in opposites:
        yield one, other
        yield other, one


def direction(said: Said, held: Said, around: Said) -> str | None:
    """Whether all that the claim tells goes the other way than what the quote tells of the same."""
    held = held.touched(said)
    if _LESS & set(said.words) and not any(held.has(name) for name in ("down", "negation", "weak_negation")):
        return "the direction is another one"
    if said.denied or held.denied:
        return None
    up, down = said.has("up"), said.has("down")
    if up and not down and held.has("down") and not held.has("up"):
        return "the direction is another one"
    if down and not up and held.has("up") and not held.has("down"):
        return "the direction is another one"
    return None


def opposed(said: Said, held: Said, around: Said) -> str | None:
    """Direction clause by clause: what rises in the claim and falls in the quote, where both have one direction."""
    theirs = [one for one in _one_way(held) if one.content]
    for mine in _one_way(said):
        about = mine.content - mine.lexicon.classes["up"] - mine.lexicon.classes["down"]
        nearest = max((len(about & one.held) for one in theirs), default=0)
        if not nearest or nearest < len(about) / 2:
            continue
        if all(one.has("up") != mine.has("up") for one in theirs if len(about & one.held) == nearest):
            return "the direction is another one"
    return None


def _one_way(said: Said) -> list[Said]:
    parts = [Said(text, said.lexicon) for text in _CUT.split(said.text)]
    return [part for part in parts if part.has("up") != part.has("down") and not part.denied]
