"""A mentor's case: what differs from whom a source studied is said, once, in plain words; nothing of it is kept."""

from __future__ import annotations

import json
from typing import get_args

import pytest

from coach.answers import SourceCard
from coach.coach import Coach
from coach.profile import CareerStage, FieldOfWork, Pairing, Profile, ProgrammeType, Role, applicability, profile_words
from corpus.founding import entries
from corpus.models import Strength
from tests.coaching import assisted_by
from tests.fakes import ScriptedModel

PROMOTED = Profile(role="manager", field="business", career_stage="newly-promoted")
FRAUD = "She feels like a fraud since her promotion"


def source(population: str | None, name: str = "s") -> SourceCard:
    return SourceCard(
        id=name,
        title="T",
        reference="T.",
        authors=[],
        year=None,
        venue=None,
        doi=None,
        url=None,
        study_kind=Strength.EXPERIMENT,
        population=population,
        caveats=[],
    )


def test_the_note_says_who_was_studied_who_is_asked_about_and_that_they_differ() -> None:
    (note,) = applicability([source("first-year women engineering students")], PROMOTED)
    assert note.note == (
        "Studied: first-year women engineering students. Your mentee: a newly promoted manager in business. "
        "A neighbouring finding, not the same one."
    )
    assert note.differs == ["role", "field", "career_stage"]


@pytest.mark.parametrize(
    ("population", "profile", "differs"),
    [
        ("first-year medical students", Profile(role="student"), []),
        ("first-year medical students", Profile(role="student", career_stage="senior"), ["career_stage"]),
        ("women pharmacy faculty", Profile(pairing="man-with-woman"), ["gender"]),
        ("women pharmacy faculty", Profile(pairing="woman-with-man"), []),
        ("352 female and 257 male protégés", Profile(pairing="man-with-man"), []),
        ("150 women, who had a female mentor or a male mentor", Profile(pairing="man-with-man"), ["gender"]),
        ("Women and men in workplace mentoring", Profile(role="manager"), []),
        ("Women and men in workplace mentoring", Profile(role="student"), ["role"]),
        ("women faculty in one mentoring programme", Profile(programme_type="informal"), ["programme_type"]),
        ("Mentors and protégés at work in general", PROMOTED, []),
        ("commencement exercises for managements", PROMOTED, []),
        (None, PROMOTED, []),
        ("first-year medical students", Profile(), []),
    ],
)
def test_only_what_both_speak_of_can_differ(population: str | None, profile: Profile, differs: list[str]) -> None:
    notes = applicability([source(population)], profile)
    assert [note.differs for note in notes] == ([differs] if differs else [])


def test_a_source_is_noted_once() -> None:
    cited = [source("nursing students", "a"), source("nursing students", "a"), source("nursing students", "b")]
    assert [note.source_id for note in applicability(cited, PROMOTED)] == ["a", "b"]


def test_every_value_of_a_profile_has_its_words() -> None:
    words = profile_words()
    assert set(words["role"]) == set(get_args(Role))
    assert set(words["field"]) == set(get_args(FieldOfWork))
    assert set(words["career_stage"]) == set(get_args(CareerStage))
    assert set(words["programme_type"]) == set(get_args(ProgrammeType))
    assert {pairing.split("-")[0] for pairing in get_args(Pairing)} == set(words["gender"])


def test_founding_populations_are_not_all_foreign_to_somebody() -> None:
    """The words must tell cases apart: no founding population differs from every role, and some differ from each."""
    stated = [source(entry.source.population, entry.source.id) for entry in entries() if entry.source.population]
    for role in get_args(Role):
        noted = applicability(stated, Profile(role=role))
        assert 0 < len(noted) < len(stated)


@pytest.mark.model
def test_a_case_shapes_the_answer_and_is_not_stored(coach: Coach) -> None:
    plain = coach.reply(FRAUD, owner="profile")
    answer = coach.reply(FRAUD, owner="profile", profile=PROMOTED)
    assert answer.guidance != plain.guidance
    noted = {note.source_id for note in answer.applicability}
    assert noted
    assert noted <= {citation.source.id for citation in answer.citations}
    assert "applicability" not in plain.model_dump()
    (turn,) = coach.conversations.turns(answer.conversation_id, "profile")
    assert turn.answer.applicability == []
    assert "newly promoted" not in turn.answer.model_dump_json()


@pytest.mark.model
def test_a_case_is_shown_to_no_model(coach: Coach) -> None:
    model = ScriptedModel(write=lambda shown: f"USE {shown.keys[0]}\n" if shown.keys else "Ask.")
    helped = assisted_by(coach, model)
    first = helped.reply(FRAUD, owner="profile", profile=PROMOTED)
    helped.reply("And what else?", owner="profile", profile=PROMOTED, conversation_id=first.conversation_id)
    assert model.prompts
    written = json.dumps([[str(message.content) for message in messages] for messages in model._prompts])
    assert "newly promoted" not in written
    assert "newly-promoted" not in written
