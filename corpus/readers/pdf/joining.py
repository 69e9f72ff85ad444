"""Lines → running text: words that were divided at a line's end are whole again, hyphens of their own stay."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_DIVIDED = re.compile(r"([^\W\d_]+(?:-[^\W\d_]+)*)-$")
_NEXT = re.compile(r"[^\W\d_]+")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
# First parts that English writes with a hyphen, and last parts that take one.
_ENDING = re.compile(
    r"(?:ings?|ed|e[er]s?|e?s|ships?|ments?|t?ions?|[ai]bl[ey]|al|ally|ity|ness|ful|less|ly|ive|[ae]nces?|hood|is[mt]s?)"
)
_BEFORE = frozenset(
    (
        *(
            "all",
            "cross",
            "self",
            "non",
            "well",
            "long",
            "short",
            "high",
            "low",
            "mid",
            "near",
            "peer",
            "meta",
            "ex",
            "half",
        ),
        *(
            "multi",
            "follow",
            "face",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "first",
            "second",
            "third",
            "part",
            "full",
        ),
        *(
            "large",
            "small",
            "real",
            "same",
            "single",
            "double",
            "quasi",
            "semi",
            "socio",
            "mentor",
            "mentee",
            "mentoring",
        ),
        *(
            "evidence",
            "theory",
            "research",
            "data",
            "career",
            "goal",
            "gender",
            "race",
            "job",
            "work",
            "college",
            "school",
        ),
        *(
            "university",
            "student",
            "faculty",
            "staff",
            "youth",
            "community",
            "decision",
            "role",
            "problem",
            "time",
            "age",
        ),
    )
)
_AFTER = frozenset(
    (
        *(
            "based",
            "related",
            "oriented",
            "specific",
            "centered",
            "centred",
            "driven",
            "focused",
            "focussed",
            "level",
            "term",
        ),
        *(
            "making",
            "being",
            "known",
            "like",
            "wide",
            "efficacy",
            "esteem",
            "report",
            "reported",
            "reports",
            "regulation",
        ),
        *(
            "analysis",
            "analyses",
            "analytic",
            "sectional",
            "gender",
            "cultural",
            "race",
            "year",
            "old",
            "to",
            "face",
            "up",
        ),
        *("mentor", "mentors", "mentee", "mentees", "scale", "led", "rated", "person"),
    )
)


class Words:
    """Knows the words of one document: how it writes them elsewhere decides how a divided one is joined."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._known: set[str] = set()
        divided = False
        for line in lines:
            # The first word may be the other half of one, the last word half of the next.
            words = _WORD.findall(line.lower())[divided:]
            divided = line.rstrip().endswith("-")
            self._known.update(words[:-1] if divided else words)

    def joined(self, lines: Sequence[str]) -> str:
        """The lines as running text."""
        said = ""
        for line in lines:
            said = self._join(said, line) if said else line
        return said

    def _join(self, before: str, after: str) -> str:
        divided = _DIVIDED.search(before)
        if before.endswith("-") and not before.endswith((" -", "--")) and divided is None:
            return before + after
        following = _NEXT.match(after)
        if divided is None or following is None:
            return f"{before} {after}"
        first, last = divided.group(1), following.group()
        return before + after if self._keeps(first.lower(), last) else before[:-1] + after

    def _keeps(self, first: str, last: str) -> bool:
        if not last[0].islower():
            return True
        part = first.rsplit("-", 1)[-1]
        if f"{part}{last}" in self._known or f"{first}{last}" in self._known:
            return False
        if f"{part}-{last}" in self._known:
            return True
        return not _ENDING.fullmatch(last) and (part in _BEFORE or last in _AFTER)
