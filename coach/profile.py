"""A mentor's case: who the mentee is, in a few fixed words, and where a source studied other people than that."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

from coach.answers import Applicability, SourceCard

Role = Literal["student", "employee", "manager", "executive", "faculty", "clinician"]
FieldOfWork = Literal[
    "business",
    "engineering",
    "science",
    "technology",
    "medicine",
    "nursing",
    "pharmacy",
    "education",
    "public-service",
    "arts",
]
CareerStage = Literal["beginning", "early-career", "newly-promoted", "mid-career", "senior", "returning"]
Pairing = Literal["woman-with-woman", "woman-with-man", "man-with-woman", "man-with-man"]
ProgrammeType = Literal["formal", "informal", "peer", "near-peer", "group"]

_NEIGHBOUR = "A neighbouring finding, not the same one."


class Profile(BaseModel):
    """The mentor's own case. It is neither stored nor shown to a chat model; what is left out changes nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    role: Role | None = Field(default=None, description="What the mentee is.")
    field: FieldOfWork | None = Field(default=None, description="The mentee's field.")
    career_stage: CareerStage | None = None
    pairing: Pairing | None = Field(default=None, description="The mentee's gender, then the mentor's.")
    programme_type: ProgrammeType | None = None

    @property
    def facets(self) -> dict[str, str]:
        """What is said of the mentee, by facet; a pairing says the mentee's gender."""
        said = {
            "role": self.role,
            "field": self.field,
            "career_stage": self.career_stage,
            "gender": self.pairing.split("-")[0] if self.pairing else None,
            "programme_type": self.programme_type,
        }
        return {facet: value for facet, value in said.items() if value is not None}

    def fits(self, whom: dict[str, list[str]]) -> bool:
        """Whether this case is among those that `whom` names, facet by facet."""
        if not whom:
            return True
        facets = self.facets
        return all(facets.get(facet) in values for facet, values in whom.items())


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of `profile.yaml`."""

    says: dict[str, dict[str, str]]
    populations: dict[str, dict[str, re.Pattern[str]]]
    general: re.Pattern[str]


def applicability(sources: Iterable[SourceCard], profile: Profile) -> list[Applicability]:
    """A note for each source whose population is stated and is not the profile's, once a source."""
    noted: dict[str, Applicability] = {}
    for source in sources:
        if source.population and source.id not in noted:
            differs = _differences(source.population, profile)
            if differs:
                case = _told(profile, differs)
                studied = source.population.strip().rstrip(".")
                note = f"Studied: {studied}. Your mentee: {case}. {_NEIGHBOUR}"
                noted[source.id] = Applicability(
                    source_id=source.id, studied=studied, case=case, differs=differs, note=note
                )
    return list(noted.values())


def studied(population: str) -> dict[str, set[str]]:
    """The values of each facet that a population speaks of; nothing where it speaks of people in general."""
    words, text = _words(), population.lower()
    if words.general.search(text):
        return {}
    found = {
        facet: {value for value, pattern in values.items() if pattern.search(text)}
        for facet, values in words.populations.items()
    }
    return {facet: values for facet, values in found.items() if values}


def profile_words() -> dict[str, dict[str, str]]:
    """How each value of each facet is told in a sentence."""
    return _words().says


def _differences(population: str, profile: Profile) -> list[str]:
    spoken_of = studied(population)
    return [facet for facet, value in profile.facets.items() if facet in spoken_of and value not in spoken_of[facet]]


def _told(profile: Profile, differs: Iterable[str]) -> str:
    """The case in a few words: role, stage and field, and the rest where it differs."""
    facets = profile.facets
    says = {facet: _words().says[facet][value] for facet, value in facets.items()}
    role = says.get("role", "mentee")
    told = f"{'an' if role[0] in 'aeiou' else 'a'} {role}"
    if "career_stage" in says:
        told = f"a newly promoted {role}" if facets["career_stage"] == "newly-promoted" else told
    if "field" in says:
        told += f" in {says['field']}"
    if "career_stage" in says and facets["career_stage"] != "newly-promoted":
        told += f", {says['career_stage']}"
    return told + "".join(f", {says[facet]}" for facet in ("gender", "programme_type") if facet in differs)


@cache
def _words() -> _Words:
    data = yaml.safe_load(resources.files("coach").joinpath("profile.yaml").read_text("utf-8"))
    general = _any_of(data.pop("general"))
    return _Words(
        says={facet: {value: held["says"] for value, held in values.items()} for facet, values in data.items()},
        populations={
            facet: {value: _any_of(held["words"]) for value, held in values.items()} for facet, values in data.items()
        },
        general=general,
    )


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(words)})\b")
