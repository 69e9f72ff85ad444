"""Turns made by hand for the tests of the conversation store and of what is made of it."""

from __future__ import annotations

from coach.answers import Answer, Citation, Claim, Guidance, Kind, SourceCard, Support, Verdict
from corpus.models import Strength


def turn(conversation: str, name: str, kind: Kind = Kind.CHAT, **more: object) -> Answer:
    values = {"question": f"question {name}", "query": f"query {name}", "text": f"text {name}"} | more
    return Answer.model_validate({"conversation_id": conversation, "turn_id": name, "kind": kind} | values)


def full() -> Answer:
    """An answer with something in every field."""
    source = SourceCard(
        id="s", title="T", reference="R", authors=["A B"], year=2001, venue="V", doi="10.1/x", url="https://doi.org/10.1/x",
        study_kind=Strength.EXPERIMENT, population="Students", caveats=["One site."],
    )  # fmt: skip
    citation = Citation(
        number=1,
        passage_id="s-1",
        quote="Mentored students — “stayed”. 🙂",
        start=3,
        end=35,
        repaired=True,
        source=source,
    )
    claim = Claim(
        text="They stayed.",
        citations=[1],
        support=Support(verdict=Verdict.CURATED, score=1),
        strength=Strength.EXPERIMENT,
    )
    return turn(
        "c",
        "t",
        Kind.ANSWER,
        claims=[claim],
        citations=[citation],
        guidance=[Guidance(text="Ask.")],
        follow_ups=["And?"],
        timings_ms={"total": 1.5},
    )
