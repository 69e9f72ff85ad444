"""Finds what reaches or pins down a person by its form: e-mail and web addresses, handles, phones, births, streets."""

from __future__ import annotations

import re
from collections.abc import Iterator

from phonenumbers import Leniency, PhoneNumberMatcher

from coach.found import Found, PersonalKind

_EMAIL = re.compile(r"[\w.+'’&-]*\w@(?:[\w-]+\.)+[^\W\d_]{2,}")
_PROFILE = re.compile(
    r"(?:https?://)?(?:[\w-]+\.)?(?:linkedin|github|gitlab|twitter|x|instagram|facebook|tiktok|t|threads|bsky|medium|youtube|"
    r"reddit|wa|snapchat|orcid|researchgate)\.(?:com|me|net|org|app|io)/[^\s,;)\"'<>]*[^\s,;.)\"'<>:!?]",
    re.IGNORECASE,
)
_HANDLE = re.compile(
    r"(?<![\w/@.])@[^\W\d][\w.-]*\w(?:@(?:[\w-]+\.)+\w+)?|(?<![\w/])u/[\w-]{3,}|(?<!\w)\w[\w.]{1,31}#\d{4}\b"
)
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|"
    r"dec(?:ember)?)\.?"
)
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_DATE = (
    rf"(?:\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}|\d{{1,2}}[-/. ]\d{{1,2}}[-/. ]\d{{2,4}}"
    rf"|{_DAY}(?: of)? {_MONTH}(?:,? '?\d{{2,4}})?|{_MONTH} {_DAY}(?:,? '?\d{{4}})?|{_MONTH},? \d{{4}})"
)
_BORN = r"(?:\bborn\b|\bdob\b|\bd\. ?o\. ?b\.?|\bdate of birth\b|\bbirth ?(?:day|date)\b|\bb-?day\b|\bgeboren\b|\(b\.)"
_BIRTH = re.compile(
    rf"{_BORN}[\s:=,-]*(?:(?:is|was|on|in|the|am|falls)\s+){{0,3}}(?P<date>{_DATE}|(?:19|20)\d\d)\b", re.IGNORECASE
)
_BIRTH_AFTER = re.compile(
    rf"\b(?P<date>{_DATE})(?= (?:is|was) (?:my|his|her|their|\w+[’']s) (?:date of birth|birth ?day|b-?day))",
    re.IGNORECASE,
)
_STREET = (
    r"(?:street|str?\.?|road|rd\.?|avenue|ave\.?|lane|ln\.?|drive|close|court|crescent|terrace|place|square|way|boulevard|blvd\.?|"
    r"parade|gardens?|grove|mews|highway|quay|row|walk|park|hill|gate|circle|cres\.?|parkway)"
)
_UNIT = r"(?:flat|apt\.?|apartment|unit|suite|room|house|plot|block|no\.?)\s*#?\d*[A-Z]?"
_POSTCODE = r"(?:[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}|[A-Z]{2} \d{5}(?:-\d{4})?|\d{5}(?: [A-Z][\w-]+)?)"
_TOWN = (
    rf"(?:,? (?:{_POSTCODE}|[NSEW]{{1,2}}(?![A-Za-z])|[A-Z][\w’'-]+(?: {_POSTCODE}| [A-Z][\w’'-]+(?: {_POSTCODE})?)?))"
)
_ADDRESSES = (
    re.compile(
        rf"\b(?:(?i:{_UNIT}),? )?\d+[A-Za-z]?,? (?:[A-Z0-9][\w’'.-]* ){{1,4}}(?i:{_STREET})(?![\w’']){_TOWN}{{0,5}}"
    ),
    re.compile(rf"\b(?i:plot|flat|house|apt) \w+, (?:[A-Z][\w’'-]+ ){{1,3}}(?i:{_STREET})(?![\w’']){_TOWN}{{0,5}}"),
    re.compile(
        rf"(?:\bat|\bon|\bto|\baddress is|\baddress:) (?P<place>\d+[a-z]? (?:[a-z’'-]+ ){{1,2}}{_STREET}(?![\w’']))",
        re.IGNORECASE,
    ),
    re.compile(
        r"\b\d+,? (?:rue|avenue|via|calle|rua|jalan|boulevard|plaza)(?: (?:de|la|le|du|des|del|della|l['’])){0,2} [A-Z][\w’'-]+"
    ),
    re.compile(
        r"\b[A-ZÄÖÜ][\w-]*(?:straße|strasse|str\.|weg|platz|gasse|allee) \d+[a-z]?(?:, \d{4,5} [A-ZÄÖÜ][\w-]+)?"
    ),
    re.compile(r"\bP\.? ?O\.? ?Box \w*\d\w*", re.IGNORECASE),
    re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}\b"),
)

_REGIONS = ("US", "GB", "DE", "IN", "AU", "NG")
_PHONE_WORD = re.compile(
    r"\b(?:call|phone|mobile|cell|tel|telephone|text|ring|dial|number|whatsapp|sms|line|landline|contact|reach|fax|desk)\b",
    re.IGNORECASE,
)
_NOT_A_PHONE = re.compile(r"10\.\d{4,9}/\S+|\b(?:19|20)\d\d\s*[-–]\s*(?:19|20)\d\d\b(?![-. ]?\d)|\b\d{4}-\d{2}-\d{2}\b")
_EXTENSION = re.compile(r"\s*(?:ext|x|extension)\.? ?\d{1,5}\b", re.IGNORECASE)
_BEFORE_PHONE = 40
_LONG = 10


def contacts(text: str) -> Iterator[Found]:
    """What has such a form in `text`; one thing may be given twice, or inside another."""
    for pattern, kind in (
        (_EMAIL, PersonalKind.EMAIL),
        (_PROFILE, PersonalKind.HANDLE),
        (_HANDLE, PersonalKind.HANDLE),
    ):
        for match in pattern.finditer(text):
            yield Found(kind, *match.span())
    if any(character.isdigit() for character in text):
        for pattern in (_BIRTH, _BIRTH_AFTER):
            for match in pattern.finditer(text):
                yield Found(PersonalKind.BIRTH, *match.span("date"))
        for pattern in _ADDRESSES:
            for match in pattern.finditer(text):
                yield Found(PersonalKind.ADDRESS, *match.span("place" if "place" in pattern.groupindex else 0))
        yield from _phones(text)


def _phones(text: str) -> Iterator[Found]:
    if sum(character.isdigit() for character in text) < 7:
        return
    barred = [match.span() for match in _NOT_A_PHONE.finditer(text)]
    for region in _REGIONS:
        for match in PhoneNumberMatcher(text, region, leniency=Leniency.POSSIBLE):
            start, end = match.start, match.end
            if any(start < stop and begin < end for begin, stop in barred) or not _dialled(text, start, end):
                continue
            if text[:start].endswith(("+", "(")):
                start -= 1
            extension = _EXTENSION.match(text, end)
            yield Found(PersonalKind.PHONE, start, extension.end() if extension else end)


def _dialled(text: str, start: int, end: int) -> bool:
    """Whether a number is written or spoken of as one dials it: a count or a sum of money is not."""
    written = text[start:end]
    digits = sum(character.isdigit() for character in written)
    if digits < 7:
        return False
    if written[0] in "+(" or text[:start].endswith("+"):
        return True
    spoken_of = _PHONE_WORD.search(text[max(0, start - _BEFORE_PHONE) : start]) or _PHONE_WORD.search(
        text[end : end + 20]
    )
    return bool(spoken_of) or (digits >= _LONG and (written[0] == "0" or not written.isdigit()))
