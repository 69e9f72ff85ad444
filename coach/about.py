"""Answers about the last answer: who found it, where it stands, how sure it is, from its sources' own data."""

from __future__ import annotations

from collections.abc import Sequence

from coach.answers import Answer, Citation, Claim, SourceCard
from coach.assemble import STRENGTH_WORDS, escape
from coach.understand import Aspect
from corpus.catalog import Catalog
from corpus.models import Passage, Source

_SOURCES = 3


def restate(answer: Answer, aspects: Sequence[Aspect], catalog: Catalog) -> tuple[str, list[Claim], list[Citation]]:
    """Text, claims and citations that restate `answer` and say what was asked of its sources.

    Of each source (at most three) its first claim is restated. A source that has left the library is left out; so is
    a quote that no longer stands in its passage. Without any left, all three are empty.
    """
    passages = catalog.passages_by_id({citation.passage_id for citation in answer.citations})
    sources = catalog.sources_by_id({citation.source.id for citation in answer.citations})
    standing = {c.number: c for c in answer.citations if _stands(c, passages) and c.source.id in sources}
    lines: list[str] = []
    claims: list[Claim] = []
    citations: list[Citation] = []
    told: set[str] = set()
    for claim in answer.claims:
        if not claim.citations or any(number not in standing for number in claim.citations):
            continue
        source = standing[claim.citations[0]].source
        if source.id in told or len(told) == _SOURCES:
            continue
        told.add(source.id)
        numbers = []
        for number in claim.citations:
            citations.append(standing[number].model_copy(update={"number": len(citations) + 1}))
            numbers.append(len(citations))
        claims.append(claim.model_copy(update={"citations": numbers}))
        markers = "".join(f"[{number}]" for number in numbers)
        details = " ".join(
            _detail(aspect, claim, source, sources[source.id], _credited(claim, catalog, passages))
            for aspect in aspects
        )
        lines.append(f"{details}\n\n- {escape(claim.text)} {markers} *{STRENGTH_WORDS[claim.strength]}*")
    return "\n\n".join(lines), claims, citations


def _stands(citation: Citation, passages: dict[str, Passage]) -> bool:
    passage = passages.get(citation.passage_id)
    return passage is not None and passage.text[citation.start : citation.end] == citation.quote


def _credited(claim: Claim, catalog: Catalog, passages: dict[str, Passage]) -> str | None:
    """The work that the passage itself credits for this claim, as written there."""
    for finding in catalog.findings_of(passages.keys()):
        if finding.text == claim.text:
            return finding.reported_by
    return None


def _detail(aspect: Aspect, claim: Claim, shown: SourceCard, source: Source, credited: str | None) -> str:
    title = f"*{escape(shown.title)}*"
    unverified = f"The library has no verified {{}} for {title}."
    match aspect:
        case Aspect.AUTHORS:
            said = (
                f"{title} is by {escape(', '.join(shown.authors))}." if shown.authors else unverified.format("authors")
            )
            return f"{said} The passage credits {escape(credited)}." if credited else said
        case Aspect.LINK:
            return f"{title}: <{shown.url}>" if shown.url else unverified.format("link or DOI")
        case Aspect.YEAR:
            return f"{title} was published in {shown.year}." if shown.year else unverified.format("year")
        case Aspect.REFERENCE:
            return f"Reference: {escape(shown.reference)}"
        case Aspect.POPULATION:
            if shown.population:
                return f"{title} is about: {escape(shown.population)}."
            return f"Whom {title} is about is not known here."
        case Aspect.CERTAINTY:
            kind = f"This statement of {title} rests on: {STRENGTH_WORDS[claim.strength]}."
            return " ".join([kind, *(escape(caveat) for caveat in source.caveats)])
