"""Finds employers in a text: by their legal form or kind, and by the words for working beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from coach.found import Found, PersonalKind
from coach.lexicon_names import Names

_CAP = r"[A-Z][\w’'&.-]*\w|[A-Z]"
_CAPS = rf"(?:{_CAP})(?: (?:(?:of|and|&|for|de|the) )?(?:{_CAP}))*"
_FORM = (
    r"(?:Inc|Ltd|Limited|LLC|LLP|GmbH|Corp|Corporation|PLC|plc|AG|S\.?A|N\.?V|B\.?V|Pty|Co|Company|University|College|Hospital|School|Bank|Group|"
    r"Partners|Solutions|Consulting|Consultancy|Services|Foundation|Institute|Clinic|Technologies|Systems|Labs|Laboratories|Health|Healthcare|"
    r"Associates|Holdings|Industries|Academy|Trust|Airlines|Motors|Energy|Pharma|Insurance|Council|Charity|Ventures|Capital|Media|Studios)"
)
_FORMED = re.compile(
    rf"\b{_CAPS} {_FORM}\b\.?|\b(?:[Tt]he )?(?:University|Bank|Bishop’?s|Banco|College|Hospital|Ministry) (?:of )?(?:{_CAPS})"
)
_AT_WORK = re.compile(
    r"\b(?:works?|worked|working|job|role|position|interview\w*|intern\w*|placement|offer|employed|started|hired|fired|sacked|analyst|engineer|"
    r"nurse|manager|mentor|student|postdoc|consultant|developer|accountant|lawyer|teach(?:es|ing)?|taught|team|career|colleagues?|contract|was|am|is|apprentice\w*|"
    r"trainee|recruited|headhunted|poached|paid|employee|people|scheme|programme)"
    r"(?: (?:again|now|there|back|a|an|the|offer|job|role|full-time|part-time|as \w+ \w+|in \w+)){0,3} (?:at|for|by|from|with) "
    rf"(?P<name>(?:the )?(?:{_CAPS}))"
)
_SOMEBODY_AT = re.compile(rf"\b(?:[A-Z][\w’'-]+|mentees?|colleagues?) at (?P<name>(?:{_CAPS}))")
_CHANGED = re.compile(
    r"\b(?:appl(?:y|ies|ied|ying) to|join(?:ed|ing|s)?|left|leaving|leaves|quit(?:s|ting)?|founded|employer|company|firm|startup|start-up)"
    rf"(?: is called| is| called|,| named)? (?P<name>(?:{_CAPS}))"
)
_SMALL = re.compile(
    r"\b(?:works?|worked|working|job|role|position|interview|intern|employed|started|hired|fired|offer) (?:at|for|by|from|with) (?P<name>[^\W\d_]{3,})",
    re.IGNORECASE,
)
_PRONOUN = re.compile(
    r"\b(?:I|He|She|They|We|You|It|My|Her|His|Their|Our|The|A|An|At|In|On|For|Is|Was|Does|Did|Should|Can|Why|How|What|When|If|And|But)\b ?"
)


def employers(text: str, names: Names) -> Iterator[Found]:
    """Where an employer is named in `text`."""
    for match in _FORMED.finditer(text):
        start = match.start()
        while (lead := _PRONOUN.match(text, start)) and lead.end() < match.end() and not match[0].startswith("The "):
            start = lead.end()
        if len(text[start : match.end()].split()) > 1:
            yield Found(PersonalKind.EMPLOYER, start, match.end())
    for pattern in (_AT_WORK, _SOMEBODY_AT, _CHANGED):
        for match in pattern.finditer(text):
            start, end = match.span("name")
            words = [word for word in re.findall(r"[^\W\d_]+", match["name"]) if word[0].isupper()]
            if _person(words, names) or all(
                names.kept(word.lower()) or (len(word) <= 2 and word.isupper()) for word in words
            ):
                continue
            yield Found(PersonalKind.EMPLOYER, start, end)
    for match in _SMALL.finditer(text):
        word = match["name"].lower()
        if not (names.known(word) or names.given(word) or names.typo(word)):
            yield Found(PersonalKind.EMPLOYER, *match.span("name"))


def _person(words: list[str], names: Names) -> bool:
    """Whether these are rather a person: one works for people, too."""
    return (
        all(names.listed(word.lower()) for word in words)
        and names.given(words[0].lower())
        and not names.ordinary(words[0].lower())
    )
