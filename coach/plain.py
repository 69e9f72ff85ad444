"""A text as the guards read it: denials as `not`, and turns of phrase as what they mean."""

from __future__ import annotations

import re
from functools import lru_cache

_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_BLANKS = re.compile(r" {2,}")
_NOT = re.compile(r"n['’]t\b|\banything but\b|\bfar from\b|\bfree (?:of|from)\b", re.IGNORECASE)
_HINDERS = re.compile(
    r"\bh[oe]ld(?:s|ing)? back\b|\b(?:stands?|gets?|stood|got) in the way of\b"
    r"|\bke(?:ep|eps|pt|eping)\b(?=(?: [\w'’-]+){1,4} (?:from|out of|away)\b)",
    re.IGNORECASE,
)
_GENDER = "woman|women|man|men"
_PARTNER = "mentors?|mentees?|prot[eé]g[eé]e?s?"
# Words that mean in these places something else than elsewhere, and what they mean there.
_SENSES = (
    (re.compile(r"\bappear(?:s|ed)? (?=(?:in|on|at|under|within|among|throughout)\b)", re.IGNORECASE), "stands "),
    (re.compile(r"\bfalls? (?=(?:along|into|within|under|between|on)\b)", re.IGNORECASE), "lies "),
    (re.compile(r"\b(?:quite a|a good) (?:few|many)\b", re.IGNORECASE), "several"),
    (
        re.compile(r"\bfew (?=(?:[\w-]+ ){1,4}(?:is|are|was|were|can be) (?:as|so|more)\b)", re.IGNORECASE),
        "among the most ",
    ),
    (re.compile(r"\bpa(?:ys|id|y) off\b", re.IGNORECASE), "benefits"),
    # Who lacks a mentor lacks mentoring.
    (
        re.compile(
            r"\b(find|finding|found|lack of|without|have|having|get|getting|need|needing) (?:an? |good )?mentors?\b",
            re.IGNORECASE,
        ),
        r"\1 mentoring",
    ),
    # A woman as mentor, or mentors who were women: female mentors.
    (re.compile(rf"\b({_GENDER}) as (?:an? |the |their |his |her )?({_PARTNER})\b", re.IGNORECASE), r"\1 \2"),
    (re.compile(rf"\b({_PARTNER}) (?:who )?(?:was|were|is|are) (?:an? )?({_GENDER})\b", re.IGNORECASE), r"\2 \1"),
    (re.compile(r"\b(women|men) (?:on|in) (?:the )?(faculty)\b", re.IGNORECASE), r"\1 \2"),
    (re.compile(r"\bexpected (?=by\b)", re.IGNORECASE), "customary "),
    (
        re.compile(r"\b(no|this|the|inverse|positive|negative) relationships? (?=(?:to|with)\b)", re.IGNORECASE),
        r"\1 association ",
    ),
)
# These deny nothing by themselves.
_NO_DENIAL = re.compile(
    r"\bnot (?:only|just|merely|simply|limited to|confined to|the only)\b"
    r"|\bno (?:matter|doubt|longer than|fewer than|less than)\b"
    r"|\bat least\b|\bmore or less\b|\bnot least\b",
    re.IGNORECASE,
)


@lru_cache(maxsize=4_096)
def plain(text: str) -> str:
    """Denials as `not`, what only looks like one left out, and `2,300` as one word."""
    for sense, meant_by_it in _SENSES:
        text = sense.sub(meant_by_it, text)
    text = _HINDERS.sub(" hinders ", _NOT.sub(" not ", text))
    return _THOUSANDS.sub("", _NO_DENIAL.sub(" ", _BLANKS.sub(" ", text)))
