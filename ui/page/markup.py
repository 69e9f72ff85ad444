"""The page's smallest pieces: links that may be followed, the label of a strength, and text that stays text."""

from __future__ import annotations

import re
from html import escape
from urllib.parse import quote, urlsplit

from coach.assemble import STRENGTH_WORDS
from corpus.models import Strength

RESTS_ON = {
    3: "Measures and compares, or pools studies that measure.",
    2: "Measures, without a comparison that shows a cause.",
    1: "Experts sum up what others found.",
    0: "Reasoned or said, not measured.",
}
"""What the filled dots of a strength's label stand for."""
_DOTS = {
    Strength.EXPERIMENT: 3,
    Strength.META_ANALYSIS: 3,
    Strength.SYSTEMATIC_REVIEW: 3,
    Strength.OBSERVATIONAL: 2,
    Strength.EVALUATION: 2,
    Strength.NARRATIVE_REVIEW: 1,
    Strength.CONSENSUS: 1,
    Strength.THEORY: 0,
    Strength.COMMENTARY: 0,
    Strength.QUOTATION: 0,
}
_BY_WORDS = {words: strength for strength, words in STRENGTH_WORDS.items()}
_DOI = re.compile(r"10\.\d{4,9}/\S+")


def anchor(text: str) -> str:
    """`text` as a part of an element id."""
    return re.sub(r"[^A-Za-z0-9_-]", "-", text)


def line(html: str) -> str:
    """`html` on one line: a blank line would hand what follows to the chat's own Markdown."""
    return re.sub(r"[\r\n]+", " ", html)


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


def external(url: str, words: str) -> str:
    return f'<a href="{escape(url)}" target="_blank" rel="noopener noreferrer">{words}</a>'


def passage_link(passage_id: str, words: str) -> str:
    return f'<a href="/v1/passages/{quote(passage_id, safe="")}" target="_blank" rel="noopener">{escape(words)}</a>'


def cite(turn: str, number: int) -> str:
    """A claim's marker, which opens the card of its source."""
    return f'<a href="#src-{turn}-{number}" class="cite">[{number}]</a>'


def strength(kind: Strength) -> str:
    """A strength by its word, and by dots that the style sheet draws for its class."""
    dots = _DOTS.get(kind)
    if dots is None:
        return f'<span class="strength unknown">{STRENGTH_WORDS[kind]}</span>'
    return f'<span class="strength dots-{dots}" title="{RESTS_ON[dots]}">{STRENGTH_WORDS[kind]}</span>'


def strength_of(words: str) -> Strength | None:
    """The strength that an answer's text calls by `words`."""
    return _BY_WORDS.get(words)
