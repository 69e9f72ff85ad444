"""Which sentences of a passage does a claim speak of? And where does a model's quote stand in it?"""

from __future__ import annotations

import unicodedata

from coach.lexicon import Lexicon, Said
from corpus.models import Span
from corpus.passages import sentences

_MOST = 3
_WORTH = 0.12
"""A further sentence is taken when it holds at least this share more of the claim's words, and `_FURTHER` words."""
_FURTHER = 1.0
_ALIKE = 0.6
"""What a word counts for which the sentence only means."""


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
    held: dict[Span, dict[object, float]] = {}
    for span in within:
        sentence = Said(span.of(text), lexicon)
        exact, means = sentence.held | sentence.numbers, sentence.meanings | sentence.numbers
        held[span] = {word: 1.0 if word in exact else _ALIKE for word, meanings in wanted.items() if meanings & means}
    chosen: list[Span] = []
    covered: dict[object, float] = {}
    while len(chosen) < _MOST:
        gains = {
            span: sum(max(0.0, worth - covered.get(word, 0.0)) for word, worth in words.items())
            for span, words in held.items()
            if span not in chosen
        }
        best = max(gains, key=lambda span: (gains[span], -span.start), default=None)
        if best is None or (chosen and gains[best] < max(_FURTHER, _WORTH * len(wanted))):
            break
        chosen.append(best)
        covered |= {word: max(worth, covered.get(word, 0.0)) for word, worth in held[best].items()}
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
