"""A coach over a test's library with a chat model of the test's choice, and what must hold of every answer."""

from __future__ import annotations

import re
from collections.abc import Sequence

from langchain_core.language_models import BaseChatModel

from coach.answers import Answer, Claim, Verdict
from coach.build import assisted
from coach.calls import Calls
from coach.chain import CheckParaphrase
from coach.coach import Coach
from coach.models import Model
from coach.patience import Breaker

NAME = "fake:scripted"


def assisted_by(
    coach: Coach,
    chat: BaseChatModel,
    *,
    structured: bool = False,
    check_paraphrase: CheckParaphrase | None = None,
    timeout: float = 30.0,
    window: int = 8192,
    breaker: Breaker | None = None,
) -> Coach:
    """The same library and conversations, with `chat` as the model that helps."""
    model = Model(chat, NAME, window, structured=structured)
    return assisted(coach, Calls(model, breaker), timeout, check_paraphrase)


def assert_proven(coach: Coach, answer: Answer, *, paraphrase: bool = False) -> None:
    """No claim is weaker than its verdict says: the quote stands in its passage, the finding in the library."""
    citations = {citation.number: citation for citation in answer.citations}
    for citation in answer.citations:
        assert coach.passage_text(citation.passage_id)[citation.start : citation.end] == citation.quote
        assert len(citation.quote) >= 12
    markers = {int(number) for number in re.findall(r"(?<!\\)\[(\d+)\]", answer.text)}
    assert markers == set(citations) == {number for claim in answer.claims for number in claim.citations}
    findings = coach.catalog.findings_of({citation.passage_id for citation in answer.citations})
    by_id = {finding.id: finding for finding in findings}
    told = {claim.text for claim in answer.claims}
    for claim in answer.claims:
        cited = [citations[number] for number in claim.citations]
        if claim.support.verdict is Verdict.QUOTED:
            assert claim.text == cited[0].quote
        elif claim.support.verdict is Verdict.CURATED:
            spans = [(citation.start, citation.end) for citation in cited]
            (finding,) = [f for f in findings if f.text == claim.text and f.strength == claim.strength]
            assert spans == [(span.start, span.end) for span in finding.spans]
            if finding.told_with is not None:
                assert by_id[finding.told_with].text in told
        else:
            assert paraphrase


def texts(claims: Sequence[Claim]) -> list[str]:
    return [claim.text for claim in claims]
