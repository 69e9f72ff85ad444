"""When the model server fails, hangs, drips or lies about being one: an answer in time, and the next turn unharmed."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator

import pytest

from coach.answers import Answer, ClaimEvent, Done, Kind
from coach.calls import Calls
from coach.coach import Coach
from coach.composers.generating import CUT_SHORT, UNUSABLE
from coach.errors import ModelError
from coach.models import open_model
from coach.patience import Breaker, Deadline
from coach.settings import Settings
from tests import bad_server
from tests.bad_server import SECRET, BadServer, Behaviour, fails
from tests.coaching import assert_proven, assisted_by, texts
from tests.fakes import ScriptedModel, Shown

pytestmark = pytest.mark.model

QUESTION = "What happens to academic careers without mentorship in medicine?"
TIMEOUT_S = 3.0


@pytest.fixture
def server() -> Iterator[BadServer]:
    with bad_server.bad_server() as running:
        yield running


@pytest.fixture(scope="module")
def alone(coach: Coach) -> Answer:
    return coach.reply(QUESTION)


def settings(server: BadServer, **more: object) -> Settings:
    given = {"model": "openai:m", "model_base_url": server.url, "model_api_key": SECRET, "model_timeout": TIMEOUT_S}
    return Settings.model_validate(given | more)


def helped_by(coach: Coach, server: BadServer, breaker: Breaker | None = None) -> Coach:
    model = open_model(settings(server))
    assert model is not None
    return assisted_by(coach, model.chat, timeout=TIMEOUT_S, breaker=breaker)


FAILURES: dict[str, Behaviour] = {
    "500": fails(500),
    "503 for a long time": fails(503, Retry_After="3600"),
    "429": fails(429),
    "401": fails(401),
    "404": fails(404),
    "400": fails(400),
    "a slow drip": bad_server.drips,
    "hanging": bad_server.hangs,
    "signs of life only": bad_server.signs_of_life,
    "never ending": bad_server.never_ends,
    "closing at once": bad_server.closes_at_once,
    "garbage": bad_server.garbage,
    "a web page": bad_server.web_page,
    "an empty stream": bad_server.empty_stream,
    "JSON of another shape": bad_server.wrong_shape,
}


@pytest.mark.parametrize("failure", FAILURES)
def test_an_answer_in_time_and_the_next_turn_unharmed(
    coach: Coach, alone: Answer, server: BadServer, failure: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    helped = helped_by(coach, server)
    server.behave = FAILURES[failure]
    started = time.monotonic()
    answer = helped.reply(QUESTION)
    assert time.monotonic() - started < TIMEOUT_S
    assert texts(answer.claims) == texts(alone.claims)
    assert answer.text == f"{alone.text}\n\n{UNUSABLE}"
    assert answer.model == "none"
    assert SECRET not in caplog.text
    server.behave = bad_server.chooses
    second = helped.reply(QUESTION)
    assert second.model == "fake:scripted"
    assert UNUSABLE not in second.text
    assert_proven(coach, second)


@pytest.mark.parametrize("failure", [bad_server.closes_in_mid_stream, bad_server.hangs_in_mid_stream])
def test_a_server_killed_in_mid_answer(coach: Coach, alone: Answer, server: BadServer, failure: Behaviour) -> None:
    """What was sent stays, and the coach's own quotes complete it."""
    helped = helped_by(coach, server)
    server.behave = failure
    started = time.monotonic()
    events = list(helped.stream(QUESTION))
    assert time.monotonic() - started < TIMEOUT_S
    answer = events[-1].answer if isinstance(events[-1], Done) else None
    assert answer is not None
    assert answer.text.endswith(CUT_SHORT)
    assert answer.model == "fake:scripted"
    assert [event.claim for event in events if isinstance(event, ClaimEvent)] == answer.claims
    assert set(texts(alone.claims)) <= set(texts(answer.claims))
    assert_proven(coach, answer)


def test_only_what_can_be_mended_is_tried_again(coach: Coach, server: BadServer) -> None:
    def asked(behave: Behaviour) -> int:
        server.asked.clear()
        server.behave = behave
        helped_by(coach, server).helper.calls.try_out(TIMEOUT_S)  # type: ignore[union-attr]
        return len(server.asked)

    assert asked(fails(503)) == asked(fails(429)) == asked(bad_server.closes_at_once) == 3
    assert asked(fails(401)) == asked(fails(400)) == asked(bad_server.garbage) == 1


def test_a_server_that_recovers_is_used_in_the_same_turn(coach: Coach, server: BadServer) -> None:
    def behave(request: bad_server.Request) -> None:
        (fails(503) if len(server.asked) == 1 else bad_server.chooses)(request)

    server.behave = behave
    answer = helped_by(coach, server).reply(QUESTION)
    assert answer.model == "fake:scripted"


def test_a_broken_model_stops_costing_time_and_is_tried_again_later(coach: Coach, server: BadServer) -> None:
    breaker = Breaker(failures=3, pause_s=0.5)
    helped = helped_by(coach, server, breaker)
    server.behave = fails(400)
    for _ in range(4):
        assert helped.reply(QUESTION).model == "none"
    before = len(server.asked)
    assert helped.reply(QUESTION).model == "none"
    assert len(server.asked) == before
    assert helped.degraded
    time.sleep(0.6)
    server.behave = bad_server.chooses
    assert helped.reply(QUESTION).model == "fake:scripted"
    assert helped.degraded == []


def test_only_one_trial_at_a_time() -> None:
    breaker = Breaker(failures=1, pause_s=0.0)
    breaker.fail()
    assert [breaker.admit(), breaker.admit()] == [True, False]
    breaker.abandon()
    assert breaker.admit()
    breaker.succeed()
    assert [breaker.admit(), breaker.admit()] == [True, True]


PROBLEMS: list[tuple[Behaviour, str]] = [
    (fails(401), "MENTOR_COACH_MODEL_API_KEY"),
    (fails(404), "MENTOR_COACH_MODEL_BASE_URL"),
    (fails(429), "limits"),
    (fails(500), "status 500"),
    (bad_server.web_page, "does not behave like a model server"),
    (bad_server.garbage, "does not behave like a model server"),
    (bad_server.hangs, "in time"),
    (bad_server.closes_at_once, "reached"),
]


@pytest.mark.parametrize(("behave", "said"), PROBLEMS, ids=[said for _, said in PROBLEMS])
def test_what_is_wrong_is_said_in_one_line_without_the_key(server: BadServer, behave: Behaviour, said: str) -> None:
    model = open_model(settings(server))
    assert model is not None
    server.behave = behave
    problem = Calls(model).try_out(2.0)
    assert problem is not None
    assert said in problem
    assert "\n" not in problem
    assert SECRET not in problem


def test_nobody_listens(server: BadServer) -> None:
    model = open_model(settings(server, model_base_url="http://127.0.0.1:9/v1"))
    assert model is not None
    problem = Calls(model).try_out(5.0)
    assert problem is not None
    assert "No model server can be reached at http://127.0.0.1:9" in problem


def test_a_reader_that_is_left_ends_its_thread(coach: Coach, server: BadServer) -> None:
    server.behave = bad_server.drips
    model = open_model(settings(server))
    assert model is not None
    calls = Calls(model)
    with pytest.raises(ModelError, match="took too long"):
        calls.text([], Deadline.after(0.3), 10_000)
    deadline = time.monotonic() + 3
    while any(thread.name == "model-call" for thread in threading.enumerate()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(thread.name == "model-call" for thread in threading.enumerate())


def test_claims_leave_while_the_model_still_writes(coach: Coach) -> None:
    """The first claim is sent as soon as its line is complete."""
    go = threading.Event()

    def write(shown: Shown) -> Iterator[str]:
        yield f"USE {shown.keys[1]}\nU"
        assert go.wait(5)
        yield f"SE {shown.keys[0]}\n"

    events = assisted_by(coach, ScriptedModel(write=write)).stream(QUESTION)
    first = next(event for event in events if isinstance(event, ClaimEvent))
    assert first.citations[0].number == 1
    assert not go.is_set()
    go.set()
    *_, done = events
    assert isinstance(done, Done)
    assert done.answer.claims[0] == first.claim
    assert done.answer.model == "fake:scripted"


def test_a_reader_who_leaves_ends_the_call(coach: Coach, server: BadServer) -> None:
    server.behave = bad_server.never_ends
    helped = helped_by(coach, server)
    events = helped.stream(QUESTION)
    for _ in range(2):
        next(events)
    events.close()  # type: ignore[attr-defined]
    server.behave = bad_server.chooses
    assert helped.reply(QUESTION).model == "fake:scripted"


def test_many_turns_at_once_keep_to_their_own_keys(coach: Coach) -> None:
    """A model that mixes up the turns is refused in each of them."""
    seen: list[str] = []

    def write(shown: Shown) -> str:
        others, mine = list(seen), shown.keys
        seen.extend(mine)
        return "".join(f"USE {key}\n" for key in [*others[-8:], *mine])

    helped = assisted_by(coach, ScriptedModel(write=write))
    answers: list[Answer] = []
    threads = [threading.Thread(target=lambda: answers.append(helped.reply(QUESTION))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 8
    for answer in answers:
        assert answer.kind is Kind.ANSWER
        assert_proven(coach, answer)
