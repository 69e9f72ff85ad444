"""What is not the coach's to answer: the limits, whom to ask, and what the library covers instead."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from typing import Self

import yaml


@dataclass(frozen=True, slots=True)
class Limit:
    """One subject: what is said, and questions to ask instead, each with the passage that answers it."""

    text: str
    instead: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Scope:
    """The limits by subject: `legal`, `medical-advice`, `tax`, `immigration`, `diagnose`, `judge`, `surveil`."""

    limits: dict[str, Limit]

    @classmethod
    def load(cls) -> Self:
        """The packaged limits."""
        data = yaml.safe_load(resources.files("coach").joinpath("scope.yaml").read_text("utf-8"))["subjects"]
        return cls(
            {
                subject: Limit(said["text"], tuple((item["question"], item["passage"]) for item in said["follow_ups"]))
                for subject, said in data.items()
            }
        )
