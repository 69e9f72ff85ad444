"""Of whom and of how many: places, fields and groups that the quote does not name, and words that say it of more."""

from __future__ import annotations

import re

from coach.lexicon import Said, meant

_BOTH = frozenset(("mentor", "mentee"))
_GENDERS = frozenset(("women", "men"))
# Where these words quantify nothing.
_IDIOM = re.compile(
    r"\b(?:each other|on the whole|as a whole|above all|after all|all in all|at all|first of all|all along"
    r"|not only|the most part|(?:as|like) any other)\b",
    re.IGNORECASE,
)
# "A, B and C have all been linked": it gathers what was listed.
_GATHERED = re.compile(r"\band\b.*?\b(?:have|has|had|are|were|is|was|can|may|might|could|they) all\b", re.IGNORECASE)
_ONE_OF_TWO = re.compile(r"\b(?:only )?one of (?:them|the two|the pair|these)\b", re.IGNORECASE)
_OF_EACH = frozenset(("all", "every", "each", "any", "whole", "entire"))
_REACH = 5
_PAIR = ("women", "men")
_BOTH_SIDES = re.compile(
    r"\b(?:both|each of the|the two) (?:members|partners|sides|parties|people|individuals)\b", re.IGNORECASE
)
_IF_ANY = re.compile(r"\bif [^,.;]*?\bany\b", re.IGNORECASE)
_PLACES = frozenset(("school", "university", "institution", "organisation", "programme"))
_SOFT = frozenset(("unlikely", "hardly", "rarely", "scarcely"))
_OF_NONE = frozenset(("nobody", "never", "nothing", "none"))
_MORE = "the claim says it of more than the quote does"
_ELSEWHERE = "a group is not in the quote"


def population(said: Said, held: Said, around: Said) -> str | None:
    """Whether the claim names a place, a field or a group that stands nowhere in `around`, or a wider group."""
    known = {around.lexicon.population[word] for word in around.words if word in around.lexicon.population}
    told = {said.lexicon.population[word] for word in said.words if word in said.lexicon.population}
    if told - known:
        return "a place or field is not in the quote"
    free = _implied(around)
    mine = {name for _, name in said.group_places}
    named = {name for _, name in around.group_places}
    held_names = {name for _, name in held.group_places}
    if mine >= _GENDERS and around.has("gendered"):
        mine -= _GENDERS
    if any(not _told_otherwise(name, said, around) for name in said.groups - around.groups - free):
        return _ELSEWHERE
    if any(
        {one} == mine & _GENDERS and one not in held_names and other in held_names
        for one, other in (_PAIR, _PAIR[::-1])
    ):
        return _ELSEWHERE
    # A nurse is no nursing student.
    if said.has("practitioner") and not around.has("practitioner"):
        return _ELSEWHERE
    for name in mine - named:
        if " " in name and any(other.endswith(f" {name.split()[-1]}") for other in named):
            return _ELSEWHERE
    if any({one} <= mine and one not in named and other in named for one, other in (_PAIR, _PAIR[::-1])):
        return _ELSEWHERE
    wider = {name for name in mine - named - _GENDERS if any(other.endswith(f" {name}") for other in named)}
    return "it is said of a wider group than the quote says" if wider and not said.has("gendered") else None


def _told_otherwise(name: str, said: Said, around: Said) -> bool:
    """Whether a place is named in another word: `at school` for `in education`."""
    words = [word for word in said.words if said.lexicon.groups.get(word) == name]
    return name in _PLACES and all(said.lexicon.meanings(stem) & around.meanings for stem in meant(words))


def _implied(around: Said) -> frozenset[str]:
    """Groups that are meant without being named: `both partners` are mentor and mentee, a university an institution."""
    found: set[str] = set()
    if around.has("both") or _BOTH_SIDES.search(around.text):
        found |= _BOTH
    if around.has("gendered"):
        found |= _GENDERS
    if {"university", "school"} & around.groups:
        found.add("institution")
    if {"higher", "education"} <= set(around.words):
        found |= {"university", "institution"}
    return frozenset(found)


def quantity(said: Said, held: Said, around: Said) -> str | None:
    """Whether the claim says it of all, of most, or of only some, and the quote does not."""
    told = Said(_IDIOM.sub(" ", _GATHERED.sub(" and ", said.text)), said.lexicon)
    if told.has("majority") and not (held.has("majority") or held.has("usual")):
        return _MORE
    if told.has("only") and not (held.has("only") or told.has("negation")):
        return _MORE
    if (
        told.has("numerous")
        and held.has("few")
        and not any(held.has(name) for name in ("numerous", "majority", "usual"))
    ):
        return _MORE
    denials = told.places("negation")
    for place in told.places("universal"):
        # "Not all", "no effect on any".
        if any(at < place for at in denials):
            continue
        if told.words[place] in _OF_EACH:
            phrase = [at for at in range(place + 1, len(told.words)) if told.stems[at] in told.content][:2]
            if not any(told.lexicon.meanings(told.stems[at]) & _said_of_each(held) for at in phrase):
                return _MORE
        elif told.words[place] in _OF_NONE:
            if not held.of("negation") - _SOFT:
                return _MORE
        elif not Said(_IF_ANY.sub(" ", held.text), held.lexicon).has("universal"):
            return _MORE
    if "both" in held.words and _ONE_OF_TWO.search(said.text):
        return _MORE
    return None


def _said_of_each(held: Said) -> frozenset[object]:
    """What the words within five of an `all` or `any` mean."""
    found: set[object] = set()
    for place in held.places("universal"):
        for at in range(max(0, place - _REACH), min(len(held.words), place + _REACH + 1)):
            found |= held.lexicon.meanings(held.stems[at])
    return frozenset(found)
