"""What can be scored: our served coach, any OpenAI-compatible chat, the plainest pipeline. One shape for all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from evals.reply import Hit, PassageText, Reply


class TargetError(Exception):
    """A target cannot be opened, or it failed or answered nonsense; the message says what and what to do."""


class NotOfferedError(TargetError):
    """The target has nothing of the kind, which is no failure of it."""


class Target(Protocol):
    """Something that answers. Each method raises `TargetError`; every call stands for itself."""

    name: str

    def ask(self, turns: Sequence[str]) -> list[Reply]:
        """The replies to a conversation's turns, in order."""
        ...

    def search(self, query: str, top_k: int) -> list[Hit]:
        """The best passages, best first; raises `NotOfferedError` where there is no search."""
        ...

    def passage(self, passage_id: str) -> PassageText:
        """A cited passage's text; raises `NotOfferedError` where it cannot be read."""
        ...
