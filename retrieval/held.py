"""What was read of the index and is held in memory, within bounds, until the index changes."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Generic, TypeVar

Name = TypeVar("Name", bound=Hashable)
Value = TypeVar("Value")


class Held(Generic[Name, Value]):
    """Values by name for several threads; emptied when it is full, since no order of use is kept."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: dict[Name, Value] = {}

    def of(self, names: Iterable[Name], read: Callable[[list[Name]], dict[Name, Value]]) -> dict[Name, Value]:
        """The values of `names`, in their order; `read` gives those that are not held yet. What it lacks is absent."""
        # What is being read while everything is forgotten goes into a dict that nobody looks at any more.
        values = self._values
        wanted = dict.fromkeys(names)
        found = {name: values[name] for name in wanted if name in values}
        if new := [name for name in wanted if name not in found]:
            fresh = read(new)
            found |= fresh
            if len(values) + len(fresh) > self._most and values is self._values:
                self._values = values = {}
            if len(fresh) <= self._most:
                values |= fresh
        return {name: found[name] for name in wanted if name in found}

    def forget(self) -> None:
        self._values = {}
