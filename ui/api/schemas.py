"""What requests carry and lists return; an answer itself is `coach.answers.Answer`."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from coach.answers import Answer, SourceCard
from corpus.models import Strength
from retrieval.models import Filters


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SourceFilters(_Body):
    """Which sources may answer; what is left out does not filter."""

    sources: list[str] = Field(default=[], max_length=1000, description="Source ids.")
    study_kinds: list[Strength] = Field(default=[], description="Kinds of study.")
    year_from: int | None = Field(default=None, description="A source without a verified year fails a filter on it.")
    year_to: int | None = None
    population: str | None = Field(
        default=None, max_length=200, description="Words that stand in the source's population."
    )

    def filters(self) -> Filters:
        return Filters(
            frozenset(self.sources), frozenset(self.study_kinds), self.year_from, self.year_to, self.population
        )


class Ask(_Body):
    """A question, in the mentor's own words."""

    question: str = Field(examples=["How do the National Academies define mentorship?"])
    conversation_id: str | None = Field(
        default=None,
        max_length=64,
        pattern=r"^[A-Za-z0-9_-]*$",
        description="Continue this conversation; else a new one.",
    )
    filters: SourceFilters | None = None
    top_k: int | None = Field(default=None, ge=1, le=100, description="How many passages to consider.")


class SearchHit(BaseModel):
    passage_id: str
    source_id: str
    source_title: str
    text: str
    score: float = Field(description="Fused score in 0–1, comparable within one query.")


class SearchResult(BaseModel):
    query: str
    hits: list[SearchHit] = Field(description="Best first, one a passage.")


class PassageRef(BaseModel):
    id: str
    ordinal: int


class SourceDetail(SourceCard):
    """A source with what is known of it and the ids of its passages."""

    volume: str | None
    issue: str | None
    pages: str | None
    keywords: list[str]
    unverified: list[str] = Field(description="Bibliographic fields without evidence; they are left empty.")
    founding: bool
    passages: list[PassageRef]


class SourceList(BaseModel):
    sources: list[SourceCard]


class PassageDetail(BaseModel):
    id: str
    source_id: str
    source_title: str
    text: str
    original_text: str = Field(description="The text before repair; the same as `text` where nothing was repaired.")
    ordinal: int
    page: int | None


class ConversationItem(BaseModel):
    id: str
    title: str
    created_at: datetime
    updated_at: datetime
    turns: int


class ConversationList(BaseModel):
    conversations: list[ConversationItem]


class TurnItem(BaseModel):
    id: str
    created_at: datetime
    answer: Answer


class ConversationDetail(BaseModel):
    id: str
    turns: list[TurnItem]


class Health(BaseModel):
    status: str = Field(examples=["alive"])
