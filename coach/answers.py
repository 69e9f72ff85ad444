"""What an answer is: the typed values that the coach returns, stores and streams."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from corpus.models import Stance, Strength


class Value(BaseModel):
    """A frozen value; unknown fields are refused so that a typo cannot pass for data."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Kind(StrEnum):
    ANSWER = "answer"
    ABSTENTION = "abstention"
    SAFETY = "safety"
    CHAT = "chat"


class Verdict(StrEnum):
    """How a claim is supported, strongest first; anything weaker is never shown."""

    QUOTED = "quoted"
    CURATED = "curated"
    ENTAILED = "entailed"
    CHECKED = "checked"


class Support(Value):
    verdict: Verdict = Field(description="How the claim is supported by its citations.")
    score: float = Field(
        ge=0, le=1, description="1.0 for an exact quote or a reviewed finding; else the verifier's score."
    )


class SourceCard(Value):
    """A cited source as a reader sees it; a field without evidence is null or empty."""

    id: str
    title: str
    reference: str = Field(description="The printed reference, made of verified fields only.")
    authors: list[str]
    year: int | None
    venue: str | None
    doi: str | None
    url: str | None
    study_kind: Strength
    population: str | None = Field(description="Whom the source studied or is about.")
    caveats: list[str] = Field(description="Limits in plain words.")


class Citation(Value):
    """The exact place that a claim stands on: `quote == passage.text[start:end]`."""

    number: int = Field(ge=1, description="The marker's number in `text`.")
    passage_id: str
    quote: str = Field(min_length=12)
    start: int = Field(ge=0, description="Offset of the quote in the passage's text, in characters.")
    end: int
    repaired: bool = Field(
        description="Whether the passage's text was repaired; the original can be read at the passage."
    )
    source: SourceCard


class Claim(Value):
    """One checkable sentence of an answer."""

    text: str
    citations: list[int] = Field(min_length=1, description="Numbers of the citations that it stands on.")
    support: Support
    strength: Strength = Field(description="What this statement rests on.")


class StancePosition(Value):
    source_id: str
    stance: Stance
    citation: int


class Agreement(Value):
    """Two or more sources on one point, each with its own stance."""

    point: str
    positions: list[StancePosition]


class Guidance(Value):
    text: str
    label: str = "Suggestion, not from research"


class Nearest(Value):
    passage_id: str
    source_title: str
    score: float


class Applicability(Value):
    """Where the people that a source studied are not those of the mentor's case."""

    source_id: str
    studied: str = Field(description="The source's population.")
    case: str = Field(description="The mentee of the profile, in a few words.")
    differs: list[str] = Field(description="In which facets of the profile they differ.")
    note: str = Field(description="The same as sentences to show.")


class Explanation(Value):
    """How an answer came to be, for an operator; it holds none of a model's words."""

    refused: dict[str, int] = Field(description="How many of the chat model's drafts were dropped, by reason.")
    model: str = Field(description="The chat model that helped, or `none`.")
    fallback: bool = Field(description="Whether the coach's own quotes took over from the model.")
    coverage: float | None = Field(
        default=None, description="Probability that the library covers the question, or its best covered part."
    )


class Answer(Value):
    """What the coach replies: one of four kinds, with everything that a reader needs to check it."""

    conversation_id: str
    turn_id: str
    kind: Kind
    question: str
    kept_as: str | None = Field(
        default=None,
        exclude_if=lambda value: value is None,
        description="The question as it was kept; only where that differs from what was written.",
    )
    query: str = Field(description="The standalone question that was searched for.")
    text: str = Field(description="Markdown with `[n]` after each claim.")
    claims: list[Claim] = []
    citations: list[Citation] = []
    agreement: list[Agreement] = []
    guidance: list[Guidance] = []
    follow_ups: list[str] = Field(default=[], description="Questions that the library can answer.")
    nearest: list[Nearest] = Field(
        default=[], description="With an abstention: the nearest passages, which are no answer."
    )
    applicability: list[Applicability] = Field(
        default=[],
        exclude_if=lambda value: not value,
        description="Only with `profile`, and never stored: cited sources that studied other people than the mentee.",
    )
    model: str = Field(default="none", description="The chat model that helped, or `none`.")
    timings_ms: dict[str, float] = {}
    explain: Explanation | None = Field(
        default=None, exclude_if=lambda value: value is None, description="Only with `explain`, and never stored."
    )


class Status(Value):
    event: Literal["status"] = "status"
    message: str


class ClaimEvent(Value):
    event: Literal["claim"] = "claim"
    claim: Claim
    citations: list[Citation]
    text: str = Field(default="", exclude=True)
    """What it adds to the answer's text, where it is sent before the whole is there."""


class GuidanceEvent(Value):
    event: Literal["guidance"] = "guidance"
    guidance: list[Guidance]


class Done(Value):
    event: Literal["done"] = "done"
    answer: Answer


Event = Annotated[Status | ClaimEvent | GuidanceEvent | Done, Field(discriminator="event")]
