"""What the page shows: answers, citations and notices as HTML in which everything foreign is escaped."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from html import escape, unescape
from textwrap import shorten
from urllib.parse import quote, urlsplit

from markdown_it import MarkdownIt

from coach.answers import Agreement, Answer, Citation, Claim, Guidance, Kind, SourceCard, Verdict
from coach.assemble import STRENGTH_WORDS
from corpus.bibliography import short_name
from corpus.models import Source, Stance

_STRENGTHS = frozenset(STRENGTH_WORDS.values())
_STANCES = {
    Stance.SUPPORTS: "supports it",
    Stance.MIXED: "mixed findings",
    Stance.NO_EFFECT: "found no effect",
    Stance.CONTRADICTS: "points the other way",
}
_VERDICTS = {
    Verdict.QUOTED: "The sentence stands in the passage, word for word.",
    Verdict.CURATED: "A plain-language finding, reviewed against the highlighted words.",
    Verdict.ENTAILED: "A paraphrase that an automatic check found to follow from the highlighted words.",
    Verdict.CHECKED: "A paraphrase, checked by simple rules only: compare it with the highlighted words.",
}
_KIND_LABELS = {Kind.ABSTENTION: "Not answered by this library", Kind.SAFETY: "People first"}
_OPENING = 120  # characters of a nearest passage to tell it from others of its source
_OPEN, _CLOSE = "\ue000", "\ue001"
_MARKER = re.compile(r"(?<!\\)((?:\\\\)*)\[(\d{1,4})\]")
_LINK = re.compile(r'<a href="([^"]*)"[^>]*>(.*?)</a>|(https://[^\s<]+)', re.DOTALL)
_LABELLED = re.compile(r"(</a>)\s*<em>([^<]+)</em>")
_DOI = re.compile(r"10\.\d{4,9}/\S+")

# Images, raw HTML, code and headings are not enabled: they stay the characters that they are.
_MARKDOWN = MarkdownIt("zero").enable(
    ["emphasis", "escape", "entity", "newline", "link", "autolink", "list", "blockquote", "table"]
)


def question_html(text: str) -> str:
    """The mentor's own words, as typed."""
    return f'<div class="asked">{"<br>".join(escape(text.strip()).splitlines())}</div>'


def kept_html(reader: str | None, retention_days: int | None) -> str:
    """The line that says who reads what is asked, and how long it is kept."""
    read = f"It is read by {escape(reader)}." if reader else "No language model reads it."
    kept = "until you delete it" if retention_days is None else f"for {retention_days} days"
    return f"<p>What you ask is kept {kept}, without the names and addresses that are recognised in it. {read}</p>"


def status_html(message: str) -> str:
    return f'<div class="status">{_line(escape(message))}</div>'


def failure_html(message: str) -> str:
    """A problem in plain words, with where the question went."""
    note = "Your question is back in the box below; nothing else was lost."
    return f'<div class="turn failure"><p>{_line(escape(message))}</p><p class="note">{note}</p></div>'


def welcome_html(starters: Iterable[str]) -> str:
    """The empty conversation: what this is, and questions to start with."""
    return (
        '<div class="welcome"><h2>What is on your mind about mentoring?</h2>'
        "<p>Ask in your own words. The coach answers only from its library of mentoring research, "
        "and every sentence carries a number that opens the exact passage it stands on. "
        "Where the library has no answer, it says so.</p>"
        f"{_asks('Start with one of these', starters)}</div>"
    )


def partial_html(claims: Iterable[Claim], guidance: Iterable[Guidance], status: str, turn: str) -> str:
    """An answer on its way: the claims verified so far, in the order they came."""
    items = "".join(
        f"<li>{_said(claim)} {''.join(_cite(turn, number) for number in claim.citations)} "
        f"{_strength(STRENGTH_WORDS[claim.strength])}</li>"
        for claim in claims
    )
    return (
        f'<div class="turn answer partial"><ul>{items}</ul>{_guidance(guidance)}'
        f'<p class="status">{_line(escape(status))}</p></div>'
    )


def answer_html(answer: Answer, read: Callable[[str], str]) -> str:
    """A finished answer: its text with a link for each marker, and what stands beside it; `read` as for the cards."""
    kind_label = _KIND_LABELS.get(answer.kind)
    parts = [
        f'<p class="kind">{kind_label}</p>' if kind_label else "",
        f'<div class="text">{_prose(answer)}</div>',
        "".join(_agreement(agreement, answer) for agreement in answer.agreement),
        _nearest(answer, read),
        _guidance(answer.guidance),
        _asks("You could ask next", answer.follow_ups),
        f'<p class="note">Kept as: {escape(answer.kept_as)}</p>' if answer.kept_as else "",
    ]
    return f'<div class="turn {answer.kind.value}">{"".join(parts)}</div>'


def cards_html(citations: Sequence[Citation], claims: Sequence[Claim], read: Callable[[str], str], turn: str) -> str:
    """One card a citation for the Sources panel; `read` gives a passage's text."""
    numbers = [citation.number for citation in citations]
    return "".join(_card(citation, claims, read(citation.passage_id), numbers, turn) for citation in citations)


def nearest_cards_html(answer: Answer, read: Callable[[str], str]) -> str:
    """One card for each passage that an abstention offers as nearest."""
    turn = anchor(answer.turn_id)
    return "".join(
        f'<article class="card" id="near-{turn}-{number}" tabindex="-1" aria-labelledby="near-{turn}-{number}-title">'
        '<p class="kind">Nearest, and not an answer</p>'
        f'<h3 id="near-{turn}-{number}-title">{escape(near.source_title)}</h3>'
        f'<blockquote class="passage">{escape(read(near.passage_id))}</blockquote>'
        f'<p class="links">{_passage_link(near.passage_id, "The passage on its own page")}</p></article>'
        for number, near in enumerate(answer.nearest, start=1)
    )


def anchor(text: str) -> str:
    """`text` as a part of an element id."""
    return re.sub(r"[^A-Za-z0-9_-]", "-", text)


def safe_link(url: str | None) -> str | None:
    """`url` where it is a plain https address, else `None`."""
    if not url or re.search(r"[\s\"'<>\\`\x00-\x1f]", url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme == "https" and parts.hostname and "@" not in parts.netloc else None


def doi_link(doi: str | None) -> str | None:
    return f"https://doi.org/{quote(doi, safe='/:()._-')}" if doi and _DOI.fullmatch(doi) else None


def _prose(answer: Answer) -> str:
    known = {citation.number for citation in answer.citations}
    turn = anchor(answer.turn_id)

    def hold(match: re.Match[str]) -> str:
        number = int(match[2])
        return f"{match[1]}{_OPEN}{number}{_CLOSE}" if number in known else f"{match[1]}\\[{match[2]}\\]"

    text = _MARKER.sub(hold, answer.text.replace(_OPEN, "").replace(_CLOSE, ""))
    html = _links(_line(_MARKDOWN.render(text).strip()), answer)
    html = re.sub(f"{_OPEN}(\\d+){_CLOSE}", lambda match: _cite(turn, int(match[1])), html)
    return _LABELLED.sub(lambda m: f"{m[1]} {_strength(m[2])}" if m[2] in _STRENGTHS else m[0], html)


def _links(html: str, answer: Answer) -> str:
    """Keep links to the cited sources and, in a safety answer, to help; any other becomes its words."""
    sources = [citation.source for citation in answer.citations]
    allowed = {link for source in sources for link in (doi_link(source.doi), safe_link(source.url)) if link}

    def keep(match: re.Match[str]) -> str:
        url, words, bare = match.groups()
        if bare is None:
            target = unescape(url)
            good = target in allowed or (answer.kind is Kind.SAFETY and safe_link(target))
            return _external(target, words) if good else words
        target = unescape(bare)
        while target and target not in allowed and target[-1] in ".,;:!?)*":
            target = target[:-1]
        good = target in allowed or (answer.kind is Kind.SAFETY and safe_link(target))
        return _external(target, escape(target)) + escape(unescape(bare)[len(target) :]) if good else bare

    return _LINK.sub(keep, html)


def _said(claim: Claim) -> str:
    words = _line(escape(claim.text))
    return f"“{words}”" if claim.support.verdict is Verdict.QUOTED else words


def _cite(turn: str, number: int) -> str:
    return f'<a href="#src-{turn}-{number}" class="cite" title="Open source {number}">[{number}]</a>'


def _strength(words: str) -> str:
    return f'<span class="strength">{escape(words)}</span>'


def _guidance(guidance: Iterable[Guidance]) -> str:
    by_label: dict[str, list[str]] = {}
    for item in guidance:
        by_label.setdefault(item.label, []).append(f"<p>{_plain_links(_line(_MARKDOWN.renderInline(item.text)))}</p>")
    return "".join(
        f'<div class="guidance"><p class="label">{_line(escape(label))}</p>{"".join(items)}</div>'
        for label, items in by_label.items()
    )


def _plain_links(html: str) -> str:
    return re.sub(r"</?a\b[^>]*>", "", html)


def _asks(title: str, questions: Iterable[str]) -> str:
    items = "".join(f'<li><a href="#question" class="ask">{_line(escape(text))}</a></li>' for text in questions)
    return f'<div class="asks"><p class="label">{title}</p><ul>{items}</ul></div>' if items else ""


def _nearest(answer: Answer, read: Callable[[str], str]) -> str:
    turn = anchor(answer.turn_id)
    items = "".join(
        f'<li><a href="#near-{turn}-{number}" class="near">{_line(escape(near.source_title))} '
        f'<span class="opening">{escape(shorten(read(near.passage_id), _OPENING, placeholder=" …"))}</span></a></li>'
        for number, near in enumerate(answer.nearest, start=1)
    )
    return (
        f'<div class="nearest"><p class="label">Nearest, and not an answer</p><ul>{items}</ul></div>' if items else ""
    )


def _agreement(agreement: Agreement, answer: Answer) -> str:
    cards = {citation.number: _source(citation.source) for citation in answer.citations}
    turn = anchor(answer.turn_id)
    rows = "".join(
        f'<tr><th scope="row">{_line(escape(short_name(cards[position.citation])))} '
        f"{_cite(turn, position.citation)}</th>"
        f'<td><span class="stance {position.stance.value}">{_STANCES[position.stance]}</span></td></tr>'
        for position in agreement.positions
        if position.citation in cards
    )
    if not rows:
        return ""
    return (
        f'<div class="agreement"><p class="label">Who says what</p><p>{_line(escape(agreement.point))}</p>'
        f"<table><tbody>{rows}</tbody></table></div>"
    )


def _source(card: SourceCard) -> Source:
    return Source(card.id, card.title, tuple(card.authors), card.year)


def _card(citation: Citation, claims: Sequence[Claim], passage: str, numbers: Sequence[int], turn: str) -> str:
    source, card = citation.source, f"src-{turn}-{citation.number}"
    others = "".join(
        f'<a href="#src-{turn}-{number}" class="hop"{_current(number == citation.number)}>{number}</a>'
        for number in numbers
    )
    caveats = "".join(f"<li>{escape(caveat)}</li>" for caveat in source.caveats)
    stands = [claim for claim in claims if citation.number in claim.citations]
    facts = [
        ("Kind of study", escape(STRENGTH_WORDS[source.study_kind])),
        (
            "Whom it studied",
            escape(source.population) if source.population else "Not stated in what this library holds",
        ),
        ("Keep in mind", f"<ul>{caveats}</ul>" if caveats else ""),
        ("Support", "<br>".join(dict.fromkeys(_VERDICTS[claim.support.verdict] for claim in stands))),
        ("Reference", escape(source.reference)),
    ]
    original = _passage_link(citation.passage_id, "the original can be read")
    repaired = f'<p class="note">Damaged text was repaired; {original}.</p>' if citation.repaired else ""
    return (
        f'<article class="card" id="{card}" tabindex="-1" aria-labelledby="{card}-title">'
        f'<nav class="hops" aria-label="Sources of this answer">{others}</nav>'
        f'<h3 id="{card}-title"><span class="number">[{citation.number}]</span> {escape(source.title)}</h3>'
        f'<blockquote class="passage">{_marked(passage, citation)}</blockquote>{repaired}'
        f"<dl>{''.join(f'<dt>{name}</dt><dd>{value}</dd>' for name, value in facts if value)}</dl>"
        f'<p class="links">{_source_links(source)}</p></article>'
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
    links = [_external(doi, f"doi.org/{escape(source.doi or '')}")] if doi else []
    if url and url != doi:
        links.append(_external(url, escape(urlsplit(url).hostname or url)))
    return " ".join(links) or "No verified link to the publication"


def _external(url: str, words: str) -> str:
    return f'<a href="{escape(url)}" target="_blank" rel="noopener noreferrer">{words}</a>'


def _passage_link(passage_id: str, words: str) -> str:
    return f'<a href="/v1/passages/{quote(passage_id, safe="")}" target="_blank" rel="noopener">{escape(words)}</a>'


def _line(html: str) -> str:
    """`html` on one line: a blank line would hand what follows to the chat's own Markdown."""
    return re.sub(r"[\r\n]+", " ", html)
