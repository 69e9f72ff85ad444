"""Verified streaming: a claim leaves before the model has written more than the beginning of the next one."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from coach.answers import ClaimEvent
from coach.coach import Coach
from coach.lexicon import Lexicon
from coach.paraphrase import ParaphraseCheck
from tests.adversary import Wanted, as_json, as_lines
from tests.coaching import assisted_by
from tests.fakes import Output, ScriptedModel, Shown

pytestmark = pytest.mark.model

QUESTION = "What happens to academic careers without mentorship in medicine?"


@pytest.mark.parametrize("paraphrase", [False, True], ids=["chosen", "said"])
@pytest.mark.parametrize("structured", [False, True], ids=["lines", "json"])
def test_the_first_claim_leaves_within_one_sentence(coach: Coach, structured: bool, paraphrase: bool) -> None:
    sent = threading.Event()
    in_time: list[bool] = []

    def write(shown: Shown) -> Output:
        if "key" not in shown.instructions:
            return "Ask how it went."
        said = shown.quote() if paraphrase else ""
        wanted = [Wanted(shown.keys[0], said, said), Wanted(shown.keys[1])]
        whole = (as_json if structured else as_lines)(wanted)
        return waits(whole, whole.index(shown.keys[1]) + 1)

    def waits(whole: str, at: int) -> Iterator[str]:
        yield whole[:at]
        in_time.append(sent.wait(10))
        yield whole[at:]

    check = ParaphraseCheck(Lexicon.load()) if paraphrase else None
    helped = assisted_by(coach, ScriptedModel(write=write), structured=structured, check_paraphrase=check)
    claims = 0
    for event in helped.stream(QUESTION):
        if isinstance(event, ClaimEvent):
            claims += 1
            sent.set()
    assert in_time == [True]
    assert claims >= 2
