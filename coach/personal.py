"""Finds everything personal in a text; what the library's own sources are called is not."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from coach.contacts import contacts
from coach.employers import employers
from coach.found import Found, PersonalKind
from coach.lexicon_names import Names
from coach.people import people, words_of

Published = Callable[[str, str], bool]
"""Whether a name, in the text it stands in, is that of a source or of its author."""

_NAMED = (PersonalKind.PERSON, PersonalKind.EMPLOYER)


@cache
def _names() -> Names:
    return Names()


def personal(text: str, published: Published = lambda name, text: False) -> list[Found]:
    """What is personal in `text`, in order and without overlap."""
    names = _names()
    found: list[Found] = []
    for item in [*contacts(text), *employers(text, names)]:
        # What comes first is surer; a longer find of the same kind is the whole of a shorter one.
        overlapping = [other for other in found if item.start < other.end and other.start < item.end]
        if all(
            other.kind is item.kind and item.start <= other.start and other.end <= item.end for other in overlapping
        ):
            found = [other for other in found if other not in overlapping]
            found.append(item)
    found += people(text, names, [(item.start, item.end) for item in found])
    found = [item for item in found if item.kind not in _NAMED or not published(text[item.start : item.end], text)]
    return sorted(found, key=lambda item: item.start)


def again(text: str, found: list[Found], known: Callable[[str], bool]) -> list[Found]:
    """`found`, and the words beside it that this conversation knows as a person's name."""
    names = _names()
    taken = [(item.start, item.end) for item in found]
    more = [item for item in words_of(text, taken) if known(text[item.start : item.end])]
    clear = [i for i in more if text[i.start].isupper() or not names.ordinary(text[i.start : i.end].lower())]
    return sorted([*found, *clear], key=lambda item: item.start)


def given_name(word: str) -> bool:
    """Whether a word, written small, is somebody's given name."""
    return _names().given(word)
