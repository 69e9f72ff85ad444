"""Cause: an association told as one, and a cause that the quote does not name."""

from __future__ import annotations

import re

from coach.lexicon import Said, meant

_NO_MAKING = re.compile(
    r"\bmake(?:s|-| )up\b|\bmade (?:for|of|up)\b|\bmakes? (?:it|sense|use)\b|\bdue (?:care|caution)\b"
    r"|\b(?:give|gives|gave) (?:some |an? |the |their )?(?:reason|account|view|picture|impression|example|opinion)s?\b"
    r"|\b(?:get|gets|got|getting|be|been|being|is|are|was|were) promoted\b|\bresults\b(?! in\b)"
    r"|\bleading\b|\bbuilding on\b|\bprovided that\b",
    re.IGNORECASE,
)
_CAUSAL = frozenset(("because", "due", "cause", "causes", "caused", "lead", "leads", "led"))
_SINCE = re.compile(r"\b(?:because|since|which would)\b", re.IGNORECASE)
_SO = re.compile(r", so\b|\b(?:therefore|thus|hence|consequently)\b", re.IGNORECASE)


def cause(said: Said, held: Said, around: Said) -> str | None:
    held = held.touched(said)
    if said.has("cause") and held.has("association") and not held.has("cause") and not said.has("association"):
        return "an association is told as a cause"
    # "Linked with improved marks" says no more than that; "improves marks" does.
    acting = {
        word
        for word, stem in zip(said.words, said.stems, strict=True)
        if word.endswith("s") and said.is_any(word, stem, ("change", "cause"))
    }
    if acting - set(held.words) and held.has("association") and not (held.has("cause") or said.has("association")):
        return "an association is told as a cause"
    if (
        said.has("change")
        and held.has("association")
        and not (held.has("cause") or held.has("change") or said.has("association"))
    ):
        return "an association is told as a cause"
    return None


def making(said: Said, held: Said, around: Said) -> str | None:
    told = Said(_NO_MAKING.sub(" ", said.text), said.lexicon)
    made = {
        word
        for word in told.of("making") - held.of("making")
        if word in _CAUSAL or not held.lexicon.meanings(*meant([word])) & held.meanings
    }
    if made and not held.has("making") and not told.has("negation"):
        return "a cause is not in the quote"
    if _SO.search(said.text) and not (
        _SO.search(held.text) or _SINCE.search(held.text) or held.has("cause") or held.has("making")
    ):
        return "a cause is not in the quote"
    return None
