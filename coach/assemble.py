"""Verified statements → claims, numbered citations, agreement and the Markdown text of an answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from coach.answers import Agreement, Citation, Claim, SourceCard, StancePosition, Support, Verdict
from coach.verify import Statement
from corpus.bibliography import link, reference, short_name
from corpus.models import Source, Span, Stance, Strength

STRENGTH_WORDS = {
    Strength.EXPERIMENT: "experiment",
    Strength.OBSERVATIONAL: "observational",
    Strength.SYSTEMATIC_REVIEW: "systematic review",
    Strength.META_ANALYSIS: "meta-analysis",
    Strength.NARRATIVE_REVIEW: "narrative review",
    Strength.CONSENSUS: "consensus report",
    Strength.EVALUATION: "programme evaluation",
    Strength.THEORY: "theory",
    Strength.COMMENTARY: "commentary",
    Strength.QUOTATION: "quotation, not evidence",
    Strength.UNKNOWN: "kind of study unknown",
}
_MARKDOWN = re.compile(r"([\\`*_\[\]<>#|~&])")
_OPENING = re.compile(r"^(\d*)([-+=.)])")


@dataclass(frozen=True, slots=True)
class Assembled:
    """What verified statements make together; claims stand in the order in which `text` tells them."""

    claims: tuple[Claim, ...]
    citations: tuple[Citation, ...]
    agreement: tuple[Agreement, ...]
    text: str
    statements: tuple[Statement, ...]


def assemble(verified: Sequence[tuple[Statement, Support]]) -> Assembled:
    """Group by source, the most relevant source first, and number each quote once in order of appearance."""
    order = list(dict.fromkeys(statement.source.id for statement, _ in verified))
    grouped = sorted(verified, key=lambda item: order.index(item[0].source.id))
    citations: dict[tuple[str, Span], Citation] = {}
    claims: list[Claim] = []
    for statement, support in grouped:
        numbers: list[int] = []
        for span in statement.spans:
            key = (statement.passage.id, span)
            if key not in citations:
                citations[key] = _citation(len(citations) + 1, statement, span)
            numbers.append(citations[key].number)
        claims.append(Claim(text=statement.text, citations=numbers, support=support, strength=statement.strength))
    statements = tuple(statement for statement, _ in grouped)
    return Assembled(
        tuple(claims), tuple(citations.values()), _agreement(statements, claims), _text(statements, claims), statements
    )


def card(source: Source) -> SourceCard:
    """What a reader sees of a source."""
    return SourceCard(
        id=source.id,
        title=source.title,
        reference=reference(source),
        authors=list(source.authors),
        year=source.year,
        venue=source.venue,
        doi=source.doi,
        url=link(source),
        study_kind=source.study_kind,
        population=source.population,
        caveats=list(source.caveats),
    )


def escape(text: str) -> str:
    """`text` as literal Markdown: a paper's own `[12]` or `<b>` stays what it is, and is never ours."""
    return _OPENING.sub(r"\1\\\2", _MARKDOWN.sub(r"\\\1", " ".join(text.split())))


def lead(source: Source) -> str:
    """Framing words before a source's claims, in the product's voice; they claim nothing about the world."""
    return source.lead or f"{short_name(source)} says"


def _citation(number: int, statement: Statement, span: Span) -> Citation:
    return Citation(
        number=number,
        passage_id=statement.passage.id,
        quote=span.of(statement.passage.text),
        start=span.start,
        end=span.end,
        repaired=statement.passage.repaired,
        source=card(statement.source),
    )


def _agreement(statements: Sequence[Statement], claims: Sequence[Claim]) -> tuple[Agreement, ...]:
    """Each point that two or more sources of this answer speak to, with each source's stance once.

    A source whose statements stand differently to one point is `mixed` on it.
    """
    points: dict[str, dict[str, list[tuple[Stance, int]]]] = {}
    for statement, claim in zip(statements, claims, strict=True):
        for position in statement.positions:
            stances = points.setdefault(position.point, {}).setdefault(statement.source.id, [])
            stances.append((position.stance, claim.citations[0]))
    return tuple(
        Agreement(
            point=point,
            positions=[
                StancePosition(
                    source_id=source_id,
                    stance=stances[0][0] if len({stance for stance, _ in stances}) == 1 else Stance.MIXED,
                    citation=stances[0][1],
                )
                for source_id, stances in by_source.items()
            ],
        )
        for point, by_source in points.items()
        if len(by_source) > 1
    )


def _text(statements: Sequence[Statement], claims: Sequence[Claim]) -> str:
    paragraphs: list[list[str]] = []
    previous: str | None = None
    for statement, claim in zip(statements, claims, strict=True):
        if statement.source.id != previous:
            paragraphs.append([f"**{escape(lead(statement.source))}:**", ""])
            previous = statement.source.id
        said = escape(claim.text)
        if claim.support.verdict is Verdict.QUOTED:
            said = f"“{said}”"
        markers = "".join(f"[{number}]" for number in claim.citations)
        paragraphs[-1].append(f"- {said} {markers} *{STRENGTH_WORDS[claim.strength]}*")
    return "\n\n".join("\n".join(lines) for lines in paragraphs)
