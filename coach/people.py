"""Finds people's names in a text: by lists of names, by how words are written, and by the words beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from coach.beside import (
    ABBREVIATED,
    ACTS,
    ACTS_FIRMLY,
    ADDRESSED,
    ARTICLE,
    BEFORE,
    CALLED,
    CONCEPT,
    ENDING,
    INITIAL,
    NAME_CASE,
    PARTICLE,
    RELATED,
    STARTS,
    TITLE,
    TOKEN,
    TOLD,
    TOLD_WHAT,
)
from coach.found import Found, PersonalKind
from coach.lexicon_names import Names


@dataclass(slots=True)
class _Word:
    text: str
    """Without its ending: `Sarah` of `Sarah's`."""
    start: int
    end: int
    first: bool
    """Whether it opens a sentence, where every word is written large."""

    @property
    def low(self) -> str:
        return self.text.lower().replace("’", "'")

    @property
    def large(self) -> bool:
        return self.text[0].isupper()


def people(text: str, names: Names, taken: list[tuple[int, int]]) -> Iterator[Found]:
    """Where people are named in `text`, outside the places that are `taken`."""
    words = list(_words(text, taken))
    letters = [character for word in words for character in word.text if character.isalpha()]
    # Where all is written large or small, that tells nothing.
    shouted = sum(map(str.isupper, letters)) > 0.7 * max(1, len(letters))
    named = [_named(text, words, at, names, shouted) for at in range(len(words))]
    known = {word.low for word, yes in zip(words, named, strict=True) if yes}
    for at, word in enumerate(words):
        if not named[at] and word.low in known:
            named[at] = (word.large and not shouted and not word.first) or not names.ordinary(word.low)
    _join(text, words, named, names, shouted)
    start: int | None = None
    for at, word in enumerate(words):
        if named[at] and start is None:
            start = word.start
        ends = at + 1 == len(words) or not named[at + 1] or not _adjoins(text, word, words[at + 1])
        if named[at] and ends and start is not None:
            yield Found(PersonalKind.PERSON, start, word.end)
            start = None


def words_of(text: str, taken: list[tuple[int, int]]) -> Iterator[Found]:
    """Each word that could be a name, outside the places that are `taken`."""
    for word in _words(text, taken):
        yield Found(PersonalKind.PERSON, word.start, word.end)


def _words(text: str, taken: list[tuple[int, int]]) -> Iterator[_Word]:
    for match in TOKEN.finditer(text):
        start, end = match.span()
        if any(start < stop and begin < end for begin, stop in taken):
            continue
        bare = ENDING.sub("", match[0])
        opens = bool(STARTS.search(text[max(0, start - 4) : start])) and not ABBREVIATED.search(
            text[max(0, start - 12) : start]
        )
        yield _Word(bare, start, start + len(bare), opens)


def _named(text: str, words: list[_Word], at: int, names: Names, shouted: bool) -> bool:
    word = words[at]
    low = word.low
    if len(low) < 2:
        return False
    if names.function(low):
        return not shouted and (_told(text, word) or _full(text, words, at, names))
    before, after = text[max(0, word.start - 60) : word.start], text[word.end : word.end + 40]
    if TITLE.search(before) and not RELATED.search(before):
        return not names.ordinary(low) or (word.large and not shouted)
    if (ARTICLE.search(before) and CONCEPT.match(after)) or _of_a_place(text, words, at, names):
        return False
    parts = [part for part in re.split(r"[-.']", low) if part]
    listed = names.listed(low) or (
        len(parts) > 1 and any(names.listed(part) for part in parts if len(part) > 1) and not names.known(low)
    )
    ordinary = names.ordinary(low)
    called = bool(CALLED.search(before))
    if names.kept(low) and not (called and word.large and names.given(low)):
        return False
    if not word.large or shouted:
        return _named_small(text, word, names, before, after, called, listed, ordinary)
    if _acronym(word.text):
        return False
    if called:
        return listed or not names.known(low)
    followed = _followed(text, words, at, names)
    if word.first:
        if ordinary:
            named_fully = followed and not names.ordinary(words[at + 1].low)
            return listed and (bool(ACTS_FIRMLY.match(after)) or named_fully or _pair(words, at, names))
        if listed:
            return True
        acts = bool(ACTS.match(after)) or after[:1] in (",", ":")
        return not names.known(low) and (followed or (acts and not names.typo(low)))
    if ordinary:
        alone = names.given(low) and not _beside_capitals(text, words, at)
        inside = alone or bool(BEFORE.search(before) or ACTS.match(after) or followed)
        return listed and inside and not ARTICLE.search(before)
    return listed or not names.known(low)


def _named_small(
    text: str, word: _Word, names: Names, before: str, after: str, called: bool, listed: bool, ordinary: bool
) -> bool:
    low = word.low
    if len(low) < 3:
        return False
    if ordinary:
        if TOLD.search(before) and TOLD_WHAT.match(after):
            return listed
        return listed and called and bool(ACTS_FIRMLY.match(after))
    if names.given(low):
        return True
    addressed = bool(ADDRESSED.search(before))
    near = called or addressed or after.startswith(("'s ", "’s "))
    if listed:
        return near or bool(BEFORE.search(before) and ACTS.match(after))
    return (called or addressed) and not names.known(low) and not names.typo(low)


def _of_a_place(text: str, words: list[_Word], at: int, names: Names) -> bool:
    """`San Francisco`, `New Haven`: each half of it."""
    for left, right in ((at, at + 1), (at - 1, at)):
        if (
            left >= 0
            and right < len(words)
            and names.opens_place(words[left].low)
            and words[left].large
            and words[right].large
        ):
            return _adjoins(text, words[left], words[right])
    return False


def _beside_capitals(text: str, words: list[_Word], at: int) -> bool:
    """Whether a neighbour is written large as well, as in a title."""
    beside = [words[place] for place in (at - 1, at + 1) if 0 <= place < len(words)]
    return any(word.large and not word.first and word.text != "I" for word in beside)


def _followed(text: str, words: list[_Word], at: int, names: Names) -> bool:
    """Whether the next word is a name written large."""
    if at + 1 == len(words) or not _adjoins(text, words[at], words[at + 1]):
        return False
    other = words[at + 1]
    return other.large and names.listed(other.low) and not names.kept(other.low) and _name_case(other.text)


def _told(text: str, word: _Word) -> bool:
    """`I told Will that …`: after such a verb no other reading is left."""
    before, after = text[max(0, word.start - 60) : word.start], text[word.end : word.end + 40]
    return word.low in ("will", "may") and bool(
        (TOLD.search(before) and TOLD_WHAT.match(after)) or (word.large and not word.first and CALLED.search(before))
    )


def _full(text: str, words: list[_Word], at: int, names: Names) -> bool:
    """`May Chen`: with a family name beside it, no other reading is left."""
    word = words[at]
    if (
        word.low not in ("will", "may")
        or not word.large
        or at + 1 == len(words)
        or not _adjoins(text, word, words[at + 1])
    ):
        return False
    other = words[at + 1]
    return (
        other.large
        and names.listed(other.low)
        and not (names.ordinary(other.low) or names.kept(other.low) or names.function(other.low))
    )


def _pair(words: list[_Word], at: int, names: Names) -> bool:
    """`Dawn and Ivy share …`"""
    if at + 2 >= len(words) or words[at + 1].low != "and":
        return False
    other = words[at + 2]
    return other.large and names.given(other.low) and not names.kept(other.low)


def _join(text: str, words: list[_Word], named: list[bool], names: Names, shouted: bool) -> None:
    """Let a name take in the family name, the particles and the given names that stand beside it."""
    for at in range(len(words)):
        if not named[at]:
            continue
        place = at + 1
        while place < len(words) and _adjoins(text, words[place - 1], words[place]):
            word = words[place]
            small = PARTICLE.fullmatch(word.low) or INITIAL.fullmatch(word.text)
            particle = bool(small) and place + 1 < len(words) and words[place + 1].large and not shouted
            if not (named[place] or particle or _family(word, names, shouted)):
                break
            named[place] = True
            place += 1
        place = at - 1
        while place >= 0 and _adjoins(text, words[place], words[place + 1]) and not shouted:
            word = words[place]
            before = place > 0 and words[place - 1].large and PARTICLE.fullmatch(words[place - 1].low)
            leads = PARTICLE.fullmatch(word.low) or INITIAL.fullmatch(word.text) or _given(word, names)
            if not ((word.large and leads) or (before and PARTICLE.fullmatch(word.low))) or word.text == "I":
                break
            named[place] = True
            place -= 1


def _given(word: _Word, names: Names) -> bool:
    return names.listed(word.low) and not (names.kept(word.low) or names.ordinary(word.low))


def _family(word: _Word, names: Names, shouted: bool) -> bool:
    if word.large and not shouted:
        return (
            _name_case(word.text) and not names.kept(word.low) and (names.listed(word.low) or not names.known(word.low))
        )
    return names.listed(word.low) and not names.ordinary(word.low)


def _adjoins(text: str, left: _Word, right: _Word) -> bool:
    return text[left.end : right.start] in (" ", "-", ". ") and not right.first


def _acronym(text: str) -> bool:
    return len(text) <= 6 and text.rstrip("s").isupper()


def _name_case(text: str) -> bool:
    return bool(NAME_CASE.search(text)) and not _acronym(text)
