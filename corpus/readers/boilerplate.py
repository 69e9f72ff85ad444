"""What stands in a paper and is no research: references, acknowledgements, licences, addresses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.resources import files
from itertools import islice, takewhile

import yaml

from corpus.readers.document import Block, Paragraph

_NUMBERING = re.compile(r"^(?:(?:\d{1,2}|[IVX]{1,4}|[A-H])(?:\.\d{1,2})*[.):]?\s+)?(.*?)[\s.:]*$", re.DOTALL)
_DATA = yaml.safe_load(files("corpus.readers").joinpath("boilerplate.yaml").read_text("utf-8"))


def _patterns(part: str) -> dict[str, re.Pattern[str]]:
    return {
        name: re.compile("|".join(f"(?:{one})" for one in held), re.IGNORECASE) for name, held in _DATA[part].items()
    }


_SECTIONS, _PARAGRAPHS, _BEGINNING = _patterns("sections"), _patterns("paragraphs"), _patterns("beginning")
_KNOWN = _patterns("known")["heading"]
_LONGEST = 1200
"""A longer paragraph says more than its first words, and stays."""
_LONGEST_SECTION = 1500
"""A guide may have a chapter on funding; an acknowledgement is short."""


def is_known_heading(text: str) -> bool:
    """Whether `text` is a heading that papers have, such as `2. Methods`."""
    return _KNOWN.fullmatch(_bare(text)) is not None or left_out_section(text) is not None


def left_out_section(heading: str) -> str | None:
    """What a section of this heading holds when it is left out: `references` and so on."""
    bare = _bare(heading)
    return next((name for name, pattern in _SECTIONS.items() if pattern.fullmatch(bare)), None)


def left_out_paragraph(text: str, beginning: bool) -> str | None:
    """What a paragraph is when it is left out; addresses are recognised only at a document's `beginning`."""
    if len(text) > _LONGEST:
        return None
    if beginning and (name := next((name for name, one in _BEGINNING.items() if one.fullmatch(text)), None)):
        return name
    return next((name for name, pattern in _PARAGRAPHS.items() if pattern.match(text)), None)


def body(blocks: Sequence[Block], removed: list[str]) -> list[Paragraph]:
    """The paragraphs of `blocks` that are research, under their headings; what the others were goes into `removed`."""
    paragraphs: list[Paragraph] = []
    section: str | None = None
    dropping: tuple[str, int] | None = None
    for place, block in enumerate(blocks):
        if block.level:
            name = left_out_section(block.text)
            if name not in (None, "references") and _length(blocks, place) > _LONGEST_SECTION:
                name = None
            if dropping is None or name is not None or block.level <= dropping[1]:
                dropping = (name, block.level) if name else None
            section = block.text if dropping is None else section
        elif dropping is not None:
            _note(removed, dropping[0])
        elif (name := left_out_paragraph(block.text, beginning=not paragraphs)) is not None:
            _note(removed, name)
        else:
            paragraphs.append(Paragraph(block.text, section, block.page))
    return paragraphs


def _bare(heading: str) -> str:
    """A heading without its number."""
    match = _NUMBERING.match(" ".join(heading.split()))
    return match.group(1) if match else heading


def _length(blocks: Sequence[Block], heading: int) -> int:
    held = takewhile(lambda block: not block.level, islice(blocks, heading + 1, None))
    return sum(len(block.text) for block in held)


def _note(removed: list[str], name: str) -> None:
    if name not in removed:
        removed.append(name)
