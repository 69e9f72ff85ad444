"""Verified statements → claims, numbered citations, agreement and the Markdown text of an answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from coach.answers import Agreement, Citation, Claim, SourceCard, StancePosition, Support, Verdict
from coach.verify import Statement
from corpus.bibliography import link, reference, short_name, verified
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
    assembly = Assembly()
    for statement, support in grouped(verified):
        assembly.add(statement, support)
    return assembly.done()


def grouped(verified: Sequence[tuple[Statement, Support]]) -> list[tuple[Statement, Support]]:
    """The statements of one source together, the most relevant source first."""
    order = list(dict.fromkeys(statement.source.id for statement, _ in verified))
    return sorted(verified, key=lambda item: order.index(item[0].source.id))


class Assembly:
    """An answer in the making: statements are added in the order in which a reader sees them."""

    def __init__(self) -> None:
        self._citations: dict[tuple[str, Span], Citation] = {}
        self._claims: list[Claim] = []
        self._statements: list[Statement] = []

    def add(self, statement: Statement, support: Support) -> tuple[Claim, list[Citation]]:
        """The claim with its citations, numbered as they will be in the whole answer."""
        keys = [(statement.passage.id, span) for span in statement.spans]
        for key in keys:
            if key not in self._citations:
                self._citations[key] = _citation(len(self._citations) + 1, statement, key[1])
        cited = [self._citations[key] for key in keys]
        numbers = [citation.number for citation in cited]
        claim = Claim(text=statement.text, citations=numbers, support=support, strength=statement.strength)
        self._claims.append(claim)
        self._statements.append(statement)
        return claim, cited

    @property
    def text(self) -> str:
        """The answer's text so far; what is added later only makes it longer."""
        return _text(self._statements, self._claims)

    @property
    def holds_claims(self) -> bool:
        return bool(self._claims)

    def done(self) -> Assembled:
        """The whole answer."""
        return Assembled(
            tuple(self._claims),
            tuple(self._citations.values()),
            _agreement(self._statements, self._claims),
            self.text,
            tuple(self._statements),
        )


def card(source: Source) -> SourceCard:
    """What a reader sees of a source: verified fields only."""
    source = verified(source)
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
        line = f"- {said} {markers} *{STRENGTH_WORDS[claim.strength]}*"
        if claim.support.verdict in (Verdict.ENTAILED, Verdict.CHECKED):
            line += f" (a paraphrase of “{escape(statement.spans[0].of(statement.passage.text))}”)"
        paragraphs[-1].append(line)
    return "\n\n".join("\n".join(lines) for lines in paragraphs)
