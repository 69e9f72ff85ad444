"""Suggestions for the mentor's next conversation, from data, labelled as not from research."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from importlib import resources

import yaml
from pydantic import BaseModel, ConfigDict

from coach.answers import Guidance

_GENERAL = "general"


class _Suggestion(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    topics: list[str]
    text: str


@dataclass(frozen=True, slots=True)
class Suggestions:
    """All suggestions by topic."""

    suggestions: tuple[_Suggestion, ...]

    @classmethod
    def load(cls) -> Suggestions:
        text = resources.files("coach").joinpath("guidance.yaml").read_text("utf-8")
        data = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        return cls(tuple(_Suggestion.model_validate(item) for item in data["suggestions"]))

    def choose(self, topics: Sequence[str], used: Collection[str], count: int = 1) -> list[Guidance]:
        """At most `count` suggestions for `topics` (the most telling first), none of the texts in `used`.

        Without a fitting one, a general suggestion.
        """
        weight = {topic: 1.0 / (place + 1) for place, topic in reversed(list(enumerate(topics)))}
        fresh = [suggestion for suggestion in self.suggestions if suggestion.text not in used]
        fitting = [s for s in fresh if any(topic in weight for topic in s.topics)]
        # A suggestion about few topics is about the one asked for.
        fitting.sort(key=lambda s: -sum(weight.get(topic, 0.0) for topic in s.topics) / len(s.topics) ** 0.5)
        chosen = fitting[:count] or [s for s in fresh if _GENERAL in s.topics][:1]
        return [Guidance(text=suggestion.text) for suggestion in chosen]
