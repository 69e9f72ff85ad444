"""An answer as HTML in which everything foreign is escaped: its claims, agreement, suggestions and what to ask next."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape, unescape
from textwrap import shorten

from markdown_it import MarkdownIt

from coach.answers import Agreement, Answer, Claim, Guidance, Kind, SourceCard, Verdict
from corpus.bibliography import short_name
from corpus.models import Source, Stance
from ui.page.cards import Read
from ui.page.markup import anchor, cite, doi_link, external, line, safe_link, strength, strength_of

_STANCES = {
    Stance.SUPPORTS: "supports it",
    Stance.MIXED: "mixed findings",
    Stance.NO_EFFECT: "found no effect",
    Stance.CONTRADICTS: "points the other way",
}
_KIND_LABELS = {Kind.ABSTENTION: "Not answered by this library", Kind.SAFETY: "People first"}
_NEXT = {Kind.ABSTENTION: "Questions near yours that the library can answer"}
_RATINGS = {"helpful": "Helpful", "wrong-evidence": "Wrong evidence", "not-covered": "Not what I asked"}
_RATED = {Kind.ANSWER: tuple(_RATINGS), Kind.ABSTENTION: ("helpful", "not-covered")}
_OPENING = 120  # characters of a nearest passage to tell it from others of its source
_OPEN, _CLOSE = "\ue000", "\ue001"
_MARKER = re.compile(r"(?<!\\)((?:\\\\)*)\[(\d{1,4})\]")
_LINK = re.compile(r'<a href="([^"]*)"[^>]*>(.*?)</a>|(https://[^\s<]+)', re.DOTALL)
_LABELLED = re.compile(r"(</a>)\s*<em>([^<]+)</em>")
_STATED = re.compile(r'<li>((?:(?!</?li>).)*?<a href="#src-[^>]*class="cite".*?)</li>', re.DOTALL)

# Images, raw HTML, code and headings are not enabled: they stay the characters that they are.
_MARKDOWN = MarkdownIt("zero").enable(
    ["emphasis", "escape", "entity", "newline", "link", "autolink", "list", "blockquote", "table"]
)


def partial_html(claims: Iterable[Claim], guidance: Iterable[Guidance], turn: str) -> str:
    """An answer on its way: the claims verified so far, in the order they came."""
    items = "".join(
        f'<li class="claim">{_said(claim)} {"".join(cite(turn, number) for number in claim.citations)} '
        f"{strength(claim.strength)}</li>"
        for claim in claims
    )
    return f'<div class="turn answer partial"><ul>{items}</ul>{_guidance(guidance)}</div>'


def answer_html(answer: Answer, read: Read) -> str:
    """A finished answer: its text with a link for each marker, and what stands beside it; `read` as for the cards."""
    kind_label = _KIND_LABELS.get(answer.kind)
    parts = [
        f'<p class="kind">{kind_label}</p>' if kind_label else "",
        f'<div class="text">{_prose(answer)}</div>',
        "".join(_agreement(agreement, answer) for agreement in answer.agreement),
        _nearest(answer, read),
        _guidance(answer.guidance),
        _asks(_NEXT.get(answer.kind, "You could ask next"), answer.follow_ups),
        f'<p class="note">Kept as: {escape(answer.kept_as)}</p>' if answer.kept_as else "",
        _rating(answer),
    ]
    return f'<div class="turn {answer.kind.value}">{"".join(parts)}</div>'


def said(answer: Answer) -> str:
    """What a screen reader is told when the answer has arrived."""
    if answer.kind is Kind.ANSWER:
        claims, sources = len(answer.claims), len({citation.source.id for citation in answer.citations})
        return f"The answer is here: {_count(claims, 'sentence')} from {_count(sources, 'source')}."
    return f"The answer is here. {_KIND_LABELS.get(answer.kind, '')}".strip()


def notes_of(answer: Answer) -> dict[str, str]:
    """The notes on whom a source studied, by its id."""
    return {item.source_id: item.note for item in answer.applicability}


def kept_html(reader: str | None, retention_days: int | None) -> str:
    """The line that says who reads what is asked, and how long it is kept."""
    read = f"It is read by {escape(reader)}." if reader else "No language model reads it."
    kept = "until you delete it" if retention_days is None else f"for {retention_days} days"
    return f"<p>What you ask is kept {kept}, without the names and addresses that are recognised in it. {read}</p>"


def papers_kept(reader: str | None, *, enriched: bool) -> str:
    """The line that says who reads the papers that are added; `enriched`: a model writes for each passage."""
    if reader is None:
        return "They stay on this service, and no language model reads them."
    which = "all of them once, and those that a question leads to" if enriched else "those that a question leads to"
    return f"They stay on this service. Passages of them are read by {escape(reader)}: {which}."


def starters_html(starters: Iterable[str]) -> str:
    return _asks("Start with one of these", starters)


def _count(number: int, name: str) -> str:
    return f"{number} {name}{'' if number == 1 else 's'}"


def _prose(answer: Answer) -> str:
    known = {citation.number for citation in answer.citations}
    turn = anchor(answer.turn_id)

    def hold(match: re.Match[str]) -> str:
        number = int(match[2])
        return f"{match[1]}{_OPEN}{number}{_CLOSE}" if number in known else f"{match[1]}\\[{match[2]}\\]"

    text = _MARKER.sub(hold, answer.text.replace(_OPEN, "").replace(_CLOSE, ""))
    html = _links(line(_MARKDOWN.render(text).strip()), answer)
    html = re.sub(f"{_OPEN}(\\d+){_CLOSE}", lambda match: cite(turn, int(match[1])), html)
    return _claims(_LABELLED.sub(_label, html), answer, turn)


def _label(match: re.Match[str]) -> str:
    kind = strength_of(match[2])
    return match[0] if kind is None else f"{match[1]} {strength(kind)}"


def _claims(html: str, answer: Answer, turn: str) -> str:
    """Give each item of a list that states a claim its note and its way to be rated, where items and claims agree."""
    if len(_STATED.findall(html)) != len(answer.claims):
        return html
    noted, waiting = set[str](), notes_of(answer)
    sources = {citation.number: citation.source.id for citation in answer.citations}
    places = iter(enumerate(answer.claims, start=1))

    def state(match: re.Match[str]) -> str:
        place, claim = next(places)
        new = [sources[number] for number in claim.citations if sources.get(number) in waiting.keys() - noted]
        noted.update(new)
        notes = "".join(f'<p class="applies">{line(escape(waiting[name]))}</p>' for name in dict.fromkeys(new))
        return (
            f'<li class="claim">{match[1]} <button type="button" class="rate" id="claim-{turn}-{place}">'
            f"⋯</button>{notes}</li>"
        )

    return _STATED.sub(state, html)


def _links(html: str, answer: Answer) -> str:
    """Keep links to the cited sources and, in a safety answer, to help; any other becomes its words."""
    sources = [citation.source for citation in answer.citations]
    allowed = {link for source in sources for link in (doi_link(source.doi), safe_link(source.url)) if link}

    def keep(match: re.Match[str]) -> str:
        url, words, bare = match.groups()
        if bare is None:
            target = unescape(url)
            good = target in allowed or (answer.kind is Kind.SAFETY and safe_link(target))
            return external(target, words) if good else words
        target = unescape(bare)
        while target and target not in allowed and target[-1] in ".,;:!?)*":
            target = target[:-1]
        good = target in allowed or (answer.kind is Kind.SAFETY and safe_link(target))
        return external(target, escape(target)) + escape(unescape(bare)[len(target) :]) if good else bare

    return _LINK.sub(keep, html)


def _said(claim: Claim) -> str:
    words = line(escape(claim.text))
    return f"“{words}”" if claim.support.verdict is Verdict.QUOTED else words


def _guidance(guidance: Iterable[Guidance]) -> str:
    by_label: dict[str, list[str]] = {}
    for item in guidance:
        by_label.setdefault(item.label, []).append(f"<p>{_plain_links(line(_MARKDOWN.renderInline(item.text)))}</p>")
    return "".join(
        f'<div class="guidance"><p class="label">{line(escape(label))}</p>{"".join(items)}</div>'
        for label, items in by_label.items()
    )


def _plain_links(html: str) -> str:
    return re.sub(r"</?a\b[^>]*>", "", html)


def _asks(title: str, questions: Iterable[str]) -> str:
    asked = (text[:1].upper() + text[1:] for text in questions)
    items = "".join(f'<li><a href="#question" class="ask">{line(escape(text))}</a></li>' for text in asked)
    return f'<div class="asks"><p class="label">{title}</p><ul>{items}</ul></div>' if items else ""


def _nearest(answer: Answer, read: Read) -> str:
    turn = anchor(answer.turn_id)
    items = "".join(
        f'<li><a href="#near-{turn}-{number}" class="near">{line(escape(near.source_title))} '
        f'<span class="opening">{escape(shorten(read(near.passage_id), _OPENING, placeholder=" …"))}</span></a></li>'
        for number, near in enumerate(answer.nearest, start=1)
    )
    return (
        f'<div class="nearest"><p class="label">Nearest, and not an answer</p><ul>{items}</ul></div>' if items else ""
    )


def _rating(answer: Answer) -> str:
    names: Sequence[str] = _RATED.get(answer.kind, ())
    buttons = "".join(f'<button type="button" class="give" value="{name}">{_RATINGS[name]}</button>' for name in names)
    head = f'<div class="rating" id="rate-{anchor(answer.turn_id)}" role="group">'
    return f"{head}{buttons}</div>" if names else ""


def _agreement(agreement: Agreement, answer: Answer) -> str:
    """A table in which each source has its mark under the stance that it takes."""
    cards: Mapping[int, Source] = {citation.number: _source(citation.source) for citation in answer.citations}
    held = [position for position in agreement.positions if position.citation in cards]
    if not held:
        return ""
    turn = anchor(answer.turn_id)
    head = "".join(f'<th scope="col">{words}</th>' for words in _STANCES.values())
    rows = "".join(
        f'<tr><th scope="row">{line(escape(short_name(cards[position.citation])))} '
        f"{cite(turn, position.citation)}</th>"
        + "".join(
            f'<td class="stance {stance.value}"><span class="mark">{words}</span></td>'
            if stance is position.stance
            else "<td></td>"
            for stance, words in _STANCES.items()
        )
        + "</tr>"
        for position in held
    )
    return (
        f'<div class="agreement"><p class="label">Who says what</p><p>{line(escape(agreement.point))}</p>'
        f"<table><thead><tr><td></td>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _source(card: SourceCard) -> Source:
    return Source(card.id, card.title, tuple(card.authors), card.year)
