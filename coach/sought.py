"""What a question asks for that only a certain kind of statement gives: how often, how many, what it costs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import resources

import yaml

_APOSTROPHES = str.maketrans("’ʼ", "''")


@dataclass(frozen=True, slots=True)
class Sought:
    """One such thing."""

    id: str
    label: str
    """Completes "Nothing in it says …"."""
    asked: re.Pattern[str]
    given: re.Pattern[str]


class SoughtThings:
    """The things of `sought.yaml`; they only ever refuse, since a statement that gives one proves nothing yet."""

    def __init__(self, things: Iterable[Sought]) -> None:
        self._things = tuple(things)

    @classmethod
    def load(cls) -> SoughtThings:
        """The packaged data."""
        text = resources.files("coach").joinpath("sought.yaml").read_text("utf-8")
        return cls(
            Sought(item["id"], item["label"], _any(item["asked"]), _any(item["given"]))
            for item in yaml.safe_load(text)["sought"]
        )

    def missing(self, question: str, statements: Iterable[str]) -> tuple[str, ...]:
        """Labels of what `question` asks for and none of `statements` gives."""
        asked = [thing for thing in self._things if thing.asked.search(_plain(question))]
        if not asked:
            return ()
        said = [_plain(statement) for statement in statements]
        return tuple(thing.label for thing in asked if not any(thing.given.search(text) for text in said))


def _any(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


def _plain(text: str) -> str:
    return " ".join(text.translate(_APOSTROPHES).lower().split())
