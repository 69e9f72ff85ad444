"""A real toy model that follows no instruction: no claim is weaker than its verdict says, no question goes unanswered."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator

import pytest

from coach.answers import Answer, Verdict
from coach.build import assisted
from coach.calls import Calls
from coach.coach import Coach
from coach.enrich import Enricher
from coach.errors import ModelError
from coach.lexicon import Lexicon
from coach.models import open_model
from coach.paraphrase import Paraphrase, ParaphraseCheck
from coach.patience import Breaker, Deadline
from coach.settings import Settings
from coach.verify import Refusal, Statement
from corpus.models import Enrichment
from retrieval.models import Hit
from tests.coaching import assert_proven
from tests.real_model import model_server
from tests.test_answers import FIRST

pytestmark = [pytest.mark.model, pytest.mark.slow]

QUESTIONS = [*FIRST.values(), "So is it settled that women should be mentored by women?"]
TIMEOUT_S = 8.0


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[str, subprocess.Popen[str]]]:
    with model_server() as running:
        yield running


@pytest.fixture(scope="module")
def helped(coach: Coach, server: tuple[str, subprocess.Popen[str]]) -> Coach:
    return helped_by(coach, server[0], TIMEOUT_S, structured=False)


def helped_by(coach: Coach, url: str, timeout: float, *, structured: bool) -> Coach:
    return assisted(coach, toy(url, timeout, structured=structured), timeout)


def toy(url: str, timeout: float, *, structured: bool) -> Calls:
    """With a breaker that never opens: the model is to be asked every time, however slow the machine is."""
    settings = Settings(
        model="openai:smollm2",
        model_base_url=url,
        model_timeout=timeout,
        model_window=2048,
        model_max_tokens=96,
        model_structured=structured,
    )
    model = open_model(settings)
    assert model is not None
    return Calls(model, Breaker(failures=10_000))


def assert_as_good(coach: Coach, helped: Coach, question: str, timeout: float) -> Answer:
    """Ask both; the helped coach answers in time, whenever the other does, and says nothing unproven."""
    started = time.monotonic()
    answer = helped.reply(question, explain=True)
    assert time.monotonic() - started < timeout
    assert answer.kind == coach.reply(question).kind
    assert_proven(coach, answer)
    assert {claim.support.verdict for claim in answer.claims} <= {Verdict.QUOTED, Verdict.CURATED}
    return answer


def test_there_are_twenty_questions() -> None:
    assert len(QUESTIONS) == 20


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_toy_model_does_no_harm(coach: Coach, helped: Coach, question: str) -> None:
    assert_as_good(coach, helped, question, TIMEOUT_S)


def test_held_to_a_schema_even_a_toy_model_helps(coach: Coach, server: tuple[str, subprocess.Popen[str]]) -> None:
    helped = helped_by(coach, server[0], 60.0, structured=True)
    question = "What happens to academic careers without mentorship in medicine?"
    # Keys are drawn anew each turn, and a toy model misses one now and then.
    tries = (assert_as_good(coach, helped, question, 61.0) for _ in range(4))
    assert any(answer.model == "openai:smollm2" for answer in tries)


def made_in_the_end(enricher: Enricher, hit: Hit) -> Enrichment:
    """A toy model bound to a form fails at it now and then, which is an error that says so, and is asked again."""
    for _ in range(4):
        try:
            return enricher.made_of(hit.source, hit.passage)
        except ModelError:
            assert enricher.problem
    raise AssertionError(enricher.problem)


def test_what_a_toy_model_writes_for_a_passage_is_kept_only_when_it_is_sound(
    coach: Coach, server: tuple[str, subprocess.Popen[str]]
) -> None:
    calls, check = toy(server[0], 60.0, structured=True), ParaphraseCheck(Lexicon.load())
    enricher = Enricher(coach.retriever, calls, check, 60.0)
    (hit, *_) = coach.retriever.retrieve(QUESTIONS[0]).hits
    made = made_in_the_end(enricher, hit)
    assert (made.passage_id, made.made_by, enricher.problem) == (hit.passage.id, "openai:smollm2", None)
    statement = Statement(hit.passage.text, hit.passage, hit.source, hit.passage.sentences, hit.source.study_kind, 0.0)
    for finding in made.findings:
        told = Paraphrase(finding.text, finding.span.of(hit.passage.text), statement)
        assert not isinstance(check(told, {hit.passage.id: hit.passage}, Deadline.after(60.0)), Refusal)
    for question in made.questions:
        assert hit.passage.id in {found.passage.id for found in coach.retriever.retrieve(question).hits}


def test_the_server_is_killed_in_mid_answer(
    coach: Coach, helped: Coach, server: tuple[str, subprocess.Popen[str]]
) -> None:
    """Last, since it ends the server: the answer still comes, and so does the next one."""
    events = helped.stream("What happens to academic careers without mentorship in medicine?")
    next(events)
    next(events)
    server[1].kill()
    *_, done = events
    assert done.event == "done"
    assert done.answer.claims
    assert_proven(coach, done.answer)
    assert_as_good(coach, helped, QUESTIONS[0], TIMEOUT_S)
    assert helped.degraded
