"""The plainest pipeline over the founding library: it quotes what it retrieved, or lets a model write from it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from coach.settings import Settings
from evals.targets import TargetError
from evals.targets.baseline import Baseline
from tests import bad_server
from tests.bad_server import Request
from tests.eval_runs import PASSAGES

pytestmark = pytest.mark.model

ASKED = "How do the National Academies define mentorship?"


def test_without_a_model_it_quotes_every_retrieved_passage_and_never_refuses(tmp_path: Path) -> None:
    baseline = Baseline(Settings(home=tmp_path), k=3)
    (reply,) = baseline.ask([ASKED])
    assert (baseline.name, reply.kind, reply.model) == ("baseline:3", "answer", "none")
    assert [said.citations for said in reply.statements] == [[1], [2], [3]]
    assert reply.citations[0].source_id == "nasem-effective-mentorship-stemm"
    assert all(cited.quote == PASSAGES[cited.passage_id or ""].text for cited in reply.citations)
    assert [hit.passage_id for hit in baseline.search(ASKED, 3)] == [cited.passage_id for cited in reply.citations]
    (beside,) = baseline.ask(["What is the capital of Brazil?"])
    assert beside.kind == "answer"


def test_with_a_model_the_model_writes_and_what_it_cites_is_cited(tmp_path: Path) -> None:
    with bad_server.bad_server() as server:
        server.behave = _completes("Mentorship is an alliance [1]. Everybody wins.")
        settings = Settings(home=tmp_path, model="openai:m", model_base_url=server.url)
        baseline = Baseline(settings)
        (reply,) = baseline.ask([ASKED])
        told = json.dumps(server.asked[-1]["messages"])
        server.behave = bad_server.fails(400)
        with pytest.raises(TargetError, match="no answer"):
            baseline.ask([ASKED])
    assert ASKED in told
    assert "a professional, working alliance" in told
    assert (baseline.name, reply.model) == ("baseline with openai:m", "openai:m")
    assert [(said.text, said.citations) for said in reply.statements] == [
        ("Mentorship is an alliance", [1]),
        ("Everybody wins.", []),
    ]
    (cited,) = reply.citations
    assert (cited.source_id, cited.quote) == ("nasem-effective-mentorship-stemm", None)


def _completes(text: str) -> bad_server.Behaviour:
    """A whole completion, or the same as events where those are asked for."""

    def behave(request: Request) -> None:
        if request.body.get("stream"):
            bad_server.answers(text)(request)
            return
        message = {"role": "assistant", "content": text}
        body = {"id": "c", "object": "chat.completion", "created": 1, "model": "m"}
        request.begin("application/json")
        request.write(json.dumps(body | {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}))

    return behave
