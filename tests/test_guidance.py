"""Suggestions: fitting, never twice in a row, and without a word about research."""

from __future__ import annotations

import re

import pytest
import yaml

from coach.answers import Guidance
from coach.guidance import Suggestions
from coach.profile import Profile, profile_words
from retrieval.vocabulary import Vocabulary

ALL = Suggestions.load()
OWN = [s for s in ALL.suggestions if "general" in s.topics and not s.whom]
TOPICS = sorted({topic for s in ALL.suggestions for topic in s.topics if not s.whom} - {"general"})


def test_a_suggestion_fits_the_topic() -> None:
    by_text = {s.text: s for s in ALL.suggestions}
    for topic in TOPICS:
        (chosen,) = ALL.choose([topic], set())
        assert topic in by_text[chosen.text].topics


def test_the_first_topic_counts_most() -> None:
    by_text = {s.text: s for s in ALL.suggestions}
    for first, last in (("trust", "goal-setting"), ("goal-setting", "trust")):
        (chosen,) = ALL.choose([first, last], set())
        assert first in by_text[chosen.text].topics


def test_count_is_the_most_and_none_stands_twice() -> None:
    for count in (1, 2, 3):
        chosen = ALL.choose(["trust", "confidence"], set(), count)
        assert len({suggestion.text for suggestion in chosen}) == len(chosen) == count


@pytest.mark.parametrize(
    "topics", [["trust"], ["confidence", "trust"], [], ["general"], ["no-such-topic"]], ids=" ".join
)
def test_no_text_comes_twice_in_a_row(topics: list[str]) -> None:
    """As the coach asks: with the texts of the last four answers as used."""
    told: list[str] = []
    for _ in range(40):
        (chosen,) = ALL.choose(topics, set(told[-4:]))
        assert chosen.text not in told[-4:]
        told.append(chosen.text)


@pytest.mark.parametrize("topics", [[], ["no-such-topic"]])
def test_without_a_fitting_one_it_is_a_general_one(topics: list[str]) -> None:
    (chosen,) = ALL.choose(topics, set())
    assert chosen.text in {s.text for s in OWN}


def test_when_the_fitting_ones_are_used_up_it_is_a_general_one() -> None:
    used = {s.text for s in ALL.suggestions if "trust" in s.topics}
    (chosen,) = ALL.choose(["trust"], used)
    assert chosen.text in {s.text for s in OWN} - used


def test_when_all_are_used_up_there_is_none() -> None:
    assert ALL.choose(["trust"], {s.text for s in ALL.suggestions}) == []


def test_every_suggestion_is_labelled() -> None:
    chosen = ALL.choose(["trust"], set(), 3)
    assert chosen
    assert all(
        suggestion == Guidance(text=suggestion.text, label="Suggestion, not from research") for suggestion in chosen
    )


# The data

CLAIMS = re.compile(
    r"\b(?:stud(?:y|ies) (?:show|find|found|say|suggest)\w*|research\w*|evidence|proven|proof|per ?cent|statistic\w*|data show\w*|scien(?:ce|tific|tists?)|"
    r"experiments? (?:show|find|found|prove)\w*|surveys?|findings?|meta-analys[ie]s|according to|experts? (?:say|agree)|significant(?:ly)?|tends? to|on average|most (?:mentees|people|women|men))\b|%|\b(?:19|20)\d\d\b|\[\d+\]|et al",
    re.IGNORECASE,
)


@pytest.mark.parametrize("suggestion", ALL.suggestions, ids=lambda s: s.id)
def test_no_suggestion_speaks_of_research(suggestion: object) -> None:
    text = getattr(suggestion, "text", "")
    assert text
    assert CLAIMS.search(text) is None


def test_topics_are_terms_and_ids_stand_once() -> None:
    assert {topic for s in ALL.suggestions for topic in s.topics} - {"general"} <= set(Vocabulary.load().terms)
    assert len({s.id for s in ALL.suggestions}) == len({s.text for s in ALL.suggestions}) == len(ALL.suggestions)
    assert all(s.topics for s in ALL.suggestions)
    # One more than the coach remembers, so that there is always a fresh one.
    assert len(OWN) >= 5


def test_a_suggestion_for_one_case_is_made_to_nobody_else() -> None:
    by_text = {s.text: s for s in ALL.suggestions}
    promoted = Profile(role="manager", career_stage="newly-promoted")
    (shaped,) = ALL.choose(["imposter-phenomenon"], set(), profile=promoted)
    assert by_text[shaped.text].whom == {"career_stage": ["newly-promoted"]}
    for other in (None, Profile(), Profile(career_stage="senior", role="manager")):
        (chosen,) = ALL.choose(["imposter-phenomenon"], set(), profile=other)
        assert by_text[chosen.text].whom == {}
    (general,) = ALL.choose([], set(), profile=promoted)
    assert by_text[general.text].whom


def test_cases_are_told_in_the_words_of_a_profile() -> None:
    known = {facet: set(values) for facet, values in profile_words().items()}
    for suggestion in ALL.suggestions:
        for facet, values in suggestion.whom.items():
            assert set(values) <= known[facet]


def test_the_file_of_suggestions_refuses_unknown_fields() -> None:
    kind = type(ALL.suggestions[0])
    with pytest.raises(ValueError, match="author"):
        kind.model_validate(yaml.safe_load("{id: a, topics: [trust], text: Ask., author: me}"))
