"""What a claim adds of its own: a subject, a name, advice, or a denial in other words than `not`."""

from __future__ import annotations

import re

from coach.lexicon import Said, meant

# A capital letter that opens neither the sentence nor a quotation.
_NAME = re.compile(r"(?<=[a-z,;] )[A-Z][^\W\d_]*(?:-[A-Z]\w*)?")


def topic(said: Said, held: Said, around: Said) -> str | None:
    """Whether the claim speaks of something that the quote and what stands before it do not."""
    if any(not said.lexicon.meanings(stem) & around.meanings for stem in said.of("topic")):
        return "what it is about is not in the quote"
    return None


def adds(said: Said, held: Said, around: Said) -> str | None:
    """Whether the claim adds a name, advice, or a word that rejects what the quote says."""
    if said.of("rejecting") - around.of("rejecting") and not around.has("negation"):
        return "the claim denies what the quote says"
    if said.of("foreign") - around.of("foreign"):
        return "words of another language"
    if said.has("advice") and not around.has("advice"):
        return "advice is told as a finding"
    named = frozenset(meant(part for name in _NAME.findall(said.text) for part in name.lower().split("-")))
    if any(not said.lexicon.meanings(stem) & around.meanings for stem in named - {"i"}):
        return "a name is not in the quote"
    return None
