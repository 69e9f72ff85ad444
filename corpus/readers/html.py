"""HTML as a page shows it: inline markup parts no words, blocks always do, and what is not shown is hidden."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator

from bs4 import BeautifulSoup, Comment, Tag, XMLParsedAsHTMLWarning
from bs4.element import NavigableString, PreformattedString
from soupsieve import SelectorSyntaxError

from corpus.readers.document import Block, Draft
from corpus.readers.styles import alike, colour_of, ground_of, hides, hiding_selectors, parsed

_BLOCKS = frozenset(
    (
        *("p", "li", "blockquote", "dd", "dt", "figcaption", "pre", "td", "th", "h1", "h2", "h3", "h4", "h5", "h6"),
        *("div", "section", "article", "main", "aside", "ul", "ol", "dl", "table", "tr", "body", "address", "summary"),
    )
)
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_NO_CONTENT = ["script", "style", "noscript", "template", "nav", "header", "footer", "form", "iframe", "svg", "object"]
_WHITE = (255, 255, 255)
_WORD = re.compile(r"\w+")
_FEWEST_WORDS = 3
_CITATION = {
    **{"title": "title", "author": "authors", "authors": "authors", "publication_date": "year", "date": "year"},
    **{"year": "year", "online_date": "year", "doi": "doi", "journal_title": "venue", "conference_title": "venue"},
    **{
        "volume": "volume",
        "issue": "issue",
        "firstpage": "first_page",
        "lastpage": "last_page",
        "keywords": "keywords",
    },
    **{"public_url": "url", "abstract_html_url": "url", "fulltext_html_url": "url", "publisher": "publisher"},
    **{"inbook_title": "venue", "technical_report_institution": "venue", "dissertation_institution": "venue"},
}
_PROPERTIES = {
    **{"dc.title": "title", "dc.creator": "authors", "dc.date": "year", "dc.date.issued": "year", "dc.source": "venue"},
    **{"dcterms.title": "title", "dcterms.creator": "authors", "dcterms.issued": "year", "dc.publisher": "publisher"},
    **{"dc.identifier": "doi", "dcterms.identifier": "doi", "prism.doi": "doi", "prism.publicationname": "venue"},
    **{"prism.publicationdate": "year", "og:title": "title", "og:url": "url", "article:published_time": "year"},
    **{"article:author": "authors", "author": "authors", "keywords": "keywords", "og:site_name": "publisher"},
}


def draft(text: str, titled_by_heading: bool = True) -> Draft:
    """The title is the page's own, else its first heading where that may be one."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", XMLParsedAsHTMLWarning)
        soup = BeautifulSoup(text, "html.parser")
    metadata = _metadata(soup)
    selectors = [selector for sheet in soup("style") for selector in hiding_selectors(sheet.get_text())]
    for part in soup(_NO_CONTENT):
        part.decompose()
    hidden = list(_take_hidden(soup, selectors))
    heads = [
        " ".join(head.get_text().split())
        for head in (soup.find("title"), titled_by_heading and soup.find("h1"))
        if head
    ]
    title = next((head for head in heads if head), None)
    if soup.title:
        soup.title.decompose()
    for line_break in soup("br"):
        line_break.replace_with(" ")
    blocks = [block for block in _blocks(soup) if not block.level or block.text != title]
    return Draft(title, blocks, metadata, hidden=hidden)


def _blocks(soup: BeautifulSoup) -> Iterator[Block]:
    root = soup.body or soup
    block_of: dict[int, Tag | None] = {id(root): root if root.name in _BLOCKS else None}
    held: list[str] = []
    previous: Tag | None = None
    for element in root.descendants:
        above = block_of[id(element.parent)]
        if isinstance(element, Tag):
            block_of[id(element)] = element if element.name in _BLOCKS else above
        elif isinstance(element, NavigableString) and not isinstance(element, PreformattedString):
            if above is not previous:
                yield from _block(held, previous)
            previous = above
            held.append(str(element))
    yield from _block(held, previous)


def _block(held: list[str], tag: Tag | None) -> Iterator[Block]:
    said = " ".join("".join(held).split())
    held.clear()
    if said:
        yield Block(said, int(tag.name[1]) if tag is not None and tag.name in _HEADINGS else 0)


def _take_hidden(soup: BeautifulSoup, selectors: list[str]) -> Iterator[str]:
    """Take out what is not shown, and say it."""
    for comment in soup.find_all(string=lambda string: isinstance(string, Comment)):
        said = re.sub(r"<[^>]*>", " ", str(comment.extract()))
        # `<!--[if IE]>` speaks to browsers, `<!-- end of menu -->` to those who write the page.
        if not said.lstrip().startswith("[if") and len(_WORD.findall(said)) >= _FEWEST_WORDS:
            yield said
    told = [
        tag
        for tag in [*soup.find_all(hidden=True), *soup.find_all(style=True), *soup(["font", "dialog"])]
        if _unseen(tag)
    ]
    for tag in [*_by_sheet(soup, selectors), *told]:
        if not tag.decomposed and tag.name not in ("html", "body"):
            said = tag.get_text(" ", strip=True)
            tag.decompose()
            yield said


def _by_sheet(soup: BeautifulSoup, selectors: list[str]) -> list[Tag]:
    found: list[Tag] = []
    for selector in selectors:
        try:
            found.extend(soup.select(selector))
        except (SelectorSyntaxError, NotImplementedError):
            continue
    return found


def _unseen(tag: Tag) -> bool:
    style = str(tag.get("style") or "")
    if tag.has_attr("hidden") or (tag.name == "dialog" and not tag.has_attr("open")) or hides(style):
        return True
    colour = colour_of(style) or (parsed(str(tag.get("color") or "").lower()) if tag.name == "font" else None)
    if colour is None:
        return False
    grounds = (
        ground_of(str(above.get("style") or "")) or parsed(str(above.get("bgcolor") or "").lower())
        for above in (tag, *tag.parents)
    )
    return alike(colour, next((ground for ground in grounds if ground), _WHITE))


def _metadata(soup: BeautifulSoup) -> dict[str, str]:
    """What the page's `<meta>` elements say; those made for citing are preferred to all others."""
    cited: dict[str, list[str]] = {}
    other: dict[str, list[str]] = {}
    for meta in soup("meta"):
        name = str(meta.get("name") or meta.get("property") or "").strip().lower()
        value = str(meta.get("content") or "").strip()
        if not value:
            continue
        if name.startswith("citation_") and (key := _CITATION.get(name.removeprefix("citation_"))):
            cited.setdefault(key, []).append(value)
        elif key := _PROPERTIES.get(name):
            other.setdefault(key, []).append(value)
    held = cited or other
    metadata = {
        key: "; ".join(dict.fromkeys(values)) if key in ("authors", "keywords") else values[0]
        for key, values in held.items()
    }
    return _tidied(metadata) | {"origin": "citation" if cited else "properties"} if metadata else {}


def _tidied(metadata: dict[str, str]) -> dict[str, str]:
    first, last = metadata.pop("first_page", None), metadata.pop("last_page", None)
    if first:
        metadata["pages"] = f"{first}-{last}" if last and last != first else first
    if year := re.search(r"\b(?:1[5-9]|20)\d\d\b", metadata.pop("year", "")):
        metadata["year"] = year.group()
    if "doi" in metadata and "10." not in metadata["doi"]:
        del metadata["doi"]
    return metadata
