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
_REFERS = re.compile(r"\b(?:it|its|they|them|their|this|these|those|that|such|both|who|which|we)\b", re.IGNORECASE)
_REFERS_TO_ALL = re.compile(r"\b(?:this|these|that) (?:hypothes|predict|result|finding|question)", re.IGNORECASE)
# Words of a claim that may come from anywhere: its hedges and denials have guards of their own.
_LOOSE = (
    *("hedge", "broad_hedge", "open", "negation", "weak_negation", "universal", "partial", "majority", "superlative"),
    *("association", "ability"),
)
_LEAST = 3
"""Fewest content words of a clause that is looked at."""
_SUBJECT = 4
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
    blended = all(
        any(_foreign(clause, parts, free, loose) for clause in reading)
        for reading in (clauses, [short for clause in clauses for short in _shorter(clause)])
    )
    return "two sentences are told as one" if blended else None


def _shorter(clause: Said) -> list[Said]:
    """The clause cut at an `and` that joins two clauses, not two words."""
    cut = [Said(text, clause.lexicon) for text in _AND.split(clause.text)]
    joined = [cut[0]]
    for part in cut[1:]:
        if len(joined[-1].content) < _LEAST or len(part.content) < _LEAST:
            joined[-1] = Said(f"{joined[-1].text} and {part.text}", clause.lexicon)
        else:
            joined.append(part)
    return joined


def _free(parts: list[Said]) -> list[frozenset[str]]:
    """For each sentence, the words of others that it speaks of by a pronoun."""
    names = frozenset(stem for part in parts if len(part.words) <= _NAME for stem in part.held)
    found: list[frozenset[str]] = []
    subjects: frozenset[str] = frozenset()
    for place, part in enumerate(parts):
        known = names
        if _REFERS.search(part.text):
            known |= subjects
        if place and _REFERS_TO_ALL.search(part.text):
            known |= parts[place - 1].held
        found.append(known)
        subjects |= frozenset(part.in_order[:_SUBJECT])
    return found


def _foreign(clause: Said, parts: list[Said], free: list[frozenset[str]], loose: set[str]) -> bool:
    """Whether no sentence holds all that the clause says and the quote holds somewhere."""
    wanted = clause.content - loose
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
