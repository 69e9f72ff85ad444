"""The library's texts as the metrics read them: where does a quote stand, and which sentences are there?"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from corpus import founding
from corpus.models import Entry
from corpus.passages import sentences
from evals.reply import Cited, PassageText

_PLAIN = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "\u00ad": None})
_LEAST = 12
"""Characters below which a quote proves nothing."""


def normal(text: str) -> str:
    """`text` for comparison: compatibility forms, case, quotation marks, dashes and white space made alike."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text).translate(_PLAIN).casefold()).strip()


@dataclass(frozen=True, slots=True)
class Place:
    """A range of characters in a passage's normalised text."""

    passage_id: str
    start: int
    end: int

    def meets(self, other: Place) -> bool:
        """Whether the two share at least half of the shorter one."""
        if self.passage_id != other.passage_id:
            return False
        shared = min(self.end, other.end) - max(self.start, other.start)
        return shared > 0 and shared >= min(self.end - self.start, other.end - other.start) / 2


@dataclass(frozen=True)
class Text:
    """One passage, as it stands and normalised."""

    id: str
    source_id: str
    text: str

    @cached_property
    def plain(self) -> str:
        return normal(self.text)

    @cached_property
    def sentences(self) -> tuple[Place, ...]:
        """The places of its sentences."""
        found: list[Place] = []
        at = 0
        for span in sentences(self.text):
            said = normal(span.of(self.text))
            start = self.plain.find(said, at)
            if said and start >= 0:
                at = start + len(said)
                found.append(Place(self.id, start, at))
        return tuple(found)


@lru_cache(maxsize=1)
def founding_entries() -> tuple[Entry, ...]:
    """The founding library, read once: it does not change while a program runs."""
    return tuple(founding.entries())


@lru_cache(maxsize=1)
def founding_titles() -> dict[str, str]:
    """The founding sources' ids by their normalised titles."""
    return {normal(entry.source.title): entry.source.id for entry in founding_entries()}


class Library:
    """The founding passages, and whatever else a target has shown; a target's own text of a passage counts."""

    def __init__(self, shown: Iterable[PassageText] = ()) -> None:
        entries = founding_entries()
        texts = [Text(passage.id, entry.source.id, passage.text) for entry in entries for passage in entry.passages]
        texts += [Text(passage.id, passage.source_id, passage.text) for passage in shown]
        self.texts = {text.id: text for text in texts}
        by_id = {passage.id: passage.text for entry in entries for passage in entry.passages}
        self.findings: dict[str, list[str]] = {
            normal(finding.text): [normal(span.of(by_id[finding.passage_id])) for span in finding.spans]
            for entry in entries
            for finding in entry.findings
        }
        """Of each reviewed finding, by its normalised text, the sentences that it was reviewed against."""

    def find(self, quote: str, passage_id: str | None = None) -> list[Place]:
        """Where a quote stands, in the named passage or anywhere."""
        said = normal(quote)
        if len(said) < _LEAST:
            return []
        texts = [self.texts[passage_id]] if passage_id in self.texts else [] if passage_id else self.texts.values()
        return [Place(text.id, at, at + len(said)) for text in texts for at in [text.plain.find(said)] if at >= 0]

    def places(self, cited: Cited) -> list[Place]:
        """What a citation points at: its quote, else its whole passage, else every passage of its source."""
        if cited.quote is not None:
            return self.find(cited.quote, cited.passage_id)
        if cited.passage_id is not None:
            named = [text for text in self.texts.values() if text.id == cited.passage_id]
        else:
            named = [text for text in self.texts.values() if cited.source_id and text.source_id == cited.source_id]
        return [Place(text.id, 0, len(text.plain)) for text in named]

    def premise(self, citations: Sequence[Cited]) -> str:
        """The normalised text that citations stand for, one after another."""
        places = dict.fromkeys(place for cited in citations for place in self.places(cited))
        return " ".join(self.texts[place.passage_id].plain[place.start : place.end] for place in places)

    def sentences_in(self, place: Place) -> list[Place]:
        """The sentences of which at least half lies in `place`."""
        return [
            sentence
            for sentence in self.texts[place.passage_id].sentences
            if min(sentence.end, place.end) - max(sentence.start, place.start) >= (sentence.end - sentence.start) / 2
        ]
