"""Single values of a bibliography in one form, wherever they come from: DOI, year, pages, link, title, keywords."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from urllib.parse import unquote

_DOI = re.compile(r"10\.\d{4,9}(?:\.\d+)*/[!#-Z\[\]^_a-z|~]+")
_LANDING_PAGE = re.compile(r"/(?:full|fulltext|abstract|pdf|epdf|meta|summary)$")
_YEAR = re.compile(r"(?<!\d)(1\d{3}|20\d\d)(?:\d{4})?(?!\d)")
_RANGE = re.compile(r"(?<=\w)\s*[-‐‑‒–—−]+\s*(?=\w)")
_LINK = re.compile(r"https://[A-Za-z0-9][A-Za-z0-9!#$%&()*+,\-./:;=?@_~\[\]]*")
_HTTP = re.compile(r"https?://[^\s<>\"\\{}]+", re.IGNORECASE)
_ASCII_WORD = re.compile(r"[a-z0-9]+")
_APOSTROPHES = re.compile(r"['`]")
_CLOSING = {")": "(", "]": "[", ">": "<"}


def tidy(text: str) -> str:
    """One line in composed Unicode, without control characters."""
    return " ".join(_letters(text).split())


def tidy_name(text: str) -> str:
    """Like `tidy`, and a no-break space stays: it tells which words of a name belong together."""
    return "\u00a0".join(" ".join(part.split()) for part in _letters(text).split("\u00a0")).strip("\u00a0 ")


def _letters(text: str) -> str:
    composed = unicodedata.normalize("NFC", text)
    # What is printable holds none of these: most text is, and is long.
    return (
        composed
        if composed.isprintable()
        else "".join(
            letter if letter.isspace() or unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Co", "Cn") else " "
            for letter in composed
        )
    )


def normal_doi(text: str) -> str | None:
    """The first DOI in `text`, in small letters and without resolver or punctuation around it."""
    if not text.lstrip().startswith("10."):
        text = unquote(text)
    if (match := _DOI.search(text)) is None:
        return None
    doi = match.group().lower()
    if "://" in text[: match.start()] or "doi.org/" in text[: match.start()].lower():
        doi = _LANDING_PAGE.sub("", re.split(r"[?#]", doi)[0])
    while (shorter := _without_last(doi)) != doi:
        doi = shorter
    return doi if not doi.endswith("/") else None


def _without_last(doi: str) -> str:
    last = doi[-1]
    if last in ".,;:!'*_~" or (last in _CLOSING and doi.count(last) > doi.count(_CLOSING[last])):
        return doi[:-1]
    return doi


def year_in(text: str) -> int | None:
    """The first year of a date, however it is written."""
    match = _YEAR.search(text)
    return int(match.group(1)) if match else None


def pages_in(text: str) -> str | None:
    """Pages with a plain hyphen between first and last."""
    return _RANGE.sub("-", tidy(text)) or None


def printable_link(text: str | None) -> str | None:
    """`text` where it is an https link that can be printed as it is."""
    return text if text and _LINK.fullmatch(text) else None


def link_in(text: str) -> str | None:
    match = _HTTP.search(text)
    return match.group() if match else None


def normal_title(text: str) -> str:
    """What stays of a title when case, punctuation, dashes, accents and markup are no matter."""
    spelt = unicodedata.normalize("NFKD", re.sub(r"<[^<>]{1,20}>", " ", text)).casefold()
    if spelt.isascii():
        return " ".join(_ASCII_WORD.findall(_APOSTROPHES.sub("", spelt)))
    return " ".join(
        "".join(
            " " if not letter.isalnum() and not unicodedata.combining(letter) else letter
            for letter in spelt
            if not unicodedata.combining(letter) and letter not in "'’‘`"
        ).split()
    )


def keywords_in(texts: Iterable[str]) -> tuple[str, ...]:
    """Keywords of lists that are parted by semicolons where they have any, else by commas."""
    found = (tidy(word) for text in texts for word in re.split(";|\n" if ";" in text else "[,\n]", text))
    return tuple(dict.fromkeys(word for word in found if word))
