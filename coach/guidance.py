"""Suggestions for the mentor's next conversation, from data, labelled as not from research."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from importlib import resources

import yaml
from pydantic import BaseModel, ConfigDict

from coach.answers import Guidance
from coach.profile import Profile

_GENERAL = "general"


class _Suggestion(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    topics: list[str]
    text: str
    whom: dict[str, list[str]] = {}
    """For whom alone it is meant, by facet of a profile; by default for anybody."""


@dataclass(frozen=True, slots=True)
class Suggestions:
    """All suggestions by topic."""

    suggestions: tuple[_Suggestion, ...]

    @classmethod
    def load(cls) -> Suggestions:
        text = resources.files("coach").joinpath("guidance.yaml").read_text("utf-8")
        data = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        return cls(tuple(_Suggestion.model_validate(item) for item in data["suggestions"]))

    def choose(
        self, topics: Sequence[str], used: Collection[str], count: int = 1, profile: Profile | None = None
    ) -> list[Guidance]:
        """At most `count` suggestions for `topics` (the most telling first), none of the texts in `used`.

        Without a fitting one, a general suggestion. What is meant for a case like `profile` comes first.
        """
        case = profile or Profile()
        weight = {topic: 1.0 / (place + 1) for place, topic in reversed(list(enumerate(topics)))}
        fresh = [s for s in self.suggestions if s.text not in used and case.fits(s.whom)]
        fresh.sort(key=lambda s: -len(s.whom))
        fitting = [s for s in fresh if any(topic in weight for topic in s.topics)]
        # A suggestion about few topics is about the one asked for.
        fitting.sort(
            key=lambda s: (-len(s.whom), -sum(weight.get(topic, 0.0) for topic in s.topics) / len(s.topics) ** 0.5)
        )
        chosen = fitting[:count] or [s for s in fresh if _GENERAL in s.topics][:1]
        return [Guidance(text=suggestion.text) for suggestion in chosen]
