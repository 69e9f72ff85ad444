"""Names of people and organisations: how a source shows one, and what its family name is.

A source holds a name as it is read aloud, "Belle Rose Ragins". Which words are the family name is nearly always plain
from that; where it is not, a no-break space binds the words that belong together ("Gabriel García Márquez").
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from corpus.bibliography.values import tidy, tidy_name

ET_AL = "et al."
"""Stands last among the authors where a list of them breaks off."""
_BOUND = "\u00a0"
_INSTITUTIONS = frozenset(
    (
        *("academies", "academy", "agency", "association", "center", "centre", "college", "commission", "committee"),
        *("council", "department", "foundation", "group", "institute", "ministry", "network", "organisation"),
        *("organization", "partnership", "society", "team", "university"),
    )
)
_ORGANISATION = _INSTITUTIONS | {"of", "and", "the", "for"}
_PARTICLES = frozenset(
    (
        *("van", "von", "vom", "zu", "zum", "zur", "der", "den", "de", "del", "della", "di", "da", "dos", "du"),
        *("la", "le", "ten", "ter", "af", "av", "bin", "ibn", "al", "el"),
    )
)
_SUFFIX = re.compile(r"(?:Jr|Sr)\.?|II|III|IV")


@dataclass(frozen=True, slots=True)
class Name:
    """A person's name in parts; an organisation's stands whole in `family`."""

    family: str
    given: str = ""
    suffix: str = ""
    whole: bool = False


def parts_of(shown: str) -> Name:
    """The parts of a name as a source shows it."""
    before, comma, after = shown.rpartition(",")
    suffix = after.strip() if comma and _SUFFIX.fullmatch(after.strip()) else ""
    words = (before if suffix else shown).split(" ")
    if len(words) > 2 and _SUFFIX.fullmatch(words[-1]):
        suffix = words.pop()
    if "," in " ".join(words) or len(words) > 4 or _ORGANISATION & {word.lower() for word in words}:
        return Name(_plain(shown), whole=True)
    if len(words) == 1:
        return Name(_plain(shown), whole=True)
    start = len(words) - 1
    while start and words[start - 1] in _PARTICLES:
        start -= 1
    if not start or _SUFFIX.fullmatch(" ".join(words[:start])):
        return Name(_plain(shown), whole=True)
    return Name(_plain(" ".join(words[start:])), _plain(" ".join(words[:start])), suffix)


def shown(name: Name) -> str:
    """A name as a source shows it, its words bound only where they would be taken apart wrongly."""
    family, given, suffix = tidy(name.family), tidy(name.given), tidy(name.suffix)
    if not family or not given:
        family, given = family or given, ""
    wanted = Name(family, given, suffix if given else "", whole=not given)
    forms = (
        (given, family),
        (given, family.replace(" ", _BOUND)),
        (given.replace(" ", _BOUND), family),
        (given.replace(" ", _BOUND), family.replace(" ", _BOUND)),
    )
    written = [" ".join(part for part in (*form, wanted.suffix) if part) for form in forms]
    return next((form for form in written if parts_of(form) == wanted), written[0])


def canonical(author: str) -> str:
    """A name as a source shows it, however it was put down."""
    author = tidy_name(author)
    if is_et_al(author):
        return ET_AL
    return shown(parts_of(author)) if author else ""


def plain(author: str) -> str:
    """A name for print, its words parted by plain spaces."""
    return _plain(author)


def names_in(text: str) -> tuple[str, ...]:
    """Names as people write them on one line: parted by semicolons, else by "and" and commas."""
    text = tidy_name(text)
    if ";" in text:
        return _cleaned(inverted(part) for part in text.split(";"))
    if _INSTITUTIONS & {word.strip(",.").lower() for word in text.split()}:
        return _cleaned([text])
    parts = [part.strip(" ,") for part in re.split(r"\s+(?:and|&)\s+", text)]
    if all(_is_inverted(part) for part in parts):
        return _cleaned(inverted(part) for part in parts)
    return _cleaned(name for part in parts for name in _joined_suffixes(part.split(",")))


def _cleaned(names: Iterable[str]) -> tuple[str, ...]:
    found = [tidy_name(name) for name in names]
    return tuple(ET_AL if is_et_al(name) else name for name in found if name)


def is_et_al(name: str) -> bool:
    return name.strip(" .").lower() in ("et al", "others", "and others")


def inverted(text: str) -> str:
    """A name written "Family, Given" or "Family, Given, Suffix" as a source shows it; any other stays as it is."""
    text = tidy_name(text)
    if text.endswith(","):
        return shown(Name(text.rstrip(", ")))
    parts = [part.strip() for part in text.split(",")]
    if len(parts) > 3 or len(parts) == 1 or not all(parts) or _ORGANISATION & {word.lower() for word in text.split()}:
        return text
    if len(parts) == 2 and _SUFFIX.fullmatch(parts[1]):
        return text
    return shown(Name(parts[0], parts[1], parts[2] if len(parts) == 3 else ""))


def _is_inverted(text: str) -> bool:
    family, comma, given = text.partition(",")
    return bool(comma) and "," not in given and len(family.split()) < 2 <= len(text.split())


def _joined_suffixes(parts: list[str]) -> list[str]:
    joined: list[str] = []
    for part in (part.strip() for part in parts):
        if joined and _SUFFIX.fullmatch(part):
            joined[-1] += f" {part}"
        else:
            joined.append(part)
    return joined


def _plain(text: str) -> str:
    return text.replace(_BOUND, " ")
