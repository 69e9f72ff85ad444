"""Why a line that a chat model wrote may not be used: as a query, or as a suggestion."""

from __future__ import annotations

import re
from importlib import resources

import yaml

from corpus.passages import sentences

_LONGEST = 300
_WORDS = yaml.safe_load(resources.files("coach").joinpath("unfit.yaml").read_text("utf-8"))
_OPENINGS = frozenset(_WORDS["openings"].split())
_RESEARCH = re.compile(rf"\d|%|\b(?:{'|'.join(_WORDS['research'])})\b", re.IGNORECASE)
_MARKUP = re.compile(r"[\[\]<>{}|*_#`~\\^=@]|://|\bwww\.|\bdoi\b", re.IGNORECASE)
_INSTRUCTING = re.compile(
    r"\b(?:ignore|disregard|instructions?|system|prompts?|assistant|statements?|keys?|output|json)\b", re.IGNORECASE
)
# A capital letter that opens no sentence and no quotation.
_NAME = re.compile(r"(?<!^)(?<![.!?:] )(?<![.!?:] [\"'“‘])(?<![\"“‘])\b(?!I\b)[A-Z]\w*")


def unfit_line(text: str) -> str | None:
    """Why `text` is not one short plain line; `None` when it is."""
    if not text:
        return "empty"
    if len(text) > _LONGEST or not text.isprintable():
        return "not one short line"
    if _MARKUP.search(text):
        return "markup"
    return "instructs" if _INSTRUCTING.search(text) else None


def unfit_suggestion(text: str) -> str | None:
    """Why a suggestion may not be shown: it states something about research or the world, or is none to say or do."""
    if objection := unfit_line(text):
        return objection
    if not 1 <= len(sentences(text)) <= 2 or not text.endswith((".", "?", "!", '"', "”")):
        return "not one or two sentences"
    if not all(character.isascii() or character in "’‘“”–—…" for character in text):
        return "letters of another script"
    if text.split()[0].strip("\"'“‘,:").lower() not in _OPENINGS:
        return "nothing to say or do"
    if _RESEARCH.search(text):
        return "speaks of research or numbers"
    return "names somebody" if _NAME.search(text) else None
