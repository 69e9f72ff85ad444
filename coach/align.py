"""Which sentences of a passage does a claim speak of? And where does a model's quote stand in it?"""

from __future__ import annotations

import unicodedata

from coach.lexicon import Lexicon, Said
from corpus.models import Span
from corpus.passages import sentences

_MOST = 3
_WORTH = 0.12
"""A further sentence is taken when it holds at least this share more of the claim's words."""


def aligned(claim: str, text: str, lexicon: Lexicon) -> tuple[str, str]:
    """The sentences of `text` that `claim` speaks of, in their order, and as context the sentence before them.

    The sentence that shares most of the claim's meaning comes first; another joins while it adds enough.
    """
    spans = align(claim, text, sentences(text), lexicon)
    if not spans:
        return text, ""
    before = [span for span in sentences(text) if span.end <= spans[0].start]
    return " ".join(span.of(text) for span in spans), before[-1].of(text) if before else ""


def align(claim: str, text: str, within: tuple[Span, ...], lexicon: Lexicon) -> tuple[Span, ...]:
    """The spans among `within` that `claim` speaks of, in their order."""
    said = Said(claim, lexicon)
    wanted = {word: lexicon.meanings(word) for word in said.content} | {number: {number} for number in said.numbers}
    if not wanted:
        return ()
    held = {}
    for span in within:
        sentence = Said(span.of(text), lexicon)
        means = sentence.meanings | sentence.numbers
        exact = sum(0.2 for word in said.content if word in sentence.held)
        held[span] = ({word for word, meanings in wanted.items() if meanings & means}, exact)
    chosen: list[Span] = []
    covered: set[object] = set()
    while len(chosen) < _MOST:
        best = max(
            (span for span in held if span not in chosen),
            key=lambda span: (len(held[span][0] - covered) + held[span][1] * (not chosen), -span.start),
            default=None,
        )
        if best is None or (chosen and len(held[best][0] - covered) < max(1, _WORTH * len(wanted))):
            break
        chosen.append(best)
        covered |= held[best][0]
    return tuple(sorted(chosen, key=lambda span: span.start))


_SAME = str.maketrans(
    {"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "‐": "-", "‑": "-", "–": "-", "—": "-", "\u00ad": None}
)
_EDGES = " \"'."


def locate(quote: str, text: str) -> Span | None:
    """Where `quote` stands in `text`, or `None`.

    Both are compared after this normalisation and no other: Unicode NFKC (ligatures, full-width letters), typographic
    quotation marks and dashes as plain ones, soft hyphens dropped, runs of white space as one blank; and quotation
    marks, blanks and dots around the quote dropped. Letters stay what they are: a Cyrillic `а` is no Latin `a`, and an
    upper-case letter no lower-case one. The quote begins and ends at the edge of a word.
    """
    wanted = _normal(quote)[0].strip(_EDGES)
    held, places = _normal(text)
    start = held.find(wanted) if wanted else -1
    while start >= 0:
        end = start + len(wanted)
        if not (_joined(held, places, start) or _joined(held, places, end)):
            return Span(places[start], places[end - 1] + 1)
        start = held.find(wanted, start + 1)
    return None


def _joined(held: str, places: list[int], at: int) -> bool:
    """Whether a cut before the character `at` would part a word, a letter from its accent, or one sign (`½`)."""
    if not 0 < at < len(held):
        return False
    parts_sign = places[at - 1] == places[at] or unicodedata.combining(held[at]) > 0
    return parts_sign or (held[at - 1].isalnum() and held[at].isalnum())


def _normal(text: str) -> tuple[str, list[int]]:
    """`text` normalised, and for each character of it the place that it came from."""
    said: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        for part in unicodedata.normalize("NFKC", character).translate(_SAME):
            blank = part.isspace()
            if blank and said and said[-1] == " ":
                continue
            said.append(" " if blank else part)
            places.append(place)
    return "".join(said), places
