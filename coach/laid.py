"""A sentence laid out word by word, in the parts that a pattern cuts it into: what stands on which side of what."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence

from coach.lexicon import Said, meant
from coach.plain import plain
from retrieval.words import tokens

# After a noun none of these stands.
_OBJECTS = (["us"], ["them"], ["him"], ["me"], ["you"])


class Laid:
    """The words of a sentence, `and` and `but` among them, in the parts that `cut` makes of it."""

    def __init__(self, said: Said, cut: re.Pattern[str]) -> None:
        self._said = said
        self.words: list[str] = []
        self.parts: list[int] = []
        for number, part in enumerate(cut.split(plain(said.text))):
            words = tokens(part)
            self.words += words
            self.parts += [number] * len(words)
        self.stems = meant(self.words)
        self.content = [place for place, stem in enumerate(self.stems) if stem in said.content]
        self.contents = frozenset(self.content)

    def sides(self, place: int, near: int, without: Container[str] = ()) -> tuple[frozenset[str], frozenset[str]]:
        """The nearest content stems before and after `place`, within its part; the words `without` count for none."""
        own = [at for at in self.content if self.parts[at] == self.parts[place] and self.words[at] not in without]
        before, after = [at for at in own if at < place], [at for at in own if at > place]
        return frozenset(self.stems[at] for at in before[-near:]), frozenset(self.stems[at] for at in after[:near])

    def actions(self, but: Sequence[str]) -> Iterator[int]:
        """Where a verb seems to stand: `-ed`, `-ing`, soon after `may` or `was`, before `us`.

        Left out are groups, fields and countries, and words of the classes `but`.
        """
        lexicon = self._said.lexicon
        for place in self.content:
            word = self.words[place]
            led = self._led(place, "auxiliary", 2) or self.words[place + 1 : place + 2] in _OBJECTS
            named = word in lexicon.groups or word in lexicon.population
            if (
                (led or word.endswith(("ed", "ing")) or self.stems[place] in lexicon.classes["acts"])
                and not named
                and not self._said.is_any(word, self.stems[place], but)
            ):
                yield place

    def passive(self, place: int) -> bool:
        """Whether the verb at `place` stands in the passive, and says by whom or what."""
        agent = {"by", "through"} & set(self.words[place + 1 : place + 8])
        return self._led(place, "being", 3) and bool(agent)

    def _led(self, place: int, name: str, within: int) -> bool:
        return not self._said.lexicon.classes[name].isdisjoint(self.words[max(0, place - within) : place])
