"""The printed reference: made of verified fields only."""

from __future__ import annotations

import re

from corpus.models import Source

_LINK = re.compile(r"https://[A-Za-z0-9][A-Za-z0-9!#$%&()*+,\-./:;=?@_~\[\]]*")
_ORGANISATION = frozenset(
    (
        *("academies", "academy", "agency", "association", "center", "centre", "college", "commission", "committee"),
        *("council", "department", "foundation", "group", "institute", "ministry", "network", "organisation"),
        *("organization", "partnership", "society", "team", "university", "of", "and", "the", "for"),
    )
)


def reference(source: Source) -> str:
    """A reference in plain text; what nobody verified is named as such or left out, never guessed."""
    parts = [_authors(source), f"({source.year})" if source.year else "(year not verified)"]
    head = " ".join(part for part in parts if part)
    title = source.title if source.title.endswith(("?", "!", ".")) else f"{source.title}."
    return " ".join(part for part in (f"{head}.", title, _container(source), link(source) or "") if part)


def short_name(source: Source) -> str:
    """How a table or a sentence names a source: its authors and year, else its title in quotation marks."""
    if not source.authors:
        return f"“{source.title}”"
    names = [_surname(author) for author in source.authors]
    named = f"{names[0]} and colleagues" if len(names) > 2 else " & ".join(names)
    return f"{named} ({source.year})" if source.year else named


def link(source: Source) -> str | None:
    """The DOI as a link, else the source's verified https link, else nothing."""
    if source.doi:
        return f"https://doi.org/{source.doi}"
    return source.url if source.url and _LINK.fullmatch(source.url) else None


def _authors(source: Source) -> str:
    if not source.authors:
        return "Authors not verified"
    if len(source.authors) == 1:
        return source.authors[0]
    return ", ".join(source.authors[:-1]) + f" & {source.authors[-1]}"


def _surname(author: str) -> str:
    words = author.split()
    # An organisation is named whole.
    return author if len(words) > 4 or _ORGANISATION & {word.lower() for word in words} else words[-1]


def _container(source: Source) -> str:
    if not source.venue:
        return ""
    volume = source.volume or ""
    if source.issue:
        volume += f"({source.issue})"
    return ", ".join(part for part in (source.venue, volume, source.pages) if part).rstrip(".") + "."
