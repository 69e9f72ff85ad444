"""Two sentences of a quote blended into one statement: each clause of a claim must stand in one of them."""

from __future__ import annotations

import re

from coach.lexicon import Said, meant
from corpus.passages import sentences

_CLAUSE = re.compile(
    r"[,;:()—–]|(?<=[.!?])\s|\b(?:but|whereas|while|although|though|however|which|who|because|if|when|yet)\b",
    re.IGNORECASE,
)
_AND = re.compile(r"\band\b", re.IGNORECASE)
_REFERS = re.compile(r"^(?:\W*\w+){0,6}?\W*\b(?:it|its|they|them|their|this|these|those|such|both|we)\b", re.IGNORECASE)
_NAMED_AGAIN = re.compile(r"^\W*(?:this|these|such|those|that) (?:\w+ )?(\w+)", re.IGNORECASE)
_ACRONYM = re.compile(r"((?:[\w-]+,? ){1,8})\(([A-Z]{2,})s?\)")
_REFERS_TO_ALL = re.compile(r"\b(?:this|these|that) (?:hypothes|predict|result|finding|question)", re.IGNORECASE)
# Words of a claim that may come from anywhere: its hedges and denials have guards of their own.
_LOOSE = (
    *("hedge", "broad_hedge", "open", "negation", "weak_negation", "universal", "partial", "majority", "superlative"),
    *("association", "ability"),
)
_MENTORING = frozenset(("mentoring", "mentorship"))
_LEAST = 3
"""Fewest content words of a clause that is looked at."""
_SUBJECT = 6
"""How many content words of a sentence a later `they` or `this` may stand for."""
_NAME = 3
"""A sentence of so few words is a name below a quotation."""


def blend(said: Said, held: Said, around: Said) -> str | None:
    """Whether a clause of the claim takes from one sentence what it says of another one.

    A clause is read with and without a cut at its `and`: a claim may put two sentences side by side.
    """
    parts = [Said(span.of(held.text), held.lexicon) for span in sentences(held.text)]
    if len(parts) < 2:
        return None
    free = _free(parts)
    loose = {stem for word, stem in zip(said.words, said.stems, strict=True) if said.is_any(word, stem, _LOOSE)}
    clauses = [Said(clause, said.lexicon) for clause in _CLAUSE.split(said.text)]
    if _placed_elsewhere(said, parts):
        return "two sentences are told as one"
    blended = all(
        any(_foreign(clause, parts, free, loose) for clause in reading)
        for reading in (clauses, [short for clause in clauses for short in _shorter(clause)])
    )
    return "two sentences are told as one" if blended else None


def _placed_elsewhere(said: Said, parts: list[Said]) -> bool:
    """Whether a place or field of the claim's stands in another sentence than the rest of what it says."""
    places = said.lexicon.population
    near = [len({s for s in said.content if said.lexicon.meanings(s) & part.meanings}) for part in parts]
    for name in {places[word] for word in said.words if word in places}:
        there = [
            shared for part, shared in zip(parts, near, strict=True) if name in {places.get(w) for w in part.words}
        ]
        if there and max(near) - max(there) >= 2:
            return True
    return False


def _shorter(clause: Said) -> list[Said]:
    """The clause cut at an `and` that joins two clauses, not two words."""
    cut = [Said(text, clause.lexicon) for text in _AND.split(clause.text)]
    joined = [cut[0]]
    for part in cut[1:]:
        verb = bool(part.words) and part.words[0] in part.lexicon.classes["auxiliary"]
        if not verb and (len(joined[-1].content) < _LEAST or len(part.content) < _LEAST):
            joined[-1] = Said(f"{joined[-1].text} and {part.text}", clause.lexicon)
        else:
            joined.append(part)
    return joined


def _free(parts: list[Said]) -> list[frozenset[str]]:
    """For each sentence, the words of others that it speaks of by a pronoun."""
    names = frozenset(stem for part in parts if len(part.words) <= _NAME for stem in part.held)
    written_out = _acronyms(parts)
    found: list[frozenset[str]] = []
    subjects: frozenset[str] = frozenset()
    for place, part in enumerate(parts):
        known = names
        if _REFERS.search(part.text):
            known |= subjects
        again = _NAMED_AGAIN.match(part.text)
        if place and (
            _REFERS_TO_ALL.search(part.text) or (again and set(meant([again[1].lower()])) & parts[place - 1].held)
        ):
            known |= parts[place - 1].held
        known |= frozenset().union(*(words for short, words in written_out.items() if short in part.held))
        found.append(known)
        subjects |= frozenset(part.in_order[:_SUBJECT])
    return found


def _acronyms(parts: list[Said]) -> dict[str, frozenset[str]]:
    """What the short forms of the quote stand for, by stem: `research experiences (REs)`."""
    return {
        meant([short.lower()])[0]: frozenset(meant(words.lower().replace(",", "").split()[-len(short) - 1 :]))
        for part in parts
        for words, short in _ACRONYM.findall(part.text)
    }


def _foreign(clause: Said, parts: list[Said], free: list[frozenset[str]], loose: set[str]) -> bool:
    """Whether no sentence holds all that the clause says and the quote holds somewhere."""
    wanted = clause.content - loose - clause.lexicon.classes["light"]
    if not _MENTORING.isdisjoint(clause.words):
        # What every sentence here speaks of is often left unsaid: "such relationships".
        wanted -= frozenset(meant(_MENTORING))
    if "than" in clause.words:
        # Who is compared may be left unsaid: "more than men (did)".
        wanted -= frozenset(meant(word for word, name in clause.lexicon.groups.items() if name in ("women", "men")))
    if len(wanted) < _LEAST:
        return False
    known = frozenset().union(*(part.held for part in parts))
    both = frozenset(meant(word for word, name in clause.lexicon.groups.items() if name in ("mentor", "mentee")))
    return all(
        any(
            stem in known
            and stem not in allowed
            and not clause.lexicon.meanings(stem) & part.meanings
            and not (stem in both and part.has("both"))
            for stem in wanted
        )
        for part, allowed in zip(parts, free, strict=True)
    )
