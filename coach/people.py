"""Finds people's names in a text: by lists of names, by how words are written, and by the words beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from coach.found import Found, PersonalKind
from coach.lexicon_names import Names

_TOKEN = re.compile(r"[^\W\d_]+(?:['’.-](?=[^\W\d_])[^\W\d_]+)*")
_ENDING = re.compile(r"['’](?:s|ll|d|re|ve|m|t)$", re.IGNORECASE)
_STARTS = re.compile(r"(?:^|[.!?:;\n•*>“\"(-]\s*|[.!?]['’”\")]\s+)$")
_ABBREVIATED = re.compile(r"(?:\b[A-Z]|\b(?:dr|mr|mrs|ms|prof|st|rev))\.\s*$", re.IGNORECASE)
_INITIAL = re.compile(r"[A-Z]")
_RELATION = (
    r"mentees?|mentors?|mentoree|protég[ée]s?|students?|colleagues?|boss|managers?|supervisors?|advis[eo]rs?|friends?|sisters?|brothers?|"
    r"daughters?|sons?|wife|husband|partner|cousins?|coach|interns?|apprentices?|trainees?|teammates?|peers?|starter|report|director|lead|"
    r"teacher|tutor|neighbou?r|girl|boy|guy|woman|man|lady|lad|employee"
)
_CALLED = re.compile(
    rf"(?:\b(?:my|our|his|her|their|your|a|the|new|other|former|line|two|young|first|another) (?:{_RELATION})(?:[’']s name is|,| is called| called| named|:)?"
    r"|\bname(?:[’']s| is| was|:)|\b(?:called|named|surnamed|nicknamed)|\b(?:call|calls) (?:him|her|them|me))\s+$",
    re.IGNORECASE,
)
_TITLE = re.compile(
    r"\b(?:dr|prof|professor|doctor|mr|mrs|ms|miss|mx|sir|dame|madam|auntie|aunty|uncle|rev|reverend|sister|brother|father|pastor)\.?\s+$",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    r"\b(?:to|with|about|told|tell|ask|asked|met|meet|help|helped|support|mentor|mentored|mentoring|introduce|introduced|for|from|and|or|like|likes|by|"
    r"between|thank|thanks|hi|hello|dear|hey|i[’']?m|i am|it[’']s|this is|as|does|did|is|was|should|can|could|would|will|if|that|when|because|think|"
    r"feel|hope|afraid|sure|promised|give|gave|invite|invited|see|saw|know|want|let|make|send|sent|of|than|but|where|why|how)[\s,]+$",
    re.IGNORECASE,
)
_ADDRESSED = re.compile(
    r"(?:\b(?:hi|hello|dear|hey|hiya|thanks|thank you|told|tell|asked|ask|met|introduced|mentored|promised),?|\b(?:it[’']s|this is|i[’']m|i am))\s+$",
    re.IGNORECASE,
)
_TOLD = re.compile(r"\b(?:told|asked|met|promised|warned|invited)\s+$", re.IGNORECASE)
_TOLD_WHAT = re.compile(r"\s+(?:that|he|she|they|to|about|if|how|why|not|when|what)\b", re.IGNORECASE)
_DOES = (
    r"feels?|says?|said|wants?|thinks?|thought|keeps?|kept|told|tells?|asked|asks|needs?|needed|cried|cries|worries|worried|believes?|knows?|loses?|"
    r"lost|got|gets|gave|gives|lives|works|worked|mentors|teaches|taught|hates?|hated|loves?|loved|likes?|liked|prefers?|seems?|seemed|looks|doubts|"
    r"struggles?|struggled|complains?|complained|cancels|cancelled|cancelled|never|always|has|had|wrote|writes|asked|went|goes|came|comes|left|"
    r"quit|stopped|started|joined|moved|talks|talked|put|right|keeps|avoids|refuses|apologi[sz]es|wonders|hopes|hoped|plans|tries|tried|marks|"
    r"disagrees|agrees|agreed|replies|replied|called|calls|texted|emailed|messaged|admitted|confessed|mentioned|"
    r"is (?:my|not|too|so|very|always|never|a|an|the|in|on|at|shy|quiet|afraid|ready|\w+ing|\w+ed)|was (?:my|not|too|so|very|\w+ing|\w+ed)|"
    r"and i|and my|and her|and his|drinks|chases|may leave|may quit|finds|share|shares|both"
)
_ACTS = re.compile(rf"(?:['’]s\b|,?\s+(?:{_DOES})\b)", re.IGNORECASE)
_ACTS_FIRMLY = re.compile(
    rf"\s+(?:(?!is (?:not|a|an|the|so|too|very|in|on|at)\b)(?:{_DOES})|is my (?:{_RELATION}))\b", re.IGNORECASE
)
_PARTICLE = re.compile(
    r"(?:van|von|der|den|de|da|del|della|di|dos|la|le|bin|bint|ibn|al|el|ní|ní|ó|ua|mac|st|san|te|ten|ter|zu)", re.IGNORECASE
)
_CONCEPT = re.compile(
    r"['’]?s?\s+(?:models?|effects?|theor(?:y|ies)|methods?|framework|scale|hierarchy|test|award|approach|principle|scheme|programme|program|"
    r"fellowship|scholarship|awards|phenomenon|questionnaire|matrix|cycle)\b"
)
_ARTICLE = re.compile(r"\b(?:the|a|an|this|every|each|some|no|any)\s+$", re.IGNORECASE)
_NEVER = frozenset(
    "will may can might must shall should would could do does did is was are were has have had am be been not no yes so as at in on an a the and or "
    "but if of to for from by with he she it we they you i my me his her him us our your their who what when where why how this that these those there "
    "then than too very just all any some more most such only own same both each few other again once here".split()
)
_PLACE_BEGINS = frozenset("san los las santa são sao new saint north south east west rio buenos cape port fort mount lake addis abu tel".split())
_NAME_CASE = re.compile(r"[^\W\d_][^\W\d_]*[a-zß-ÿ]", re.UNICODE)


@dataclass(slots=True)
class _Word:
    text: str
    """Without its ending: `Sarah` of `Sarah's`."""
    start: int
    end: int
    first: bool
    """Whether it opens a sentence, where every word is written large."""

    @property
    def low(self) -> str:
        return self.text.lower().replace("’", "'")

    @property
    def large(self) -> bool:
        return self.text[0].isupper()


def people(text: str, names: Names, taken: list[tuple[int, int]]) -> Iterator[Found]:
    """Where people are named in `text`, outside the places that are `taken`."""
    words = list(_words(text, taken))
    letters = [character for word in words for character in word.text if character.isalpha()]
    # Where all is written large or small, that tells nothing.
    shouted = sum(map(str.isupper, letters)) > 0.7 * max(1, len(letters))
    named = [_named(text, words, at, names, shouted) for at in range(len(words))]
    known = {word.low for word, yes in zip(words, named, strict=True) if yes}
    for at, word in enumerate(words):
        if not named[at] and word.low in known:
            named[at] = (word.large and not shouted and not word.first) or not names.ordinary(word.low)
    _join(text, words, named, names, shouted)
    start: int | None = None
    for at, word in enumerate(words):
        if named[at] and start is None:
            start = word.start
        ends = at + 1 == len(words) or not named[at + 1] or not _adjoins(text, word, words[at + 1])
        if named[at] and ends and start is not None:
            yield Found(PersonalKind.PERSON, start, word.end)
            start = None


def words_of(text: str, taken: list[tuple[int, int]]) -> Iterator[Found]:
    """Each word that could be a name, outside the places that are `taken`."""
    for word in _words(text, taken):
        yield Found(PersonalKind.PERSON, word.start, word.end)


def _words(text: str, taken: list[tuple[int, int]]) -> Iterator[_Word]:
    for match in _TOKEN.finditer(text):
        start, end = match.span()
        if any(start < stop and begin < end for begin, stop in taken):
            continue
        bare = _ENDING.sub("", match[0])
        opens = bool(_STARTS.search(text[max(0, start - 4) : start])) and not _ABBREVIATED.search(text[max(0, start - 12) : start])
        yield _Word(bare, start, start + len(bare), opens)


def _named(text: str, words: list[_Word], at: int, names: Names, shouted: bool) -> bool:
    word = words[at]
    low = word.low
    if len(low) < 2:
        return False
    if low in _NEVER:
        return not shouted and (_told(text, word) or _full(text, words, at, names))
    before, after = text[max(0, word.start - 60) : word.start], text[word.end : word.end + 40]
    if _TITLE.search(before) and not _RELATED.search(before):
        return not names.ordinary(low) or (word.large and not shouted)
    if (_ARTICLE.search(before) and _CONCEPT.match(after)) or _of_a_place(text, words, at):
        return False
    parts = [part for part in re.split(r"[-.']", low) if part]
    listed = names.listed(low) or (len(parts) > 1 and any(names.listed(part) for part in parts if len(part) > 1) and not names.known(low))
    ordinary = names.ordinary(low)
    called = bool(_CALLED.search(before))
    if names.kept(low) and not (called and word.large and names.given(low)):
        return False
    if not word.large or shouted:
        return _named_small(text, word, names, before, after, called, listed, ordinary)
    if _acronym(word.text):
        return False
    if called:
        return listed or not names.known(low)
    neighbour = at + 1 < len(words) and _adjoins(text, word, words[at + 1]) and words[at + 1].large
    followed = neighbour and names.listed(words[at + 1].low) and not names.kept(words[at + 1].low) and _name_case(words[at + 1].text)
    if word.first:
        if ordinary:
            return listed and (bool(_ACTS_FIRMLY.match(after)) or bool(followed and not names.ordinary(words[at + 1].low)) or _pair(text, words, at, names))
        if listed:
            return True
        acts = bool(_ACTS.match(after)) or after[:1] in (",", ":")
        return not names.known(low) and (bool(followed) or (acts and not names.typo(low)))
    if ordinary:
        alone = names.given(low) and not _beside_capitals(text, words, at)
        inside = alone or bool(_BEFORE.search(before) or _ACTS.match(after) or followed)
        return listed and inside and not _ARTICLE.search(before)
    return listed or not names.known(low)


_RELATED = re.compile(r"\b(?:my|our|his|her|their|a|the) (?:sister|brother|father|doctor|professor|pastor)\s+$", re.IGNORECASE)


def _named_small(
    text: str, word: _Word, names: Names, before: str, after: str, called: bool, listed: bool, ordinary: bool
) -> bool:
    low = word.low
    if len(low) < 3:
        return False
    if ordinary:
        if _TOLD.search(before) and _TOLD_WHAT.match(after):
            return listed
        return listed and called and bool(_ACTS_FIRMLY.match(after))
    if names.given(low):
        return True
    addressed = bool(_ADDRESSED.search(before))
    near = called or addressed or after.startswith(("'s ", "’s "))
    if listed:
        return near or bool(_BEFORE.search(before) and _ACTS.match(after))
    return (called or addressed) and not names.known(low) and not names.typo(low)


def _of_a_place(text: str, words: list[_Word], at: int) -> bool:
    """`San Francisco`, `New Haven`: each half of it."""
    for left, right in ((at, at + 1), (at - 1, at)):
        if left >= 0 and right < len(words) and words[left].low in _PLACE_BEGINS and words[left].large and words[right].large:
            return _adjoins(text, words[left], words[right])
    return False


def _beside_capitals(text: str, words: list[_Word], at: int) -> bool:
    """Whether a neighbour is written large as well, as in a title."""
    beside = [words[place] for place in (at - 1, at + 1) if 0 <= place < len(words)]
    return any(word.large and not word.first and word.text != "I" for word in beside)


def _told(text: str, word: _Word) -> bool:
    """`I told Will that …`: after such a verb no other reading is left."""
    before, after = text[max(0, word.start - 60) : word.start], text[word.end : word.end + 40]
    return word.low in ("will", "may") and bool(
        (_TOLD.search(before) and _TOLD_WHAT.match(after)) or (word.large and not word.first and _CALLED.search(before))
    )


def _full(text: str, words: list[_Word], at: int, names: Names) -> bool:
    """`May Chen`: with a family name beside it, no other reading is left."""
    word = words[at]
    if word.low not in ("will", "may") or not word.large or at + 1 == len(words) or not _adjoins(text, word, words[at + 1]):
        return False
    other = words[at + 1]
    return other.large and names.listed(other.low) and not (names.ordinary(other.low) or names.kept(other.low) or other.low in _NEVER)


def _pair(text: str, words: list[_Word], at: int, names: Names) -> bool:
    """`Dawn and Ivy share …`"""
    if at + 2 >= len(words) or words[at + 1].low != "and":
        return False
    other = words[at + 2]
    return other.large and names.given(other.low) and not names.kept(other.low)


def _join(text: str, words: list[_Word], named: list[bool], names: Names, shouted: bool) -> None:
    """Let a name take in the family name, the particles and the given names that stand beside it."""
    for at in range(len(words)):
        if not named[at]:
            continue
        place = at + 1
        while place < len(words) and _adjoins(text, words[place - 1], words[place]):
            word = words[place]
            small = _PARTICLE.fullmatch(word.low) or _INITIAL.fullmatch(word.text)
            particle = bool(small) and place + 1 < len(words) and words[place + 1].large and not shouted
            if not (named[place] or particle or _family(word, names, shouted)):
                break
            named[place] = True
            place += 1
        place = at - 1
        while place >= 0 and _adjoins(text, words[place], words[place + 1]) and not shouted:
            word = words[place]
            before = place > 0 and words[place - 1].large and _PARTICLE.fullmatch(words[place - 1].low)
            leads = _PARTICLE.fullmatch(word.low) or _INITIAL.fullmatch(word.text) or _given(word, names)
            if not ((word.large and leads) or (before and _PARTICLE.fullmatch(word.low))) or word.text == "I":
                break
            named[place] = True
            place -= 1


def _given(word: _Word, names: Names) -> bool:
    return names.listed(word.low) and not (names.kept(word.low) or names.ordinary(word.low))


def _family(word: _Word, names: Names, shouted: bool) -> bool:
    if word.large and not shouted:
        return _name_case(word.text) and not names.kept(word.low) and (names.listed(word.low) or not names.known(word.low))
    return names.listed(word.low) and not names.ordinary(word.low)


def _adjoins(text: str, left: _Word, right: _Word) -> bool:
    return text[left.end : right.start] in (" ", "-", ". ")  and not right.first


def _acronym(text: str) -> bool:
    return len(text) <= 6 and text.rstrip("s").isupper()


def _name_case(text: str) -> bool:
    return bool(_NAME_CASE.search(text)) and not _acronym(text)
