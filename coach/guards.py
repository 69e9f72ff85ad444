"""Guards between a claim and its quote: words whose change changes the meaning. They refuse; they prove nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from coach.additions import adds, topic
from coach.blend import blend
from coach.lexicon import Lexicon, Said
from coach.numbers import numbers
from coach.order import order
from coach.parties import comparison, roles

_RESULT = re.compile(
    r"\b(?:(?:was|were|been|is) (?:shown|found|proven|proved|demonstrated)"
    r"|(?:study|survey|comparison|research|review|experiment|data|evidence|analysis)[^.,]{0,40} "
    r"(?:showed|shows?|shown|found|finds?|proved|proven|demonstrate[sd]?|confirm(?:ed|s)?)|it (?:turned out|worked))\b",
    re.IGNORECASE,
)
_REPORTED = re.compile(
    r"\b(?:show|found|find|finding|result|suggest|report|reveal|demonstrat|indicat|significant|evidence|identif|associat|"
    r"correlat|increas|decreas|improv|supported|establish|studi|data|survey|literature|link)",
    re.IGNORECASE,
)
_ONE_OF = re.compile(
    r"\bone (?:of (?:the|their|our|its|several|many)|element|aspect|factor)\b|\bamong (?:the|their|our|its)\b",
    re.IGNORECASE,
)
_SCARCE = re.compile(r"(?<!\ba )\b(?:few|little)\b", re.IGNORECASE)
_MORE_THAN = re.compile(r"\b(?:more than|beyond|not) (?:just|only|merely|solely)\b", re.IGNORECASE)
_NO_MORE_THAN = re.compile(r"\b(?:just|only|merely|solely|nothing but)\b", re.IGNORECASE)
_SINCE = re.compile(r"\b(?:because|since|which would)\b", re.IGNORECASE)
_SO = re.compile(r", so\b|\b(?:therefore|thus|hence|consequently)\b", re.IGNORECASE)
# Where a sentence goes on to something else: commas and "and" also join what one hedge covers.
_TURN = re.compile(
    r"[;:]|\b(?:but|whereas|while|although|though|however|which|who|because|if|when)\b|(?<=[.!?])\s", re.IGNORECASE
)
_CLAUSE = re.compile(
    r"[,;:()—–]|(?<=[.!?])\s|\b(?:but|whereas|while|although|though|however|because|when)\b", re.IGNORECASE
)
_END = re.compile(r"(?<=[.!?])\s|;")
_WISHED = frozenset(("expected", "expect", "expects"))
_BOTH = frozenset(("mentor", "mentee"))
_NEITHER = frozenset(("neither", "nor"))
LEAST_SHARED = 0.65
"""Least share of a claim's content words that its quote must hold or mean."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What the guards say of a claim; `objection` is `None` when all let it pass."""

    objection: str | None
    shared: float
    """Share of the claim's content words that the quote holds or means."""


def check(claim: str, quote: str, context: str, lexicon: Lexicon) -> Checked:
    """Whether `claim` says what `quote` says. `context` (the sentences before, whom the source studied) may name
    groups and places that the quote only refers back to.
    """
    said, held, around = Said(claim, lexicon), Said(quote, lexicon), Said(f"{context} ; {quote}", lexicon)
    shared = _shared(said, held)
    touched = held.touched(said)
    if claim == quote and said.content:
        return Checked(None, shared)
    for guard, clauses in _GUARDS:
        if objection := guard(said, touched if clauses else held, around):
            return Checked(objection, shared)
    return Checked("too few of its words stand in the quote" if shared < LEAST_SHARED else None, shared)


def _shared(said: Said, held: Said) -> float:
    weighty = said.content - said.lexicon.classes["light"] or said.content
    if not weighty:
        return 0.0
    return sum(1 for word in weighty if said.lexicon.meanings(word) & held.meanings) / len(weighty)


def _open(said: Said, held: Said, around: Said) -> str | None:
    """What was asked or expected is not told as found."""
    if said.has("open") or said.has("hedge"):
        return None
    # What others expect (`expected by employers`) is no prediction of the study's.
    predicted = [
        one for one in (Said(text, held.lexicon) for text in _END.split(around.text)) if one.of("open") - _WISHED
    ]
    if held.has("open") or any(len(one.content & said.content) >= max(2, len(said.content) / 2) for one in predicted):
        return "a question or a prediction is told as a result"
    return None


def _stance(said: Said, held: Said, around: Said) -> str | None:
    if _RESULT.search(said.text) and not _REPORTED.search(around.text):
        return "what is only said is told as shown"
    return None


def _hedge(said: Said, held: Said, around: Said) -> str | None:
    if held.has("hedge") and not (said.has("hedge") or said.has("broad_hedge")):
        return "the quote's hedge is lost"
    if held.has("hedge") and not _hedged_alike(said, held):
        return "the hedge stands at something else"
    if _ONE_OF.search(held.text) and not _ONE_OF.search(said.text) and said.of("superlative"):
        return "one of several is told as the only one"
    if held.has("ability") and not (said.has("ability") or said.has("hedge") or said.has("broad_hedge")):
        return "what can be is told as what is"
    return None


def _hedged_alike(said: Said, held: Said) -> bool:
    """Whether a clause that the claim hedges speaks of what the quote hedges, or of nothing (`it seems`)."""
    theirs, mine = ([Said(text, said.lexicon) for text in _TURN.split(one.text)] for one in (held, said))
    doubtful = frozenset(stem for clause in theirs if clause.has("hedge") for stem in clause.content)
    for clause in mine:
        if doubts := clause.of("hedge") | clause.of("broad_hedge"):
            about = clause.content - Said(" ".join(doubts), said.lexicon).held
            if not about or about & doubtful:
                return True
    return False


def _denied_there(stem: str, said: Said, held: Said) -> bool:
    """Whether the quote denies this word where it speaks most of what the claim speaks of."""
    holding = {part: len(part.content & said.content) for part in held.parts if stem in part.held}
    nearest = max(holding.values(), default=0)
    return not holding or any(stem in part.denied for part, near in holding.items() if near == nearest)


def _denials(said: Said) -> int:
    """How often it denies: `neither … nor` once, `never failed` twice."""
    words = [said.words[place] for place in [*said.places("negation"), *said.places("withheld")]]
    return sum(word not in _NEITHER for word in words) + bool(_NEITHER & set(words))


def _negation(said: Said, held: Said, around: Said) -> str | None:
    if _MORE_THAN.search(held.text) and _NO_MORE_THAN.search(_MORE_THAN.sub(" ", said.text)):
        return "the claim says what the quote denies"
    if _NEITHER & set(held.words) and "both" in said.words and not said.has("negation"):
        return "the claim says what the quote denies"
    shared = said.content & held.content
    if len(said.places("negation")) % 2 and not held.has("negation") and not around.has("weak_negation"):
        return "the claim denies what the quote says"
    if any(_denied_there(stem, said, held) for stem in (held.denied & shared) - said.denied) and not (
        said.has("negation") or said.has("weak_negation") or said.has("withheld") or said.has("down")
    ):
        return "the claim says what the quote denies"
    if (
        _denials(said) > 1
        and said.has("negation")
        and _denials(said) % 2 != _denials(held) % 2
        and not (held.has("weak_negation") or said.has("weak_negation"))
    ):
        return "the claim denies what the quote denies"
    if _SCARCE.search(said.text) and not (held.has("negation") or held.has("weak_negation")):
        return "the claim denies what the quote says"
    return None


def _opposite(said: Said, held: Said, around: Said) -> str | None:
    if said.has("negation") != held.has("negation"):
        return None
    for one, other in said.lexicon.opposites:
        for mine, theirs in ((one, other), (other, one)):
            if said.held & mine and not said.held & theirs and held.held & theirs and not held.held & mine:
                return "the claim says the opposite"
    return None


def _cause(said: Said, held: Said, around: Said) -> str | None:
    if said.has("cause") and held.has("association") and not held.has("cause") and not said.has("association"):
        return "an association is told as a cause"
    if (
        said.has("change")
        and held.has("association")
        and not (held.has("cause") or held.has("change") or said.has("association"))
    ):
        return "an association is told as a cause"
    return None


def _making(said: Said, held: Said, around: Said) -> str | None:
    if said.of("making") - held.held and not held.has("making") and not said.has("negation"):
        return "a cause is not in the quote"
    if _SO.search(said.text) and not (
        _SO.search(held.text) or _SINCE.search(held.text) or held.has("cause") or held.has("making")
    ):
        return "a cause is not in the quote"
    return None


def _quantity(said: Said, held: Said, around: Said) -> str | None:
    for name in ("universal", "majority"):
        if said.of(name) and not held.has(name) and not said.has("negation"):
            return "the claim says it of more than the quote does"
    return None


def _population(said: Said, held: Said, around: Said) -> str | None:
    known = {around.lexicon.population[word] for word in around.words if word in around.lexicon.population}
    named = {said.lexicon.population[word] for word in said.words if word in said.lexicon.population}
    if named - known:
        return "a place or field is not in the quote"
    if said.groups - around.groups - (_BOTH if around.has("both") else frozenset()):
        return "a group is not in the quote"
    named = {name for _, name in around.group_places}
    for _, name in said.group_places:
        if (
            " " in name
            and name not in named
            and any(other.endswith(name.split()[-1]) and " " in other for other in named)
        ):
            return "a group is not in the quote"
    for one, other in (("women", "men"), ("men", "women")):
        if one in {name for _, name in said.group_places} and one not in named and other in named:
            return "a group is not in the quote"
    bare = {name for _, name in said.group_places if " " not in name} & set(said.lexicon.groups.values())
    if any(
        name not in named and any(other.endswith(f" {name}") for other in named) for name in bare - {"women", "men"}
    ):
        return "it is said of a wider group than the quote says"
    return None


def _direction(said: Said, held: Said, around: Said) -> str | None:
    if said.denied or held.denied:
        return None
    up, down = said.has("up"), said.has("down")
    if up and not down and held.has("down") and not held.has("up"):
        return "the direction is another one"
    if down and not up and held.has("up") and not held.has("down"):
        return "the direction is another one"
    return None


def _opposed(said: Said, held: Said, around: Said) -> str | None:
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
    parts = [Said(text, said.lexicon) for text in _CLAUSE.split(said.text)]
    return [part for part in parts if part.has("up") != part.has("down") and not part.denied]


# Each guard, and whether it reads only the clauses of the quote that the claim speaks of.
_GUARDS: Sequence[tuple[Callable[[Said, Said, Said], str | None], bool]] = (
    (numbers, False),
    (_population, False),
    (adds, False),
    (_open, True),
    (_stance, False),
    (_hedge, True),
    (_negation, True),
    (_opposite, False),
    (_cause, True),
    (_making, False),
    (_quantity, False),
    (_direction, True),
    (_opposed, False),
    (topic, False),
    (comparison, False),
    (roles, False),
    (order, False),
    (blend, False),
)
