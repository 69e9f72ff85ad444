"""Guards between a claim and its quote: words whose change changes the meaning. They refuse; they prove nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from coach.additions import adds, topic
from coach.blend import blend
from coach.causes import cause, making
from coach.denials import direction, negation, opposed, opposite
from coach.exchanged import exchanged
from coach.lexicon import Lexicon, Said, meant
from coach.numbers import numbers
from coach.order import order
from coach.parties import comparison, inverted, roles
from coach.population import population, quantity

_RESULT = re.compile(
    r"\b(?:(?:was|were|been|is) (?:shown|found|proven|proved|demonstrated)"
    r"|(?:stud(?:y|ies)|surveys?|comparisons?|research|reviews?|experiments?|trials?|evaluations?|tests?|data|evidence"
    r"|analys[ei]s)[^.,]{0,40} "
    r"(?:showed|shows?|shown|found|finds?|proved|proven|demonstrate[sd]?|confirm(?:ed|s)?)|it (?:turned out|worked))\b",
    re.IGNORECASE,
)
_REPORTED = re.compile(
    r"\b(?:show|found\b|findings?\b|results?\b|suggest|report|reveal|demonstrat|indicat|significant|evidence|identif"
    r"|associat|correlat|supported|establish|studi|data\b|survey|linked)"
    r"|\b(?:increase|decrease|improve|reduce|raise|promote|protect|affect)[ds]\b|\b(?:rose|fell|gained)\b",
    re.IGNORECASE,
)
_ONE_OF = re.compile(
    r"\bone (?:of (?:the|their|our|its|several|many)|element|aspect|factor)\b"
    r"|\bamong (?:the|their|our|its) (?:most|best|greatest|highest|largest|strongest|main|top|biggest|worst)\b",
    re.IGNORECASE,
)
# Where a sentence goes on to something else: commas and "and" also join what one hedge covers.
_TURN = re.compile(
    r"[;:]|\b(?:but|whereas|while|although|though|however|which|who|because|if|when)\b|(?<=[.!?])\s", re.IGNORECASE
)
_END = re.compile(r"(?<=[.!?])\s|;")
_MUCH = 0.75
"""A clause of the quote counts when it holds this share of what the nearest clause holds of the claim."""
_QUOTED = re.compile(r"[“\"]([^“”\"]{12,}?)[,.!]?[”\"]")
_SAYS = re.compile(
    r"[“\"]|\b(?:sa(?:y|ys|id|ying|yings)|holds?|claims?|mantras?|slogans?|mottos?|words|puts?|calls?|called|according"
    r"|quot(?:e|es|ed)|belie(?:f|ve|ves|ved)|ideas?)\b",
    re.IGNORECASE,
)
_DOUBTLESS = re.compile(
    r"^(?!.*\bnot\b.{0,40}\bwithout\b).*"
    r"\b(?:without (?:any |much |great )?(?:caution|doubt|reservation|hesitation|question)|undoubtedly)\b",
    re.IGNORECASE,
)
# What people thought of it is not what it is.
_FELT = re.compile(r"\b(?:thought|believed|felt|perceived|agreed)\b", re.IGNORECASE)
_FEELS = re.compile(
    r"\b(?:th(?:ought|inks?|inking)|belie(?:f|ve[ds]?)|fe(?:lt|els?|eling)|perce\w+|agree\w*|f(?:ound|ind|inding)|consider\w*"
    r"|view\w*|saw|seen|opinions?|accord\w*)\b",
    re.IGNORECASE,
)
_QUESTION = re.compile(r"[^.;:,!?]+(?=\?)")
_ASKS = re.compile(r"\b(?:ask(?:s|ed|ing)?|questions?|how|why|what|wonders?)\b", re.IGNORECASE)
_SOFT = frozenset(("unlikely", "hardly", "rarely", "scarcely"))
_WISHED = frozenset(("expected", "expect", "expects"))
_TOO_FEW = "too few of its words stand in the quote"
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
    shared = _shared(said, held, around)
    if not said.content:
        return Checked(_TOO_FEW, shared)
    if claim == quote:
        return Checked(None, shared)
    for guard in _GUARDS:
        if guard in _OF_ONE_SIDE and inverted(said, held):
            continue
        if objection := guard(said, held, around):
            return Checked(objection, shared)
    return Checked(_TOO_FEW if shared < LEAST_SHARED else None, shared)


def _shared(said: Said, held: Said, around: Said) -> float:
    """The share among the words that tell something by themselves; who they are, the context may tell."""
    weighty = said.content - said.lexicon.classes["light"] or said.content
    if not weighty:
        return 0.0
    means = held.meanings | {
        meaning for word in around.words if word in _named(said) for meaning in said.lexicon.meanings(*meant([word]))
    }
    return sum(1 for word in weighty if said.lexicon.meanings(word) & means) / len(weighty)


def _named(said: Said) -> frozenset[str]:
    return frozenset(said.lexicon.groups) | frozenset(said.lexicon.population)


def _open(said: Said, held: Said, around: Said) -> str | None:
    """What was asked or expected is not told as found."""
    held = held.touched(said)
    if said.has("open") or said.has("hedge"):
        return None
    if not _ASKS.search(said.text) and any(
        len(Said(clause, held.lexicon).content & said.content) >= max(2, len(said.content) / 2)
        for clause in _QUESTION.findall(held.text)
    ):
        return "a question or a prediction is told as a result"
    # What others expect (`expected by employers`) is no prediction of the study's.
    predicted = [
        one for one in (Said(text, held.lexicon) for text in _END.split(around.text)) if one.of("open") - _WISHED
    ]
    if held.has("open") or any(len(one.content & said.content) >= max(2, len(said.content) / 2) for one in predicted):
        return "a question or a prediction is told as a result"
    return None


def _stance(said: Said, held: Said, around: Said) -> str | None:
    if (_RESULT.search(said.text) or said.has("proof")) and not _REPORTED.search(around.text):
        return "what is only said is told as shown"
    # Words that somebody is quoted with are not the author's.
    if not _SAYS.search(said.text):
        for quoted in _QUOTED.findall(held.text):
            words = Said(quoted, held.lexicon).content
            if len(words) >= 2 and words <= said.held and quoted.strip() != held.text.strip(' “”"‘’'):
                return "what is only said is told as shown"
    if "signific" in said.held and "signific" not in around.held:
        return "what is only said is told as shown"
    return None


def _hedge(said: Said, held: Said, around: Said) -> str | None:
    if held.has("hedge") and not (said.has("hedge") or said.has("broad_hedge")):
        if any(clause.has("hedge") for clause in _ruled(held, said)):
            return "the quote's hedge is lost"
    elif held.touched(said).has("hedge") and not _hedged_alike(said, held.touched(said)):
        return "the hedge stands at something else"
    if _DOUBTLESS.search(said.text) and not _DOUBTLESS.search(held.text):
        return "the quote's hedge is lost"
    if _FELT.search(held.touched(said).text) and not (
        _FEELS.search(said.text) or said.has("hedge") or said.has("broad_hedge")
    ):
        return "what is only said is told as shown"
    able = any(clause.has("ability") for clause in _ruled(held, said))
    held = held.touched(said)
    if _ONE_OF.search(held.text) and not _ONE_OF.search(said.plain) and said.of("superlative"):
        return "one of several is told as the only one"
    hardened = held.of("negation") and not held.of("negation") - _SOFT and said.of("negation") - _SOFT
    if hardened and not (said.has("hedge") or said.has("broad_hedge")):
        return "the quote's hedge is lost"
    if able and held.has("ability") and not (said.has("ability") or said.has("hedge") or said.has("broad_hedge")):
        return "what can be is told as what is"
    return None


def _ruled(held: Said, said: Said) -> list[Said]:
    """The clauses of the quote that the claim speaks of, each with the hedge before it in its sentence, if it has one.

    "May help, protect and comfort" is three clauses under one `may`; what comes before the `may` is not.
    """
    found: list[tuple[float, Said]] = []
    for turn in _TURN.split(held.text):
        doubt = ""
        for clause in Said(turn, held.lexicon).parts:
            doubt = " ".join([doubt, *clause.of("hedge"), *clause.of("ability")])
            about = sum(
                1.0 if stem in clause.held else 0.5
                for stem in said.content
                if said.lexicon.meanings(stem) & clause.meanings
            )
            found.append((about, Said(f"{doubt} {clause.text}", held.lexicon)))
    nearest = max((about for about, _ in found), default=0.0)
    return [clause for about, clause in found if about >= max(1.0, nearest * _MUCH)]


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


_GUARDS: Sequence[Callable[[Said, Said, Said], str | None]] = (
    numbers,
    population,
    adds,
    _open,
    _stance,
    _hedge,
    negation,
    opposite,
    cause,
    making,
    quantity,
    direction,
    opposed,
    topic,
    comparison,
    roles,
    order,
    blend,
    exchanged,
)
# What these take for a contradiction is none where a comparison is told from its other side.
_OF_ONE_SIDE = frozenset((opposite, direction, opposed))
