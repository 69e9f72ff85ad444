"""Which words are people's names and which are ordinary words, from the libraries' lists and a short one of our own."""

from __future__ import annotations

import importlib
import pkgutil
import string
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Any

import simplemma
import yaml
from faker.providers import person

_LANGUAGE = "en"
_SHORTEST_TYPO = 5
_GIVEN, _FAMILY = "first_", "last_"


class Names:
    """Words by lower-case form. A word may be a name and an ordinary word: `will`, `grace`."""

    def __init__(self) -> None:
        own = yaml.safe_load(resources.files("coach").joinpath("names.yaml").read_text("utf-8"))
        self._kept = frozenset(own["kept"].split())
        self._function = frozenset(own["function"].split())
        self._places = frozenset(own["places"].split())
        self._words = frozenset(own["ordinary"].split())
        self._given = frozenset({*own["given"].split(), *_listed(_GIVEN)}) - self._words
        self._family = frozenset(_listed(_FAMILY)) - self._words

    def given(self, word: str) -> bool:
        return word in self._given

    def listed(self, word: str) -> bool:
        """Whether it is anybody's given or family name."""
        return word in self._given or word in self._family

    def kept(self, word: str) -> bool:
        """Whether it is rather a place, a people, a day, a product or an office than a person."""
        return word in self._kept or (word.endswith("s") and word[:-1] in self._kept)

    def function(self, word: str) -> bool:
        """Whether it holds sentences together, and is hardly ever a name."""
        return word in self._function

    def opens_place(self, word: str) -> bool:
        """Whether it opens names of places: `San` Francisco."""
        return word in self._places

    @cache  # noqa: B019 - one object lives as long as the process
    def ordinary(self, word: str) -> bool:
        """Whether the dictionary has it as a word that is written small."""
        if word in self._words:
            return True
        return simplemma.is_known(word, lang=_LANGUAGE) and simplemma.lemmatize(word, lang=_LANGUAGE).islower()

    def known(self, word: str) -> bool:
        """Whether the dictionary has it at all, as a word or as a proper noun."""
        return word in self._words or word in self._kept or simplemma.is_known(word, lang=_LANGUAGE)

    @cache  # noqa: B019
    def typo(self, word: str) -> bool:
        """Whether one letter more, less, other or exchanged makes an ordinary word of it."""
        if len(word) < _SHORTEST_TYPO:
            return False
        return any(self.ordinary(other) for other in _edits(word))


def _listed(prefix: str) -> Iterator[str]:
    """Every word of the lists of names that Faker has for its languages."""
    for module in pkgutil.iter_modules(person.__path__):
        provider = importlib.import_module(f"{person.__name__}.{module.name}").Provider
        for name in dir(provider):
            if name.startswith(prefix):
                for text in _texts(getattr(provider, name)):
                    yield from (word for word in text.lower().replace("’", "'").split() if len(word) > 1)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, tuple, set, frozenset, dict)):
        for item in value:
            yield from _texts(item)


def _edits(word: str) -> Iterator[str]:
    for at in range(len(word) + 1):
        head, tail = word[:at], word[at:]
        if tail:
            yield head + tail[1:]
        if len(tail) > 1:
            yield head + tail[1] + tail[0] + tail[2:]
        for letter in string.ascii_lowercase:
            yield head + letter + tail
            if tail:
                yield head + letter + tail[1:]
