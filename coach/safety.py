"""The safety gate: it recognises a crisis in a message before any retrieval or model, and holds the written responses.

This is the pattern layer. Both are data (`safety.yaml`, which also explains the grammar of its phrases).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from coach.errors import SettingsError

ConcernId = Literal["medical-emergency", "self-harm", "minor-at-risk", "abuse", "threat", "harassment"]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, pattern=r"^[^\r\n]+$")]
Link = Annotated[str, StringConstraints(pattern=r"^(https?://|mailto:)[^\s()<>]+$")]
_File = TypeVar("_File", bound=BaseModel)
_PACKAGED = "coach/safety.yaml"
_INVISIBLE = dict.fromkeys((173, 8203, 8204, 8205, 8288, 65279))
_QUOTES = str.maketrans("‘’ʼ`´′", "''''''")
_LETTERS = str.maketrans("013457@$", "oieastas")
_LEET = re.compile(r"(?<=[a-z])[013457@$]+(?=[a-z])")
_SPELLED_OUT = re.compile(r"\b(?:\w[ ._*-]){3,}\w\b")
_SENTENCE_END = re.compile(r"(?<!\.)[.!?;](?!\.)")
_WORD = re.compile(r"[a-z0-9'*@$]+")
_DRAWN_OUT = re.compile(r"(.)\1{2,}")
_CONTRACTIONS = {"can't": "can not", "won't": "will not", "n't": " not", "'m": " am", "'re": " are", "'ve": " have"}
_CONTRACTIONS |= {"'ll": " will", "'d": " would", "'s": " is"}


class SafetyFileError(SettingsError):
    """A file of the safety gate cannot be used; the message names the file and the field."""


@dataclass(frozen=True, slots=True)
class Concern:
    """What the gate recognised, and the whole written response in Markdown."""

    id: str
    text: str


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Contact(_Data):
    """Somebody to turn to."""

    name: Line
    phone: Line | None = None
    link: Link | None = None
    hours: Line | None = None
    region: Line | None = None
    concerns: list[ConcernId] = Field(default=list(get_args(ConcernId)), alias="for", min_length=1)

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if not (self.phone or self.link):
            raise ValueError("needs a phone or a link")
        return self

    @property
    def markdown(self) -> str:
        link = self.link and f"[{self.link.split(':', 1)[1].strip('/')}]({self.link})"
        return f"**{self.name}**: " + " · ".join(filter(None, (self.phone, link, self.hours, self.region)))


class Programme(_Data):
    """A programme's own file."""

    contacts: list[Contact] = Field(min_length=1)


class Response(_Data):
    """One concern: what is said, on whose guidance, and how it is recognised."""

    id: ConcernId
    based_on: list[Line] = Field(min_length=1)
    opening: Line
    now: list[Line] = Field(min_length=1)
    do: list[Line] = Field(min_length=1)
    avoid: list[Line] = Field(min_length=1)
    patterns: list[Line] = Field(min_length=1, description="Phrases that tell of a crisis.")
    of_minors: list[Line] = Field(default=[], description="Phrases that do so where the message speaks of a minor.")
    topics: list[Line] = Field(default=[], description="Phrases that do so where one person is meant, not a subject.")
    takes_over: list[ConcernId] = Field(default=[], description="Concerns that become this one for a minor.")


class SafetyFile(_Data):
    """The packaged data; a message that tells of several concerns gets the first of `responses`."""

    words: dict[str, list[Line]] = Field(description="Groups of words for the phrases.")
    spellings: dict[str, Line]
    slips: list[Line] = Field(description="Words recognised with one letter missing or two swapped, too.")
    people: list[Line] = Field(description="Words that mean one person.")
    minors: list[Line] = Field(description="Phrases that mean somebody under age.")
    subjects: list[Line] = Field(description="Phrases that make a sentence one about a subject of study or work.")
    look_alikes: list[Line] = Field(description="Idioms and the like: their words are not looked at further.")
    closing: Line
    contacts: list[Contact]
    responses: list[Response]


class _Phrases:
    """Phrases of several kinds, found by their first word; at one place the earlier phrase wins."""

    def __init__(self, groups: dict[str, list[str]], phrases: dict[str, list[str]]) -> None:
        self._groups = groups
        rests: dict[str, list[tuple[str, str]]] = {}
        for field, lines in phrases.items():
            for first, *others in map(str.split, lines):
                rest = "".join(map(self._slot, others))
                for word in self._words(first):
                    rests.setdefault(word, []).append((field, rest))
        self._fields = {word: [field for field, _ in found] for word, found in rests.items()}
        self._rests = {word: re.compile("|".join(f"({rest})" for _, rest in found)) for word, found in rests.items()}

    def find(self, sentence: str) -> Iterator[tuple[str, int, int]]:
        """The field, start and end of every phrase in `sentence` (plain words, each ended by a space)."""
        start = 0
        for word in sentence.split(" "):
            after = start + len(word) + 1
            if (rests := self._rests.get(word)) and (match := rests.match(sentence, after)):
                yield self._fields[word][(match.lastindex or 1) - 1], start, match.end()
            start = after

    def blank(self, sentence: str) -> str:
        """`sentence` with a dash for every letter of its phrases."""
        for _, start, end in self.find(sentence):
            sentence = sentence[:start] + re.sub("[^ ]", "-", sentence[start:end]) + sentence[end:]
        return sentence

    def _slot(self, slot: str) -> str:
        if slot in {"~", "~~"}:
            return f"(?:[^ ]+ ){{0,{3 * len(slot)}}}?"
        words = (re.escape(word).replace(r"\*", "[^ ]*") + " " for word in self._words(slot.removesuffix("?")))
        options = "|".join(r"\Z" if word == r"\$ " else word for word in words)
        return f"(?:{options})" + ("?" if slot.endswith("?") else "")

    def _words(self, slot: str) -> Iterator[str]:
        for word in slot.split("|"):
            if not word.startswith("<"):
                yield word
            elif (name := word.strip("<>")) in self._groups:
                yield from self._groups[name]
            else:
                raise SafetyFileError(f"{_PACKAGED}: {slot!r} uses the group {name!r}, which is not under `words`.")


class _Reader:
    """A message as people type it → sentences of plain words, each word ended by a space."""

    def __init__(self, data: SafetyFile) -> None:
        spots = [(word, at) for word in data.slips for at in range(1, len(word) - 1)]
        missing = {word[:at] + word[at + 1 :]: word for word, at in spots}
        swapped = {word[:at] + word[at + 1] + word[at] + word[at + 2 :]: word for word, at in spots}
        self._spellings = missing | swapped | dict(zip(data.slips, data.slips, strict=True)) | data.spellings
        self._known = set(re.findall("[a-z]+", data.model_dump_json()))

    def read(self, text: str) -> Iterator[str]:
        text = unicodedata.normalize("NFKC", text.translate(_INVISIBLE).translate(_QUOTES)).casefold()
        text = _SPELLED_OUT.sub(lambda found: re.sub(r"[\W_]", "", found[0]), text)
        for part in _SENTENCE_END.split(text):
            if words := _WORD.findall(part):
                yield "".join(f"{self._plain(word)} " for word in words)

    def _plain(self, word: str) -> str:
        if not word.isalpha() and word not in self._spellings:
            word = _LEET.sub(lambda found: found[0].translate(_LETTERS), word.strip("'*"))
            for ending, meaning in _CONTRACTIONS.items():
                word = word.replace(ending, meaning)
        if _DRAWN_OUT.search(word):
            once = _DRAWN_OUT.sub(r"\1", word)
            word = once if once in self._known else _DRAWN_OUT.sub(r"\1\1", word)
        return self._spellings.get(word, word)


class SafetyGate:
    """Says which crisis, if any, a message tells of; it keeps nothing and logs nothing."""

    def __init__(self, responses: SafetyFile) -> None:
        data = responses
        self._concerns = {one.id: Concern(one.id, _markdown(one, data)) for one in data.responses}
        self._takes_over: dict[str, str] = {other: one.id for one in data.responses for other in one.takes_over}
        self._reader = _Reader(data)
        kinds = ("patterns", "of_minors", "topics")
        signs = {f"{one.id} {kind}": getattr(one, kind) for kind in kinds for one in data.responses}
        self._signs = _Phrases(data.words, signs)
        self._look_alikes = _Phrases(data.words, {"look_alikes": data.look_alikes})
        self._context = _Phrases(data.words, {"subjects": data.subjects, "minors": data.minors})
        self._people = frozenset(data.people)

    @classmethod
    def load(cls, programme_file: Path | None = None) -> Self:
        """The packaged responses, with the contacts of a programme's own file on top.

        Raises `SafetyFileError` for a file that cannot be read or has other fields than expected.
        """
        data = _parse(SafetyFile, _PACKAGED, resources.files("coach").joinpath("safety.yaml").read_text("utf-8"))
        if programme_file is None:
            return cls(data)
        try:
            text = programme_file.expanduser().read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise SafetyFileError(f"The safety file {str(programme_file)!r} cannot be read: {error}.") from error
        own = _parse(Programme, str(programme_file), text)
        return cls(data.model_copy(update={"contacts": own.contacts + data.contacts}))

    def screen(self, text: str) -> Concern | None:
        """The first concern, in the file's order, that `text` tells of."""
        sentences = [self._look_alikes.blank(sentence) for sentence in self._reader.read(text)]
        contexts = [{field for field, _, _ in self._context.find(sentence)} for sentence in sentences]
        personal = [not self._people.isdisjoint(sentence.split(" ")) for sentence in sentences]
        minor = any("minors" in context for context in contexts)
        told = set()
        for sentence, context, one_person in zip(sentences, contexts, personal, strict=True):
            subject = "subjects" in context
            told_of = one_person or not subject
            counts = {"patterns": told_of, "of_minors": told_of and minor, "topics": any(personal) and not subject}
            for concern, kind in (sign.split() for sign, _, _ in self._signs.find(sentence)):
                if counts[kind]:
                    told.add(self._takes_over.get(concern, concern) if minor else concern)
        return next((concern for name, concern in self._concerns.items() if name in told), None)


def _markdown(one: Response, data: SafetyFile) -> str:
    contacts = [contact.markdown for contact in data.contacts if one.id in contact.concerns]
    blocks = {"Whom to contact": contacts, "Now": one.now, "What helps": one.do, "What to avoid": one.avoid}
    lists = (f"**{title}**\n\n" + "\n".join(f"- {line}" for line in lines) for title, lines in blocks.items() if lines)
    return "\n\n".join([one.opening, *lists, data.closing])


def _parse(model: type[_File], name: str, text: str) -> _File:
    """`text` as a `model`; raises `SafetyFileError` that names the file and every wrong field."""
    try:
        return model.model_validate(yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
    except yaml.YAMLError as error:
        raise SafetyFileError(f"The safety file {name!r} is not YAML: {error}.") from error
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, item['loc'])) or 'the file'}: {item['msg']}" for item in error.errors())
        raise SafetyFileError(f"The safety file {name!r} is wrong at {wrong}. Phones and hours need quotes.") from error
