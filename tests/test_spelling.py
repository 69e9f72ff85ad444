"""Slips of the keyboard: mended where the field has a word one slip away, and nothing else is touched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from retrieval.spelling import Spelling
from retrieval.vocabulary import Vocabulary


def counts(stems: Sequence[str]) -> Mapping[str, int]:
    """A library that speaks of mentors and of Duncan's test."""
    return {stem: int(stem in {"mentor", "duncan"}) for stem in stems}


@pytest.fixture(scope="module")
def spelling() -> Spelling:
    return Spelling(Vocabulary.load().words)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("does mentroing help with stress", "does mentoring help with stress"),
        ("what is the imposter phenomneon", "what is the imposter phenomenon"),
        ("Mentorng helps?", "mentoring helps?"),
        ("psychosocal support", "psychosocial support"),
    ],
)
def test_a_slip_is_mended(spelling: Spelling, written: str, meant: str) -> None:
    assert spelling.mended(written, counts) == meant


@pytest.mark.parametrize(
    "query",
    [
        "She feels like a fraud since her promotion",
        "What did Ragins find about protégés?",
        "duncans multiple range",
        "What is the capital of France?",
        "xqzvwk flurbish",
        "",
    ],
)
def test_what_is_no_slip_stays(spelling: Spelling, query: str) -> None:
    assert spelling.mended(query, counts) == query
