"""What any target answered, in one shape: replies, hits and the record that is kept of each task."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Cited(Value):
    """A citation as far as the target tells it; the less it tells, the more coarsely it is judged."""

    number: int
    passage_id: str | None = None
    source_id: str | None = None
    quote: str | None = None
    start: int | None = None
    end: int | None = None


class Said(Value):
    """One statement of a reply with the numbers of the citations behind it."""

    text: str
    citations: list[int] = []


class Reply(Value):
    """One turn of a target. `kind_told` is false where the kind was read off the text."""

    kind: Literal["answer", "abstention", "safety", "chat"]
    kind_told: bool = True
    text: str
    statements: list[Said] = []
    citations: list[Cited] = []
    coverage: float | None = Field(default=None, ge=0, le=1, description="Told probability that the library covers it.")
    model: str = "none"
    first_s: float | None = Field(default=None, description="Seconds to the first claim, where claims are streamed.")
    whole_s: float

    @property
    def answered(self) -> bool:
        return self.kind == "answer"

    def cited(self, said: Said) -> list[Cited]:
        """The citations of a statement; a number that leads nowhere has none."""
        return [citation for citation in self.citations if citation.number in said.citations]

    @property
    def sources(self) -> set[str]:
        return {citation.source_id for citation in self.citations if citation.source_id}


class Hit(Value):
    passage_id: str
    source_id: str


class PassageText(Value):
    """A passage as the target shows it."""

    id: str
    source_id: str
    text: str


class Record(Value):
    """What became of one task: its replies, hits or passage, or the error in one line."""

    id: str
    replies: list[Reply] = []
    hits: list[Hit] = []
    passage: PassageText | None = None
    error: str | None = None
