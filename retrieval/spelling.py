"""Mends slips of the keyboard in a query: a word that nobody knows gives way to one of the field's a slip away."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

import simplemma

from retrieval.words import stem

_LANGUAGE = "en"
_SHORTEST = 5
_WORD = re.compile(r"[^\W\d_]+")
_OPENS = re.compile(r"(?:^|[.!?:;\n]\s*)$")

Counts = Callable[[Sequence[str]], Mapping[str, int]]
"""In how many passages of the library each stem occurs."""


class Spelling:
    """Knows the words that a slip can be mended to."""

    def __init__(self, words: Collection[str]) -> None:
        self._words = frozenset(word for word in words if len(word) >= _SHORTEST)

    def mended(self, query: str, counts: Counts) -> str:
        """`query` with each slip mended; a word that the dictionary or the library knows, or a name, stays.

        Two letters exchanged, one left out, doubled or wrong: most slips are no worse (Damerau 1964).
        """
        unknown = [match for match in _WORD.finditer(query) if self._unknown(query, match)]
        if not unknown:
            return query
        held = counts([stem(match[0].lower()) for match in unknown])
        for match in reversed(unknown):
            if held[stem(match[0].lower())] == 0 and (meant := self._meant(match[0].lower(), counts)):
                query = query[: match.start()] + meant + query[match.end() :]
        return query

    def _unknown(self, query: str, match: re.Match[str]) -> bool:
        word = match[0].lower()
        if len(word) < _SHORTEST or word in self._words or simplemma.is_known(word, lang=_LANGUAGE):
            return False
        # A word that is written large inside a sentence is somebody's name.
        return match[0].islower() or bool(_OPENS.search(query[: match.start()])) or query.isupper()

    def _meant(self, word: str, counts: Counts) -> str | None:
        """What is one slip away: the field's own word first, then any that two exchanged letters make of it.

        Of several the one that the library says most.
        """
        nearest = (
            (other for other in _exchanged(word) if other in self._words),
            (other for other in _edited(word) if other in self._words),
            (other for other in _exchanged(word) if simplemma.is_known(other, lang=_LANGUAGE)),
        )
        for near in nearest:
            if found := sorted(set(near)):
                held = counts([stem(other) for other in found])
                return max(found, key=lambda other: held[stem(other)])
        return None


def _exchanged(word: str) -> Iterator[str]:
    return (word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in range(len(word) - 1))


def _edited(word: str) -> Iterator[str]:
    for at in range(len(word) + 1):
        before, after = word[:at], word[at:]
        yield before + after[1:]
        for letter in string.ascii_lowercase:
            yield before + letter + after
            yield before + letter + after[1:]
