"""What is personal in a text: its kind and where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class PersonalKind(StrEnum):
    """As the placeholder names it: `[person 1]`."""

    EMAIL = "email"
    HANDLE = "handle"
    PHONE = "phone"
    BIRTH = "date of birth"
    ADDRESS = "address"
    EMPLOYER = "employer"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Found:
    """A place in a text, in characters."""

    kind: PersonalKind
    start: int
    end: int
