"""A chat model that lies: whatever it writes, in either protocol, nothing unproven reaches reader, store or log."""

from __future__ import annotations

import logging
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coach.answers import Answer, ClaimEvent, Done, Event, Kind, Verdict
from coach.coach import Coach
from coach.composers.generating import UNUSABLE
from coach.lexicon import Lexicon
from coach.paraphrase import ParaphraseCheck
from tests import adversary
from tests.adversary import CANARY, DRAFTS, EARLIER, RAW, as_json, as_lines
from tests.coaching import NAME, assert_proven, assisted_by, texts
from tests.fakes import Output, ScriptedModel, Shown

pytestmark = pytest.mark.model

QUESTION = "What happens to academic careers without mentorship in medicine?"
KINDS = [*DRAFTS, *RAW]
TIMEOUT_S = 6.0


@pytest.fixture(scope="module")
def alone(coach: Coach) -> Answer:
    """What the coach answers without a model."""
    return coach.reply(QUESTION)


@pytest.fixture(scope="module", autouse=True)
def _earlier_keys(coach: Coach) -> None:
    model = ScriptedModel(write=lambda shown: as_lines([adversary.Wanted(key) for key in shown.keys]))
    assisted_by(coach, model).reply(QUESTION)
    EARLIER[:] = model.prompts[0].keys


def written(kind: str, structured: bool) -> ScriptedModel:
    def write(shown: Shown) -> Output:
        if "key" not in shown.instructions:
            return f"Ask about the {CANARY}."
        if kind in RAW:
            return RAW[kind](shown)
        return (as_json if structured else as_lines)(DRAFTS[kind](shown))

    return ScriptedModel(write=write)


def played(coach: Coach) -> tuple[Answer, list[Event]]:
    events = list(coach.stream(QUESTION, explain=True))
    done = events[-1]
    assert isinstance(done, Done)
    return done.answer, events


def assert_clean(coach: Coach, answer: Answer, events: list[Event], caplog: pytest.LogCaptureFixture) -> None:
    """No word of the adversary's is anywhere, and what was streamed is what was answered."""
    for event in events:
        assert CANARY not in event.model_dump_json()
    (turn,) = coach.conversations.turns(answer.conversation_id, "local")
    assert CANARY not in turn.answer.model_dump_json()
    assert turn.answer.explain is None
    assert turn.answer == answer.model_copy(update={"explain": None})
    assert CANARY not in caplog.text
    streamed = [event for event in events if isinstance(event, ClaimEvent)]
    assert [event.claim for event in streamed] == answer.claims
    by_number = {citation.number: citation for citation in answer.citations}
    for event in streamed:
        assert [by_number[number] for number in event.claim.citations] == event.citations


def test_there_are_enough_kinds() -> None:
    assert len(KINDS) >= 80
    assert len(set(KINDS)) == len(DRAFTS) + len(RAW)


@pytest.mark.parametrize("structured", [False, True], ids=["lines", "json"])
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_unproven_passes(
    coach: Coach, alone: Answer, kind: str, structured: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    model = written(kind, structured)
    started = time.monotonic()
    answer, events = played(assisted_by(coach, model, structured=structured, timeout=TIMEOUT_S))
    assert time.monotonic() - started < TIMEOUT_S
    assert answer.kind is Kind.ANSWER
    assert_proven(coach, answer)
    assert_clean(coach, answer, events, caplog)
    assert {claim.support.verdict for claim in answer.claims} <= {Verdict.QUOTED, Verdict.CURATED}
    shown = [item["statement"] for item in model.prompts[0].statements]
    assert set(texts(answer.claims)) <= {*shown, *texts(alone.claims)}
    assert answer.explain is not None
    if answer.model == "none":
        assert texts(answer.claims) == texts(alone.claims)
        assert answer.text.endswith(UNUSABLE)
        assert answer.explain.fallback
    else:
        assert answer.model == NAME


@pytest.mark.parametrize("kind", [*adversary.INVENTED, *RAW])
def test_without_a_key_of_this_turn_the_coach_answers_alone(coach: Coach, alone: Answer, kind: str) -> None:
    answer, _ = played(assisted_by(coach, written(kind, False), timeout=TIMEOUT_S))
    assert texts(answer.claims) == texts(alone.claims)
    assert answer.citations == alone.citations
    assert answer.text == f"{alone.text}\n\n{UNUSABLE}"
    assert answer.model == "none"
    assert answer.explain is not None
    assert answer.explain.refused


@pytest.mark.parametrize("structured", [False, True], ids=["lines", "json"])
@pytest.mark.parametrize("kind", [*adversary.QUOTED_WRONGLY, *adversary.SAID_WRONGLY])
def test_no_paraphrase_passes_unproven(
    coach: Coach, alone: Answer, kind: str, structured: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    check = ParaphraseCheck(Lexicon.load())
    model = written(kind, structured)
    answer, events = played(assisted_by(coach, model, structured=structured, check_paraphrase=check, timeout=TIMEOUT_S))
    assert_proven(coach, answer)
    assert_clean(coach, answer, events, caplog)
    shown = [item["statement"] for item in model.prompts[0].statements]
    assert set(texts(answer.claims)) <= {*shown, *texts(alone.claims)}
    assert answer.explain is not None
    assert answer.explain.refused


ANYTHING = st.text(st.characters(exclude_categories=()), max_size=200)


@pytest.mark.parametrize("structured", [False, True], ids=["lines", "json"])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_output_whatever_says_more_than_the_library(coach: Coach, structured: bool, data: st.DataObject) -> None:
    """Any mixture of true keys, protocol words, quotes and noise."""

    def write(shown: Shown) -> Output:
        pieces = st.sampled_from(
            [*shown.keys, *EARLIER[:2], "USE ", "SAY ", " | ", "\n", '{"statements": [', '{"key": "', '"}', ", ", "]}", '"quote": "',
             '"sentence": "', "not ", "100 ", shown.quote(), shown.quote(-1), "<think>", "</think>\n", CANARY]
        ) | ANYTHING  # fmt: skip
        return "".join(data.draw(st.lists(pieces, max_size=30)))

    model = ScriptedModel(write=write, size=data.draw(st.integers(1, 50)))
    helped = assisted_by(coach, model, structured=structured, check_paraphrase=ParaphraseCheck(Lexicon.load()))
    answer, _ = played(helped)
    assert answer.kind is Kind.ANSWER
    assert answer.claims
    assert_proven(coach, answer, paraphrase=True)
    assert CANARY not in answer.model_dump_json()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(6)), count=st.integers(1, 6), size=st.integers(1, 40))
def test_the_models_choice_and_order_are_kept(coach: Coach, order: list[int], count: int, size: int) -> None:
    def write(shown: Shown) -> Output:
        return as_lines([adversary.Wanted(shown.keys[place]) for place in order[:count] if place < len(shown.keys)])

    model = ScriptedModel(write=write, size=size)
    answer, events = played(assisted_by(coach, model))
    assert_proven(coach, answer)
    shown = model.prompts[0].statements
    chosen = [shown[place]["statement"] for place in order[:count] if place < len(shown)]
    # What a chosen statement has to be told with may come before it.
    assert [text for text in texts(answer.claims) if text in chosen] == list(dict.fromkeys(chosen))
    assert [c.number for e in events if isinstance(e, ClaimEvent) for c in e.citations] == sorted(
        c.number for c in answer.citations
    ) or len(answer.citations) < sum(len(claim.citations) for claim in answer.claims)
