"""The Sources panel: one card a citation, with the passage, the quote marked in it, and what to know of the study."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from urllib.parse import urlsplit

from coach.answers import Answer, Citation, Claim, SourceCard, Verdict
from ui.page.markup import anchor, doi_link, external, passage_link, safe_link, strength

VERDICTS = {
    Verdict.QUOTED: "The sentence stands in the passage, word for word.",
    Verdict.CURATED: "A plain-language finding, reviewed against the highlighted words.",
    Verdict.ENTAILED: "A paraphrase that an automatic check found to follow from the highlighted words.",
    Verdict.CHECKED: "A paraphrase, checked by simple rules only: compare it with the highlighted words.",
}

Read = Callable[[str], str]
"""Gives a passage's text."""


def cards_html(
    citations: Sequence[Citation],
    claims: Sequence[Claim],
    read: Read,
    turn: str,
    notes: Mapping[str, str] | None = None,
) -> str:
    """One card a citation; `notes` are of sources that studied other people than the mentor's case, by id."""
    numbers = [citation.number for citation in citations]
    return "".join(
        _card(citation, claims, read(citation.passage_id), numbers, turn, (notes or {}).get(citation.source.id))
        for citation in citations
    )


def nearest_cards_html(answer: Answer, read: Read) -> str:
    """One card for each passage that an abstention offers as nearest."""
    turn = anchor(answer.turn_id)
    return "".join(
        f'<article class="card" id="near-{turn}-{number}" tabindex="-1" aria-labelledby="near-{turn}-{number}-title">'
        '<p class="kind">Nearest, and not an answer</p>'
        f'<h3 id="near-{turn}-{number}-title">{escape(near.source_title)}</h3>'
        f'<blockquote class="passage">{escape(read(near.passage_id))}</blockquote>'
        f'<p class="links">{passage_link(near.passage_id, "The passage on its own page")}</p></article>'
        for number, near in enumerate(answer.nearest, start=1)
    )


def _card(
    citation: Citation, claims: Sequence[Claim], passage: str, numbers: Sequence[int], turn: str, note: str | None
) -> str:
    source, card = citation.source, f"src-{turn}-{citation.number}"
    others = "".join(
        f'<a href="#src-{turn}-{number}" class="hop" aria-label="Source {number}"{_current(number == citation.number)}>'
        f"{number}</a>"
        for number in numbers
    )
    stands = [claim for claim in claims if citation.number in claim.citations]
    caveats = "".join(f"<li>{escape(caveat)}</li>" for caveat in source.caveats)
    facts = [
        ("Keep in mind", f"<ul>{caveats}</ul>" if caveats else ""),
        ("Support", "<br>".join(dict.fromkeys(VERDICTS[claim.support.verdict] for claim in stands))),
        ("Reference", f'<span class="reference">{escape(source.reference)}</span>'),
    ]
    studied = escape(source.population) if source.population else "Not stated in what this library holds"
    original = passage_link(citation.passage_id, "the original can be read")
    repaired = f'<p class="note">Damaged text was repaired; {original}.</p>' if citation.repaired else ""
    applies = f'<p class="applies">{escape(note)}</p>' if note else ""
    return (
        f'<article class="card" id="{card}" tabindex="-1" aria-labelledby="{card}-title">'
        f'<nav class="hops" aria-label="Sources of this answer">{others}</nav>'
        f'<h3 id="{card}-title"><span class="number">[{citation.number}]</span> {escape(source.title)}</h3>'
        f"<dl><dt>Kind of study</dt><dd>{strength(source.study_kind)}</dd>"
        f"<dt>Whom it studied</dt><dd>{studied}{applies}</dd></dl>"
        f'<blockquote class="passage">{_marked(passage, citation)}</blockquote>{repaired}'
        f"<dl>{''.join(f'<dt>{name}</dt><dd>{value}</dd>' for name, value in facts if value)}</dl>"
        f'<p class="links">{_source_links(source)} '
        '<button type="button" class="copy">Copy the reference</button></p></article>'
    )


def _current(here: bool) -> str:
    return ' aria-current="true"' if here else ""


def _marked(passage: str, citation: Citation) -> str:
    """The passage with the quote in `<mark>`; the quote alone where the passage does not hold it there."""
    start, end = citation.start, citation.end
    if passage[start:end] != citation.quote:
        return f"<mark>{escape(citation.quote)}</mark>"
    return f"{escape(passage[:start])}<mark>{escape(citation.quote)}</mark>{escape(passage[end:])}"


def _source_links(source: SourceCard) -> str:
    doi, url = doi_link(source.doi), safe_link(source.url)
    links = [external(doi, f"doi.org/{escape(source.doi or '')}")] if doi else []
    if url and url != doi:
        links.append(external(url, escape(urlsplit(url).hostname or url)))
    return " ".join(links) or "No verified link to the publication"
