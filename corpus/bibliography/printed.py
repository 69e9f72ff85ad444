"""The printed reference: made of verified fields only."""

from __future__ import annotations

from urllib.parse import quote

from corpus.bibliography.names import ET_AL, parts_of, plain
from corpus.bibliography.record import verified
from corpus.bibliography.values import printable_link
from corpus.models import Source


def reference(source: Source) -> str:
    """A reference in plain text; what nobody verified is named as such or left out, never guessed."""
    source = verified(source)
    parts = [_authors(source), f"({source.year})" if source.year else "(year not verified)"]
    head = " ".join(part for part in parts if part)
    title = source.title if source.title.endswith(("?", "!", ".")) else f"{source.title}."
    return " ".join(part for part in (f"{head}.", title, _container(source), link(source) or "") if part)


def short_name(source: Source) -> str:
    """How a table or a sentence names a source: its authors and year, else its title in quotation marks."""
    source = verified(source)
    if not source.authors:
        return f"“{source.title}”"
    names = [parts_of(author).family for author in source.authors if author != ET_AL]
    more = len(names) > 2 or len(names) < len(source.authors)
    named = f"{names[0] if names else 'Unnamed authors'} and colleagues" if more else " & ".join(names)
    return f"{named} ({source.year})" if source.year else named


def link(source: Source) -> str | None:
    """The DOI as a link, else the source's verified https link, else nothing."""
    source = verified(source)
    if source.doi:
        return f"https://doi.org/{quote(source.doi, safe='!$&()*+,-./:;=@_~[]')}"
    return printable_link(source.url)


def _authors(source: Source) -> str:
    names = [plain(author) for author in source.authors]
    if not names:
        return "Authors not verified"
    if len(names) == 1:
        return names[0]
    return ", ".join(names[:-1]) + (f", {ET_AL}" if names[-1] == ET_AL else f" & {names[-1]}")


def _container(source: Source) -> str:
    if not source.venue:
        return ""
    volume = source.volume or ""
    if source.issue:
        volume += f"({source.issue})"
    return ", ".join(part for part in (source.venue, volume, source.pages) if part).rstrip(".") + "."
