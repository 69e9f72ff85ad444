"""What the clients of a soak met: times, troubles, acknowledged turns and deletions, and all that was wrong."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from coach.answers import Answer, Citation

KINDS = ("question", "follow-up", "streamed", "ingest", "delete")


@dataclass(frozen=True, slots=True)
class Timing:
    """One call that succeeded. `at` is when it ended, in seconds of `time.monotonic`."""

    at: float
    kind: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Trouble:
    """One call that failed."""

    at: float
    kind: str
    said: str


class Ledger:
    """Written by many threads: every entry is one append, and a conversation belongs to one thread."""

    def __init__(self) -> None:
        self.timings: list[Timing] = []
        self.troubles: list[Trouble] = []
        self.refused: Counter[str] = Counter()
        """Calls that were refused with a reason that asks to come again, by that reason."""
        self.turns: dict[str, list[str]] = {}
        """The acknowledged turns of every conversation, in order."""
        self.deleted: dict[str, float] = {}
        """Deleted sources, and when that was acknowledged."""
        self.citations: list[str] = []
        """The source of every citation that was checked."""
        self.wrong: list[str] = []

    def timed(self, kind: str, began: float) -> None:
        now = time.monotonic()
        self.timings.append(Timing(now, kind, now - began))

    def trouble(self, kind: str, said: str) -> None:
        self.troubles.append(Trouble(time.monotonic(), kind, said))

    def answered(self, answer: Answer, asked: float, texts: Mapping[str, str]) -> None:
        """Note a turn that was acknowledged, and check what it cites; `texts` are the passages that are known."""
        self.turns.setdefault(answer.conversation_id, []).append(answer.turn_id)
        cited = [citation.source.id for citation in answer.citations]
        self.citations.extend(cited)
        self.wrong += [
            f"turn {answer.turn_id} cites {source!r}, which had been deleted before it was asked"
            for source in after_deletion(cited, asked, self.deleted)
        ]
        self.wrong += [
            f"turn {answer.turn_id}: citation {citation.number} is not what stands in {citation.passage_id!r}"
            for citation in misquoted(answer.citations, texts)
        ]


def after_deletion(cited: Iterable[str], asked: float, deleted: Mapping[str, float]) -> list[str]:
    """The cited sources whose deletion had been acknowledged before the question was asked."""
    return [source for source in cited if deleted.get(source, asked) < asked]


def misquoted(citations: Iterable[Citation], texts: Mapping[str, str]) -> list[Citation]:
    """The citations whose words do not stand where they say; those of unknown passages cannot be told."""
    return [
        citation
        for citation in citations
        if citation.passage_id in texts and texts[citation.passage_id][citation.start : citation.end] != citation.quote
    ]


def lost(acknowledged: Sequence[str], stored: Collection[str]) -> list[str]:
    """The acknowledged turns that are not stored."""
    return [turn for turn in acknowledged if turn not in stored]
