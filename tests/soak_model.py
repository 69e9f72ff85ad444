"""`python -m pytest tests/soak_model.py`: the real toy model over 200 questions. Half an hour; not part of `make test`."""

from __future__ import annotations

from collections import Counter

import pytest

from coach.coach import Coach
from evals.case import load_cases
from tests.real_model import model_server
from tests.test_real_model import assert_as_good, helped_by

pytestmark = [pytest.mark.model, pytest.mark.slow, pytest.mark.timeout(3 * 3600)]

TIMEOUT_S = 20.0
COUNT = 200


def test_two_hundred_questions(coach: Coach, capsys: pytest.CaptureFixture[str]) -> None:
    questions = list(dict.fromkeys(case.turns[0] for half in ("dev", "held") for case in load_cases(half)))[:COUNT]
    assert len(questions) == COUNT
    refused: Counter[str] = Counter()
    outcomes: Counter[str] = Counter()
    with model_server() as (url, _):
        both = [helped_by(coach, url, TIMEOUT_S, structured=structured) for structured in (False, True)]
        for number, question in enumerate(questions):
            answer = assert_as_good(coach, both[number % 2], question, TIMEOUT_S)
            assert answer.explain is not None
            refused.update(answer.explain.refused)
            outcomes[f"{answer.kind}, model {answer.model}, fallback {answer.explain.fallback}"] += 1
    with capsys.disabled():
        print("\n", dict(outcomes), "\n", dict(refused.most_common()))
