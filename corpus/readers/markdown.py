"""Markdown: paragraphs under their headings; links keep their words, raw HTML is text, comments are hidden."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from corpus.readers import front_matter
from corpus.readers.document import Block, Draft
from corpus.readers.styles import hides

_PARSER = MarkdownIt("commonmark", {"html": False}).enable("table")
_COMMENT = re.compile(r"<!--(.*?)(?:-->|\Z)", re.DOTALL)
_FENCED = re.compile(r"(^ {0,3}(`{3,}|~{3,}).*?(?:^ {0,3}\2[`~]*[ \t]*$|\Z)|`[^`\n]+`)", re.DOTALL | re.MULTILINE)
_ELEMENT = re.compile(r"<(\w{1,20})\b([^<>]{1,500})>((?:(?!</\1\s*>).){0,20000}?)</\1\s*>", re.DOTALL | re.IGNORECASE)
_STYLE = re.compile(r"""style\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_HIDDEN = re.compile(r"(?:^|\s)hidden(?:\s|=|/|$)", re.IGNORECASE)


def draft(text: str) -> Draft:
    """The title is the literal text of the first heading; front matter is metadata and no title."""
    metadata, text = front_matter.part(text)
    removed = ["front matter that is no valid YAML"] if metadata is None else []
    hidden: list[str] = []
    text = _shown(text, hidden)
    environment: dict[str, Any] = {}
    title: str | None = None
    blocks: list[Block] = []
    level = 0
    for token in _PARSER.parse(text, environment):
        if token.type in ("heading_open", "heading_close"):
            level = int(token.tag[1:]) if token.type == "heading_open" else 0
        elif token.type == "inline" and level and title is None:
            title = token.content
        elif token.type == "inline":
            blocks.append(Block(_inline(token.children or []), level))
        elif token.type in ("fence", "code_block"):
            blocks.append(Block(token.content))
    # `[//]: # (…)` is how Markdown writes a comment.
    hidden.extend(
        held["title"] for held in environment.get("references", {}).values() if held["href"] in ("#", "<>", "")
    )
    return Draft(title, blocks, metadata or {}, removed=removed, hidden=[said for said in hidden if said.strip()])


def _inline(tokens: Sequence[Token]) -> str:
    said = (
        token.content
        if token.type in ("text", "code_inline", "text_special")
        else " "
        if token.type in ("softbreak", "hardbreak")
        else ""
        for token in tokens
    )
    return "".join(said)


def _shown(text: str, hidden: list[str]) -> str:
    """`text` without what a page made of it would not show; code shows everything."""
    if "<" not in text:
        return text
    pieces = _FENCED.split(text)
    # The pattern's two groups stand between the pieces: the code itself, then its fence.
    return "".join(
        _unhidden(piece, hidden) if n % 3 == 0 else piece for n, piece in enumerate(pieces) if n % 3 != 2 and piece
    )


def _unhidden(text: str, hidden: list[str]) -> str:
    def comment(match: re.Match[str]) -> str:
        hidden.append(match.group(1))
        return ""

    def element(match: re.Match[str]) -> str:
        style = _STYLE.search(match.group(2))
        if not (_HIDDEN.search(match.group(2)) or (style and hides(style.group(1) or style.group(2) or ""))):
            return match.group()
        hidden.append(re.sub(r"<[^>]*>", " ", match.group(3)))
        return ""

    return _ELEMENT.sub(element, _COMMENT.sub(comment, text))
