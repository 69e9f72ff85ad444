"""A plan for the next meeting, made from a conversation: its evidence is the conversation's claims, and no more."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pydantic import Field

from coach.answers import Answer, Citation, Claim, Kind, Value, Verdict
from coach.assemble import STRENGTH_WORDS, escape
from corpus.models import Strength

SUGGESTED = "Suggestion, not from research"
_TRUST = "Only what stands under “Evidence” comes from research."
_CLAIMS_AN_ANSWER = 2
_CHOSEN = 6
_QUESTIONS = 4
_ASKED = re.compile(r"[“\"]([^“”\"]{8,160}\?)[”\"]")

_OPENINGS = ("What would make this a good conversation for you today?",)
_OWN_QUESTIONS = (
    "What have you tried so far, and what happened?",
    "What would be different if this went well?",
    "What do you need from me, and what not?",
)
_ACTIONS = ("One thing that my mentee tries before we meet again:", "One thing that I do, and by when:")
_FOLLOW_UP = "Begin the next meeting with: “What became of what we agreed?”"


class Quote(Value):
    """What a piece of evidence stands on."""

    number: int = Field(ge=1, description="Its number in the pack.")
    quote: str
    reference: str
    doi: str | None


class Evidence(Value):
    """A claim of the conversation, with its quotes; it is left out or kept, never reworded."""

    key: str = Field(description="`<turn id>:<place of the claim from 1>`.")
    text: str
    exact: bool = Field(description="Whether the words are the source's own.")
    strength: Strength
    studied: str | None = Field(description="Whom the source studied.")
    caveats: list[str]
    quotes: list[Quote] = Field(min_length=1)
    chosen: bool


class Plan(Value):
    """What the mentor writes; all of it is theirs, or a suggestion that is not from research."""

    title: str = Field(max_length=200)
    goal: str = Field(max_length=2000)
    opening: str = Field(max_length=2000)
    questions: list[str] = Field(max_length=20)
    actions: list[str] = Field(max_length=20)
    follow_up: str = Field(max_length=2000)


class SessionPack(Value):
    """One page for the next meeting."""

    plan: Plan
    evidence: list[Evidence]
    unanswered: list[str] = Field(description="Questions of the conversation that the library did not answer.")
    label: str = Field(default=SUGGESTED, description="What the plan's own words are.")


def make(title: str, answers: Sequence[Answer]) -> SessionPack:
    """A first draft from the answers of a conversation, for the mentor to edit; a crisis leaves nothing in it."""
    told = [answer for answer in answers if answer.kind is not Kind.SAFETY]
    asked = next((answer.question for answer in told if answer.kind is Kind.ANSWER), title)
    suggestions = list(dict.fromkeys(item.text for answer in told for item in answer.guidance))
    questions = list(dict.fromkeys(found for text in suggestions for found in _ASKED.findall(text)))
    questions += [question for question in _OWN_QUESTIONS if question not in questions]
    return SessionPack(
        plan=Plan(
            title=title,
            goal=f"Find out together what helps with: “{asked}”" if asked else "",
            opening=(suggestions or [*_OPENINGS])[0],
            questions=questions[:_QUESTIONS],
            actions=list(_ACTIONS),
            follow_up=_FOLLOW_UP,
        ),
        evidence=_evidence(told),
        unanswered=[answer.question for answer in told if answer.kind is Kind.ABSTENTION and answer.question],
    )


def edited(pack: SessionPack, plan: Plan, chosen: Sequence[str]) -> SessionPack:
    """`pack` with the mentor's own plan, and the evidence with the keys in `chosen`; nothing else can enter it."""
    kept = [item.model_copy(update={"chosen": item.key in chosen}) for item in pack.evidence]
    return pack.model_copy(update={"plan": plan, "evidence": kept})


def markdown(pack: SessionPack) -> str:
    """The pack as a Markdown page with its references."""
    plan = pack.plan
    parts = [
        f"# {escape(plan.title) or 'Session pack'}",
        f"*The plan is the mentor's own words and suggestions that are not from research. {_TRUST}*",
        "## Goal",
        escape(plan.goal),
        "## Opening",
        escape(plan.opening),
        "## Questions to ask",
        _list(plan.questions),
        "## Evidence",
        *_told(pack),
        "## Actions",
        _list(plan.actions, "- [ ] "),
        "## Follow-up",
        escape(plan.follow_up),
    ]
    if pack.unanswered:
        parts += ["## Not answered by this library", _list(pack.unanswered)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _told(pack: SessionPack) -> list[str]:
    chosen = [item for item in pack.evidence if item.chosen]
    if not chosen:
        return ["*No evidence was kept from this conversation.*"]
    claims, quotes = [], []
    for item in chosen:
        said = f"“{escape(item.text)}”" if item.exact else escape(item.text)
        markers = "".join(f"[{quote.number}]" for quote in item.quotes)
        studied = f" Studied: {escape(item.studied)}." if item.studied else ""
        limits = f" Keep in mind: {escape(' '.join(item.caveats))}" if item.caveats else ""
        claims.append(f"- {said} {markers} *{STRENGTH_WORDS[item.strength]}*{studied}{limits}")
        quotes += [f"- [{q.number}] “{escape(q.quote)}” {escape(q.reference)}" for q in item.quotes]
    return ["\n".join(claims), "### Sources", "\n".join(dict.fromkeys(quotes))]


def _list(items: Sequence[str], before: str = "- ") -> str:
    return "\n".join(f"{before}{escape(item)}" for item in items if item.strip())


def _evidence(answers: Sequence[Answer]) -> list[Evidence]:
    """Each claim once, its quotes numbered through the pack; the first ones of each answer are chosen."""
    numbers: dict[tuple[str, int, int], int] = {}
    seen: set[tuple[str, tuple[int, ...]]] = set()
    found: list[Evidence] = []
    for answer in answers:
        citations = {citation.number: citation for citation in answer.citations}
        new = 0
        for place, claim in enumerate(answer.claims, start=1):
            cited = [citations[number] for number in claim.citations]
            marks = tuple(
                numbers.setdefault((citation.passage_id, citation.start, citation.end), len(numbers) + 1)
                for citation in cited
            )
            if (claim.text, marks) in seen:
                continue
            seen.add((claim.text, marks))
            new += 1
            chosen = new <= _CLAIMS_AN_ANSWER and sum(item.chosen for item in found) < _CHOSEN
            found.append(_item(f"{answer.turn_id}:{place}", claim, cited, marks, chosen))
    return found


def _item(key: str, claim: Claim, cited: Sequence[Citation], marks: Sequence[int], chosen: bool) -> Evidence:
    source = cited[0].source
    return Evidence(
        key=key,
        text=claim.text,
        exact=claim.support.verdict is Verdict.QUOTED,
        strength=claim.strength,
        studied=source.population,
        caveats=source.caveats,
        quotes=[
            Quote(number=mark, quote=citation.quote, reference=citation.source.reference, doi=citation.source.doi)
            for mark, citation in zip(marks, cited, strict=True)
        ],
        chosen=chosen,
    )
