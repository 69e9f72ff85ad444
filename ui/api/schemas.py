"""What requests carry and lists return; an answer itself is `coach.answers.Answer`."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from coach.answers import Answer, SourceCard
from coach.profile import Profile
from corpus.models import Strength

NEXT: str | None = Field(default=None, description="The `cursor` of the part that follows; null at the end.")


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


class Ask(_Body):
    """A question, in the mentor's own words."""

    question: str = Field(
        description="At most 4000 characters, among them a letter or a digit.",
        json_schema_extra={"minLength": 1, "maxLength": 4000, "pattern": r"[^\W_]"},
        examples=["How do the National Academies define mentorship?"],
    )
    conversation_id: str | None = Field(
        default=None,
        max_length=64,
        pattern=r"^[A-Za-z0-9_-]*$",
        description="Continue this conversation; else a new one.",
    )
    filters: SourceFilters | None = None
    top_k: int | None = Field(default=None, ge=1, le=100, description="How many passages to consider.")
    profile: Profile | None = Field(
        default=None, description="The mentor's case; it shapes this answer and is neither stored nor shown to a model."
    )
    explain: bool = Field(
        default=False, description="Say what of the chat model's drafts was dropped; on the service's own machine only."
    )


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


class SourceItem(SourceCard):
    """A source as the list shows it."""

    founding: bool = Field(description="Whether it came with the release; only own sources can be deleted.")
    flags: list[str] = Field(
        description="`instructions`: the document holds sentences that speak to a machine, which are treated as text "
        "and not quoted; `hidden-text`: it holds text that a reader does not see, which was left out."
    )
    machine_made: int = Field(default=0, description="Findings and questions that a chat model wrote for its passages.")


class MachineMadeFinding(BaseModel):
    text: str
    quote: str = Field(description="The passage's own words that it rests on.")


class MachineMade(BaseModel):
    """What a chat model wrote about a passage: checked by rules, reviewed by nobody, and never told as a finding."""

    passage_id: str
    made_by: str = Field(description="The model, as `provider:name`.")
    findings: list[MachineMadeFinding]
    questions: list[str] = Field(description="Questions that lead a search to the passage.")


class SourceDetail(SourceItem):
    """A source with what is known of it and the ids of its passages."""

    volume: str | None
    issue: str | None
    pages: str | None
    keywords: list[str]
    unverified: list[str] = Field(
        description="Bibliographic fields without evidence; all but the title are left empty."
    )
    passages: list[PassageRef]
    enrichments: list[MachineMade] = Field(description="What a chat model wrote, by passage in reading order.")


class SourceList(BaseModel):
    sources: list[SourceItem] = Field(description="By title.")
    next: str | None = NEXT


class FindingItem(BaseModel):
    """One plain-language statement that a passage supports."""

    text: str
    strength: Strength
    spans: list[tuple[int, int]] = Field(description="Where in the passage's `text` it stands, in characters.")


class PassageDetail(BaseModel):
    id: str
    source_id: str
    source_title: str
    text: str
    original_text: str = Field(description="The text before repair; the same as `text` where nothing was repaired.")
    ordinal: int
    page: int | None
    findings: list[FindingItem]


class ConversationItem(BaseModel):
    id: str
    title: str
    created_at: datetime
    updated_at: datetime
    turns: int


class ConversationList(BaseModel):
    conversations: list[ConversationItem] = Field(description="The latest first.")
    next: str | None = NEXT


class Title(_Body):
    title: str = Field(
        description="One line of 1 to 80 characters; what does not print is left out.",
        json_schema_extra={"minLength": 1, "maxLength": 80, "pattern": r"[^\s\x00-\x1f\x7f-\x9f]"},
        examples=["Confidence at work"],
    )


class FeedbackBody(_Body):
    """A rating; words are not taken."""

    turn_id: str = Field(max_length=64, description="The answer's `turn_id`.", examples=["5pGb2o0yJ1f0Xw"])
    rating: Literal["helpful", "wrong-evidence", "not-covered"] | None = Field(
        description="`not-covered`: it is not what was asked. Null takes an earlier rating back."
    )
    claim: int | None = Field(
        default=None, ge=1, le=1000, description="The claim's place in the answer, from 1; without it the whole answer."
    )


class TurnItem(BaseModel):
    id: str
    created_at: datetime
    answer: Answer


class ConversationDetail(BaseModel):
    id: str
    turns: list[TurnItem]


class Health(BaseModel):
    status: str = Field(examples=["alive"])
    reader: str | None = Field(
        default=None,
        description="Which language model sees what is asked, and whether on this machine; null: none does.",
    )
    degraded: list[str] = Field(
        default=[], description="What does not work although questions are answered, and how to mend it."
    )


class GapItem(BaseModel):
    topic: str = Field(description="A term of the vocabulary, or `other`.")
    label: str = Field(description="The topic in words.")
    conversations: int = Field(description="In how many conversations it stayed without an answer.")


class GapList(BaseModel):
    least: int = Field(description="A topic is only shown from so many conversations up.")
    gaps: list[GapItem] = Field(description="The most frequent first.")


class FileItem(BaseModel):
    """One file of a job and what became of it."""

    name: str
    status: Literal["waiting", "read", "added", "replaced", "unchanged", "duplicate", "skipped", "failed"] = Field(
        description="`read`: a bibliography file whose records were used; `duplicate`: another source is the same work."
    )
    source_id: str | None
    reason: str | None = Field(description="Why it was not taken in, and what to do.")


class JobDetail(BaseModel):
    """A job: files on their way into the library."""

    id: str
    state: Literal["queued", "running", "done", "failed"]
    created_at: datetime
    finished_at: datetime | None
    reason: str | None = Field(description="Of a failed job, why, and what to do.")
    done: int = Field(description="Files that are settled.")
    total: int
    per_second: float | None = Field(description="Files a second, while it runs.")
    seconds_left: float | None = Field(description="About how long it takes yet, while it runs.")
    counts: dict[str, int] = Field(description="How many files have which status.")
    files: list[FileItem]
