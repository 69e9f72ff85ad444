"""What the gate says, as data: whom to contact, the written response to each concern, the words that tell of it."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from coach.errors import SettingsError

ConcernId = Literal[
    "medical-emergency", "self-harm", "minor-at-risk", "abuse", "threat", "harassment", "discrimination"
]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, pattern=r"^[^\r\n]+$")]
Link = Annotated[str, StringConstraints(pattern=r"^(https?://|mailto:)[^\s()<>]+$")]
_File = TypeVar("_File", bound=BaseModel)
PACKAGED = "coach/safety.yaml"


class SafetyFileError(SettingsError):
    """A file of the safety gate cannot be used; the message names the file and the field."""


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
    now: list[Line] = Field(min_length=1, description="What to do, and what a mentor should do.")
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
    afterwards: Line = Field(description="Stands on top of what is answered after a crisis.")
    going_on: list[Line] = Field(description="Answers a question that leans on a crisis.")
    other_language: list[Line] = Field(description="Answers a message that the gate cannot read.")

    @classmethod
    def load(cls, programme_file: Path | None = None) -> Self:
        """The packaged responses, with the contacts of a programme's own file on top.

        Raises `SafetyFileError` for a file that cannot be read or has other fields than expected.
        """
        data = _parse(cls, PACKAGED, resources.files("coach").joinpath("safety.yaml").read_text("utf-8"))
        if programme_file is None:
            return data
        try:
            text = programme_file.expanduser().read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise SafetyFileError(f"The safety file {str(programme_file)!r} cannot be read: {error}.") from error
        own = _parse(Programme, str(programme_file), text)
        return data.model_copy(update={"contacts": own.contacts + data.contacts})

    def written(self, one: Response) -> str:
        """The whole response to a concern as Markdown: contacts before explanations."""
        blocks = {"Whom to contact": self._contacts(one.id), "What to do": one.now, "What to avoid": one.avoid}
        lists = (f"**{title}**\n\n{_list(lines)}" for title, lines in blocks.items() if lines)
        return "\n\n".join([one.opening, *lists, self.closing])

    def further(self, lines: list[str]) -> str:
        """An opening line, everybody to turn to, and the other lines as Markdown."""
        return "\n\n".join([lines[0], _list(self._contacts()), *lines[1:]])

    def _contacts(self, concern: str | None = None) -> list[str]:
        return [contact.markdown for contact in self.contacts if concern is None or concern in contact.concerns]


def _list(lines: list[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _parse(model: type[_File], name: str, text: str) -> _File:
    """`text` as a `model`; raises `SafetyFileError` that names the file and every wrong field."""
    try:
        return model.model_validate(yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
    except yaml.YAMLError as error:
        raise SafetyFileError(f"The safety file {name!r} is not YAML: {error}.") from error
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, item['loc'])) or 'the file'}: {item['msg']}" for item in error.errors())
        raise SafetyFileError(f"The safety file {name!r} is wrong at {wrong}. Phones and hours need quotes.") from error
