"""What is being asked: small talk, an instruction to the coach, something about the last answer, a follow-up, a question."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from coach.answers import Answer, Kind
from retrieval.words import content_stems, tokens

_MAX_LEANING_WORDS = 14


class Aspect(StrEnum):
    """What a question about the last answer wants to know of its sources."""

    AUTHORS = "authors"
    LINK = "link"
    CERTAINTY = "certainty"
    POPULATION = "population"
    YEAR = "year"
    REFERENCE = "reference"


@dataclass(frozen=True, slots=True)
class SmallTalk:
    reply: str


@dataclass(frozen=True, slots=True)
class Instruction:
    """A message that tells the coach how to behave, and asks nothing of the library."""


@dataclass(frozen=True, slots=True)
class AboutLast:
    aspects: tuple[Aspect, ...]
    answer: Answer


@dataclass(frozen=True, slots=True)
class Question:
    query: str
    """Standalone: a follow-up carries the question that it leans on."""
    asked: str | None = None
    """Of a follow-up, the part that is new."""


Understood = SmallTalk | Instruction | AboutLast | Question

_TALK: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(
            r"(?:hi|hello|hey|hiya|good (?:morning|afternoon|evening)|greetings)(?: there| coach| everyone| all)?"
        ),
        "Hello. Ask me about mentoring in your own words; I answer from the research in this library and show where each "
        "sentence stands.",
    ),
    (
        re.compile(
            r"(?:ok(?:ay)?,? |great,? |brilliant,? |perfect,? |lovely,? )?(?:thanks?|thank you|cheers|ta|thx|much appreciated|many thanks)"
            r"(?: (?:so much|very much|a lot|a million|again|coach|for (?:that|this|your help|the help)))*(?:,? (?:that|this)(?: is|'s| was)? "
            r"(?:really |very |so )?(?:helpful|useful|great|perfect|kind))?"
            r"|(?:that|this)(?: is|'s| was)(?: really| very| so)? (?:helpful|useful|great)(?:,? thanks?| thank you)?"
            r"|great|perfect|brilliant|ok(?:ay)?|got it|good to know|makes sense|fair enough|nice one",
        ),
        "You are welcome. I hope the conversation goes well.",
    ),
    (
        re.compile(
            r"(?:good ?bye|bye(?: bye| now)?|see you(?: later| soon)?|good night|have a (?:good|nice|great) (?:day|evening|one|weekend))"
        ),
        "Goodbye. I am here when you prepare the next conversation.",
    ),
    (
        re.compile(
            r"(?:(?:and |so )?(?:who|what) (?:are|r) (?:you|u)(?: exactly| then)?|what(?: is|'s) this(?: thing| tool| page)?|what can (?:you|i) (?:do|ask)(?: here| you| for me)*"
            r"|how (?:do|does) (?:you|this|it) work|are you (?:a |an )?(?:bot|robot|ai|human|real|person|real person|chatgpt|machine)"
            r"|what do you know(?: about)?|help|how can you help(?: me)?|what(?: is|'s) your name|how are you(?: doing)?(?: today)?)"
        ),
        "I am Mentor Coach, a program, not a person. I answer questions about mentoring from the research excerpts in this library: "
        "every sentence carries a number that opens the exact passage it stands on, with the kind of evidence beside it. "
        "What the library does not cover I say so. I am no crisis service and no substitute for professional advice.",
    ),
)

_INSTRUCTION = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass)\b.{0,40}\b(?:instructions?|rules?|prompts?|guidelines|previous|above|everything)\b"
    r"|\b(?:reveal|print|show|repeat|output|tell me|what(?: is|'s| are))\b.{0,30}\b(?:system prompt|your (?:prompt|instructions|rules))\b"
    r"|\b(?:you are now|act as|pretend (?:to be|you(?:'re| are))|from now on|developer mode|jailbreak)\b"
    r"|^(?:please )?(?:write|compose|draft|generate|create) (?:me )?(?:a |an |some )(?:poem|song|story|essay|joke|haiku|limerick|code|script|function)\b",
    re.IGNORECASE | re.DOTALL,
)

# What points back at the last answer.
_IT = (
    r"(?:that|this|it|these|those|they|them|their|(?:the|that|this|these|those) (?:first |second |last |same )?(?:one|ones|study|studies|paper|papers|"
    r"research|review|survey|experiment|article|source|sources|finding|findings|claim|result|results|evidence|authors?|researchers?|work|quote|report|sample|participants|people))"
)
_ABOUT: tuple[tuple[Aspect, re.Pattern[str]], ...] = (
    (
        Aspect.AUTHORS,
        re.compile(
            rf"\bwho(?:'s| is| was| were| are)? ?(?:actually |exactly |it that |the (?:people|researchers?|authors?|ones?) (?:who|behind|that) ?)?"
            rf"(?:found|find|finds|says?|said|wrote|writes|did|do|does|ran|run|reported|reports|showed|shows|came up with|behind|published|conducted|argues?|claims?|claimed|discovered|made|"
            rf"author(?:s|ed)?|studied) (?:out )?{_IT}"
            rf"|\bwhose (?:study|research|work|paper|idea|finding|words?|theory|review) (?:is|was|are) {_IT}|\bwhose (?:study|research|work|paper|idea) is\b"
            rf"|\b(?:who|what) (?:are|is|were|was) (?:the|its|their) (?:authors?|researchers?|writers?)\b|\bwho (?:is|are|was|were) (?:they|the authors?)\b"
            rf"|\bwhich (?:researchers?|authors?|scholars?|people|team) (?:found|said|says|wrote|did|showed|reported|is|are|was)\b|\bnames? of the (?:authors?|researchers?)\b|\baccording to who(?:m)?\b|\bsays who\b"
        ),
    ),
    (
        Aspect.LINK,
        re.compile(
            r"\b(?:links?\b(?! between| to (?!the|that|this|it|them)| with| from)|url|doi|hyperlink|web ?site|web ?page|pdf)\b(?! mentees?| mentors?| people| students?| them)|\bwhere (?:can|could|do|might|would) (?:i|we|you|she|he|one) (?:read|find|get|see|download|look) "
            rf"{_IT}|\b(?:full|original|actual|whole) (?:text|paper|article|study|thing)\b|\bcan i (?:read|see|get|download) {_IT}|\bread (?:more|the (?:paper|study|article|original))\b"
            r"|\b(?:is there|have you got|do you have) (?:a|an|the) (?:paper|article|study|publication|source)\b|\b(?:paper|article|study) (?:that )?(?:i|we) (?:can|could) (?:send|share|show|read|forward)\b"
        ),
    ),
    (
        Aspect.CERTAINTY,
        re.compile(
            rf"\bhow (?:sure|certain|confident|strong|solid|reliable|robust|good|trustworthy|credible|valid|convincing|firm|well established|settled) (?:are|is|was|were) (?:they|you|we|{_IT})(?! (?:on|about|for|of|that)\b)"
            rf"|\b(?:is|are|was|were) {_IT} (?:really |very |actually |all )?(?:solid|strong|reliable|robust|trustworthy|credible|proven|certain|settled|conclusive|causal|significant|good evidence|hard evidence|well established)"
            rf"|\b(?:can|should|could) (?:i|we) (?:really )?(?:trust|believe|rely on|bank on) {_IT}|\bhow (?:much|far) (?:can|should) (?:i|we) (?:trust|rely on|believe) {_IT}"
            r"|\b(?:what|which) (?:kind|sort|type) of (?:evidence|study|research|paper)\b|\bhow (?:good|strong|solid) (?:is|was) the evidence\b(?! (?:on|about|for|of|that)\b)|\bis that (?:a )?(?:fact|proof|proven)\b|\bany (?:caveats|limitations|limits)\b"
            r"|\b(?:data|theory|theoretical|evidence(?! (?:on|about|for|of|that)\b)|proofs?|prove[nds]?|unsure|certain|certainty|measured|tested|opinions?|guess(?:work|ing|es)?|facts?|cause and effect|causal(?:ity)?"
            r"|rests? on|based on|hunch|anecdot\w+|statistics?|by chance|rigorous|peer[- ]reviewed|hedging|tentative)\b"
            r"|\b(?:what are|are there any) (?:the |its )?(?:caveats|limitations|limits|weaknesses)\b|\bcould (?:that|it|this) be (?:chance|coincidence|a fluke)\b|\bhow do (?:they|you|we) know\b|\bhow did (?:they|the (?:researchers?|authors?)) (?:test|find|measure|study|do|show|know|prove|check|work)\b"
        ),
    ),
    (
        Aspect.POPULATION,
        re.compile(
            rf"\bwh(?:o|om) (?:did|do|were|was|have) (?:they|the (?:researchers?|authors?|study|paper|review|people)|{_IT}) (?:study|studied|look at|looked at|survey|surveyed|ask|asked|interview|interviewed|include|included|test|tested|sample|follow|recruit|recruited|in|based on|about)\b"
            rf"|\bwhom? (?:was|were|is|are) (?:studied|included|surveyed|interviewed|asked|involved|in (?:the|that|this|it)|the (?:participants|subjects|sample|people in)|{_IT} (?:about|on|based on))"
            rf"|\b(?:what|which) (?:people|participants|sample|population|group|groups|students|country|countries|field|fields) (?:was|were|did|is|are) (?:they|{_IT}|studied|included|in|the)\b"
            r"|\bhow many (?:(?:people|participants|students|women|men|subjects|respondents|mentors|mentees) )?(?:were|was|did|took part|participated|answered|responded|are in (?:it|that|the))\b|\b(?:how (?:big|large)|what size) (?:was|is|were) (?:the|that|their|this) (?:sample|study|survey|group)\b|\bwhat (?:was|is) (?:the|their) sample\b"
            rf"|\bwhere (?:was|were|did|is) (?:they|{_IT}) (?:done|run|do|conducted|carried out|from|based|take place|happen|study)\b|\bwho took part\b|\bwhat kind of people\b|\b(?:only|just) (?:about|for|in|with|among|on) \w+\b|\bwho (?:were|are) (?:the )?(?:participants|subjects|respondents|people)\b"
        ),
    ),
    (
        Aspect.YEAR,
        re.compile(
            rf"\b(?:what|which) year\b|\bwhen (?:was|were|did|is) (?:they|{_IT}) (?:published|written|done|from|come out|find|say|write|out|study|run|conducted|released|carried out|publish)\b|\bhow (?:old|recent|new|up to date|current|dated) (?:is|are|was|were) {_IT}"
            rf"|\b(?:is|are|was|were) {_IT} (?:recent|old|new|up to date|still current|current|outdated|dated)\b|\bwhat(?: is|'s) the date\b|\bwhen (?:was|is|did) {_IT}\b"
        ),
    ),
    (
        Aspect.REFERENCE,
        re.compile(
            rf"\b(?:can|could|may|how (?:do|would|should|can)|should) (?:i|we|one) (?:cite|reference|quote|credit) {_IT}|\b(?:cite|citation|full reference|reference (?:list|for)|bibliograph\w*|apa|bibtex)\b|\bwhat(?: is|'s) the (?:reference|source|citation)\b"
            rf"|\bwhat (?:paper|study|source|article|journal|book) (?:is|was) {_IT}\b|\bwhich (?:paper|study|source|article|journal|book) (?:is|was|says|said)\b|\bwhere (?:is|was|does) {_IT} (?:published|from|come from)\b|\bwhat(?: is|'s) {_IT} called\b|\b(?:give me|i need|need|send me) (?:the|a) (?:source|reference|citation)\b|\bsource\?"
        ),
    ),
)
_POINTS_BACK = re.compile(
    rf"\b{_IT}\b|\b(?:you (?:just )?(?:said|mentioned|cited|quoted|told)|your (?:last |first )?(?:answer|source|sources|point))\b"
)

_LEANS = re.compile(
    r"^(?:and|but|or|so|also|then|ok so|okay so|hmm)\b|^(?:what|how) about\b|^why(?: is that| not| would that be| so)?\b|^(?:for|in|with|among|between) \w+(?: \w+){0,3}\??$"
    r"|\b(?:that|those|these|this|it|its|they|them|their|the same|such|too|either|instead|otherwise|as well|the other way|vice versa|the opposite|the reverse|one of them|both of them)\b"
)

_BETWEEN = re.compile(
    r"(?<=\?)\s+(?=\S)"
    r"|,?\s+(?:and|or|also|plus|but)\s+(?=(?:also\s+)?(?:how|what|which|who|whom|when|where|why|do|does|did|is|are|was|were|can|could|should|will|would)\b)",
    re.IGNORECASE,
)

# Short, and yet a question of its own: "What is peer mentoring?"
_COMPLETE = re.compile(r"(?:what|who|how) (?:is|are|was|were) (?:a |an |the )?\w+")


def understand(message: str, history: Sequence[Answer]) -> Understood:
    """Sort a message, given the conversation's answers so far (the latest last)."""
    plain = " ".join(message.lower().replace("’", "'").split())
    bare = plain.strip(" .!?,;:-–—👋🙏😊🙂")
    for pattern, reply in _TALK:
        if pattern.fullmatch(bare):
            return SmallTalk(reply)
    if _INSTRUCTION.search(plain):
        return Instruction()
    last = next((answer for answer in reversed(history) if answer.kind is Kind.ANSWER), None)
    if last is not None and history and history[-1].kind in (Kind.ANSWER, Kind.CHAT):
        aspects = _about_last(plain)
        if aspects:
            return AboutLast(aspects, last)
    return _question(message, plain, history)


def _about_last(plain: str) -> tuple[Aspect, ...]:
    if len(tokens(plain)) > _MAX_LEANING_WORDS:
        return ()
    found = tuple(aspect for aspect, pattern in _ABOUT if pattern.search(plain))
    # A question with matter of its own ("how many women face barriers?") is a question, unless it points back.
    return found if found and (_POINTS_BACK.search(plain) or len(content_stems(plain)) <= 4) else ()


def _question(message: str, plain: str, history: Sequence[Answer]) -> Question:
    query = " ".join(message.split())
    last = next((answer for answer in reversed(history) if answer.kind in (Kind.ANSWER, Kind.ABSTENTION)), None)
    if last is None or not last.query:
        return Question(query)
    short = len(tokens(plain)) <= _MAX_LEANING_WORDS
    if short and (_LEANS.search(plain) or (len(content_stems(plain)) <= 2 and not _COMPLETE.match(plain))):
        return Question(f"{last.query} {query}", asked=query)
    return Question(query)


def parts(query: str) -> list[str]:
    """The questions of a message that asks several things; one that asks one thing comes back whole.

    Split after a question mark and before "and" or "or" with a question word; a part needs two words of its own.
    """
    found = [piece.strip(" ,;") for piece in _BETWEEN.split(query)]
    found = [piece for piece in found if piece]
    return found if len(found) > 1 and all(len(content_stems(piece)) >= 2 for piece in found) else [query]
