"""Text into passages and passages into sentences, every one with offsets into its text."""

from __future__ import annotations

import re

from corpus.models import Span

_END = re.compile(r"[.!?…]+[\"'”’)\]]*(?=\s|$)|\n{2,}")
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|et al|cf|vs|etc|approx|ca|resp|viz|Dr|Mr|Mrs|Ms|Prof|St|Jr|Sr|Inc|Ltd"
    r"|Figs?|Tab|Eq|Vol|Nos?|pp?|Ch|Sec|eds?"
    r"|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)|\b[A-Z]|\b[a-z]\.[a-z])$"
)
_CONTINUES = re.compile(r"\s*[a-z,;:)\]]")


def sentences(text: str) -> tuple[Span, ...]:
    """Spans of the sentences of `text`, in order, without the white space between them.

    Splits after `.`, `!`, `?` or `…` (with closing quotes and brackets) and at blank lines; not after
    abbreviations, initials and in-text references (`et al.`, `e.g.`, `1988a`), nor before a lower-case letter.
    """
    spans: list[Span] = []
    start = 0
    for match in _END.finditer(text):
        if match.group().startswith("\n"):
            end = match.start()
        else:
            end = match.end()
            if match.group() == "." and _ABBREVIATION.search(text, max(0, match.start() - 12), match.start()):
                continue
            if _CONTINUES.match(text, end):
                continue
        _append(spans, text, start, end)
        start = match.end()
    _append(spans, text, start, len(text))
    return tuple(spans)


def _append(spans: list[Span], text: str, start: int, end: int) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if end > start:
        spans.append(Span(start, end))


def pack(paragraphs: list[str], limit: int) -> list[str]:
    """Passage texts of at most about `limit` characters: whole paragraphs joined by a blank line, no sentence cut.

    A paragraph over the limit is split between sentences; a single sentence over it stays whole.
    """
    packed: list[str] = []
    held = ""
    for paragraph in paragraphs:
        for piece in _pieces(paragraph.strip(), limit):
            if held and len(held) + 2 + len(piece) > limit:
                packed.append(held)
                held = piece
            else:
                held = f"{held}\n\n{piece}" if held else piece
    return [*packed, held] if held else packed


def _pieces(paragraph: str, limit: int) -> list[str]:
    if len(paragraph) <= limit:
        return [paragraph] if paragraph else []
    pieces: list[str] = []
    start = end = None
    for span in sentences(paragraph):
        if start is not None and end is not None and span.end - start > limit:
            pieces.append(paragraph[start:end])
            start = None
        start = span.start if start is None else start
        end = span.end
    return [*pieces, paragraph[start:end]]
