"""Plain text: blank lines part paragraphs, and a line of its own that is a known heading is one."""

from __future__ import annotations

import re

from corpus.readers.boilerplate import is_known_heading
from corpus.readers.document import Block, Draft


def draft(text: str) -> Draft:
    """A short first paragraph without a full stop is the title."""
    paragraphs = [" ".join(block.split()) for block in re.split(r"\n\s*\n", text) if block.strip()]
    title = None
    if len(paragraphs) > 1 and len(paragraphs[0]) < 200 and not paragraphs[0].endswith((".", "!", "?", ":", ";")):
        title = paragraphs.pop(0)
    return Draft(title, [Block(said, 1 if len(said) < 60 and is_known_heading(said) else 0) for said in paragraphs])
